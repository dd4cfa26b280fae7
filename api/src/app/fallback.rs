//! What no route answers: health, a wrong method, an unknown API path, and the portal for everything else.

use super::{App, portal};
use crate::problem::Error;
use actix_web::{
    HttpRequest, HttpResponse, Route,
    dev::ResourceDef,
    web::{self, Data, ServiceConfig},
};
use shared::Code;
use std::sync::Arc;
use utoipa::openapi::{OpenApi, PathItem};

/// `/healthz` (the process lives) and `/readyz` (it can do its work).
pub(super) fn health(config: &mut ServiceConfig) {
    config.route("/healthz", web::get().to(async || HttpResponse::Ok().body("ok\n")));
    config.route("/readyz", web::get().to(ready));
}

/// Reads only: a probe must not make work.
async fn ready(app: Data<App>) -> Result<HttpResponse, Error> {
    app.store.ping().await?;
    Ok(HttpResponse::Ok().body("ready\n"))
}

/// The default service. The document knows the paths and their methods, so it cannot say anything else than the server does.
pub(super) fn service(document: &OpenApi) -> Route {
    let known: Arc<[(ResourceDef, String)]> =
        document.paths.paths.iter().map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item))).collect();
    web::to(move |request: HttpRequest| {
        let known = Arc::clone(&known);
        async move { answer(&request, &known) }
    })
}

fn answer(request: &HttpRequest, known: &[(ResourceDef, String)]) -> Result<HttpResponse, Error> {
    let path = request.path();
    if let Some((_, allowed)) = known.iter().find(|(resource, _)| resource.is_match(path)) {
        return Err(not_allowed(allowed));
    }
    if path == "/api" || path.starts_with("/api/") {
        return Err(Error::new(Code::NotFound, "The API has no such path. See /api/docs for those it has."));
    }
    if !matches!(request.method().as_str(), "GET" | "HEAD") {
        return Err(not_allowed("GET, HEAD"));
    }
    Ok(portal::file(request))
}

fn not_allowed(allowed: &str) -> Error {
    let detail = format!("Allowed here: {allowed}.");
    Error::new(Code::MethodNotAllowed, detail).with_header(http::header::ALLOW, allowed)
}

fn methods(item: &PathItem) -> String {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [("GET", get), ("PUT", put), ("POST", post), ("DELETE", delete), ("PATCH", patch)]
        .into_iter()
        .filter(|(_, operation)| operation.is_some())
        .map(|(name, _)| name)
        .collect::<Vec<_>>()
        .join(", ")
}
