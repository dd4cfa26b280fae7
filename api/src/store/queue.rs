//! The hot statements: insert events with their deliveries, claim what is due, settle attempts.
//!
//! A claim is only a later `due_at` with a mark: if the process dies, the row falls due again, and who claims it then records the
//! attempt that was under way as interrupted. Settling is fenced by the number of attempts.

mod due;
mod postgres;

pub use due::WEBHOOKS;
pub(super) use due::{depth, due_webhooks};

use super::{
    LEASE, codec,
    connection::Db,
    schema::{attempts, deliveries, events, webhooks},
    webhooks::{PACE, Pace},
    writer::{NewEvent, Settlement},
};
use bytes::Bytes;
use diesel::{dsl::sql, prelude::*, result::Error, sql_types::Bool};
use shared::{DeliveryStatus, Failure, Id, TestKind, Timestamp, Trigger};

/// A delivery that this process may attempt until `lease_until`.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The delivery.
    pub delivery_id: Id,
    /// Whose it is.
    pub tenant_id: Id,
    /// Where it goes.
    pub webhook_id: Id,
    /// The body to send.
    pub payload: Bytes,
    /// How many attempts were made; the fence of the settlement.
    pub attempt_count: u32,
    /// How many delays of the retry schedule are used up.
    pub retry_index: u32,
    /// What the attempt is for.
    pub next: NextAttempt,
    /// When the claim ends.
    pub lease_until: Timestamp,
    /// How fast attempts to its webhook may follow each other.
    pub pace: Pace,
}

/// What the next attempt of a delivery is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextAttempt {
    /// The first attempt, or an automatic retry.
    Scheduled,
    /// A resend with the last request's headers.
    ResendOriginal,
    /// A resend with headers made from the webhook's current settings.
    ResendCurrent,
    /// A test.
    Test,
    /// A test whose signatures are wrong on purpose.
    TestInvalidSignature,
    /// A test that is sent once more when it was delivered.
    TestTwice,
    /// The second attempt of such a test.
    TestRepeat,
}

impl NextAttempt {
    const ALL: [Self; 7] = [
        Self::Scheduled,
        Self::ResendOriginal,
        Self::ResendCurrent,
        Self::Test,
        Self::TestInvalidSignature,
        Self::TestTwice,
        Self::TestRepeat,
    ];

    /// How a test of that kind begins.
    pub(super) const fn of_test(kind: TestKind) -> Self {
        match kind {
            TestKind::InvalidSignature => Self::TestInvalidSignature,
            TestKind::Duplicate => Self::TestTwice,
            TestKind::Event | TestKind::ReorderedKeys | TestKind::UnknownField | TestKind::LargePayload => Self::Test,
        }
    }

    /// What the attempt records as its trigger.
    pub const fn trigger(self) -> Trigger {
        match self {
            Self::Scheduled => Trigger::Scheduled,
            Self::ResendOriginal | Self::ResendCurrent => Trigger::Resend,
            Self::Test | Self::TestInvalidSignature | Self::TestTwice | Self::TestRepeat => Trigger::Test,
        }
    }

    /// Whether this is a test whose attempt has been made already: the process ended during it, and a test is never repeated.
    pub fn is_repeated_test(self, attempt_count: u32) -> bool {
        match self {
            Self::Scheduled | Self::ResendOriginal | Self::ResendCurrent => false,
            Self::Test | Self::TestInvalidSignature | Self::TestTwice => attempt_count > 0,
            Self::TestRepeat => attempt_count > 1,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::ResendOriginal => "resend_original",
            Self::ResendCurrent => "resend_current",
            Self::Test => "test",
            Self::TestInvalidSignature => "test_invalid_signature",
            Self::TestTwice => "test_twice",
            Self::TestRepeat => "test_repeat",
        }
    }

    pub(super) fn of(name: &str) -> QueryResult<Self> {
        Self::ALL.into_iter().find(|next| next.name() == name).ok_or_else(|| codec::unreadable("trigger"))
    }
}

pub(super) const fn trigger_name(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Scheduled => "scheduled",
        Trigger::Resend => "resend",
        Trigger::Test => "test",
    }
}

/// When a claim that is made now ends.
pub(super) fn lease_from(now: Timestamp) -> Timestamp {
    now.plus_micros(codec::signed(u64::try_from(LEASE.as_micros()).unwrap_or(u64::MAX)))
}

/// Inserts an event.
pub(super) fn insert_event(connection: &mut Db, event: &NewEvent, matched: usize) -> QueryResult<()> {
    let NewEvent { id, tenant_id, source, kind, ce_id, time, created_at, payload } = event;
    diesel::insert_into(events::table)
        .values((
            events::id.eq(codec::key(*id)),
            events::tenant_id.eq(codec::key(*tenant_id)),
            events::source.eq(source),
            events::kind.eq(kind),
            events::ce_id.eq(ce_id),
            events::time.eq(time.as_micros()),
            events::matched.eq(codec::signed::<i32>(matched as u64)),
            events::created_at.eq(created_at.as_micros()),
            events::payload.eq(payload),
        ))
        .execute(connection)
        .map(drop)
}

/// Inserts a delivery of an event, claimed for this process or due at once.
pub(super) fn insert_delivery(
    connection: &mut Db,
    event: &NewEvent,
    id: Id,
    webhook_id: Id,
    claimed: bool,
) -> QueryResult<()> {
    let due_at = if claimed { lease_from(event.created_at) } else { event.created_at };
    diesel::insert_into(deliveries::table)
        .values((
            deliveries::id.eq(codec::key(id)),
            deliveries::tenant_id.eq(codec::key(event.tenant_id)),
            deliveries::event_id.eq(codec::key(event.id)),
            deliveries::webhook_id.eq(codec::key(webhook_id)),
            deliveries::event_type.eq(event.event_type()),
            deliveries::status.eq(codec::delivery_status(DeliveryStatus::Pending)),
            deliveries::attempt_count.eq(0),
            deliveries::retry_index.eq(0),
            deliveries::next_trigger.eq(NextAttempt::Scheduled.name()),
            deliveries::claimed.eq(i16::from(claimed)),
            deliveries::due_at.eq(due_at.as_micros()),
            deliveries::created_at.eq(event.created_at.as_micros()),
        ))
        .execute(connection)
        .map(drop)
}

/// What a dead process left claimed falls due at once.
pub(super) fn release_claims(connection: &mut Db, now: Timestamp) -> QueryResult<usize> {
    diesel::update(deliveries::table)
        .filter(sql::<Bool>("status < 2 AND claimed = 1"))
        .set(deliveries::due_at.eq(now.as_micros()))
        .execute(connection)
}

/// Gives claimed deliveries back unattempted.
pub(super) fn release(connection: &mut Db, ids: &[Id], now: Timestamp) -> QueryResult<()> {
    diesel::update(deliveries::table)
        .filter(deliveries::id.eq_any(ids.iter().map(|&id| codec::key(id))))
        .filter(sql::<Bool>("status < 2 AND claimed = 1"))
        .set((deliveries::claimed.eq(0), deliveries::due_at.eq(now.as_micros())))
        .execute(connection)
        .map(drop)
}

#[derive(Queryable)]
struct DueRow {
    id: Vec<u8>,
    tenant_id: Vec<u8>,
    webhook_id: Vec<u8>,
    attempt_count: i32,
    retry_index: i32,
    next_trigger: String,
    claimed: i16,
    due_at: Option<i64>,
    payload: String,
    pace: (i32, Option<i32>, i32, i32),
}

/// Claims of each webhook up to that many deliveries that are due, oldest first. Call it in a write transaction.
pub(super) fn claim_due(connection: &mut Db, now: Timestamp, shares: &[(Id, usize)]) -> QueryResult<Vec<Claimed>> {
    let due = match connection {
        Db::Postgres(c) => postgres::lock_due(c, now, shares)?,
        Db::Sqlite(_) => {
            let mut due = Vec::new();
            for &(webhook_id, share) in shares {
                let of_webhook = deliveries::table
                    .filter(sql::<Bool>("status < 2"))
                    .filter(deliveries::webhook_id.eq(codec::key(webhook_id)))
                    .filter(deliveries::due_at.le(now.as_micros()))
                    .order(deliveries::due_at)
                    .limit(codec::signed(share as u64))
                    .select(deliveries::id);
                due.extend(of_webhook.load::<Vec<u8>>(connection)?);
            }
            due
        }
    };
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let rows = deliveries::table
        .inner_join(events::table.on(events::id.eq(deliveries::event_id)))
        .inner_join(webhooks::table.on(webhooks::id.eq(deliveries::webhook_id)))
        .filter(deliveries::id.eq_any(due))
        .order((deliveries::due_at, deliveries::id))
        .select((
            deliveries::id,
            deliveries::tenant_id,
            deliveries::webhook_id,
            deliveries::attempt_count,
            deliveries::retry_index,
            deliveries::next_trigger,
            deliveries::claimed,
            deliveries::due_at,
            events::payload,
            PACE,
        ))
        .load::<DueRow>(connection)?;
    let mut claims = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.id.clone();
        match claim(connection, row, now) {
            Ok(claimed) => claims.push(claimed),
            Err(error @ Error::DeserializationError(_)) => {
                tracing::error!(delivery_id = ?codec::id(&id).ok(), %error, "a delivery cannot be read, so it has failed");
                bury(connection, &id)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(claims)
}

/// A delivery that cannot be read must not hold up the others: it has failed.
fn bury(connection: &mut Db, id: &[u8]) -> QueryResult<()> {
    diesel::update(deliveries::table.find(id))
        .set((
            deliveries::status.eq(codec::delivery_status(DeliveryStatus::Failed)),
            deliveries::claimed.eq(0),
            deliveries::next_trigger.eq(NextAttempt::Scheduled.name()),
            deliveries::due_at.eq(None::<i64>),
            deliveries::failure.eq(Failure::InternalError.name()),
        ))
        .execute(connection)
        .map(drop)
}

fn claim(connection: &mut Db, row: DueRow, now: Timestamp) -> QueryResult<Claimed> {
    let DueRow { id, tenant_id, webhook_id, attempt_count, retry_index, next_trigger, claimed, due_at, payload, pace } =
        row;
    let next = NextAttempt::of(&next_trigger)?;
    let pace = Pace::read(pace)?;
    let interrupted = claimed == 1;
    if interrupted {
        record_interrupted(connection, &id, attempt_count + 1, next.trigger(), due_at.unwrap_or_default())?;
    }
    let attempt_count = attempt_count + i32::from(interrupted);
    let lease_until = lease_from(now);
    diesel::update(deliveries::table.find(&id))
        .set((
            deliveries::claimed.eq(1),
            deliveries::attempt_count.eq(attempt_count),
            deliveries::due_at.eq(lease_until.as_micros()),
        ))
        .execute(connection)?;
    Ok(Claimed {
        delivery_id: codec::id(&id)?,
        tenant_id: codec::id(&tenant_id)?,
        webhook_id: codec::id(&webhook_id)?,
        payload: payload.into(),
        attempt_count: codec::unsigned(attempt_count, "number of attempts")?,
        retry_index: codec::unsigned(retry_index, "place in the retry schedule")?,
        next,
        lease_until,
        pace,
    })
}

/// The attempt that was under way when its process died: nobody knows whether the receiver got it.
fn record_interrupted(
    connection: &mut Db,
    delivery_id: &[u8],
    number: i32,
    trigger: Trigger,
    lease_until: i64,
) -> QueryResult<()> {
    let started_at =
        Timestamp::from_micros(lease_until.saturating_sub(lease_from(Timestamp::from_micros(0)).as_micros()));
    diesel::insert_into(attempts::table)
        .values((
            attempts::delivery_id.eq(delivery_id),
            attempts::number.eq(number),
            attempts::trigger.eq(trigger_name(trigger)),
            attempts::started_at.eq(started_at.as_micros()),
            attempts::duration_us.eq(0),
            attempts::phases.eq("{}"),
            attempts::url.eq(""),
            attempts::failure.eq(Failure::Interrupted.name()),
            attempts::request_headers_sealed.eq(Vec::new()),
            attempts::response_headers.eq("[]"),
            attempts::truncated.eq(0),
        ))
        .execute(connection)?;
    diesel::update(deliveries::table.find(delivery_id))
        .set((
            deliveries::failure.eq(Failure::Interrupted.name()),
            deliveries::status_code.eq(None::<i16>),
            deliveries::duration_us.eq(None::<i64>),
            deliveries::last_attempt_at.eq(started_at.as_micros()),
        ))
        .execute(connection)
        .map(drop)
}

/// Where a delivery stands after an attempt.
#[derive(AsChangeset)]
#[diesel(table_name = deliveries, treat_none_as_null = true)]
struct Standing {
    status: i16,
    attempt_count: i32,
    retry_index: i32,
    next_trigger: &'static str,
    claimed: i16,
    due_at: Option<i64>,
    failure: Option<&'static str>,
    status_code: Option<i16>,
    duration_us: Option<i64>,
    last_attempt_at: Option<i64>,
}

/// Writes where a delivery stands after an attempt, and the attempt itself. `false`: the fence did not hold.
pub(super) fn settle(connection: &mut Db, settlement: &Settlement) -> QueryResult<bool> {
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
    let mut standing = Standing {
        status: codec::delivery_status(*status),
        attempt_count: codec::signed(attempt_count + u32::from(attempt.is_some())),
        retry_index: codec::signed(*retry_index),
        next_trigger: next.name(),
        claimed: 0,
        due_at: due_at.map(Timestamp::as_micros),
        failure: failure.map(Failure::name),
        status_code: attempt.as_ref().and_then(|attempt| attempt.status_code).map(codec::signed),
        duration_us: attempt.as_ref().map(|attempt| codec::signed(attempt.duration_us)),
        last_attempt_at: Some(attempt.as_ref().map_or(*at, |attempt| attempt.started_at).as_micros()),
    };
    let fence = || {
        deliveries::table
            .find(codec::key(*delivery_id))
            .filter(deliveries::attempt_count.eq(codec::signed::<i32>(*attempt_count)))
    };
    let mut changed = diesel::update(fence().filter(sql::<Bool>("status < 2"))).set(&standing).execute(connection)?;
    if changed == 0 {
        // The webhook was deleted during the attempt: what happened is recorded, and unless it arrived it stays cancelled.
        let cancelled = codec::delivery_status(DeliveryStatus::Cancelled);
        if *status != DeliveryStatus::Delivered {
            standing.status = cancelled;
            standing.due_at = None;
        }
        changed =
            diesel::update(fence().filter(deliveries::status.eq(cancelled))).set(&standing).execute(connection)?;
    }
    if changed == 0 {
        return Ok(false);
    }
    if let Some(attempt) = attempt {
        super::attempts::insert(connection, *delivery_id, attempt)?;
    }
    Ok(true)
}
