//! The hot statements: insert events with their deliveries, claim what is due, settle attempts.
//!
//! A claim is only a later `due_at` with the number of its node: if the process dies, the row falls due again, and who claims it then
//! records the attempt that was under way as interrupted. Settling is fenced by the number of attempts.
//!
//! Each of these statements stands once per database, in `sqlite` and `postgres`, and so does all else that only one of them has: its
//! clock, its upkeep, its partitions. What both share is here: when something is due, what a row of a claim means, giving back.

mod due;
mod postgres;
mod sqlite;
mod statement;

pub use due::WEBHOOKS;
pub(super) use due::{depth, due_webhooks};

use super::{
    LEASE, codec,
    condition::Condition,
    connection::Db,
    hand_over::Share,
    nodes::{DueClock, Node},
    schema::deliveries,
    webhooks::Pace,
    writer::{NewEvent, Settlement},
};
use bytes::Bytes;
use diesel::{
    dsl::sql,
    expression::SqlLiteral,
    prelude::*,
    sql_types::{BigInt, Nullable},
};
use shared::{DeliveryStatus, Failure, Id, ResendHeaders, TestKind, Timestamp, Trigger};
use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

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
    /// Whether the claim before ended with an attempt under way, which was recorded as interrupted.
    pub interrupted: bool,
}

impl Claimed {
    /// The delivery of an event that is being recorded, which this process has claimed from the beginning.
    pub(super) fn fresh(event: &NewEvent, payload: Bytes, delivery: &NewDelivery, pace: Pace) -> Self {
        Self {
            delivery_id: delivery.id,
            tenant_id: event.tenant_id,
            webhook_id: delivery.webhook_id,
            payload,
            attempt_count: 0,
            retry_index: 0,
            next: NextAttempt::Scheduled,
            lease_until: lease_from(event.created_at),
            pace,
            interrupted: false,
        }
    }
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

    /// Whether it is one of a test.
    pub fn is_test(self) -> bool {
        self.trigger() == Trigger::Test
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

/// How a resend begins.
impl From<ResendHeaders> for NextAttempt {
    fn from(headers: ResendHeaders) -> Self {
        match headers {
            ResendHeaders::Original => Self::ResendOriginal,
            ResendHeaders::Current => Self::ResendCurrent,
        }
    }
}

/// How large the database is, and how well PostgreSQL can clean up behind its updates, each of which leaves a row behind. A transaction
/// that stays open, such as that of a session that somebody forgot, keeps all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// How long the oldest transaction that reads has been open. Those of other roles show to a member of `pg_monitor` only.
    pub oldest_transaction: Duration,
    /// Rows of deliveries that wait to be cleaned up, as PostgreSQL counts them.
    pub dead_rows: i64,
    /// How many bytes the database has.
    pub bytes: i64,
    /// How many bytes are free on its disk, where it is a file.
    pub disk_free: Option<i64>,
}

/// How long a claim holds, in microseconds.
pub(super) const LEASE_MICROS: i64 = LEASE.as_secs().cast_signed() * 1_000_000;

/// When a claim that is made now ends.
pub(super) fn lease_from(now: Timestamp) -> Timestamp {
    now.plus_micros(LEASE_MICROS)
}

/// An event to record, and the deliveries that webhooks want of it.
pub(super) struct Fanout<'a> {
    /// The event.
    pub(super) event: &'a NewEvent,
    /// One for each webhook that wants it.
    pub(super) deliveries: Vec<NewDelivery>,
}

/// A delivery to record.
#[derive(Clone)]
pub(super) struct NewDelivery {
    /// Its id.
    pub(super) id: Id,
    /// Where it goes.
    pub(super) webhook_id: Id,
    /// Whether this node attempts it now; otherwise it falls due at once.
    pub(super) claimed: bool,
}

/// Records events with their deliveries, and returns the ids of those that were recorded. An event whose tenant, source and id were
/// there before, or stand earlier in the batch, is passed over with its deliveries. Call it in a write
/// transaction; on PostgreSQL it is one statement, and needs none.
pub(super) fn record(connection: &mut Db, fanouts: &[Fanout<'_>], node: Node) -> QueryResult<HashSet<Id>> {
    match connection {
        Db::Postgres(c) => postgres::record(c, fanouts, node),
        Db::Sqlite(c) => sqlite::record(c, fanouts),
    }
}

/// Writes where deliveries stand after an attempt, and the attempts. Returns where they stand now: one that was cancelled meanwhile stays
/// so, unless it arrived. `None`: the fence did not hold, and nothing was written. Call it in a write transaction.
pub(super) fn settle(
    connection: &mut Db,
    settlements: &[&Settlement],
    clock: DueClock,
) -> QueryResult<Vec<Option<DeliveryStatus>>> {
    let settled = match connection {
        Db::Postgres(c) => postgres::settle(c, settlements, clock)?,
        Db::Sqlite(c) => settlements.iter().map(|one| sqlite::settle(c, one)).collect::<QueryResult<_>>()?,
    };
    settled.into_iter().map(|status| status.map(codec::delivery_status_of).transpose()).collect()
}

/// Claims of each webhook its share of what is due, oldest first; of an inactive one nothing but tests. Where a claim ended without being
/// settled, the attempt that was under way is recorded as interrupted: nobody knows whether the receiver got it. With what was claimed,
/// how many could not be read, and so have failed for good. Call it in a write transaction.
pub(super) fn claim_due(
    connection: &mut Db,
    now: Timestamp,
    node: Node,
    shares: &[Share],
) -> QueryResult<(Vec<Claimed>, u64)> {
    let rows = match connection {
        Db::Postgres(c) => postgres::claim_due(c, now, node, shares)?,
        Db::Sqlite(c) => sqlite::claim_due(c, now, shares)?,
    };
    // By this process' clock from before the claim: never later than the lease in the database.
    let lease_until = lease_from(now);
    let (mut claims, mut unreadable) = (Vec::with_capacity(rows.len()), 0);
    for row in rows {
        let id = row.id.clone();
        match row.read(lease_until) {
            Ok(claimed) => claims.push(claimed),
            Err(error) => {
                tracing::error!(delivery_id = ?codec::id(&id).ok(), %error, "a delivery cannot be read, so it has failed");
                fail_unreadable(connection, &id)?;
                unreadable += 1;
            }
        }
    }
    Ok((claims, unreadable))
}

/// A delivery that cannot be read must not hold up the others: it has failed.
fn fail_unreadable(connection: &mut Db, id: &[u8]) -> QueryResult<()> {
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

/// A delivery that was just claimed, as the databases return it.
#[derive(Queryable)]
struct ClaimedRow {
    id: Vec<u8>,
    tenant_id: Vec<u8>,
    webhook_id: Vec<u8>,
    attempt_count: i32,
    retry_index: i32,
    next_trigger: String,
    payload: String,
    pace: (i32, Option<i32>, i32, i32),
    interrupted: bool,
}

impl ClaimedRow {
    fn read(self, lease_until: Timestamp) -> QueryResult<Claimed> {
        let Self { id, tenant_id, webhook_id, attempt_count, retry_index, next_trigger, payload, pace, interrupted } =
            self;
        Ok(Claimed {
            delivery_id: codec::id(&id)?,
            tenant_id: codec::id(&tenant_id)?,
            webhook_id: codec::id(&webhook_id)?,
            payload: Bytes::from(payload),
            attempt_count: codec::unsigned(attempt_count, "number of attempts")?,
            retry_index: codec::unsigned(retry_index, "place in the retry schedule")?,
            next: NextAttempt::of(&next_trigger)?,
            lease_until,
            pace: Pace::read(pace)?,
            interrupted,
        })
    }
}

/// What that node has claimed falls due at once.
pub(super) fn release_claims(connection: &mut Db, number: i32, now: Timestamp) -> QueryResult<usize> {
    diesel::update(deliveries::table)
        .filter(Condition("status < 2"))
        .filter(deliveries::claimed.eq(number))
        .filter(deliveries::due_at.gt(now.as_micros()))
        .set(deliveries::due_at.eq(claimed_at(now)))
        .execute(connection)
}

/// What the process before has claimed falls due at once, where there is only one at a time.
pub(super) fn release_all_claims(connection: &mut Db, now: Timestamp) -> QueryResult<usize> {
    release_claims(connection, Node::ALONE.number, now)
}

/// When a delivery was claimed. What is released falls due as of then: it has waited, and must not go behind all that came later.
fn claimed_at(now: Timestamp) -> SqlLiteral<Nullable<BigInt>> {
    let now = now.as_micros();
    // That of a fresh one is by the clock of its node, which may be ahead.
    sql(&format!("CASE WHEN due_at - {LEASE_MICROS} < {now} THEN due_at - {LEASE_MICROS} ELSE {now} END"))
}

/// Gives deliveries back that this node has claimed and not attempted, fenced like a settlement by the number of attempts that each had
/// when it was claimed: where the claim has ended meanwhile, it is somebody else's.
pub(super) fn release(connection: &mut Db, claims: &[(Id, u32)], node: Node, now: Timestamp) -> QueryResult<()> {
    let mut by_fence = BTreeMap::<u32, Vec<_>>::new();
    for &(id, attempt_count) in claims {
        by_fence.entry(attempt_count).or_default().push(codec::key(id));
    }
    for (attempt_count, ids) in by_fence {
        diesel::update(deliveries::table)
            .filter(deliveries::id.eq_any(ids))
            .filter(deliveries::attempt_count.eq(codec::signed::<i32>(attempt_count)))
            .filter(deliveries::claimed.eq(node.number))
            // Not as an index has it: these are found by their ids.
            .filter(Condition("status NOT IN (2, 3, 4)"))
            .set((deliveries::claimed.eq(0), deliveries::due_at.eq(claimed_at(now))))
            .execute(connection)?;
    }
    Ok(())
}

/// Gives back what this node has claimed of those events and does not know of: their commit was not answered, and so they were never
/// handed over.
pub(super) fn release_unattempted(connection: &mut Db, events: Vec<Id>, node: Node) -> QueryResult<()> {
    if events.is_empty() {
        return Ok(());
    }
    diesel::update(deliveries::table)
        .filter(deliveries::event_id.eq_any(events.into_iter().map(codec::key)))
        .filter(deliveries::claimed.eq(node.number))
        .filter(deliveries::attempt_count.eq(0))
        .set((deliveries::claimed.eq(0), deliveries::due_at.eq(deliveries::created_at.nullable())))
        .execute(connection)
        .map(drop)
}

/// The time by the database's own clock, where several nodes go by it.
pub(super) fn now(connection: &mut Db) -> QueryResult<Option<Timestamp>> {
    match connection {
        Db::Postgres(c) => postgres::now(c).map(Some),
        Db::Sqlite(_) => Ok(None),
    }
}

/// How well the database can clean up. SQLite leaves nothing behind.
pub(super) fn upkeep(connection: &mut Db) -> QueryResult<Upkeep> {
    match connection {
        Db::Sqlite(_) => Ok(Upkeep::default()),
        Db::Postgres(c) => postgres::upkeep(c),
    }
}

/// Whether the database takes writes now, without making one.
pub(super) fn takes_writes(connection: &mut Db) -> QueryResult<bool> {
    match connection {
        Db::Postgres(c) => postgres::takes_writes(c),
        Db::Sqlite(c) => diesel::select(1.into_sql::<diesel::sql_types::Integer>()).execute(c).map(|_| true),
    }
}

/// Makes room for what will be recorded in the days after `now`. Call it in a write transaction.
pub(super) fn prepare(connection: &mut Db, now: Timestamp) -> QueryResult<()> {
    match connection {
        Db::Postgres(c) => postgres::partitions::prepare(c, now),
        Db::Sqlite(_) => Ok(()),
    }
}

/// Purges about `rows` rows of what was taken before `before`. Returns how many went; 0 means that nothing is left, or that another node
/// purges. Call it in a write transaction.
pub(super) fn purge(connection: &mut Db, before: Timestamp, rows: i64) -> QueryResult<usize> {
    match connection {
        Db::Postgres(c) => postgres::partitions::purge(c, before, rows),
        Db::Sqlite(c) => sqlite::purge(c, before, rows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_what_comes_next_begins_with_that_of_its_trigger() {
        // So the claim on PostgreSQL knows the trigger of an interrupted attempt.
        for next in NextAttempt::ALL {
            assert!(next.name().starts_with(next.trigger().name()), "{next:?}");
        }
    }
}
