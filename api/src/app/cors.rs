//! Cross-origin requests: pages of the configured origins may call the API with an API key. Cookies never count there.

use super::App;
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
const REQUEST_HEADERS: &str = "authorization, content-type, hookwright-tenant, idempotency-key, if-match, ce-specversion, ce-id, \
     ce-source, ce-type, ce-time, ce-subject, ce-dataschema";
const RESPONSE_HEADERS: &str = "etag, idempotent-replayed, location, retry-after, x-request-id";
/// How long a browser remembers what is allowed.
const MAX_AGE_SECONDS: &str = "600";

/// Answers what browsers ask before a cross-origin request, and lets pages of the configured origins read the answers. Without such
/// an origin nothing is added: then a browser keeps the answer from the page.
pub(super) async fn allow(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let configured = request.app_data::<Data<App>>().is_some_and(|app| !app.web.cors_origins.is_empty());
    let allowed = request.headers().get(header::ORIGIN).cloned().filter(|origin| is_allowed(&request, origin));
    let asks =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if asks && allowed.is_some() {
        request.into_response(HttpResponse::NoContent().finish()).map_into_boxed_body()
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    let headers = response.headers_mut();
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
    Ok(response)
}

fn is_allowed(request: &ServiceRequest, origin: &HeaderValue) -> bool {
    let app = request.app_data::<Data<App>>();
    let is_api = request.path().starts_with("/api/");
    is_api && app.is_some_and(|app| app.web.cors_origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()))
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
