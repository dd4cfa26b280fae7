//! Idempotency keys: which request had one, what it has done, and what it was answered.

use super::{codec, connection::Db, schema::idempotency_keys};
use diesel::{prelude::*, result::Error};
use shared::{AuditAction, Id, Timestamp};

/// How long a key is kept, in seconds.
pub const KEPT_SECONDS: i64 = 86_400;
/// After how many seconds a request that has done nothing and was never answered counts as lost with its process.
const LOST_AFTER_SECONDS: i64 = 60;

/// A key of a tenant's, and the request that came with it; of both only the SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Whose it is.
    pub tenant_id: Id,
    /// The key.
    pub hash: [u8; 32],
    /// The request.
    pub fingerprint: [u8; 32],
}

/// What a request was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status code.
    pub status: u16,
    /// Names and values of its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// What a request has done whose answer is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// What it did, as the audit log has it.
    pub action: AuditAction,
    /// The id of what it was done to.
    pub target_id: String,
}

/// What to do with a request that has a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Carry it out, as of that instant: nobody has.
    First(Timestamp),
    /// Answer it as before.
    Again(Answer),
    /// It was carried out, and its answer is lost or on its way.
    Done(Done),
    /// It is being carried out.
    UnderWay,
    /// Another request had this key.
    Reused,
}

type Columns = (Vec<u8>, i64, Option<i16>, Option<String>, Option<Vec<u8>>, Option<String>, Option<String>);

tokio::task_local! {
    /// The key of the request that is being carried out, and when that began.
    static UNDER_WAY: (Key, Timestamp);
}

/// The future as a request with that key, which began then: what it appends to the audit log is noted with the key.
pub fn under_way<F: Future>(key: Key, began: Timestamp, request: F) -> impl Future<Output = F::Output> {
    UNDER_WAY.scope((key, began), request)
}

/// `work` as a part of the request that is being carried out, on whichever thread it is run.
pub(super) fn carried<T>(mut work: impl FnMut(&mut Db) -> QueryResult<T>) -> impl FnMut(&mut Db) -> QueryResult<T> {
    let under_way = UNDER_WAY.try_with(|request| *request).ok();
    move |db| match under_way {
        Some(request) => UNDER_WAY.sync_scope(request, || work(db)),
        None => work(db),
    }
}

/// Notes what the request that is being carried out does, in the transaction that does it: so it is done once. One whose key was freed
/// or taken over meanwhile does nothing.
pub(super) fn note(connection: &mut Db, action: AuditAction, target_id: &str) -> QueryResult<()> {
    let Ok((key, began)) = UNDER_WAY.try_with(|request| *request) else { return Ok(()) };
    let row = idempotency_keys::table
        .find((codec::key(key.tenant_id), key.hash.to_vec()))
        .filter(idempotency_keys::started_at.eq(began.as_micros()));
    let noted = diesel::update(row)
        .set((idempotency_keys::action.eq(action.name()), idempotency_keys::target_id.eq(target_id)))
        .execute(connection)?;
    if noted == 1 { Ok(()) } else { Err(Error::RollbackTransaction) }
}

/// Frees the keys of requests that have done nothing yet: the process that they were sent to is gone.
pub(super) fn free_lost(connection: &mut Db) -> QueryResult<()> {
    let lost = idempotency_keys::status.is_null().and(idempotency_keys::action.is_null());
    diesel::delete(idempotency_keys::table.filter(lost)).execute(connection).map(drop)
}

/// Notes that a request begins, unless it was there before. Forgets the keys that are too old. Call it in a write transaction.
pub fn begin(connection: &mut Db, key: &Key, now: Timestamp) -> QueryResult<Begun> {
    let kept_since = now.plus_seconds(-KEPT_SECONDS).as_micros();
    diesel::delete(idempotency_keys::table.filter(idempotency_keys::started_at.lt(kept_since))).execute(connection)?;
    let row = || idempotency_keys::table.find((codec::key(key.tenant_id), key.hash.to_vec()));
    let found = row()
        .select((
            idempotency_keys::fingerprint,
            idempotency_keys::started_at,
            idempotency_keys::status,
            idempotency_keys::headers,
            idempotency_keys::body,
            idempotency_keys::action,
            idempotency_keys::target_id,
        ))
        .first::<Columns>(connection)
        .optional()?;
    match found {
        Some((fingerprint, ..)) if fingerprint != key.fingerprint => Ok(Begun::Reused),
        Some((_, _, Some(status), headers, body, ..)) => Ok(Begun::Again(Answer {
            status: codec::unsigned(status, "status of an answer")?,
            headers: codec::from_json(headers.as_deref().unwrap_or_default(), "headers")?,
            body: body.unwrap_or_default(),
        })),
        Some((.., Some(action), Some(target_id))) => {
            Ok(Begun::Done(Done { action: codec::named(&action, "action")?, target_id }))
        }
        Some((_, started_at, ..)) if started_at > now.plus_seconds(-LOST_AFTER_SECONDS).as_micros() => {
            Ok(Begun::UnderWay)
        }
        Some((_, started_at, ..)) => {
            // Of several that come again one gets it.
            let taken_over = diesel::update(row().filter(idempotency_keys::started_at.eq(started_at)))
                .set(idempotency_keys::started_at.eq(now.as_micros()))
                .execute(connection)?;
            Ok(if taken_over == 1 { Begun::First(now) } else { Begun::UnderWay })
        }
        None => {
            diesel::insert_into(idempotency_keys::table)
                .values((
                    idempotency_keys::tenant_id.eq(codec::key(key.tenant_id)),
                    idempotency_keys::key_hash.eq(key.hash.to_vec()),
                    idempotency_keys::fingerprint.eq(key.fingerprint.to_vec()),
                    idempotency_keys::started_at.eq(now.as_micros()),
                ))
                .execute(connection)?;
            Ok(Begun::First(now))
        }
    }
}

/// Notes what a request that began then was answered; without an answer to keep the key of one that has done nothing is free again. Nothing
/// is noted where another request has taken the key over. Call it in a write transaction.
pub fn end(connection: &mut Db, key: &Key, began: Timestamp, answer: Option<&Answer>) -> QueryResult<()> {
    let row = idempotency_keys::table
        .find((codec::key(key.tenant_id), key.hash.to_vec()))
        .filter(idempotency_keys::started_at.eq(began.as_micros()));
    let Some(Answer { status, headers, body }) = answer else {
        return diesel::delete(row.filter(idempotency_keys::action.is_null())).execute(connection).map(drop);
    };
    diesel::update(row)
        .set((
            idempotency_keys::status.eq(codec::signed::<i16>(*status)),
            idempotency_keys::headers.eq(codec::to_json(headers)?),
            idempotency_keys::body.eq(body),
        ))
        .execute(connection)
        .map(drop)
}
