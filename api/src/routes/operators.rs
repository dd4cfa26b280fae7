//! `/operators`

use super::{
    body::Body,
    path::{PathId, location},
    query::{Paging, Query},
};
use crate::{app::App, auth::caller::Admin, operators, problem::Error};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web::Data};
use shared::{Id, NewOperator, Operator, OperatorPatch, Page};

/// List operators
///
/// Newest first.
#[utoipa::path(
    tag = "Accounts",
    params(
        ("q" = Option<String>, Query, description = "Only those whose e-mail address contains this text, or the one with this id", max_length = 200),
        Paging,
    ),
    responses((status = 200, body = Page<Operator>))
)]
#[get("/operators")]
pub(super) async fn list(app: Data<App>, Admin(who): Admin, request: HttpRequest) -> Result<HttpResponse, Error> {
    let query = Query::of_list(&request, "operators", &["q"])?;
    let rows = operators::list(&app, &who, query.search()?, query.slice(&app.cursor_key)?).await?;
    Ok(HttpResponse::Ok().json(query.page(&app.cursor_key, rows)))
}

/// Create an operator
///
/// An `Idempotency-Key` is not taken: a second one with the same e-mail address is refused (`email_taken`).
#[utoipa::path(tag = "Accounts", request_body = NewOperator, responses((status = 201, body = Operator, headers(("Location" = String, description = "The new operator")))))]
#[post("/operators")]
pub(super) async fn create(
    app: Data<App>,
    Admin(who): Admin,
    Body(new): Body<NewOperator>,
) -> Result<HttpResponse, Error> {
    let created = operators::create(&app, &who, new).await?;
    let place = location(format!("operators/{}", created.id));
    Ok(HttpResponse::Created().insert_header(place).json(created))
}

/// Read an operator
#[utoipa::path(tag = "Accounts", params(("id" = Id, Path)), responses((status = 200, body = Operator)))]
#[get("/operators/{id}")]
pub(super) async fn find(app: Data<App>, Admin(who): Admin, PathId(id): PathId) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Ok().json(operators::find(&app, &who, id).await?))
}

/// Change an operator
///
/// Its role counts from the next request on; a new password ends its sessions.
#[utoipa::path(
    tag = "Accounts",
    params(("id" = Id, Path)),
    request_body = OperatorPatch,
    responses((status = 200, body = Operator))
)]
#[patch("/operators/{id}")]
pub(super) async fn change(
    app: Data<App>,
    Admin(who): Admin,
    PathId(id): PathId,
    Body(patch): Body<OperatorPatch>,
) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Ok().json(operators::change(&app, &who, id, patch).await?))
}

/// Delete an operator
///
/// Its sessions end at once.
#[utoipa::path(tag = "Accounts", params(("id" = Id, Path)), responses((status = 204)))]
#[delete("/operators/{id}")]
pub(super) async fn delete(app: Data<App>, Admin(who): Admin, PathId(id): PathId) -> Result<HttpResponse, Error> {
    operators::delete(&app, &who, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
