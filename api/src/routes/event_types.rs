//! `/event-types`

use super::{body::Body, query::Query};
use crate::{
    app::App,
    json,
    problem::Error,
    store::{DEFAULT_TENANT, event_types},
};
use actix_web::{
    HttpRequest, HttpResponse, delete, get, post, put,
    web::{Data, Path},
};
use shared::{Code, EventType, FieldError, NewEventType, Page};

/// List event types
///
/// The catalogue, by name, on one page.
#[utoipa::path(tag = "Event types", responses((status = 200, body = Page<EventType>)))]
#[get("/event-types")]
pub(super) async fn list(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Error> {
    Query::read(&request, &[])?;
    let items = app.store.read(|db| event_types::list(db, DEFAULT_TENANT)).await?;
    Ok(HttpResponse::Ok().json(Page { items, next_cursor: None }))
}

/// Add an event type
#[utoipa::path(tag = "Event types", request_body = NewEventType, responses((status = 201, body = EventType)))]
#[post("/event-types")]
pub(super) async fn create(app: Data<App>, Body(new): Body<NewEventType>) -> Result<HttpResponse, Error> {
    check(&new)?;
    let added = app.store.write(move |db| event_types::insert(db, DEFAULT_TENANT, &new)).await?;
    let added =
        added.ok_or_else(|| Error::new(Code::EventTypeExists, "The catalogue has this type. Change it with PUT."))?;
    Ok(HttpResponse::Created().json(added))
}

/// Change an event type
///
/// Its description, its example and its schema.
#[utoipa::path(
    tag = "Event types",
    params(("name" = String, Path, description = "`SOURCE.TYPE`, percent-encoded")),
    request_body = NewEventType,
    responses((status = 200, body = EventType))
)]
#[put("/event-types/{name}")]
pub(super) async fn change(
    app: Data<App>,
    name: Path<String>,
    Body(new): Body<NewEventType>,
) -> Result<HttpResponse, Error> {
    check(&new)?;
    if format!("{}.{}", new.source, new.kind) != *name {
        let detail = "The name in the address is another one. A type cannot be renamed: add the new one, then delete the old one.";
        return Err(Error::invalid(vec![FieldError::new("/type", Code::ValidationFailed, detail)]));
    }
    let changed = app.store.write(move |db| event_types::update(db, DEFAULT_TENANT, &new)).await?;
    Ok(HttpResponse::Ok().json(changed.ok_or_else(Error::not_found)?))
}

/// Delete an event type
///
/// It leaves the catalogue. Webhooks that select it go on doing so.
#[utoipa::path(
    tag = "Event types",
    params(("name" = String, Path, description = "`SOURCE.TYPE`, percent-encoded")),
    responses((status = 204))
)]
#[delete("/event-types/{name}")]
pub(super) async fn delete(app: Data<App>, name: Path<String>) -> Result<HttpResponse, Error> {
    if !app.store.write(move |db| event_types::delete(db, DEFAULT_TENANT, &name)).await? {
        return Err(Error::not_found());
    }
    Ok(HttpResponse::NoContent().finish())
}

fn check(new: &NewEventType) -> Result<(), Error> {
    let mut errors = new.check();
    if let Some(example) = &new.example
        && let Err(error) = crate::intake::cloudevents::parse(example.as_bytes())
    {
        errors.push(FieldError::new("/example", error.code(), format!("The example is no valid event: {error}")));
    }
    if let Some(schema) = &new.schema
        && json::text(schema.as_bytes()).ok().is_none_or(|text| json::members(text).is_err())
    {
        let detail = "A JSON Schema is a JSON object, for example {\"type\": \"object\"}.";
        errors.push(FieldError::new("/schema", Code::SchemaInvalid, detail));
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
}
