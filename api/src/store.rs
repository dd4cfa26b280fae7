//! The record of everything: webhooks, events, deliveries, attempts, on SQLite or PostgreSQL.
//!
//! Reads take a pooled connection; writes go through the writer, which commits what waits together. Nothing here knows HTTP.

pub mod api_keys;
pub mod attempts;
pub mod audit;
pub mod changes;
mod codec;
mod connection;
pub mod deliveries;
pub mod event_types;
pub mod events;
mod hand_over;
mod health;
pub mod idempotency;
pub mod links;
pub mod operators;
mod queue;
mod reader;
pub mod resend_jobs;
pub mod retention;
mod schema;
pub mod sessions;
pub mod stats;
pub mod tenants;
mod webhook_tests;
pub mod webhooks;
mod writer;

pub use connection::{DatabaseUrl, Db};
pub use hand_over::{HandOver, HandedOver, Rooms, hand_over, room};
pub use health::{FAILING_ATTEMPTS, FAILING_SECONDS, Verdict};
pub use queue::{Claimed, NextAttempt, WEBHOOKS};
pub use webhooks::Pace;
pub use writer::{Accepted, NewEvent, Settlement};

use crate::{ids::Ids, metrics::Metrics};
use changes::{Change, Changes};
use connection::Manager;
use diesel::{
    QueryResult,
    r2d2::{ManageConnection as _, Pool},
    result::{DatabaseErrorKind, Error},
};
use reader::Reader;
use shared::{AuditEntry, DeliverySummary, Id, TestKind, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, broadcast};
use webhooks::WebhookRow;
use writer::Writer;

/// The tenant that exists from the start.
pub const DEFAULT_TENANT: Id = Id::from_bytes([0; 16]);

/// How long a claim holds: an attempt that has not been settled by then counts as interrupted, and the delivery falls due again.
/// Longer than the longest time limit of an attempt.
pub const LEASE: Duration = Duration::from_secs(45);

/// How long a read waits for a connection.
const POOL_TIMEOUT: Duration = Duration::from_secs(1);

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// As many writes wait as are let in.
    #[error("too many writes wait")]
    Busy,
    /// The database does not answer.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// The disk is full.
    #[error("the database's disk is full")]
    Full,
    /// A statement failed.
    #[error(transparent)]
    Query(Error),
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match &error {
            Error::DatabaseError(DatabaseErrorKind::ClosedConnection, info) => {
                Self::Unavailable(info.message().to_owned())
            }
            Error::DatabaseError(_, info) if info.message().contains("is full") => Self::Full,
            Error::DatabaseError(_, info) if info.message().contains("is locked") => {
                Self::Unavailable(info.message().to_owned())
            }
            _ => Self::Query(error),
        }
    }
}

/// The store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No connection.
    #[error("cannot open the database: {0}")]
    Connect(String),
    /// The schema could not be brought up to date.
    #[error("cannot bring the database's schema up to date: {0}")]
    Migrate(String),
}

/// The store. Clones share their connections.
#[derive(Clone)]
pub struct Store {
    pool: Pool<Manager>,
    reader: Reader,
    writer: Writer,
    due: Arc<Notify>,
    changes: Changes,
}

impl Store {
    /// Opens the database and brings its schema up to date. Fresh deliveries are handed over as far as there is room; the others fall
    /// due at once. `release_claims`: this is the only process on the database, so what is still claimed was left by a dead one.
    pub fn open(
        url: &DatabaseUrl,
        ids: Arc<Ids>,
        hand_over: HandOver,
        metrics: Arc<Metrics>,
        release_claims: Option<Timestamp>,
    ) -> Result<Self, OpenError> {
        let manager = Manager(url.clone());
        let mut connection = manager.connect().map_err(|error| OpenError::Connect(error.to_string()))?;
        connection::migrate(&mut connection).map_err(|error| OpenError::Migrate(error.to_string()))?;
        if let Some(now) = release_claims {
            queue::release_claims(&mut connection, now).map_err(|error| OpenError::Connect(error.to_string()))?;
        }
        let pool = Pool::builder()
            .max_size(8)
            .min_idle(Some(1))
            .connection_timeout(POOL_TIMEOUT)
            .test_on_check_out(false)
            .build(manager.clone())
            .map_err(|error| OpenError::Connect(error.to_string()))?;
        let failed = |error: std::io::Error| OpenError::Connect(error.to_string());
        // A pool of its own, so that attempts never wait for a connection behind somebody's list.
        let single = Pool::builder().max_size(1).connection_timeout(POOL_TIMEOUT).test_on_check_out(false);
        let single = single.build(manager).map_err(|error| OpenError::Connect(error.to_string()))?;
        let reader = Reader::start(single).map_err(failed)?;
        let changes = Changes::default();
        let writer = Writer::start(connection, hand_over, ids, metrics, changes.clone()).map_err(failed)?;
        Ok(Self { pool, reader, writer, due: Arc::default(), changes })
    }

    /// Runs a query that only reads, on a thread that may block.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Db) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let pool = self.pool.clone();
        let done = tokio::task::spawn_blocking(move || {
            let mut connection = pool.get().map_err(|error| StoreError::Unavailable(error.to_string()))?;
            Ok(query(&mut connection)?)
        });
        done.await.unwrap_or_else(|panic| Err(StoreError::Unavailable(panic.to_string())))
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read(|db| diesel::RunQueryDsl::execute(diesel::sql_query("SELECT 1"), db).map(drop)).await
    }

    /// Runs `work` in a write transaction of its own, between the writer's batches.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.run(work).await
    }

    /// Records an event and a delivery for each webhook that wants it. When this returns, it is on disk.
    pub async fn publish(&self, event: NewEvent) -> Result<Accepted, StoreError> {
        self.writer.publish(event).await
    }

    /// Records an attempt and where its delivery stands now. `false`: somebody else has settled or claimed it meanwhile, and nothing
    /// was written.
    pub async fn settle(&self, settlement: Settlement) -> Result<bool, StoreError> {
        let due_now = settlement.due_at.is_some_and(|due_at| due_at <= settlement.at);
        let settled = self.writer.settle(settlement).await?;
        if due_now {
            self.due.notify_one();
        }
        Ok(settled)
    }

    /// Makes a failed delivery due at once, and wakes whoever waits in [`Store::wait_for_due`]. `entry` goes into the audit log if it
    /// is done.
    pub async fn resend(
        &self,
        tenant_id: Id,
        id: Id,
        next: NextAttempt,
        now: Timestamp,
        mut entry: AuditEntry,
    ) -> Result<Result<DeliverySummary, deliveries::ResendRefused>, StoreError> {
        let resent = self.write(move |connection| {
            let resent = deliveries::resend(connection, tenant_id, id, next, now)?;
            if let Ok(delivery) = &resent {
                entry.target.name.clone_from(&delivery.event_type);
                audit::append(connection, tenant_id, &entry)?;
            }
            Ok(resent)
        });
        let resent = resent.await?;
        self.due.notify_one();
        if resent.is_ok() {
            self.tell(Change::Delivery(id));
        }
        Ok(resent)
    }

    /// Records the event of a test with its one delivery, due at once.
    pub async fn start_test(
        &self,
        event: NewEvent,
        delivery_id: Id,
        webhook_id: Id,
        kind: TestKind,
    ) -> Result<DeliverySummary, StoreError> {
        let started = self.write(move |db| webhook_tests::insert(db, &event, delivery_id, webhook_id, kind)).await?;
        self.due.notify_one();
        self.tell(Change::Delivery(delivery_id));
        Ok(started)
    }

    /// Takes the next step of a resend job that is due. `false`: none is.
    pub async fn advance_resend_job(&self, now: Timestamp) -> Result<bool, StoreError> {
        // Most of the time nothing is due, and then the writer need not be disturbed.
        if !self.read(move |db| resend_jobs::any_due(db, now)).await? {
            return Ok(false);
        }
        let resent = self.write(move |db| resend_jobs::advance(db, now)).await?;
        if !resent.is_empty() {
            self.due.notify_one();
            self.changes.tell(|| resent.into_iter().map(Change::Delivery).collect());
        }
        Ok(true)
    }

    /// Watches what is committed by this process from now on.
    pub fn watch(&self) -> broadcast::Receiver<Arc<[Change]>> {
        self.changes.watch()
    }

    /// Tells those who watch of a change that [`Store::write`] has committed; the other methods do so themselves.
    pub fn tell(&self, change: Change) {
        self.changes.tell(|| vec![change]);
    }

    /// Returns when something became due out of turn.
    pub async fn wait_for_due(&self) {
        self.due.notified().await;
    }

    /// The webhook of that id, also when it was deleted, as it is now.
    pub async fn webhook(&self, tenant_id: Id, id: Id) -> Result<Option<Arc<WebhookRow>>, StoreError> {
        self.reader.webhook(tenant_id, id).await
    }

    /// The first [`WEBHOOKS`] webhooks after `after`, in the order of their ids, for which something is due.
    pub async fn due_webhooks(&self, after: Id, now: Timestamp) -> Result<Vec<Id>, StoreError> {
        self.read(move |db| queue::due_webhooks(db, after, now)).await
    }

    /// Takes of each webhook up to that many deliveries that are due, oldest first, and claims them until `now` + [`LEASE`].
    pub async fn claim_due(&self, now: Timestamp, shares: Vec<(Id, usize)>) -> Result<Vec<Claimed>, StoreError> {
        if shares.is_empty() {
            return Ok(Vec::new());
        }
        self.write(move |db| queue::claim_due(db, now, &shares)).await
    }

    /// How many deliveries are due in the database, and since when the oldest is.
    pub async fn queue_depth(&self, now: Timestamp) -> Result<(u32, Option<Timestamp>), StoreError> {
        self.read(move |db| queue::depth(db, now)).await
    }

    /// How many writes wait for the writer.
    pub fn waiting_writes(&self) -> usize {
        self.writer.waiting()
    }

    /// Gives claimed deliveries back unattempted: they are due at once.
    pub async fn release(&self, ids: Vec<Id>, now: Timestamp) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.write(move |db| queue::release(db, &ids, now)).await
    }
}
