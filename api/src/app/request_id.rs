//! A name for each request, which its log lines, its answer and a problem in it carry alike.

use super::headers::on_answer;
use crate::problem::REQUEST_ID;
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
};
use tracing::Instrument as _;

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that is being answered; empty outside of one.
pub fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// The future as a part of the request that is being answered, wherever it is run.
pub fn carried<F: Future>(future: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(current(), future)
}

/// Gives each request an id, logs it, and puts the id on the answer.
pub async fn identify(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = format!("req_{:016x}", rand::random::<u64>());
    // The path only: a query may hold what somebody searched for.
    let span = tracing::info_span!("request", id = %id, method = %request.method(), path = request.path());
    let answering = async {
        let id = HeaderValue::from_str(&current()).ok();
        let name = HeaderName::from_static(REQUEST_ID);
        let answer = next.call(request).await;
        if let Ok(response) = &answer {
            tracing::debug!(status = response.status().as_u16(), "answered");
        }
        on_answer(answer, |headers| {
            if let Some(id) = id {
                headers.insert(name, id);
            }
        })
    };
    CURRENT.scope(id, answering.instrument(span)).await
}
