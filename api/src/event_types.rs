//! The rules of the catalogue of event types, between routes and store.

use crate::{
    app::App,
    auth::{
        Principal,
        audit::{self, Target},
    },
    intake::cloudevents,
    json,
    problem::Error,
    store::{self, event_types},
};
use shared::{Code, EventType, FieldError, Id, NewEventType, Page};

/// The catalogue, by name, on one page.
pub async fn list(app: &App, tenant_id: Id) -> Result<Page<EventType>, Error> {
    let items = app.store.read(move |db| event_types::list(db, tenant_id)).await?;
    Ok(Page { items, next_cursor: None })
}

/// Adds a type.
pub async fn create(app: &App, who: &Principal, new: NewEventType) -> Result<EventType, Error> {
    check(&new)?;
    let (tenant_id, name) = (who.tenant_id, format!("{}.{}", new.source, new.kind));
    let entry = audit::entry(app, who, Target::EventType, "created", &name, &name);
    let added = app.store.write(move |db| {
        let added = event_types::insert(db, tenant_id, &new)?;
        if added.is_some() {
            store::audit::append(db, tenant_id, &audit::with_change(entry, None, added.as_ref()))?;
        }
        Ok(added)
    });
    let exists = || Error::new(Code::EventTypeExists, "The catalogue has this type. Change it with PUT.");
    store::unless_taken(added.await)?.ok_or_else(exists)
}

/// Changes the description, the example and the schema of the type of that name.
pub async fn change(app: &App, who: &Principal, name: &str, new: NewEventType) -> Result<EventType, Error> {
    check(&new)?;
    if format!("{}.{}", new.source, new.kind) != name {
        let detail = "The name in the address is another one. A type cannot be renamed: add the new one, then delete the old one.";
        return Err(Error::invalid(vec![FieldError::new("/type", Code::ValidationFailed, detail)]));
    }
    let tenant_id = who.tenant_id;
    let entry = audit::entry(app, who, Target::EventType, "changed", name, name);
    let changed = app.store.write(move |db| {
        let before = event_types::find(db, tenant_id, &new.source, &new.kind)?;
        let changed = event_types::update(db, tenant_id, &new)?;
        if changed.is_some() {
            let entry = audit::with_change(entry, before.as_ref(), changed.as_ref());
            store::audit::append(db, tenant_id, &entry)?;
        }
        Ok(changed)
    });
    changed.await?.ok_or_else(Error::not_found)
}

/// Takes the type of that name out of the catalogue.
pub async fn delete(app: &App, who: &Principal, name: String) -> Result<(), Error> {
    let tenant_id = who.tenant_id;
    let entry = audit::entry(app, who, Target::EventType, "deleted", &name, &name);
    let deleted = app.store.write(move |db| {
        let before = event_types::list(db, tenant_id)?.into_iter().find(|known| known.name == name);
        let deleted = event_types::delete(db, tenant_id, &name)?;
        if deleted {
            store::audit::append(db, tenant_id, &audit::with_change(entry, before.as_ref(), None))?;
        }
        Ok(deleted)
    });
    if deleted.await? { Ok(()) } else { Err(Error::not_found()) }
}

fn check(new: &NewEventType) -> Result<(), Error> {
    let mut errors = new.check();
    if let Some(example) = &new.example
        && let Err(error) = cloudevents::parse(example.as_bytes())
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
