//! `/api-keys`

use super::{
    body::Body,
    path::{PathId, location},
    query::{Paging, Query},
};
use crate::{api_keys, app::App, auth::caller::Admin, problem::Error};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web::Data};
use shared::{ApiKey, CreatedApiKey, Id, NewApiKey, Page};

/// List API keys
///
/// Newest first, also those that were revoked or have expired. The keys themselves are never shown again.
#[utoipa::path(
    tag = "Accounts",
    params(
        ("q" = Option<String>, Query, description = "Only those whose name contains this text, those that begin with it (`hw_…`), or the one with this id", max_length = 200),
        Paging,
    ),
    responses((status = 200, body = Page<ApiKey>))
)]
#[get("/api-keys")]
pub(super) async fn list(app: Data<App>, Admin(who): Admin, request: HttpRequest) -> Result<HttpResponse, Error> {
    let query = Query::of_list(&request, "api-keys", &["q"])?;
    let rows = api_keys::list(&app, &who, query.search()?, query.slice(&app.cursor_key)?).await?;
    Ok(HttpResponse::Ok().json(query.page(&app.cursor_key, rows)))
}

/// Make an API key
///
/// The answer is the only place where the key itself is ever shown. An `Idempotency-Key` is not taken: where the answer was lost, revoke
/// the key and make another.
#[utoipa::path(tag = "Accounts", request_body = NewApiKey, responses((status = 201, body = CreatedApiKey, headers(("Location" = String, description = "The new key")))))]
#[post("/api-keys")]
pub(super) async fn create(
    app: Data<App>,
    Admin(who): Admin,
    Body(new): Body<NewApiKey>,
) -> Result<HttpResponse, Error> {
    let created = api_keys::create(&app, &who, new).await?;
    let place = location(format!("api-keys/{}", created.api_key.id));
    Ok(HttpResponse::Created().insert_header(place).json(created))
}

/// Read an API key
///
/// Also one that was revoked or has expired. The key itself is never shown again.
#[utoipa::path(tag = "Accounts", params(("id" = Id, Path)), responses((status = 200, body = ApiKey)))]
#[get("/api-keys/{id}")]
pub(super) async fn find(app: Data<App>, Admin(who): Admin, PathId(id): PathId) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Ok().json(api_keys::find(&app, &who, id).await?))
}

/// Revoke an API key
///
/// It ends at once; on other nodes of the same database within a second.
#[utoipa::path(tag = "Accounts", params(("id" = Id, Path)), responses((status = 204)))]
#[delete("/api-keys/{id}")]
pub(super) async fn revoke(app: Data<App>, Admin(who): Admin, PathId(id): PathId) -> Result<HttpResponse, Error> {
    api_keys::revoke(&app, &who, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
