//! Settling a batch of attempts.

use crate::store::{Settlement, codec, nodes::DueClock, queue::statement::statement};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Binary, Bool, Integer, Nullable, SmallInt, Text},
};
use shared::{Failure, Timestamp};

statement! {
    /// Status 4 is a delivery that was cancelled during the attempt: what happened is recorded, and unless it arrived it stays
    /// cancelled. Where the event was erased, no answer is recorded any more. Where it stood must not read like the condition of an index:
    /// as long as few deliveries were open when PostgreSQL counted them, it would read all open ones for each row, however many they are by
    /// now.
    #[derive(Default)]
    Settle<'a> {
        places: Vec<i32> => Array<Integer>,
        ids: Vec<[u8; 16]> => Array<Binary>,
        fences: Vec<i32> => Array<Integer>,
        statuses: Vec<i16> => Array<SmallInt>,
        attempt_counts: Vec<i32> => Array<Integer>,
        retry_indexes: Vec<i32> => Array<Integer>,
        next_triggers: Vec<&'a str> => Array<Text>,
        due_in: Vec<Option<i64>> => Array<Nullable<BigInt>>,
        settled_at: Vec<i64> => Array<BigInt>,
        failures: Vec<Option<&'a str>> => Array<Nullable<Text>>,
        status_codes: Vec<Option<i16>> => Array<Nullable<SmallInt>>,
        durations: Vec<Option<i64>> => Array<Nullable<BigInt>>,
        attempted_at: Vec<Option<i64>> => Array<Nullable<BigInt>>,
        database_clock: bool => Bool,
        attempts: Vec<i32> => Array<Integer>,
        attempt_ids: Vec<[u8; 16]> => Array<Binary>,
        numbers: Vec<i32> => Array<Integer>,
        triggers: Vec<&'a str> => Array<Text>,
        started_at: Vec<i64> => Array<BigInt>,
        duration_us: Vec<i64> => Array<BigInt>,
        phases: Vec<String> => Array<Text>,
        urls: Vec<&'a str> => Array<Text>,
        failure: Vec<Option<&'a str>> => Array<Nullable<Text>>,
        errors: Vec<Option<&'a str>> => Array<Nullable<Text>>,
        request_headers: Vec<&'a [u8]> => Array<Binary>,
        status_code: Vec<Option<i16>> => Array<Nullable<SmallInt>>,
        response_headers: Vec<String> => Array<Text>,
        response_bodies: Vec<Option<&'a [u8]>> => Array<Nullable<Binary>>,
        truncated: Vec<i16> => Array<SmallInt>,
        webhook_versions: Vec<Option<i64>> => Array<Nullable<BigInt>>,
    } -> (Integer, SmallInt),
    "WITH settled AS (
        SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) AS s (place, id, fence, status, attempt_count, retry_index, next_trigger, due_in,
            settled_at, failure, status_code, duration_us, attempted_at)
    ), moved AS (
        UPDATE deliveries d SET
            status = CASE WHEN d.status = 4 AND s.status <> 2 THEN 4 ELSE s.status END,
            attempt_count = s.attempt_count,
            retry_index = s.retry_index,
            next_trigger = s.next_trigger,
            claimed = 0,
            due_at = CASE WHEN d.status <> 4 THEN s.due_in +
                CASE WHEN ? THEN (extract(epoch FROM statement_timestamp()) * 1000000)::bigint ELSE s.settled_at END END,
            -- Where no request was made, what the last one came to stays.
            failure = CASE WHEN s.attempted_at IS NULL THEN coalesce(s.failure, d.failure) ELSE s.failure END,
            status_code = CASE WHEN s.attempted_at IS NULL THEN d.status_code ELSE s.status_code END,
            duration_us = CASE WHEN s.attempted_at IS NULL THEN d.duration_us ELSE s.duration_us END,
            last_attempt_at = coalesce(s.attempted_at, d.last_attempt_at)
        FROM settled s
        WHERE d.id = s.id AND d.attempt_count = s.fence AND d.status NOT IN (2, 3) AND d.erased_at IS NULL
        RETURNING s.place, d.status
    ), recorded AS (
        INSERT INTO attempts (delivery_id, number, trigger, started_at, duration_us, phases, url, failure, error,
            request_headers_sealed, status_code, response_headers, response_body, truncated, webhook_version)
        SELECT a.delivery_id, a.number, a.trigger, a.started_at, a.duration_us, a.phases, a.url, a.failure, a.error, a.request_headers,
            a.status_code, a.response_headers, a.response_body, a.truncated, a.webhook_version
        FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) AS a (place, delivery_id, number, trigger, started_at, duration_us,
            phases, url, failure, error, request_headers, status_code, response_headers, response_body, truncated, webhook_version)
        WHERE (a.place IN (SELECT place FROM moved)) IS TRUE
    ) SELECT place, status FROM moved"
}

pub(in super::super) fn settle(
    connection: &mut PgConnection,
    settlements: &[&Settlement],
    clock: DueClock,
) -> QueryResult<Vec<Option<i16>>> {
    if settlements.is_empty() {
        return Ok(Vec::new());
    }
    let mut settle = Settle { database_clock: clock == DueClock::Database, ..Settle::default() };
    for (place, settlement) in (0..).zip(settlements) {
        settle.push(place, settlement)?;
    }
    let mut settled = vec![None; settlements.len()];
    for (place, status) in settle.load::<(i32, i16)>(connection)? {
        if let Some(settled) = usize::try_from(place).ok().and_then(|place| settled.get_mut(place)) {
            *settled = Some(status);
        }
    }
    Ok(settled)
}

impl<'a> Settle<'a> {
    fn push(&mut self, place: i32, settlement: &'a Settlement) -> QueryResult<()> {
        let Settlement {
            delivery_id,
            webhook_id: _,
            attempt_count,
            status,
            due_at,
            next,
            retry_index,
            failure,
            attempt,
            verdict: _,
            at,
        } = settlement;
        let made = attempt.as_ref();
        self.places.push(place);
        self.ids.push(delivery_id.to_bytes());
        self.fences.push(codec::signed(*attempt_count));
        self.statuses.push(codec::delivery_status(*status));
        self.attempt_counts.push(codec::signed(attempt_count + u32::from(made.is_some())));
        self.retry_indexes.push(codec::signed(*retry_index));
        self.next_triggers.push(next.name());
        self.due_in.push(due_at.map(|due_at| due_at.as_micros() - at.as_micros()));
        self.settled_at.push(at.as_micros());
        self.failures.push(failure.map(Failure::name));
        self.status_codes.push(made.and_then(|attempt| attempt.status_code).map(codec::signed));
        self.durations.push(made.map(|attempt| codec::signed(attempt.duration_us)));
        self.attempted_at.push(made.map(|attempt| attempt.started_at.as_micros()));
        let Some(attempt) = made else { return Ok(()) };
        self.attempts.push(place);
        self.attempt_ids.push(delivery_id.to_bytes());
        self.numbers.push(codec::signed(attempt.number));
        self.triggers.push(attempt.trigger.name());
        self.started_at.push(Timestamp::as_micros(attempt.started_at));
        self.duration_us.push(codec::signed(attempt.duration_us));
        self.phases.push(codec::to_json(&attempt.phases)?);
        self.urls.push(&attempt.url);
        self.failure.push(attempt.failure.map(Failure::name));
        self.errors.push(attempt.error.as_deref());
        self.request_headers.push(&attempt.request_headers_sealed);
        self.status_code.push(attempt.status_code.map(codec::signed));
        self.response_headers.push(codec::to_json(&attempt.response_headers)?);
        self.response_bodies.push(attempt.response_body.as_deref());
        self.truncated.push(i16::from(attempt.truncated));
        self.webhook_versions.push(attempt.webhook_version.map(codec::signed));
        Ok(())
    }
}
