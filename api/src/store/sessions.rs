//! Sessions of the portal. A session is found by the hash of its token, so that whoever reads the database cannot use it.

use super::{
    codec,
    connection::Db,
    schema::{operators, sessions},
};
use diesel::prelude::*;
use shared::{Id, Role, Timestamp};

/// SHA-256 of a token.
pub type TokenHash = [u8; 32];

/// A session to record.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The hash of its token.
    pub token_hash: TokenHash,
    /// Whose it is; nobody's when a portal link opened it.
    pub operator_id: Option<Id>,
    /// What whoever opened a portal link is called.
    pub visitor: Option<String>,
    /// The tenant that it acts for.
    pub tenant_id: Id,
    /// What it may do; an operator's role of the moment counts more.
    pub role: Role,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// A session, and its operator as it is now.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Whose it is: id and e-mail address.
    pub operator: Option<(Id, String)>,
    /// What whoever opened a portal link is called.
    pub visitor: Option<String>,
    /// The tenant that it acts for.
    pub tenant_id: Id,
    /// Whether it may act for every tenant.
    pub platform: bool,
    /// What it may do.
    pub role: Role,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// Records a session, and forgets those that have ended.
pub fn insert(connection: &mut Db, new: &NewSession) -> QueryResult<()> {
    diesel::delete(sessions::table.filter(sessions::expires_at.le(new.created_at.as_micros()))).execute(connection)?;
    diesel::insert_into(sessions::table)
        .values((
            sessions::token_hash.eq(&new.token_hash[..]),
            sessions::operator_id.eq(new.operator_id.map(codec::key)),
            sessions::visitor.eq(new.visitor.as_deref()),
            sessions::tenant_id.eq(codec::key(new.tenant_id)),
            sessions::role.eq(new.role.name()),
            sessions::created_at.eq(new.created_at.as_micros()),
            sessions::last_seen_at.eq(new.created_at.as_micros()),
            sessions::expires_at.eq(new.expires_at.as_micros()),
        ))
        .execute(connection)
        .map(drop)
}

type Columns = (Option<String>, Vec<u8>, String, i64, i64, Option<(Vec<u8>, String, String, i16)>);

/// The session of that token.
pub fn find(connection: &mut Db, token_hash: &TokenHash) -> QueryResult<Option<SessionRow>> {
    let found = sessions::table
        .left_join(operators::table)
        .filter(sessions::token_hash.eq(&token_hash[..]))
        .select((
            sessions::visitor,
            sessions::tenant_id,
            sessions::role,
            sessions::last_seen_at,
            sessions::expires_at,
            (operators::id, operators::email, operators::role, operators::platform).nullable(),
        ))
        .first::<Columns>(connection)
        .optional()?;
    let Some((visitor, tenant_id, role, last_seen_at, expires_at, operator)) = found else {
        return Ok(None);
    };
    let role = operator.as_ref().map_or(&role, |(_, _, role, _)| role);
    Ok(Some(SessionRow {
        visitor,
        tenant_id: codec::id(&tenant_id)?,
        platform: operator.as_ref().is_some_and(|&(.., platform)| platform != 0),
        role: codec::named(role, "role")?,
        last_seen_at: Timestamp::from_micros(last_seen_at),
        expires_at: Timestamp::from_micros(expires_at),
        operator: operator
            .map(|(id, email, ..)| Ok::<_, diesel::result::Error>((codec::id(&id)?, email)))
            .transpose()?,
    }))
}

/// Notes that a session was used.
pub fn note_used(connection: &mut Db, token_hash: &TokenHash, now: Timestamp) -> QueryResult<()> {
    diesel::update(sessions::table.find(&token_hash[..]))
        .set(sessions::last_seen_at.eq(now.as_micros()))
        .execute(connection)
        .map(drop)
}

/// Lets a session act for that tenant from now on.
pub fn set_tenant(connection: &mut Db, token_hash: &TokenHash, tenant_id: Id) -> QueryResult<()> {
    diesel::update(sessions::table.find(&token_hash[..]))
        .set(sessions::tenant_id.eq(codec::key(tenant_id)))
        .execute(connection)
        .map(drop)
}

/// Ends a session.
pub fn delete(connection: &mut Db, token_hash: &TokenHash) -> QueryResult<()> {
    diesel::delete(sessions::table.find(&token_hash[..])).execute(connection).map(drop)
}

/// Ends all sessions of an operator.
pub fn delete_of_operator(connection: &mut Db, operator_id: Id) -> QueryResult<()> {
    diesel::delete(sessions::table.filter(sessions::operator_id.eq(codec::key(operator_id))))
        .execute(connection)
        .map(drop)
}
