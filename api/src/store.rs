//! The record of everything: webhooks, events, deliveries, attempts, on SQLite or PostgreSQL.
//!
//! Reads take a pooled connection; writes go through the writer, which commits what waits together. Nothing here knows HTTP.

mod alerts;
pub mod api_keys;
pub mod attempts;
pub mod audit;
mod batch;
pub mod changes;
mod codec;
mod condition;
mod connection;
pub mod deliveries;
mod erasing;
mod error;
pub mod event_types;
pub mod events;
mod figures;
mod hand_over;
mod health;
pub mod idempotency;
mod known;
pub mod links;
mod matching;
mod nodes;
mod open;
pub mod operators;
mod page;
mod queue;
mod reader;
pub mod recent;
pub mod resend_jobs;
mod retention;
mod schema;
pub mod sealed;
pub mod sessions;
pub mod stats;
pub mod tenants;
mod turns;
mod unwritten;
mod webhook_tests;
pub mod webhooks;
mod writer;

pub use alerts::ALERTS_SOURCE;
pub use connection::{
    DatabaseUrl, Db,
    backup::{BackupError, backup},
};
/// What a query of somebody's own answers.
pub use diesel::QueryResult;
pub use erasing::EraseRefused;
pub use error::{OpenError, StoreError, or_taken, unless_taken};
pub use hand_over::{HandOver, HandedOver, Resting, Rests, Rooms, Share, Told, hand_over, room};
pub use health::{Deactivate, FAILING_ATTEMPTS, FAILING_HOURS, Verdict};
pub use open::{Options, migrate};
pub use page::{Rows, Slice};
pub use queue::{Claimed, NextAttempt, Upkeep, WEBHOOKS};
pub use retention::Purged;
pub use unwritten::{Unwritten, refusable};
pub use webhooks::Pace;
pub use writer::{Accepted, MAX_FANOUT, NewEvent, Settlement};

use crate::metrics::Metrics;
use changes::{Change, Changes};
use connection::{file::DatabaseFile, pool::Pool, transact, transact_before};
use diesel::result::Error;
use figures::Figures;
use nodes::{Node, Presence};
use reader::Reader;
use shared::{Id, Timestamp};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{Mutex, Notify, broadcast};
use turns::Turns;
use webhooks::WebhookRow;
use writer::Writer;

/// The tenant that exists from the start.
pub const DEFAULT_TENANT: Id = Id::from_bytes([0; 16]);

/// How long a claim holds: an attempt that has not been settled by then counts as interrupted, and the delivery falls due again.
/// Longer than the longest time limit of an attempt.
pub const LEASE: Duration = Duration::from_secs(50);

/// How many deliveries are given back together: SQLite takes 32,766 parameters at most, and others wait meanwhile.
const RELEASED: usize = 4_096;

/// How long a caller waits for an answer of a server: a little longer than a statement may take. Nobody shall hang on a server that
/// does. A file always answers.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(9);

/// The store. Clones share their connections.
#[derive(Clone)]
pub struct Store {
    pool: Pool,
    figures: Arc<Figures>,
    /// Whose turn it is to search.
    searches: Arc<Turns>,
    database: Database,
    reader: Reader,
    writer: Writer,
    node: Node,
    hand_over: HandOver,
    due: Arc<Notify>,
    changes: Changes,
    metrics: Arc<Metrics>,
}

/// Where the database is, and what there is only there.
#[derive(Clone)]
enum Database {
    /// A file, of this process alone. Writes take turns with its one writer.
    File(DatabaseFile),
    /// A server, which several nodes may share. It takes several writers at once, so writes that stand alone take a connection of the pool.
    Server {
        presence: Arc<Presence>,
        /// The connection of what claims and gives back, which take turns with it: nobody's lists shall keep a node from delivering. None
        /// where this node sends nothing.
        dispatching: Option<Arc<Mutex<Pool>>>,
    },
}

impl Database {
    fn is_shared(&self) -> bool {
        matches!(self, Self::Server { .. })
    }

    fn file(&self) -> Option<&DatabaseFile> {
        match self {
            Self::File(file) => Some(file),
            Self::Server { .. } => None,
        }
    }
}

impl Store {
    /// Runs a query that only reads, on a thread that may block.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Db) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let pool = self.pool.clone();
        self.blocking(move || pool.run(query)).await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = tokio::task::spawn_blocking(work);
        answered_in_time(self.database.is_shared(), done).await?.unwrap_or_else(|lost| {
            // A mistake in a query is no outage: it would be made again.
            Err(if lost.is_panic() {
                StoreError::Query(Error::QueryBuilderError("a query panicked".into()))
            } else {
                StoreError::Unavailable(lost.to_string())
            })
        })
    }

    /// Runs `work` in a write transaction on this thread: before a server starts, when nobody waits for the thread.
    pub fn at_start<T>(&self, work: impl FnOnce(&mut Db) -> QueryResult<T>) -> Result<T, StoreError> {
        self.pool.run(|db| transact(db, work))
    }

    /// Whether the database answers and takes writes, and attempts can read. Makes no write.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.database.file().map_or(Ok(()), DatabaseFile::check)?;
        self.reader.probe().await?;
        if self.read(queue::takes_writes).await? { Ok(()) } else { Err(StoreError::ReadOnly) }
    }

    /// Whether other nodes share the database.
    pub fn has_company(&self) -> bool {
        matches!(&self.database, Database::Server { presence, .. } if presence.has_company())
    }

    /// Whether one of those sends what is due.
    pub fn others_deliver(&self) -> bool {
        matches!(&self.database, Database::Server { presence, .. } if presence.others_deliver())
    }

    /// Runs `work` in a write transaction of its own.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut work = Some(work);
        // What can run once only has nothing to run where its connection was lost and opened again.
        let once = idempotency::carried(move |db: &mut Db| match work.take() {
            Some(work) => work(db),
            None => Err(Error::BrokenTransactionManager),
        });
        if !self.database.is_shared() {
            return self.writer.run(once).await;
        }
        let (pool, deadline) = (self.pool.clone(), Instant::now() + ANSWER_WITHIN);
        self.blocking(move || pool.run(|db| transact_before(deadline, db, once))).await
    }

    /// Like [`Store::write`], for what changes webhooks: when this returns, no attempt begins any more, on any node, with the settings
    /// from before.
    pub async fn edit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = self.write(work).await?;
        if self.database.is_shared() {
            self.reader.forgotten().await;
        }
        Ok(done)
    }

    /// Runs `work` in a write transaction of its own; more than once, if it loses against another transaction.
    async fn write_again<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Db) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.write_again_by(self.pool.clone(), work).await
    }

    async fn write_again_by<T: Send + 'static>(
        &self,
        pool: Pool,
        work: impl FnMut(&mut Db) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut work = idempotency::carried(work);
        if !self.database.is_shared() {
            return self.writer.run(work).await;
        }
        let deadline = Instant::now() + ANSWER_WITHIN;
        self.blocking(move || pool.run(|db| again(|| transact_before(deadline, db, &mut work)))).await
    }

    /// Like [`Store::read`], for the dispatcher.
    async fn read_to_dispatch<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Db) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let Database::Server { dispatching: Some(own), .. } = &self.database else {
            return self.read(query).await;
        };
        let turn = own.lock().await;
        let pool = turn.clone();
        self.blocking(move || pool.run(query)).await
    }

    /// Like [`Store::write_again`], for the dispatcher.
    async fn write_to_dispatch<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Db) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let Database::Server { dispatching: Some(own), .. } = &self.database else {
            return self.write_again(work).await;
        };
        let turn = own.lock().await;
        self.write_again_by(turn.clone(), work).await
    }

    /// Records an event and a delivery for each webhook that wants it. When this returns, it is on disk.
    pub async fn publish(&self, event: NewEvent) -> Result<Accepted, StoreError> {
        self.writer.publish(event).await
    }

    /// Records an attempt and where its delivery stands now. `false`: somebody else has settled or claimed it meanwhile, and nothing
    /// was written.
    pub async fn settle(&self, settlement: impl Into<Arc<Settlement>>) -> Result<bool, StoreError> {
        let settlement = settlement.into();
        let due_now = settlement.due_at.is_some_and(|due_at| due_at <= settlement.at);
        let settled = self.writer.settle(settlement).await?;
        if due_now {
            self.due.notify_one();
        }
        Ok(settled)
    }

    /// Watches what is committed by this process from now on.
    pub fn watch(&self) -> broadcast::Receiver<Arc<[Change]>> {
        self.changes.watch()
    }

    /// Tells those who watch, and the dispatcher, of a change that [`Store::write`] has committed; the other methods do so themselves.
    pub fn tell(&self, change: Change) {
        if let Change::Webhook(id) = change {
            self.hand_over.edited(id);
        }
        self.changes.tell(|| vec![change]);
    }

    /// Ends the rest of a webhook, if it rests.
    pub fn end_rest(&self, webhook_id: Id) {
        if self.hand_over.edited(webhook_id) {
            self.changes.tell(|| vec![Change::Webhook(webhook_id)]);
        }
    }

    /// Tells those who watch that these webhooks rest now, or no more.
    pub fn tell_of_rests(&self, webhook_ids: Vec<Id>) {
        if !webhook_ids.is_empty() {
            self.changes.tell(|| webhook_ids.into_iter().map(Change::Webhook).collect());
        }
    }

    /// The webhooks that rest at that instant.
    pub fn resting(&self, now: Timestamp) -> Resting {
        self.hand_over.rests.at(now)
    }

    /// Returns when something became due out of turn.
    pub async fn wait_for_due(&self) {
        self.due.notified().await;
    }

    /// The webhook of that id, also when it was deleted, as it is now.
    pub async fn webhook(&self, tenant_id: Id, id: Id) -> Result<Option<Arc<WebhookRow>>, StoreError> {
        self.reader.webhook(tenant_id, id).await
    }

    /// The first [`WEBHOOKS`] webhooks after `after`, in the order of their ids, for which something is due; with each, whether tests are.
    pub async fn due_webhooks(&self, after: Id, now: Timestamp) -> Result<Vec<(Id, bool)>, StoreError> {
        self.read_to_dispatch(self.at(now, move |db, now| queue::due_webhooks(db, after, now))).await
    }

    /// Takes of each webhook its share of what is due, oldest first, and claims it until `now` + [`LEASE`].
    pub async fn claim_due(&self, now: Timestamp, shares: Vec<Share>) -> Result<Vec<Claimed>, StoreError> {
        if shares.is_empty() {
            return Ok(Vec::new());
        }
        let node = self.node;
        let (claimed, unreadable) = self.write_to_dispatch(move |db| queue::claim_due(db, now, node, &shares)).await?;
        self.metrics.exhausted(unreadable);
        Ok(claimed)
    }

    /// The known value, sealed by each key that may have sealed what is here. Nothing is claimed before it was looked at.
    pub async fn key_checks(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        self.read_to_dispatch(sealed::key_checks).await
    }

    /// How many deliveries are due in the database, and since when the oldest is.
    pub async fn queue_depth(&self, now: Timestamp) -> Result<(u32, Option<Timestamp>), StoreError> {
        self.read(self.at(now, queue::depth)).await
    }

    /// How many webhooks there are, by how they are.
    pub async fn webhook_states(&self) -> Result<webhooks::States, StoreError> {
        self.read(webhooks::states).await
    }

    /// How large the database is, and how well it can clean up behind its updates.
    pub async fn upkeep(&self) -> Result<Upkeep, StoreError> {
        let file = self.database.file().cloned();
        let upkeep = move |db: &mut Db| {
            let upkeep = queue::upkeep(db)?;
            Ok(match &file {
                Some(file) => Upkeep { bytes: file.bytes(), disk_free: file.disk_free(), ..upkeep },
                None => upkeep,
            })
        };
        self.read(upkeep).await
    }

    /// How many writes wait for the writer.
    pub fn waiting_writes(&self) -> usize {
        self.writer.waiting()
    }

    /// Gives claimed deliveries back unattempted, each with the number of attempts that it had when it was claimed: they are due at once.
    pub async fn release(&self, claims: Vec<(Id, u32)>, now: Timestamp) -> Result<(), StoreError> {
        let node = self.node;
        for claims in claims.chunks(RELEASED) {
            let claims = claims.to_vec();
            self.write_to_dispatch(self.at(now, move |db, now| queue::release(db, &claims, node, now))).await?;
        }
        Ok(())
    }

    /// The instant that counts for what is due and what is purged: `now`, or where nodes share a database, the instant by its clock.
    pub async fn now(&self, now: Timestamp) -> Result<Timestamp, StoreError> {
        self.read(self.at(now, |_, now| Ok(now))).await
    }

    /// `work` with the instant that counts for what is due: `now`, or where nodes share a database, the instant by its clock.
    fn at<T, W>(&self, now: Timestamp, mut work: W) -> impl FnMut(&mut Db) -> QueryResult<T> + use<T, W>
    where
        W: FnMut(&mut Db, Timestamp) -> QueryResult<T>,
    {
        let clock = self.node.clock;
        move |db| {
            let now = clock.now(db, now)?;
            work(db, now)
        }
    }
}

/// Runs `work` again while it loses against other transactions, a few times.
fn again<T>(mut work: impl FnMut() -> QueryResult<T>) -> QueryResult<T> {
    for _ in 0..error::CONFLICTS {
        match work() {
            Err(error) if error::is_conflict(&error) => error::pause(),
            done => return done,
        }
    }
    work()
}

/// Waits for an answer; for that of a database that is `shared` no longer than [`ANSWER_WITHIN`].
async fn answered_in_time<T>(shared: bool, answer: impl Future<Output = T>) -> Result<T, StoreError> {
    if !shared {
        return Ok(answer.await);
    }
    let late = |_| StoreError::Unavailable("the database did not answer in time".into());
    tokio::time::timeout(ANSWER_WITHIN, answer).await.map_err(late)
}
