//! The catalogue of event types: what a tenant has of its own, and what is there for all tenants.

use super::{codec, connection::Db, schema::event_types, webhooks};
use diesel::prelude::*;
use shared::{EventSelection, EventType, Id, NewEventType};
use std::collections::{BTreeSet, HashSet};

/// Whose the types are that are there for all tenants: an id that no tenant has.
const ALL_TENANTS: Id = Id::from_bytes([0xff; 16]);

#[derive(Queryable, Selectable)]
#[diesel(table_name = event_types)]
struct Columns {
    tenant_id: Vec<u8>,
    source: String,
    kind: String,
    description: String,
    example: Option<String>,
    schema: Option<String>,
}

impl Columns {
    fn read(self, wanted: &[EventSelection]) -> EventType {
        let Self { tenant_id, source, kind, description, example, schema } = self;
        let name = format!("{source}.{kind}");
        let webhooks = codec::count(wanted.iter().filter(|selection| selection.wants_type(&name)).count());
        let all_tenants = tenant_id == ALL_TENANTS.to_bytes();
        EventType { name, source, kind, description, example, schema, webhooks, all_tenants }
    }
}

fn owner(tenant_id: Id, all_tenants: bool) -> Vec<u8> {
    codec::key(if all_tenants { ALL_TENANTS } else { tenant_id })
}

/// Whose types stand in a tenant's catalogue.
fn owners(tenant_id: Id) -> [Vec<u8>; 2] {
    [tenant_id, ALL_TENANTS].map(codec::key)
}

/// A tenant's catalogue, by name. What it has of its own stands there in the place of what is there for all under the same name.
pub fn list(connection: &mut Db, tenant_id: Id) -> QueryResult<Vec<EventType>> {
    let wanted = webhooks::wanted(connection, tenant_id)?;
    let rows = event_types::table
        .filter(event_types::tenant_id.eq_any(owners(tenant_id)))
        .order((event_types::source, event_types::kind))
        .select(Columns::as_select())
        .load::<Columns>(connection)?;
    let mut types: Vec<_> = rows.into_iter().map(|columns| columns.read(&wanted)).collect();
    let own: HashSet<_> = types.iter().filter(|known| !known.all_tenants).map(|known| known.name.clone()).collect();
    types.retain(|known| !known.all_tenants || !own.contains(&known.name));
    Ok(types)
}

/// The names of a tenant's catalogue.
pub fn names(connection: &mut Db, tenant_id: Id) -> QueryResult<Vec<String>> {
    let rows = event_types::table
        .filter(event_types::tenant_id.eq_any(owners(tenant_id)))
        .select((event_types::source, event_types::kind))
        .load::<(String, String)>(connection)?;
    let names: BTreeSet<_> = rows.into_iter().map(|(source, kind)| format!("{source}.{kind}")).collect();
    Ok(names.into_iter().collect())
}

/// The type of that name, `SOURCE.TYPE`, in a tenant's catalogue.
pub fn find(connection: &mut Db, tenant_id: Id, name: &str) -> QueryResult<Option<EventType>> {
    let own = find_of(connection, tenant_id, name, false)?;
    if own.is_some() { Ok(own) } else { find_of(connection, tenant_id, name, true) }
}

/// The type of that name among a tenant's own, or among those for all tenants.
pub fn find_of(connection: &mut Db, tenant_id: Id, name: &str, all_tenants: bool) -> QueryResult<Option<EventType>> {
    let found = event_types::table
        .filter(event_types::tenant_id.eq(owner(tenant_id, all_tenants)))
        .filter(event_types::source.concat(".").concat(event_types::kind).eq(name))
        .select(Columns::as_select())
        .first::<Columns>(connection)
        .optional()?;
    let Some(row) = found else { return Ok(None) };
    let wanted = webhooks::wanted(connection, tenant_id)?;
    Ok(Some(row.read(&wanted)))
}

/// Whether a tenant has fewer types of its own than that, or there are fewer for all tenants. Lock whose they are before.
pub fn has_room(connection: &mut Db, tenant_id: Id, all_tenants: bool, most: u32) -> QueryResult<bool> {
    let theirs = event_types::table.filter(event_types::tenant_id.eq(owner(tenant_id, all_tenants)));
    Ok(theirs.count().get_result::<i64>(connection)? < i64::from(most))
}

/// Adds a type to a tenant's own, or to those for all tenants. Nothing: one of that name is among them already.
pub fn insert(connection: &mut Db, tenant_id: Id, new: &NewEventType) -> QueryResult<Option<EventType>> {
    let NewEventType { source, kind, description, example, schema, all_tenants } = new;
    let name = format!("{source}.{kind}");
    if find_of(connection, tenant_id, &name, *all_tenants)?.is_some() {
        return Ok(None);
    }
    diesel::insert_into(event_types::table)
        .values((
            event_types::tenant_id.eq(owner(tenant_id, *all_tenants)),
            event_types::source.eq(source),
            event_types::kind.eq(kind),
            event_types::description.eq(description),
            event_types::example.eq(example),
            event_types::schema.eq(schema),
        ))
        .execute(connection)?;
    find_of(connection, tenant_id, &name, *all_tenants)
}

/// Changes the description, the example and the schema of a type. Nothing: there is no such type.
pub fn update(connection: &mut Db, tenant_id: Id, new: &NewEventType) -> QueryResult<Option<EventType>> {
    let NewEventType { source, kind, description, example, schema, all_tenants } = new;
    diesel::update(event_types::table.find((owner(tenant_id, *all_tenants), source, kind)))
        .set((
            event_types::description.eq(description),
            event_types::example.eq(example),
            event_types::schema.eq(schema),
        ))
        .execute(connection)?;
    find_of(connection, tenant_id, &format!("{source}.{kind}"), *all_tenants)
}

/// Takes a type of a tenant's catalogue out of it. Webhooks that select it go on doing so. `false`: it is not there any more.
pub fn delete(connection: &mut Db, tenant_id: Id, known: &EventType) -> QueryResult<bool> {
    let row = event_types::table.find((owner(tenant_id, known.all_tenants), &known.source, &known.kind));
    Ok(diesel::delete(row).execute(connection)? > 0)
}
