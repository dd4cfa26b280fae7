//! Counts the answers, and tells clients when their connection ends with one.

use super::App;
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::ConnectionType,
    middleware::Next,
    web::Data,
};

/// Counts an answer.
pub(super) async fn answers(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let app = request.app_data::<Data<App>>().cloned();
    let upgrades = request.head().upgrade();
    let mut answer = next.call(request).await;
    if let Some(app) = app {
        let status = match &answer {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        app.metrics.answered(status.as_u16());
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
