//! What a request has begun to change is finished, whatever becomes of its client.

use crate::{problem::Error, request_id};
use actix_web::{
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
};
use shared::paths;
use tracing::Instrument as _;

/// Whether a request is one that publishes events, of which there are thousands a second.
pub(super) fn publishes(request: &ServiceRequest) -> bool {
    request.method() == Method::POST && matches!(request.path(), paths::EVENTS | paths::EVENT_BATCHES)
}

/// Answers in a task of its own, which goes on when the client has gone: what follows a commit, such as cancelling what is open of a
/// deleted webhook or telling those who watch, must not end with the connection. What only reads needs none, nor what publishes, which
/// ends with its commit: nobody was promised anything before.
pub(super) async fn begun(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let ends_with_commit = request.method().is_safe() || publishes(&request);
    let answering = async move { next.call(request).await.map(ServiceResponse::map_into_boxed_body) };
    if ends_with_commit {
        return answering.await;
    }
    actix_web::rt::spawn(request_id::carried(answering.in_current_span())).await.map_err(Error::internal)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn events_are_published_alone_and_in_batches() {
        let publishing =
            |method: Method, path: &str| publishes(&TestRequest::with_uri(path).method(method).to_srv_request());
        for path in ["/api/v1/events", "/api/v1/events/batch"] {
            assert!(publishing(Method::POST, path) && !publishing(Method::GET, path), "{path}");
        }
        assert!(!publishing(Method::DELETE, "/api/v1/events/01JZNK5ZQBNF623MB5KE64GNQB/content"));
        assert!(!publishing(Method::POST, "/api/v1/webhooks"));
    }
}
