//! The catalogue of event types.

use super::{codec, connection::Db, schema::event_types};
use diesel::prelude::*;
use shared::{EventType, Id, NewEventType};

type Columns = (String, String, String, Option<String>);

fn read((source, kind, description, example): Columns) -> EventType {
    EventType { name: format!("{source}.{kind}"), source, kind, description, example }
}

/// A tenant's catalogue, by name.
pub fn list(connection: &mut Db, tenant_id: Id) -> QueryResult<Vec<EventType>> {
    let rows = event_types::table
        .filter(event_types::tenant_id.eq(codec::key(tenant_id)))
        .order((event_types::source, event_types::kind))
        .select((event_types::source, event_types::kind, event_types::description, event_types::example))
        .load::<Columns>(connection)?;
    Ok(rows.into_iter().map(read).collect())
}

/// Adds a type. `false`: it is there already.
pub fn insert(connection: &mut Db, tenant_id: Id, new: &NewEventType) -> QueryResult<bool> {
    let NewEventType { source, kind, description, example } = new;
    let there = list(connection, tenant_id)?.iter().any(|known| known.source == *source && known.kind == *kind);
    if !there {
        diesel::insert_into(event_types::table)
            .values((
                event_types::tenant_id.eq(codec::key(tenant_id)),
                event_types::source.eq(source),
                event_types::kind.eq(kind),
                event_types::description.eq(description),
                event_types::example.eq(example),
            ))
            .execute(connection)?;
    }
    Ok(!there)
}

/// Changes the description and the example of a type. `false`: there is no such type.
pub fn update(connection: &mut Db, tenant_id: Id, new: &NewEventType) -> QueryResult<bool> {
    let NewEventType { source, kind, description, example } = new;
    let changed = diesel::update(event_types::table.find((codec::key(tenant_id), source, kind)))
        .set((event_types::description.eq(description), event_types::example.eq(example)))
        .execute(connection)?;
    Ok(changed == 1)
}

/// Takes a type, `SOURCE.TYPE`, out of the catalogue. Webhooks that select it go on doing so. `false`: there is no such type.
pub fn delete(connection: &mut Db, tenant_id: Id, name: &str) -> QueryResult<bool> {
    let deleted = diesel::delete(event_types::table)
        .filter(event_types::tenant_id.eq(codec::key(tenant_id)))
        .filter(event_types::source.concat(".").concat(event_types::kind).eq(name))
        .execute(connection)?;
    Ok(deleted > 0)
}
