//! API keys. Of the secret only a hash is kept.

use super::{
    audit,
    codec::{self, lower},
    connection::Db,
    page::{Rows, Slice},
    schema::api_keys,
    sessions::TokenHash,
};
use diesel::prelude::*;
use shared::{AuditEntry, Id, Role, Timestamp};
use std::ops::RangeInclusive;

/// An API key as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRow {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub tenant_id: Id,
    /// Whether it may act for every tenant.
    pub platform: bool,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The hash of its secret.
    pub secret_hash: TokenHash,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = api_keys)]
struct Columns {
    id: Vec<u8>,
    tenant_id: Vec<u8>,
    platform: i16,
    name: String,
    role: String,
    secret_hash: Vec<u8>,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl Columns {
    fn read(self) -> QueryResult<ApiKeyRow> {
        Ok(ApiKeyRow {
            id: codec::id(&self.id)?,
            tenant_id: codec::id(&self.tenant_id)?,
            platform: self.platform != 0,
            name: self.name,
            role: codec::named(&self.role, "role")?,
            secret_hash: self.secret_hash.try_into().map_err(|_| codec::unreadable("hash of an API key"))?,
            created_at: Timestamp::from_micros(self.created_at),
            expires_at: self.expires_at.map(Timestamp::from_micros),
            last_used_at: self.last_used_at.map(Timestamp::from_micros),
            revoked_at: self.revoked_at.map(Timestamp::from_micros),
        })
    }
}

/// Adds a key, and who has made it to the audit log.
pub fn insert(connection: &mut Db, row: &ApiKeyRow, entry: &AuditEntry) -> QueryResult<()> {
    let ApiKeyRow {
        id,
        tenant_id,
        platform,
        name,
        role,
        secret_hash,
        created_at,
        expires_at,
        last_used_at,
        revoked_at,
    } = row;
    let columns = Columns {
        id: codec::key(*id),
        tenant_id: codec::key(*tenant_id),
        platform: i16::from(*platform),
        name: name.clone(),
        role: role.name().to_owned(),
        secret_hash: secret_hash.to_vec(),
        created_at: created_at.as_micros(),
        expires_at: expires_at.map(Timestamp::as_micros),
        last_used_at: last_used_at.map(Timestamp::as_micros),
        revoked_at: revoked_at.map(Timestamp::as_micros),
    };
    diesel::insert_into(api_keys::table).values(columns).execute(connection)?;
    audit::append(connection, row.tenant_id, entry)
}

/// The key of that id, whosever it is.
pub fn find(connection: &mut Db, id: Id) -> QueryResult<Option<ApiKeyRow>> {
    let found = api_keys::table.find(codec::key(id)).first::<Columns>(connection).optional()?;
    found.map(Columns::read).transpose()
}

/// Which keys a list is searched for.
#[derive(Clone, Debug)]
pub struct ApiKeySearch {
    /// Those whose name has this text are found.
    pub name: String,
    /// Those with one of these ids are, too.
    pub ids: Option<RangeInclusive<Id>>,
}

/// A tenant's keys, newest first.
pub fn list(
    connection: &mut Db,
    tenant_id: Id,
    search: Option<&ApiKeySearch>,
    slice: Slice,
) -> QueryResult<Rows<ApiKeyRow>> {
    let mut query = api_keys::table
        .filter(api_keys::tenant_id.eq(codec::key(tenant_id)))
        .order(api_keys::id.desc())
        .limit(slice.beyond().into())
        .into_boxed();
    if let Some(before) = slice.before {
        query = query.filter(api_keys::id.lt(codec::key(before)));
    }
    if let Some(ApiKeySearch { name, ids }) = search {
        let found = lower(api_keys::name).like(lower(codec::contains(name))).escape('\\');
        query = match ids {
            Some(ids) => {
                let (first, last) = (codec::key(*ids.start()), codec::key(*ids.end()));
                query.filter(found.or(api_keys::id.between(first, last)))
            }
            None => query.filter(found),
        };
    }
    let rows = query.load::<Columns>(connection)?.into_iter().map(Columns::read).collect::<QueryResult<_>>()?;
    slice.cut(rows, |row: &ApiKeyRow| Ok(row.id))
}

/// Revokes a key, unless it is revoked already.
pub fn revoke(connection: &mut Db, id: Id, now: Timestamp) -> QueryResult<()> {
    diesel::update(api_keys::table.find(codec::key(id)).filter(api_keys::revoked_at.is_null()))
        .set(api_keys::revoked_at.eq(now.as_micros()))
        .execute(connection)
        .map(drop)
}

/// Notes that a key was used.
pub fn note_used(connection: &mut Db, id: Id, now: Timestamp) -> QueryResult<()> {
    diesel::update(api_keys::table.find(codec::key(id)))
        .set(api_keys::last_used_at.eq(now.as_micros()))
        .execute(connection)
        .map(drop)
}
