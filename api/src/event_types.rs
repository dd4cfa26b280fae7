//! The rules of the catalogue of event types, between routes and store.

use crate::{
    app::App,
    audit,
    auth::Caller,
    intake::cloudevents,
    json,
    problem::Error,
    store::{self, DEFAULT_TENANT, event_types, tenants},
};
use shared::{AuditAction, AuditEntry, Catalogue, Code, EventType, FieldError, Id, NewEventType};

/// How many types of its own a tenant may have, and how many there may be for all: the catalogue is answered as a whole.
const MOST: u32 = 1_000;

/// The whole catalogue, by name.
pub(crate) async fn list(app: &App, tenant_id: Id) -> Result<Catalogue, Error> {
    let items = app.store.read(move |db| event_types::list(db, tenant_id)).await?;
    Ok(Catalogue { items })
}

/// The type of that name.
pub(crate) async fn find(app: &App, tenant_id: Id, name: String) -> Result<EventType, Error> {
    app.store.read(move |db| event_types::find(db, tenant_id, &name)).await?.ok_or_else(Error::not_found)
}

/// Adds a type.
pub(crate) async fn create(app: &App, who: &Caller, new: NewEventType) -> Result<EventType, Error> {
    check(who, &new)?;
    let (tenant_id, name) = (who.tenant_id, format!("{}.{}", new.source, new.kind));
    let entry = audit::entry(app, who, AuditAction::EventTypeCreated, &name, &name);
    let added = app.store.write(store::refusable(move |db| {
        match event_types::find(db, tenant_id, &name)? {
            Some(known) if known.all_tenants && !new.all_tenants => return Err(common().into()),
            Some(known) => return Err(divided(&known, "Change that one (PUT) or choose another name.").into()),
            None => {}
        }
        let added = insert(db, tenant_id, &new)?;
        append(db, tenant_id, entry, None, Some(&added))?;
        Ok(added)
    }));
    store::or_taken(added.await, exists)
}

/// Adds the type of that name, or changes its description, its example and its schema. `true`: it is new.
pub(crate) async fn put(app: &App, who: &Caller, name: &str, new: NewEventType) -> Result<(EventType, bool), Error> {
    check(who, &new)?;
    if format!("{}.{}", new.source, new.kind) != name {
        let detail = "The name differs from the one in the URL. A type cannot be renamed: add the new one, then delete the old one.";
        return Err(Error::invalid(vec![FieldError::new("/type", Code::ValidationFailed, detail)]));
    }
    let tenant_id = who.tenant_id;
    let [created, changed] = [AuditAction::EventTypeCreated, AuditAction::EventTypeChanged]
        .map(|action| audit::entry(app, who, action, name, name));
    let name = name.to_owned();
    let put = app.store.write(store::refusable(move |db| {
        let before = event_types::find_of(db, tenant_id, &name, new.all_tenants)?;
        let (entry, after) = match &before {
            None if event_types::find(db, tenant_id, &name)?.is_some_and(|seen| seen.all_tenants) => {
                return Err(common().into());
            }
            None => (created, insert(db, tenant_id, &new)?),
            Some(before) if before.source == new.source => {
                (changed, event_types::update(db, tenant_id, &new)?.ok_or_else(exists)?)
            }
            // `A.B` and `C` have the name of `A` and `B.C`.
            Some(known) => return Err(divided(known, "Send these two to change it.").into()),
        };
        // A catalogue is kept in step by putting every type, most of which are as they were.
        if before.as_ref() != Some(&after) {
            append(db, tenant_id, entry, before.as_ref(), Some(&after))?;
        }
        Ok((after, before.is_none()))
    }));
    store::or_taken(put.await, exists)
}

/// Adds a type where there is room for one more.
fn insert(db: &mut store::Db, tenant_id: Id, new: &NewEventType) -> Result<EventType, store::Unwritten<Error>> {
    if !tenants::lock(db, if new.all_tenants { DEFAULT_TENANT } else { tenant_id })? {
        return Err(Error::not_found().into());
    }
    if !event_types::has_room(db, tenant_id, new.all_tenants, MOST)? {
        let whose = if new.all_tenants { " for all tenants" } else { "" };
        let detail = format!("There are at most {MOST} types{whose}. Delete one that is not published any more.");
        return Err(Error::new(Code::LimitReached, detail).into());
    }
    Ok(event_types::insert(db, tenant_id, new)?.ok_or_else(exists)?)
}

/// Takes the type of that name out of the tenant's own, or out of those for all tenants.
pub(crate) async fn delete(app: &App, who: &Caller, name: String, all_tenants: bool) -> Result<(), Error> {
    check_reach(who, all_tenants, "It stays in your catalogue.")?;
    let tenant_id = who.tenant_id;
    let entry = audit::entry(app, who, AuditAction::EventTypeDeleted, &name, &name);
    let deleted = app.store.write(store::refusable(move |db| {
        let Some(before) = event_types::find_of(db, tenant_id, &name, all_tenants)? else {
            // Not in its place: whoever asks again has meant the tenant's own, which is gone.
            let is_common = event_types::find(db, tenant_id, &name)?.is_some_and(|seen| seen.all_tenants);
            let detail =
                "The type of this name is one for all tenants. The platform deletes it, with ?all_tenants=true.";
            let kept = || Error::new(Code::NotFound, detail);
            return Err(if is_common { kept() } else { Error::not_found() }.into());
        };
        event_types::delete(db, tenant_id, &before)?;
        Ok(append(db, tenant_id, entry, Some(&before), None)?)
    }));
    deleted.await?
}

/// What is for all tenants is kept by whoever may act for each of them. `advice`: what to do about it.
fn check_reach(who: &Caller, all_tenants: bool, advice: &str) -> Result<(), Error> {
    if !all_tenants || who.platform {
        return Ok(());
    }
    let detail =
        format!("Only operators and API keys of the platform can manage event types for all tenants. {advice}");
    Err(Error::new(Code::ForbiddenRole, detail))
}

/// Records a change. One of a type for all tenants stands in the platform's own log, and says that it is one also where only something else
/// has changed.
fn append(
    db: &mut store::Db,
    tenant_id: Id,
    entry: AuditEntry,
    before: Option<&EventType>,
    after: Option<&EventType>,
) -> store::QueryResult<()> {
    let is_common = before.or(after).is_some_and(|known| known.all_tenants);
    let (log, kept): (_, &[_]) = if is_common { (DEFAULT_TENANT, &["all_tenants"]) } else { (tenant_id, &[]) };
    store::audit::append(db, log, &audit::with_change_and(entry, before, after, kept))
}

/// Somebody else has added it in the meantime.
fn exists() -> Error {
    let detail = "The catalogue has a type of this name by now. Read it; then change it or choose another name.";
    Error::new(Code::EventTypeExists, detail)
}

/// There is one of that name. Which source and type it has is told, as a name can be divided in more than one way.
fn divided(known: &EventType, advice: &str) -> Error {
    let detail = format!(
        "The catalogue already has a type of this name, of the source {:?} and the type {:?}. {advice}",
        known.source, known.kind
    );
    Error::new(Code::EventTypeExists, detail)
}

/// There is one for all tenants.
fn common() -> Error {
    let detail = "The catalogue already has a type of this name for all tenants. The platform changes it, with \"all_tenants\": true.";
    Error::new(Code::EventTypeExists, detail)
}

/// What stands in the catalogue can be published.
fn check(who: &Caller, new: &NewEventType) -> Result<(), Error> {
    check_reach(who, new.all_tenants, "Leave out all_tenants to add one for this tenant only.")?;
    let mut errors = new.check();
    if errors.is_empty() && !cloudevents::is_uri_reference(&new.source) {
        errors.push(FieldError::new("/source", Code::CeInvalidSource, cloudevents::SOURCE_DETAIL));
    }
    match new.example.as_ref().map(|example| cloudevents::parse(example.as_bytes())) {
        Some(Err(error)) => {
            let mut add = |code, detail: &str| {
                errors.push(FieldError::new("/example", code, format!("The example is not a valid event. {detail}")));
            };
            if error.errors().is_empty() {
                add(Code::ValidationFailed, &error.to_string());
            }
            error.errors().iter().for_each(|wrong| add(wrong.code, &wrong.detail));
        }
        Some(Ok(event)) if event.source != new.source || event.kind != new.kind => {
            let detail = format!("The example is an event of {}.{}.", event.source, event.kind);
            errors.push(FieldError::new("/example", Code::ValidationFailed, detail));
        }
        _ => {}
    }
    if let Some(schema) = &new.schema
        && json::text(schema.as_bytes()).ok().is_none_or(|text| json::members(text).is_err())
    {
        let detail = "A JSON Schema is a JSON object, for example {\"type\": \"object\"}.";
        errors.push(FieldError::new("/schema", Code::SchemaInvalid, detail));
    }
    Error::refuse(errors)
}
