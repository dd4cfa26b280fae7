//! Gives each request the name by which it is found in the log.

use super::headers::on_answer;
use crate::{problem::REQUEST_ID, request_id};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
};
use tracing::Instrument as _;

/// Gives each request an id, logs it, and puts the id on the answer.
pub(super) async fn named(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = format!("req_{:016x}", rand::random::<u64>());
    // The path only: a query may hold what somebody searched for.
    let span = tracing::info_span!("request", id = %id, method = %request.method(), path = request.path());
    let answering = async {
        let id = request_id::current().and_then(|id| HeaderValue::from_str(&id).ok());
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
    request_id::of(id, answering.instrument(span)).await
}
