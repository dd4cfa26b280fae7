//! Links that work once: to make the first operator, or to open the portal for a tenant.

use super::{codec, connection::Db, schema::links, sessions::TokenHash};
use diesel::prelude::*;
use shared::{Id, Role, Timestamp};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To make the first operator.
    SetUp,
    /// To open the portal for a tenant.
    Portal,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::SetUp => "set_up",
            Self::Portal => "portal",
        }
    }
}

/// A link.
#[derive(Clone, Debug)]
pub struct LinkRow {
    /// The hash of its token.
    pub token_hash: TokenHash,
    /// What it is for.
    pub purpose: Purpose,
    /// The tenant that it opens.
    pub tenant_id: Id,
    /// What its visitor may do.
    pub role: Role,
    /// Whom it is for, if that is said.
    pub visitor: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it works.
    pub expires_at: Timestamp,
}

/// Records a link, and forgets those that have expired.
pub fn insert(connection: &mut Db, row: &LinkRow) -> QueryResult<()> {
    diesel::delete(links::table.filter(links::expires_at.le(row.created_at.as_micros()))).execute(connection)?;
    diesel::insert_into(links::table)
        .values((
            links::token_hash.eq(&row.token_hash[..]),
            links::purpose.eq(row.purpose.name()),
            links::tenant_id.eq(codec::key(row.tenant_id)),
            links::role.eq(row.role.name()),
            links::visitor.eq(row.visitor.as_deref()),
            links::created_at.eq(row.created_at.as_micros()),
            links::expires_at.eq(row.expires_at.as_micros()),
        ))
        .execute(connection)
        .map(drop)
}

/// The tenant, the role and the visitor of a link, if it works.
pub fn find(
    connection: &mut Db,
    token_hash: &TokenHash,
    purpose: Purpose,
    now: Timestamp,
) -> QueryResult<Option<(Id, Role, Option<String>)>> {
    let found = links::table
        .find(&token_hash[..])
        .filter(links::purpose.eq(purpose.name()))
        .filter(links::expires_at.gt(now.as_micros()))
        .select((links::tenant_id, links::role, links::visitor))
        .first::<(Vec<u8>, String, Option<String>)>(connection)
        .optional()?;
    let read = |(tenant_id, role, visitor): (Vec<u8>, String, _)| {
        Ok((codec::id(&tenant_id)?, codec::named(&role, "role")?, visitor))
    };
    found.map(read).transpose()
}

/// Uses up a link that was found. Of many who open it at the same time one gets it: `false`, it was another one.
pub fn take(connection: &mut Db, token_hash: &TokenHash) -> QueryResult<bool> {
    Ok(diesel::delete(links::table.find(&token_hash[..])).execute(connection)? == 1)
}
