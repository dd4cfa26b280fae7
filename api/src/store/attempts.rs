//! Attempts: append only, but for what an erased event takes with it.

use super::{
    codec,
    connection::Db,
    schema::{attempts, resends},
};
use diesel::prelude::*;
use shared::{Failure, Header, Id, Phases, Timestamp, Trigger};

/// An attempt as it is recorded. Its number is one more than the attempts made before.
#[derive(Clone, Debug)]
pub struct AttemptRow {
    /// 1 for the first attempt of the delivery.
    pub number: u32,
    /// What made it happen.
    pub trigger: Trigger,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// Where the time went.
    pub phases: Phases,
    /// Where it was sent to.
    pub url: String,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The system's words about the failure.
    pub error: Option<String>,
    /// The request's headers, sealed.
    pub request_headers_sealed: Vec<u8>,
    /// The receiver's status code.
    pub status_code: Option<u16>,
    /// The response's headers.
    pub response_headers: Vec<Header>,
    /// The response's body, as far as it is kept.
    pub response_body: Option<Vec<u8>>,
    /// Whether there was more of it.
    pub truncated: bool,
    /// The version of the webhook whose settings it used.
    pub webhook_version: Option<u64>,
}

#[derive(Queryable)]
struct Columns {
    _delivery_id: Vec<u8>,
    number: i32,
    trigger: String,
    started_at: i64,
    duration_us: i64,
    phases: String,
    url: String,
    failure: Option<String>,
    error: Option<String>,
    request_headers_sealed: Vec<u8>,
    status_code: Option<i16>,
    response_headers: String,
    response_body: Option<Vec<u8>>,
    truncated: i16,
    webhook_version: Option<i64>,
}

impl Columns {
    fn read(self) -> QueryResult<AttemptRow> {
        Ok(AttemptRow {
            number: codec::unsigned(self.number, "attempt number")?,
            trigger: codec::named(&self.trigger, "trigger")?,
            started_at: Timestamp::from_micros(self.started_at),
            duration_us: codec::unsigned(self.duration_us, "duration")?,
            phases: codec::from_json(&self.phases, "phases")?,
            url: self.url,
            failure: codec::named_if_any(self.failure.as_deref(), "failure")?,
            error: self.error,
            request_headers_sealed: self.request_headers_sealed,
            status_code: self.status_code.map(|code| codec::unsigned(code, "status code")).transpose()?,
            response_headers: codec::from_json(&self.response_headers, "headers")?,
            response_body: self.response_body,
            truncated: self.truncated != 0,
            webhook_version: self.webhook_version.map(|version| codec::unsigned(version, "version")).transpose()?,
        })
    }
}

/// All attempts of a delivery, newest first.
pub fn of_delivery(connection: &mut Db, delivery_id: Id) -> QueryResult<Vec<AttemptRow>> {
    let rows = attempts::table
        .filter(attempts::delivery_id.eq(codec::key(delivery_id)))
        .order(attempts::number.desc())
        .load::<Columns>(connection)?;
    rows.into_iter().map(Columns::read).collect()
}

/// Who asked for which attempt of a delivery, by the number that it was to have, newest first.
pub fn resends(connection: &mut Db, delivery_id: Id) -> QueryResult<Vec<(u32, String)>> {
    let rows = resends::table
        .filter(resends::delivery_id.eq(codec::key(delivery_id)))
        .order(resends::number.desc())
        .select((resends::number, resends::resent_by))
        .load::<(i32, String)>(connection)?;
    rows.into_iter().map(|(number, by)| Ok((codec::unsigned(number, "attempt number")?, by))).collect()
}

/// Records who asked for an attempt. The one who asked before counts no more, if it was not made.
pub(super) fn note_resend(connection: &mut Db, delivery_id: &[u8], number: i32, by: &str) -> QueryResult<()> {
    diesel::delete(resends::table.find((delivery_id, number))).execute(connection)?;
    diesel::insert_into(resends::table)
        .values((resends::delivery_id.eq(delivery_id), resends::number.eq(number), resends::resent_by.eq(by)))
        .execute(connection)
        .map(drop)
}

/// The last request that was sent for a delivery: the attempt's number, where it went, and its sealed headers.
pub fn last_request(connection: &mut Db, delivery_id: Id) -> QueryResult<Option<(u32, String, Vec<u8>)>> {
    let last = attempts::table
        .filter(attempts::delivery_id.eq(codec::key(delivery_id)))
        .filter(attempts::url.ne(""))
        .order(attempts::number.desc())
        .select((attempts::number, attempts::url, attempts::request_headers_sealed))
        .first::<(i32, String, Vec<u8>)>(connection)
        .optional()?;
    last.map(|(number, url, sealed)| Ok((codec::unsigned(number, "attempt number")?, url, sealed))).transpose()
}
