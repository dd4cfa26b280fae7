//! Counts the answers, and asks clients to close their connections when the server is about to stop.

use super::App;
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{CONNECTION, HeaderValue},
    middleware::Next,
    web::Data,
};

/// Counts an answer.
pub(super) async fn answers(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let app = request.app_data::<Data<App>>().cloned();
    let mut response = next.call(request).await?;
    if let Some(app) = app {
        app.metrics.answered(response.status().as_u16());
        if app.is_draining() {
            // An idle connection would hold up the stop, and the client should turn to another node anyway.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
    Ok(response)
}
