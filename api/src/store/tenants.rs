//! Tenants: the customers of the platform. A deleted one keeps its row, as what it did names it.

use super::{
    DEFAULT_TENANT,
    codec::{self, lower},
    connection::Db,
    page::{Rows, Slice},
    schema::{api_keys, deliveries, events, links, operators, sessions, tenants, webhooks},
    webhooks::is_failing,
};
use diesel::{
    dsl::{count_star, exists, not},
    prelude::*,
};
use shared::{Id, Tenant, Timestamp};
use std::collections::HashMap;

type Columns = (Vec<u8>, String, Option<String>, i64);

const COLUMNS: (tenants::id, tenants::name, tenants::external_id, tenants::created_at) =
    (tenants::id, tenants::name, tenants::external_id, tenants::created_at);

/// What the events of a deleted tenant hold is kept until they are purged: the column `erasing`.
const KEPT: i16 = 0;
/// It is to be erased.
const ORDERED: i16 = 1;
/// It is erased.
const ERASED: i16 = 2;

fn read((id, name, external_id, created_at): Columns) -> QueryResult<Tenant> {
    Ok(Tenant { id: codec::id(&id)?, name, external_id, created_at: Timestamp::from_micros(created_at) })
}

/// Which tenants a list shows.
#[derive(Clone, Debug, Default)]
pub struct TenantFilter {
    /// Only those whose name or external id has this text, or the URL of a webhook where it has a dot, a slash or a colon; or the one whose
    /// id this is, or that of a webhook, an event or a delivery of theirs.
    pub search: Option<String>,
    /// Only the one with this external id.
    pub external_id: Option<String>,
    /// Only those of which a webhook is failing, or none is.
    pub failing: Option<bool>,
}

/// The tenants, newest first.
pub fn list(connection: &mut Db, filter: &TenantFilter, slice: Slice) -> QueryResult<Rows<Tenant>> {
    let TenantFilter { search, external_id, failing } = filter;
    let mut query = tenants::table
        .filter(tenants::deleted_at.is_null())
        .order(tenants::id.desc())
        .limit(slice.beyond().into())
        .select(COLUMNS)
        .into_boxed();
    if let Some(before) = slice.before {
        query = query.filter(tenants::id.lt(codec::key(before)));
    }
    if let Some(external_id) = external_id {
        query = query.filter(tenants::external_id.eq(external_id));
    }
    if let Some(failing) = failing {
        let theirs = webhooks::table.filter(webhooks::tenant_id.eq(tenants::id)).filter(webhooks::deleted_at.is_null());
        let in_trouble = exists(theirs.filter(is_failing()));
        query = if *failing { query.filter(in_trouble) } else { query.filter(not(in_trouble)) };
    }
    if let Some(search) = search {
        let pattern = || lower(codec::contains(search));
        let found = lower(tenants::name).like(pattern()).escape('\\');
        let found = found.or(lower(tenants::external_id.assume_not_null()).like(pattern()).escape('\\'));
        let theirs = webhooks::table.filter(webhooks::tenant_id.eq(tenants::id)).filter(webhooks::deleted_at.is_null());
        let with_url = exists(theirs.filter(lower(webhooks::url).like(pattern()).escape('\\')));
        query = match search.parse() {
            Ok(id) => query.filter(found.or(tenants::id.eq_any(whose(connection, id)?))),
            // Every URL has the letters of `http`, so only what is no word is looked for there.
            Err(_) if search.contains(['.', '/', ':']) => query.filter(found.or(with_url)),
            Err(_) => query.filter(found),
        };
    }
    let rows = query.load::<Columns>(connection)?.into_iter().map(read).collect::<QueryResult<_>>()?;
    slice.cut(rows, |row: &Tenant| Ok(row.id))
}

/// Whose that id is, be it a tenant's, a webhook's, an event's or a delivery's: a customer quotes what stands in a request. A deleted webhook
/// is nobody's, as nothing shows it.
fn whose(connection: &mut Db, id: Id) -> QueryResult<Vec<Vec<u8>>> {
    let id = codec::key(id);
    let webhook = webhooks::table.find(&id).filter(webhooks::deleted_at.is_null());
    let of_webhook = webhook.select(webhooks::tenant_id).first(connection).optional()?;
    let of_event = events::table.find(&id).select(events::tenant_id).first(connection).optional()?;
    let of_delivery = deliveries::table.find(&id).select(deliveries::tenant_id).first(connection).optional()?;
    Ok([Some(id), of_webhook, of_event, of_delivery].into_iter().flatten().collect())
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

/// The deleted tenant of that id.
pub fn find_deleted(connection: &mut Db, id: Id) -> QueryResult<Option<Tenant>> {
    let found = tenants::table
        .find(codec::key(id))
        .filter(tenants::deleted_at.is_not_null())
        .select(COLUMNS)
        .first::<Columns>(connection)
        .optional()?;
    found.map(read).transpose()
}

/// Whom a setting or the command line calls so: the tenant of that id or external id, or else those of that name.
pub fn called(connection: &mut Db, text: &str) -> QueryResult<Vec<Tenant>> {
    if let Some(tenant) = named(connection, text)? {
        return Ok(vec![tenant]);
    }
    let found = tenants::table
        .filter(tenants::name.eq(text))
        .filter(tenants::deleted_at.is_null())
        .order(tenants::id.desc())
        .select(COLUMNS);
    found.load::<Columns>(connection)?.into_iter().map(read).collect()
}

/// Whether there is a tenant of that id, or was one that is deleted.
pub fn has_been(connection: &mut Db, id: Id) -> QueryResult<bool> {
    let found = tenants::table.find(codec::key(id)).select(tenants::id).first::<Vec<u8>>(connection).optional()?;
    Ok(found.is_some())
}

/// Whether nobody uses the server yet: there never was another tenant than the default one, nor a webhook.
pub(super) fn is_unused(connection: &mut Db) -> QueryResult<bool> {
    let others = tenants::table.filter(tenants::id.ne(codec::key(DEFAULT_TENANT))).select(tenants::id);
    let other = others.first::<Vec<u8>>(connection).optional()?;
    let webhook = webhooks::table.select(webhooks::id).first::<Vec<u8>>(connection).optional()?;
    Ok(other.is_none() && webhook.is_none())
}

/// The tenant of that id, and whether there are others than the default one.
pub fn find_and_others(connection: &mut Db, id: Id) -> QueryResult<Option<(Tenant, bool)>> {
    let Some(tenant) = find(connection, id)? else { return Ok(None) };
    Ok(Some((tenant, has_others(connection)?)))
}

fn has_others(connection: &mut Db) -> QueryResult<bool> {
    let others = tenants::table
        .filter(tenants::id.ne(codec::key(DEFAULT_TENANT)))
        .filter(tenants::deleted_at.is_null())
        .select(tenants::id);
    Ok(others.first::<Vec<u8>>(connection).optional()?.is_some())
}

/// The tenant that is named by its id, or by the platform's own of it.
pub fn named(connection: &mut Db, name: &str) -> QueryResult<Option<Tenant>> {
    if let Ok(id) = name.parse() {
        return find(connection, id);
    }
    // A deleted one has none.
    let found = tenants::table.filter(tenants::external_id.eq(name)).select(COLUMNS);
    found.first::<Columns>(connection).optional()?.map(read).transpose()
}

/// The same, locked like by [`lock`].
pub fn lock_named(connection: &mut Db, name: &str) -> QueryResult<Option<Tenant>> {
    let Some(Tenant { id, .. }) = named(connection, name)? else { return Ok(None) };
    if !lock(connection, id)? {
        return Ok(None);
    }
    // Read again: it may have changed while this waited for the lock.
    Ok(named(connection, name)?.filter(|tenant| tenant.id == id))
}

/// Another tenant that has its external id, or its name where neither of the two has an external id to be told apart by.
fn other(connection: &mut Db, tenant: &Tenant) -> QueryResult<Option<Tenant>> {
    let others = tenants::table
        .filter(tenants::id.ne(codec::key(tenant.id)))
        .filter(tenants::deleted_at.is_null())
        .select(COLUMNS);
    let other = match &tenant.external_id {
        Some(external_id) => others.filter(tenants::external_id.eq(external_id)).first::<Columns>(connection),
        None => others
            .filter(tenants::name.eq(&tenant.name))
            .filter(tenants::external_id.is_null())
            .first::<Columns>(connection),
    };
    other.optional()?.map(read).transpose()
}

/// Adds a tenant, or returns the other one that is in its way.
pub fn insert(connection: &mut Db, tenant: &Tenant) -> QueryResult<Result<(), Tenant>> {
    if let Some(other) = other(connection, tenant)? {
        return Ok(Err(other));
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
    Ok(Ok(()))
}

/// Changes a tenant, or returns the other one that is in its way.
pub fn change(connection: &mut Db, tenant: &Tenant) -> QueryResult<Result<(), Tenant>> {
    if let Some(other) = other(connection, tenant)? {
        return Ok(Err(other));
    }
    let Tenant { id, name, external_id, created_at: _ } = tenant;
    diesel::update(tenants::table.find(codec::key(*id)))
        .set((tenants::name.eq(name), tenants::external_id.eq(external_id)))
        .execute(connection)?;
    Ok(Ok(()))
}

/// Lets nobody else change or count what that tenant has until the transaction ends: otherwise two would both find room for one more, or
/// one would be added while the tenant is deleted. `false`: it is not there, or not any more.
pub fn lock(connection: &mut Db, id: Id) -> QueryResult<bool> {
    // On PostgreSQL a changed row is locked; on SQLite a write transaction is alone anyway.
    let there = tenants::table.find(codec::key(id)).filter(tenants::deleted_at.is_null());
    Ok(diesel::update(there).set(tenants::created_at.eq(tenants::created_at)).execute(connection)? == 1)
}

/// How many webhooks a tenant has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WebhookTotals {
    /// In all.
    pub all: u64,
    /// How many of these are failing.
    pub failing: u64,
}

/// How many webhooks each of those tenants has. One without any is left out.
pub fn count_webhooks(connection: &mut Db, ids: &[Id]) -> QueryResult<HashMap<Id, WebhookTotals>> {
    let of_tenants = webhooks::table
        .filter(webhooks::tenant_id.eq_any(ids.iter().map(|&id| codec::key(id))))
        .filter(webhooks::deleted_at.is_null());
    let grouped = of_tenants.clone().group_by(webhooks::tenant_id).select((webhooks::tenant_id, count_star()));
    let all = grouped.load::<(Vec<u8>, i64)>(connection)?;
    let failing = of_tenants.filter(is_failing());
    let grouped = failing.group_by(webhooks::tenant_id).select((webhooks::tenant_id, count_star()));
    let failing = grouped.load::<(Vec<u8>, i64)>(connection)?;
    let mut counts = HashMap::<Id, WebhookTotals>::new();
    for (tenant_id, count) in all {
        counts.entry(codec::id(&tenant_id)?).or_default().all = codec::unsigned(count, "count")?;
    }
    for (tenant_id, count) in failing {
        counts.entry(codec::id(&tenant_id)?).or_default().failing = codec::unsigned(count, "count")?;
    }
    Ok(counts)
}

/// Whether what the events of a deleted tenant hold is erased, or kept until it is purged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erase {
    /// It is kept.
    Nothing,
    /// [`Store::erase_ordered`](super::Store::erase_ordered) erases it.
    Content,
}

/// Deletes a tenant: its keys are revoked, its operators, sessions and links are gone, and its name and its external id are free again.
/// Who only acted for it acts for the default tenant.
pub fn delete(connection: &mut Db, id: Id, content: Erase, now: Timestamp) -> QueryResult<()> {
    let id = codec::key(id);
    let strangers = operators::table.filter(operators::tenant_id.ne(&id)).select(operators::id.nullable());
    diesel::update(sessions::table.filter(sessions::tenant_id.eq(&id)).filter(sessions::operator_id.eq_any(strangers)))
        .set(sessions::tenant_id.eq(codec::key(DEFAULT_TENANT)))
        .execute(connection)?;
    diesel::delete(sessions::table.filter(sessions::tenant_id.eq(&id))).execute(connection)?;
    diesel::delete(links::table.filter(links::tenant_id.eq(&id))).execute(connection)?;
    diesel::delete(operators::table.filter(operators::tenant_id.eq(&id))).execute(connection)?;
    diesel::update(api_keys::table.filter(api_keys::tenant_id.eq(&id)).filter(api_keys::revoked_at.is_null()))
        .set(api_keys::revoked_at.eq(now.as_micros()))
        .execute(connection)?;
    diesel::update(tenants::table.find(&id))
        .set((
            tenants::external_id.eq(None::<String>),
            tenants::deleted_at.eq(now.as_micros()),
            tenants::erasing.eq(if content == Erase::Content { ORDERED } else { KEPT }),
        ))
        .execute(connection)
        .map(drop)
}

/// Orders that the events of a deleted tenant are erased. `false`: that was ordered before.
pub fn order_erasing(connection: &mut Db, id: Id) -> QueryResult<bool> {
    let kept = tenants::table.find(codec::key(id)).filter(tenants::erasing.eq(KEPT));
    Ok(diesel::update(kept).set(tenants::erasing.eq(ORDERED)).execute(connection)? == 1)
}

/// The tenants that were deleted before that instant, with their names, whose events are to be erased.
pub(super) fn erasing(connection: &mut Db, before: Timestamp) -> QueryResult<Vec<(Id, String)>> {
    let ordered = tenants::table
        .filter(tenants::erasing.eq(ORDERED))
        .filter(tenants::deleted_at.le(before.as_micros()))
        .order(tenants::id)
        .select((tenants::id, tenants::name));
    let read = |(id, name): (Vec<u8>, String)| Ok((codec::id(&id)?, name));
    ordered.load::<(Vec<u8>, String)>(connection)?.into_iter().map(read).collect()
}

/// Notes that the events of a deleted tenant are erased. `false`: that was noted before.
pub(super) fn erased(connection: &mut Db, id: Id) -> QueryResult<bool> {
    let ordered = tenants::table.find(codec::key(id)).filter(tenants::erasing.eq(ORDERED));
    Ok(diesel::update(ordered).set(tenants::erasing.eq(ERASED)).execute(connection)? == 1)
}
