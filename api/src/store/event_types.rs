//! The catalogue of event types.

use super::{codec, connection::Db, schema::event_types, webhooks};
use diesel::prelude::*;
use shared::{EventSelection, EventType, Id, NewEventType};

type Columns = (String, String, String, Option<String>, Option<String>);

const COLUMNS: (
    event_types::source,
    event_types::kind,
    event_types::description,
    event_types::example,
    event_types::schema,
) = (event_types::source, event_types::kind, event_types::description, event_types::example, event_types::schema);

fn read((source, kind, description, example, schema): Columns, wanted: &[EventSelection]) -> EventType {
    let name = format!("{source}.{kind}");
    let webhooks = codec::count(wanted.iter().filter(|selection| selection.wants_type(&name)).count());
    EventType { name, source, kind, description, example, schema, webhooks }
}

/// A tenant's catalogue, by name.
pub fn list(connection: &mut Db, tenant_id: Id) -> QueryResult<Vec<EventType>> {
    let wanted = webhooks::wanted(connection, tenant_id)?;
    let rows = event_types::table
        .filter(event_types::tenant_id.eq(codec::key(tenant_id)))
        .order((event_types::source, event_types::kind))
        .select(COLUMNS)
        .load::<Columns>(connection)?;
    Ok(rows.into_iter().map(|row| read(row, &wanted)).collect())
}

/// The names of a tenant's catalogue.
pub fn names(connection: &mut Db, tenant_id: Id) -> QueryResult<Vec<String>> {
    let rows = event_types::table
        .filter(event_types::tenant_id.eq(codec::key(tenant_id)))
        .select((event_types::source, event_types::kind))
        .load::<(String, String)>(connection)?;
    Ok(rows.into_iter().map(|(source, kind)| format!("{source}.{kind}")).collect())
}

/// The type of that name, `SOURCE.TYPE`.
pub fn find(connection: &mut Db, tenant_id: Id, name: &str) -> QueryResult<Option<EventType>> {
    let found = event_types::table
        .filter(event_types::tenant_id.eq(codec::key(tenant_id)))
        .filter(event_types::source.concat(".").concat(event_types::kind).eq(name))
        .select(COLUMNS)
        .first::<Columns>(connection)
        .optional()?;
    let Some(row) = found else { return Ok(None) };
    let wanted = webhooks::wanted(connection, tenant_id)?;
    Ok(Some(read(row, &wanted)))
}

/// Adds a type. Nothing: one of that name is there already.
pub fn insert(connection: &mut Db, tenant_id: Id, new: &NewEventType) -> QueryResult<Option<EventType>> {
    let NewEventType { source, kind, description, example, schema } = new;
    let name = format!("{source}.{kind}");
    if find(connection, tenant_id, &name)?.is_some() {
        return Ok(None);
    }
    diesel::insert_into(event_types::table)
        .values((
            event_types::tenant_id.eq(codec::key(tenant_id)),
            event_types::source.eq(source),
            event_types::kind.eq(kind),
            event_types::description.eq(description),
            event_types::example.eq(example),
            event_types::schema.eq(schema),
        ))
        .execute(connection)?;
    find(connection, tenant_id, &name)
}

/// Changes the description, the example and the schema of a type. Nothing: there is no such type.
pub fn update(connection: &mut Db, tenant_id: Id, new: &NewEventType) -> QueryResult<Option<EventType>> {
    let NewEventType { source, kind, description, example, schema } = new;
    diesel::update(event_types::table.find((codec::key(tenant_id), source, kind)))
        .set((
            event_types::description.eq(description),
            event_types::example.eq(example),
            event_types::schema.eq(schema),
        ))
        .execute(connection)?;
    find(connection, tenant_id, &format!("{source}.{kind}"))
}

/// Takes a type, `SOURCE.TYPE`, out of the catalogue. Webhooks that select it go on doing so. `false`: there is no such type.
pub fn delete(connection: &mut Db, tenant_id: Id, name: &str) -> QueryResult<bool> {
    let deleted = diesel::delete(event_types::table)
        .filter(event_types::tenant_id.eq(codec::key(tenant_id)))
        .filter(event_types::source.concat(".").concat(event_types::kind).eq(name))
        .execute(connection)?;
    Ok(deleted > 0)
}
