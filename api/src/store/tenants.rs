//! Tenants: the customers of the platform. A deleted one keeps its row, as what it did names it.

use super::{
    codec,
    connection::Db,
    schema::{api_keys, links, operators, sessions, tenants, webhooks},
};
use diesel::prelude::*;
use shared::{Id, Tenant, Timestamp};

type Columns = (Vec<u8>, String, i64);

fn read((id, name, created_at): Columns) -> QueryResult<Tenant> {
    Ok(Tenant { id: codec::id(&id)?, name, created_at: Timestamp::from_micros(created_at) })
}

/// All tenants, newest first, from the one after `before`.
pub fn list(connection: &mut Db, before: Option<Id>, limit: u32) -> QueryResult<Vec<Tenant>> {
    let mut query = tenants::table
        .filter(tenants::deleted_at.is_null())
        .order(tenants::id.desc())
        .limit(i64::from(limit))
        .select((tenants::id, tenants::name, tenants::created_at))
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(tenants::id.lt(codec::key(before)));
    }
    query.load::<Columns>(connection)?.into_iter().map(read).collect()
}

/// The tenant of that id.
pub fn find(connection: &mut Db, id: Id) -> QueryResult<Option<Tenant>> {
    let found = tenants::table
        .find(codec::key(id))
        .filter(tenants::deleted_at.is_null())
        .select((tenants::id, tenants::name, tenants::created_at))
        .first::<Columns>(connection)
        .optional()?;
    found.map(read).transpose()
}

/// The tenant of that name.
pub fn find_by_name(connection: &mut Db, name: &str) -> QueryResult<Option<Tenant>> {
    let found = tenants::table
        .filter(tenants::name.eq(name))
        .filter(tenants::deleted_at.is_null())
        .select((tenants::id, tenants::name, tenants::created_at))
        .first::<Columns>(connection)
        .optional()?;
    found.map(read).transpose()
}

/// Adds a tenant. `false`: another one has its name.
pub fn insert(connection: &mut Db, tenant: &Tenant) -> QueryResult<bool> {
    if find_by_name(connection, &tenant.name)?.is_some() {
        return Ok(false);
    }
    let Tenant { id, name, created_at } = tenant;
    diesel::insert_into(tenants::table)
        .values((
            tenants::id.eq(codec::key(*id)),
            tenants::name.eq(name),
            tenants::created_at.eq(created_at.as_micros()),
        ))
        .execute(connection)?;
    Ok(true)
}

/// Renames a tenant. `false`: another one has that name.
pub fn rename(connection: &mut Db, id: Id, name: &str) -> QueryResult<bool> {
    if find_by_name(connection, name)?.is_some_and(|other| other.id != id) {
        return Ok(false);
    }
    diesel::update(tenants::table.find(codec::key(id))).set(tenants::name.eq(name)).execute(connection)?;
    Ok(true)
}

/// Whether a tenant has a webhook that is not deleted.
pub fn has_webhooks(connection: &mut Db, id: Id) -> QueryResult<bool> {
    let found = webhooks::table
        .filter(webhooks::tenant_id.eq(codec::key(id)))
        .filter(webhooks::deleted_at.is_null())
        .select(webhooks::id)
        .first::<Vec<u8>>(connection)
        .optional()?;
    Ok(found.is_some())
}

/// Deletes a tenant: its keys are revoked, its operators, sessions and links are gone, and its name is free again.
pub fn delete(connection: &mut Db, tenant: &Tenant, now: Timestamp) -> QueryResult<()> {
    let id = codec::key(tenant.id);
    diesel::delete(sessions::table.filter(sessions::tenant_id.eq(&id))).execute(connection)?;
    diesel::delete(links::table.filter(links::tenant_id.eq(&id))).execute(connection)?;
    diesel::delete(operators::table.filter(operators::tenant_id.eq(&id))).execute(connection)?;
    diesel::update(api_keys::table.filter(api_keys::tenant_id.eq(&id)).filter(api_keys::revoked_at.is_null()))
        .set(api_keys::revoked_at.eq(now.as_micros()))
        .execute(connection)?;
    diesel::update(tenants::table.find(&id))
        .set((
            tenants::name.eq(format!("{} (deleted {})", tenant.name, tenant.id)),
            tenants::deleted_at.eq(now.as_micros()),
        ))
        .execute(connection)
        .map(drop)
}
