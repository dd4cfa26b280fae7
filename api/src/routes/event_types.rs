//! `/event-types`

use super::{body::Body, path::PathName};
use crate::{
    app::App,
    auth::{
        audit::{self, Target},
        caller::{Editor, Reader},
    },
    json,
    problem::Error,
    store::{self, event_types},
};
use actix_web::{HttpResponse, delete, get, post, put, web::Data};
use shared::{Code, EventType, FieldError, NewEventType, Page};

/// List event types
///
/// The catalogue, by name, on one page.
#[utoipa::path(tag = "Event types", responses((status = 200, body = Page<EventType>)))]
#[get("/event-types")]
pub(super) async fn list(app: Data<App>, Reader(who): Reader) -> Result<HttpResponse, Error> {
    let items = app.store.read(move |db| event_types::list(db, who.tenant_id)).await?;
    Ok(HttpResponse::Ok().json(Page { items, next_cursor: None }))
}

/// Add an event type
#[utoipa::path(tag = "Event types", request_body = NewEventType, responses((status = 201, body = EventType)))]
#[post("/event-types")]
pub(super) async fn create(
    app: Data<App>,
    Editor(who): Editor,
    Body(new): Body<NewEventType>,
) -> Result<HttpResponse, Error> {
    check(&new)?;
    let name = format!("{}.{}", new.source, new.kind);
    let entry = audit::entry(&app, &who, Target::EventType, "created", &name, &name);
    let added = app.store.write(move |db| {
        let added = event_types::insert(db, who.tenant_id, &new)?;
        if added.is_some() {
            store::audit::append(db, who.tenant_id, &audit::with_change(entry, None, added.as_ref()))?;
        }
        Ok(added)
    });
    let exists = || Error::new(Code::EventTypeExists, "The catalogue has this type. Change it with PUT.");
    let added = store::unless_taken(added.await)?.ok_or_else(exists)?;
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
    Editor(who): Editor,
    PathName(name): PathName,
    Body(new): Body<NewEventType>,
) -> Result<HttpResponse, Error> {
    check(&new)?;
    if format!("{}.{}", new.source, new.kind) != name {
        let detail = "The name in the address is another one. A type cannot be renamed: add the new one, then delete the old one.";
        return Err(Error::invalid(vec![FieldError::new("/type", Code::ValidationFailed, detail)]));
    }
    let entry = audit::entry(&app, &who, Target::EventType, "changed", &name, &name);
    let changed = app.store.write(move |db| {
        let before = event_types::find(db, who.tenant_id, &new.source, &new.kind)?;
        let changed = event_types::update(db, who.tenant_id, &new)?;
        if changed.is_some() {
            let entry = audit::with_change(entry, before.as_ref(), changed.as_ref());
            store::audit::append(db, who.tenant_id, &entry)?;
        }
        Ok(changed)
    });
    Ok(HttpResponse::Ok().json(changed.await?.ok_or_else(Error::not_found)?))
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
pub(super) async fn delete(
    app: Data<App>,
    Editor(who): Editor,
    PathName(name): PathName,
) -> Result<HttpResponse, Error> {
    let entry = audit::entry(&app, &who, Target::EventType, "deleted", &name, &name);
    let deleted = app.store.write(move |db| {
        let before = event_types::list(db, who.tenant_id)?.into_iter().find(|known| known.name == name);
        let deleted = event_types::delete(db, who.tenant_id, &name)?;
        if deleted {
            store::audit::append(db, who.tenant_id, &audit::with_change(entry, before.as_ref(), None))?;
        }
        Ok(deleted)
    });
    if !deleted.await? {
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
    Error::refuse(errors)
}
