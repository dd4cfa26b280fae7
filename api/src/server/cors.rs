//! Cross-origin requests: pages of the configured origins may call the API with an API key. Cookies never count there.

use super::headers::on_answer;
use crate::app::App;
use actix_web::{
    Error, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};

const METHODS: &str = "GET, POST, PUT, PATCH, DELETE";
/// Any, as extensions of CloudEvents have headers of any name. Browsers want to see this one by its name.
const REQUEST_HEADERS: &str = "*, authorization";
const RESPONSE_HEADERS: &str = "etag, idempotent-replayed, location, retry-after, x-request-id";
/// How long a browser remembers what is allowed.
const MAX_AGE_SECONDS: &str = "600";

/// Lets pages of the configured origins read the answers, whatever they are. Without such an origin nothing is added: then a browser keeps
/// the answer from the page.
pub(super) async fn allow(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let configured = request.app_data::<Data<App>>().is_some_and(|app| !app.web.cors_origins.is_empty());
    let (allowed, asks) = (allowed(&request), asks(&request));
    on_answer(next.call(request).await, |headers| {
        if configured {
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
        if let Some(origin) = allowed {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            set(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
            if asks {
                set(headers, header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
                set(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
                set(headers, header::ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS);
            }
        }
    })
}

/// Answers what browsers ask before a cross-origin request.
pub(super) async fn preflight(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if asks(&request) && allowed(&request).is_some() {
        return Ok(request.into_response(HttpResponse::NoContent().finish()).map_into_boxed_body());
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

fn asks(request: &ServiceRequest) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The origin of the page that asks, if it is a configured one.
fn allowed(request: &ServiceRequest) -> Option<HeaderValue> {
    let app = request.app_data::<Data<App>>().filter(|_| request.path().starts_with(shared::paths::ROOT))?;
    let origin = request.headers().get(header::ORIGIN)?;
    let is_allowed = app.web.cors_origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes());
    is_allowed.then(|| origin.clone())
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
