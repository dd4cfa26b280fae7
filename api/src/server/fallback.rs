//! What no route answers: a wrong method, an unknown API path, and the portal for everything else.

use super::{health, portal};
use crate::{app::App, problem::Error};
use actix_web::{
    HttpRequest, HttpResponse, Route,
    dev::ResourceDef,
    http::Method,
    web::{self, Data},
};
use shared::Code;
use std::sync::Arc;
use utoipa::openapi::{OpenApi, PathItem};

/// The default service. The document knows the paths and their methods, so it cannot say anything else than the server does.
pub(super) fn service(document: &OpenApi) -> Route {
    let known: Arc<[(ResourceDef, String)]> =
        document.paths.paths.iter().map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item))).collect();
    web::to(move |request: HttpRequest, app: Data<App>| {
        let known = Arc::clone(&known);
        async move { answer(&request, &app, &known) }
    })
}

fn answer(request: &HttpRequest, app: &App, known: &[(ResourceDef, String)]) -> Result<HttpResponse, Error> {
    let path = request.path();
    if let Some((_, allowed)) = known.iter().find(|(resource, _)| resource.is_match(path)) {
        return Err(not_allowed(allowed));
    }
    if health::PATHS.contains(&path) {
        return Err(not_allowed("GET, HEAD"));
    }
    if is_for_programs(path) {
        return Err(Error::new(Code::NotFound, "There is no such path. See /api/docs for those of the API."));
    }
    if request.method() != Method::GET {
        return Err(not_allowed("GET, HEAD"));
    }
    Ok(portal::file(request, &app.web.brand))
}

/// Whether a path is meant for the API, or for who watches the server. A program whose base URL ends with a slash too many, that lacks a
/// part or encodes too much, must get no page: a probe would take it for a yes.
fn is_for_programs(path: &str) -> bool {
    const FOR_PROGRAMS: [&str; 5] = ["api", "v1", "healthz", "readyz", "metrics"];
    let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let first = path.split('/').find(|part| !part.is_empty()).unwrap_or_default();
    FOR_PROGRAMS.iter().any(|name| first.eq_ignore_ascii_case(name))
}

fn not_allowed(allowed: &str) -> Error {
    let detail = format!("Allowed here: {allowed}.");
    Error::new(Code::MethodNotAllowed, detail).with_header(http::header::ALLOW, allowed)
}

fn methods(item: &PathItem) -> String {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [("GET, HEAD", get), ("PUT", put), ("POST", post), ("DELETE", delete), ("PATCH", patch)]
        .into_iter()
        .filter(|(_, operation)| operation.is_some())
        .map(|(name, _)| name)
        .collect::<Vec<_>>()
        .join(", ")
}
