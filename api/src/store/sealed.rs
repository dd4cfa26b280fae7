//! What is sealed, for whoever changes the key: found a batch at a time, and replaced only if it is still what was found.

use super::{
    codec,
    connection::Db,
    schema::{attempts, key_check, webhooks},
};
use diesel::{dsl::max, prelude::*};
use shared::Id;

const FIRST: i16 = 1;

/// The known value, sealed by each key that may have sealed what is here: one, and while the key is changed, also the new one. Nothing
/// before the first start.
pub fn key_checks(connection: &mut Db) -> QueryResult<Vec<Vec<u8>>> {
    key_check::table.order(key_check::id).select(key_check::sealed).load(connection)
}

/// Records the known value, sealed by the current key, instead of those before.
pub fn set_key_check(connection: &mut Db, sealed: &[u8]) -> QueryResult<()> {
    diesel::delete(key_check::table).execute(connection)?;
    add_first_key_check(connection, sealed)
}

/// Records the known value, sealed, at the first start. A unique violation: another node was faster.
pub fn add_first_key_check(connection: &mut Db, sealed: &[u8]) -> QueryResult<()> {
    add_key_check(connection, FIRST, sealed)
}

/// Records the known value, sealed by the key that is to be the only one, beside those before.
pub fn add_next_key_check(connection: &mut Db, sealed: &[u8]) -> QueryResult<()> {
    let last: Option<i16> = key_check::table.select(max(key_check::id)).first(connection)?;
    add_key_check(connection, last.map_or(FIRST, |last| last + 1), sealed)
}

fn add_key_check(connection: &mut Db, id: i16, sealed: &[u8]) -> QueryResult<()> {
    diesel::insert_into(key_check::table)
        .values((key_check::id.eq(id), key_check::sealed.eq(sealed)))
        .execute(connection)
        .map(drop)
}

/// The sealed values of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSecrets {
    /// The webhook.
    pub id: Id,
    /// Which version of it.
    pub version: i64,
    /// Its secret.
    pub secret: Vec<u8>,
    /// Its password or API key.
    pub authentication: Option<Vec<u8>>,
    /// The values of its custom headers.
    pub headers: Option<Vec<u8>>,
    /// The secret before.
    pub previous: Option<Vec<u8>>,
}

type Columns = (Vec<u8>, i64, Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>);

/// The sealed values of webhooks, by id, from the one after `after`.
pub fn of_webhooks(connection: &mut Db, after: Option<Id>, limit: u32) -> QueryResult<Vec<WebhookSecrets>> {
    let rows = webhooks::table
        .filter(webhooks::id.gt(after.map(codec::key).unwrap_or_default()))
        .order(webhooks::id)
        .limit(i64::from(limit))
        .select((
            webhooks::id,
            webhooks::version,
            webhooks::secret_sealed,
            webhooks::auth_sealed,
            webhooks::headers_sealed,
            webhooks::previous_secret_sealed,
        ))
        .load::<Columns>(connection)?;
    let read = |(id, version, secret, authentication, headers, previous): Columns| {
        Ok(WebhookSecrets { id: codec::id(&id)?, version, secret, authentication, headers, previous })
    };
    rows.into_iter().map(read).collect()
}

/// Replaces the sealed values of a webhook. It is a new version: an edit that has read the one before would write back what the key before
/// has sealed. Returns how many were replaced: one, or none where somebody has changed it meanwhile.
pub fn replace_of_webhook(connection: &mut Db, new: &WebhookSecrets) -> QueryResult<usize> {
    diesel::update(webhooks::table.find(codec::key(new.id)))
        .filter(webhooks::version.eq(new.version))
        .set((
            webhooks::secret_sealed.eq(&new.secret),
            webhooks::auth_sealed.eq(&new.authentication),
            webhooks::headers_sealed.eq(&new.headers),
            webhooks::previous_secret_sealed.eq(&new.previous),
            webhooks::version.eq(webhooks::version + 1),
        ))
        .execute(connection)
}

/// The sealed headers of an attempt: its delivery, its number, the headers.
pub type AttemptHeaders = (Id, u32, Vec<u8>);

/// The sealed headers of attempts, in the order of their deliveries, from the attempt after `after`.
pub fn of_attempts(connection: &mut Db, after: Option<(Id, u32)>, limit: u32) -> QueryResult<Vec<AttemptHeaders>> {
    let (id, number) = after.map_or_else(|| (Vec::new(), 0), |(id, number)| (codec::key(id), codec::signed(number)));
    let same = attempts::delivery_id.eq(id.clone()).and(attempts::number.gt(number));
    let rows = attempts::table
        // PostgreSQL would not see by the other condition where to begin.
        .filter(attempts::delivery_id.ge(id.clone()))
        .filter(attempts::delivery_id.gt(id).or(same))
        .order((attempts::delivery_id, attempts::number))
        .limit(i64::from(limit))
        .select((attempts::delivery_id, attempts::number, attempts::request_headers_sealed))
        .load::<(Vec<u8>, i32, Vec<u8>)>(connection)?;
    let read = |(id, number, sealed): (Vec<u8>, i32, Vec<u8>)| {
        Ok((codec::id(&id)?, codec::unsigned(number, "attempt number")?, sealed))
    };
    rows.into_iter().map(read).collect()
}

/// Replaces the sealed headers of an attempt.
pub fn replace_of_attempt(connection: &mut Db, id: Id, number: u32, sealed: &[u8]) -> QueryResult<()> {
    diesel::update(attempts::table.find((codec::key(id), codec::signed::<i32>(number))))
        .set(attempts::request_headers_sealed.eq(sealed))
        .execute(connection)
        .map(drop)
}
