//! Tenants: the customers of the platform. A deleted one keeps its row, as what it did names it.

use super::{
    codec,
    connection::Db,
    schema::{api_keys, links, operators, sessions, tenants, webhooks},
};
use diesel::prelude::*;
use shared::{Id, Tenant, Timestamp};

type Columns = (Vec<u8>, String, Option<String>, i64);

const COLUMNS: (tenants::id, tenants::name, tenants::external_id, tenants::created_at) =
    (tenants::id, tenants::name, tenants::external_id, tenants::created_at);

fn read((id, name, external_id, created_at): Columns) -> QueryResult<Tenant> {
    Ok(Tenant { id: codec::id(&id)?, name, external_id, created_at: Timestamp::from_micros(created_at) })
}

/// All tenants, or the one with that external id, newest first, from the one after `before`.
pub fn list(
    connection: &mut Db,
    external_id: Option<&str>,
    before: Option<Id>,
    limit: u32,
) -> QueryResult<Vec<Tenant>> {
    let mut query = tenants::table
        .filter(tenants::deleted_at.is_null())
        .order(tenants::id.desc())
        .limit(i64::from(limit))
        .select(COLUMNS)
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(tenants::id.lt(codec::key(before)));
    }
    if let Some(external_id) = external_id {
        query = query.filter(tenants::external_id.eq(external_id));
    }
    query.load::<Columns>(connection)?.into_iter().map(read).collect()
}

/// The tenant of that id.
pub fn find(connection: &mut Db, id: Id) -> QueryResult<Option<Tenant>> {
    let found = tenants::table
        .find(codec::key(id))
        .filter(tenants::deleted_at.is_null())
        .select(COLUMNS)
        .first::<Columns>(connection)
        .optional()?;
    found.map(read).transpose()
}

/// The tenant of that name.
pub fn find_by_name(connection: &mut Db, name: &str) -> QueryResult<Option<Tenant>> {
    let found = tenants::table
        .filter(tenants::name.eq(name))
        .filter(tenants::deleted_at.is_null())
        .select(COLUMNS)
        .first::<Columns>(connection)
        .optional()?;
    found.map(read).transpose()
}

/// The id of the tenant that is named by it, or by the platform's own.
pub fn named(connection: &mut Db, name: &str) -> QueryResult<Option<Id>> {
    if let Ok(id) = name.parse() {
        return Ok(find(connection, id)?.map(|tenant| tenant.id));
    }
    // A deleted one has none.
    let found = tenants::table.filter(tenants::external_id.eq(name)).select(tenants::id);
    found.first::<Vec<u8>>(connection).optional()?.map(|id| codec::id(&id)).transpose()
}

/// Whether another tenant has its name or its external id.
fn is_taken(connection: &mut Db, tenant: &Tenant) -> QueryResult<bool> {
    let alike = tenants::name.eq(&tenant.name).nullable().or(tenants::external_id.eq(&tenant.external_id));
    let others = tenants::table.filter(tenants::id.ne(codec::key(tenant.id))).filter(alike);
    Ok(others.select(tenants::id).first::<Vec<u8>>(connection).optional()?.is_some())
}

/// Adds a tenant. `false`: another one has its name or its external id.
pub fn insert(connection: &mut Db, tenant: &Tenant) -> QueryResult<bool> {
    if is_taken(connection, tenant)? {
        return Ok(false);
    }
    let Tenant { id, name, external_id, created_at } = tenant;
    diesel::insert_into(tenants::table)
        .values((
            tenants::id.eq(codec::key(*id)),
            tenants::name.eq(name),
            tenants::external_id.eq(external_id),
            tenants::created_at.eq(created_at.as_micros()),
        ))
        .execute(connection)?;
    Ok(true)
}

/// Changes a tenant. `false`: another one has that name or that external id.
pub fn change(connection: &mut Db, tenant: &Tenant) -> QueryResult<bool> {
    if is_taken(connection, tenant)? {
        return Ok(false);
    }
    let Tenant { id, name, external_id, created_at: _ } = tenant;
    diesel::update(tenants::table.find(codec::key(*id)))
        .set((tenants::name.eq(name), tenants::external_id.eq(external_id)))
        .execute(connection)?;
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

/// Deletes a tenant: its keys are revoked, its operators, sessions and links are gone, and its name and its external id are free again.
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
            tenants::external_id.eq(None::<String>),
            tenants::deleted_at.eq(now.as_micros()),
        ))
        .execute(connection)
        .map(drop)
}
