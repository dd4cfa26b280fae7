//! Counts the answers, times those to publishers, and tells clients when their connection ends with one.

use super::finish;
use crate::app::App;
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{ConnectionType, StatusCode},
    middleware::Next,
    web::Data,
};
use std::time::Instant;

/// Counts an answer.
pub(super) async fn answers(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let app = request.app_data::<Data<App>>().cloned();
    let upgrades = request.head().upgrade();
    let publishes = finish::publishes(&request);
    let start = Instant::now();
    let mut answer = next.call(request).await;
    if let Some(app) = app {
        let status = match &answer {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        app.metrics.answered(status.as_u16());
        // What is refused is answered sooner, and says nothing about how long publishers wait.
        if publishes && status == StatusCode::ACCEPTED {
            app.metrics.published(start.elapsed());
        }
        if let Ok(response) = answer.as_mut()
            && (app.is_draining() || upgrades)
        {
            // An idle connection would hold up the stop, and the client should turn to another node anyway. The connection of a request that
            // offers another protocol, as Java's client offers HTTP/2, is not used again by actix: without a word the next request on it
            // would fail.
            response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
        }
    }
    answer
}
