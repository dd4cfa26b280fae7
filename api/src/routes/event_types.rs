//! `/event-types`

use super::{
    body::Body,
    path::{PathName, location},
    query::Query,
};
use crate::{
    app::App,
    auth::caller::{Cataloguer, Reader},
    event_types,
    problem::Error,
};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put, web::Data};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use shared::{Catalogue, EventType, Id, NewEventType};

/// What is written otherwise in a segment of a path.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// List event types
///
/// The whole catalogue, by name: the tenant's own types, and those for all tenants, unless one of its own has the same name.
#[utoipa::path(tag = "Event types", responses((status = 200, body = Catalogue)))]
#[get("/event-types")]
pub(super) async fn list(app: Data<App>, Reader(who): Reader) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Ok().json(event_types::list(&app, who.tenant_id).await?))
}

/// Add an event type
///
/// To the tenant's own types, or, by the platform, to those for all tenants: at most 1,000 each. Whoever was let in by a portal link changes
/// no types.
#[utoipa::path(
    tag = "Event types",
    request_body = NewEventType,
    responses((status = 201, body = EventType, headers(("Location" = String, description = "The new type"))))
)]
#[post("/event-types")]
pub(super) async fn create(
    app: Data<App>,
    Cataloguer(who): Cataloguer,
    Body(new): Body<NewEventType>,
) -> Result<HttpResponse, Error> {
    Ok(created(&event_types::create(&app, &who, new).await?))
}

/// The answer for a type that was added before.
pub(super) async fn made(app: &App, tenant_id: Id, name: String) -> Result<HttpResponse, Error> {
    Ok(created(&event_types::find(app, tenant_id, name).await?))
}

fn created(event_type: &EventType) -> HttpResponse {
    let place = format!("event-types/{}", utf8_percent_encode(&event_type.name, IN_PATH));
    HttpResponse::Created().insert_header(location(place)).json(event_type)
}

/// Read an event type
#[utoipa::path(
    tag = "Event types",
    params(("name" = String, Path, description = "`SOURCE.TYPE`, percent-encoded")),
    responses((status = 200, body = EventType))
)]
#[get("/event-types/{name}")]
pub(super) async fn find(app: Data<App>, Reader(who): Reader, PathName(name): PathName) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Ok().json(event_types::find(&app, who.tenant_id, name).await?))
}

/// Add or change an event type
///
/// Of one that is there, its description, its example and its schema are replaced. So a catalogue can be kept in step with another by
/// putting each of its types. One for all tenants is meant where `all_tenants` is true; for the platform. Whoever was let in by a portal
/// link changes no types.
#[utoipa::path(
    tag = "Event types",
    params(("name" = String, Path, description = "`SOURCE.TYPE`, percent-encoded")),
    request_body = NewEventType,
    responses(
        (status = 200, body = EventType),
        (status = 201, body = EventType, headers(("Location" = String, description = "The new type"))),
    )
)]
#[put("/event-types/{name}")]
pub(super) async fn put(
    app: Data<App>,
    Cataloguer(who): Cataloguer,
    PathName(name): PathName,
    Body(new): Body<NewEventType>,
) -> Result<HttpResponse, Error> {
    let (put, is_new) = event_types::put(&app, &who, &name, new).await?;
    Ok(if is_new { created(&put) } else { HttpResponse::Ok().json(put) })
}

/// Delete an event type
///
/// It leaves the catalogue. Webhooks that select it go on doing so. One for all tenants is meant where `all_tenants` is true; for the
/// platform. Whoever was let in by a portal link changes no types.
#[utoipa::path(
    tag = "Event types",
    params(
        ("name" = String, Path, description = "`SOURCE.TYPE`, percent-encoded"),
        ("all_tenants" = Option<bool>, Query, description = "Whether the type for all tenants is meant, and not the tenant's own"),
    ),
    responses((status = 204))
)]
#[delete("/event-types/{name}")]
pub(super) async fn delete(
    app: Data<App>,
    Cataloguer(who): Cataloguer,
    PathName(name): PathName,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let all_tenants = Query::read(&request, &["all_tenants"])?.flag("all_tenants")?.unwrap_or_default();
    event_types::delete(&app, &who, name, all_tenants).await?;
    Ok(HttpResponse::NoContent().finish())
}
