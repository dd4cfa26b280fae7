//! The headers that every answer carries.

use crate::app::{App, Web};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    web::Data,
};
use shared::paths;
use std::sync::Arc;

/// Nothing but what this server sends, and nothing inline. Who may show it in a frame is added.
const PORTAL_CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors ";
/// Answers of the API are data, which may hold what others wrote: a browser that is led to one runs nothing of it.
const API_CSP: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";
/// Swagger UI writes styles into the page and has pictures in them.
const DOCS_CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// For how long a browser shall come by https only.
const ONE_YEAR: &str = "max-age=31536000";

/// Adds to each answer the headers that tell browsers what they may do with it.
pub(super) async fn secure(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let path = request.path();
    let (docs, api) = (path.starts_with(paths::DOCS), paths::is_api(path));
    let web = request.app_data::<Data<App>>().map(|app| Arc::clone(&app.web));
    on_answer(next.call(request).await, |headers| add(headers, docs, api, web.as_deref()))
}

/// Adds headers to an answer, also where it comes as an error that carries it.
pub(super) fn on_answer<B>(
    answer: Result<ServiceResponse<B>, Error>,
    add: impl FnOnce(&mut HeaderMap),
) -> Result<ServiceResponse<B>, Error> {
    match answer {
        Ok(mut response) => {
            add(response.headers_mut());
            Ok(response)
        }
        Err(error) => {
            let mut response = error.error_response();
            add(response.headers_mut());
            Err(InternalError::from_response(error, response).into())
        }
    }
}

fn add(headers: &mut HeaderMap, docs: bool, api: bool, web: Option<&Web>) {
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::REFERRER_POLICY, "no-referrer");
    set(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if docs {
        set(headers, header::CONTENT_SECURITY_POLICY, DOCS_CSP);
    } else if api {
        set(headers, header::CONTENT_SECURITY_POLICY, API_CSP);
    } else {
        let framing = web.map_or_else(|| "'none'".to_owned(), Web::frame_ancestors);
        if let Ok(policy) = HeaderValue::from_str(&format!("{PORTAL_CSP}{framing}")) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
    if web.is_some_and(Web::is_https) {
        set(headers, header::STRICT_TRANSPORT_SECURITY, ONE_YEAR);
    }
    if api {
        set(headers, header::CACHE_CONTROL, "no-store");
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
