//! The writer: one thread that commits what waits together (group commit).
//!
//! It drains its channel without a timer: one waiting write commits at once, a burst commits together. What is committed here is on
//! disk when the answer goes out.

use super::{
    Db, NextAttempt, StoreError,
    attempts::NewAttempt,
    changes::{Change, Changes},
    connection::transact,
    hand_over::HandOver,
    health::{self, Verdict},
    queue,
};
use crate::{failpoint, ids::Ids, metrics::Metrics};
use diesel::QueryResult;
use publish::Batch;
use shared::{DeliveryStatus, Failure, Id, Timestamp};
use std::{sync::Arc, time::Instant};
use tokio::sync::{mpsc, oneshot};

mod publish;

/// How many writes may wait before more are refused.
const WAITING: usize = 4_096;
/// How many writes commit together at most.
const BATCH: usize = 512;

/// An event to record.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id here.
    pub id: Id,
    /// Whose it is.
    pub tenant_id: Id,
    /// The CloudEvent's `source`.
    pub source: String,
    /// The CloudEvent's `type`.
    pub kind: String,
    /// The CloudEvent's `id`.
    pub ce_id: String,
    /// The CloudEvent's `time`.
    pub time: Timestamp,
    /// When it was taken.
    pub created_at: Timestamp,
    /// The body to send.
    pub payload: String,
}

impl NewEvent {
    /// `SOURCE.TYPE`, as webhooks select it.
    pub fn event_type(&self) -> String {
        format!("{}.{}", self.source, self.kind)
    }
}

/// What became of a published event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It is on disk.
    Recorded {
        /// Its id here.
        id: Id,
        /// How many webhooks want it.
        matched: u32,
    },
    /// The same event had been recorded before.
    Duplicate {
        /// The id of the one before.
        id: Id,
        /// How many webhooks wanted it.
        matched: u32,
    },
    /// Another event has the same source and id. Nothing was recorded.
    Conflict,
    /// More webhooks want it than one event may go to. Nothing was recorded.
    TooManyWebhooks,
}

/// What an attempt came to, and where its delivery stands now.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The delivery.
    pub delivery_id: Id,
    /// Its webhook.
    pub webhook_id: Id,
    /// How many attempts had been made when it was claimed: the fence.
    pub attempt_count: u32,
    /// Where it stands now.
    pub status: DeliveryStatus,
    /// When the next attempt is due.
    pub due_at: Option<Timestamp>,
    /// What the next attempt is for.
    pub next: NextAttempt,
    /// How many delays of the retry schedule are used up now.
    pub retry_index: u32,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The attempt; none when nothing was sent.
    pub attempt: Option<NewAttempt>,
    /// What the attempt says about the webhook.
    pub verdict: Verdict,
    /// When it was settled.
    pub at: Timestamp,
}

type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

enum Write {
    Publish(NewEvent, Answer<Accepted>),
    Settle(Settlement, Answer<bool>),
    Run(Box<dyn FnOnce(&mut Db) + Send>),
}

/// Hands writes to the writer's thread, which ends when the last of these is gone.
#[derive(Clone)]
pub(super) struct Writer {
    waiting: mpsc::Sender<Write>,
}

impl Writer {
    /// Starts the writer's thread on that connection.
    pub(super) fn start(
        connection: Db,
        hand_over: HandOver,
        ids: Arc<Ids>,
        metrics: Arc<Metrics>,
        changes: Changes,
    ) -> std::io::Result<Self> {
        let (waiting, mut writes) = mpsc::channel(WAITING);
        let mut thread = Thread { connection, hand_over, ids, metrics, changes };
        std::thread::Builder::new().name("writer".into()).spawn(move || {
            let mut batch = Vec::with_capacity(BATCH);
            while writes.blocking_recv_many(&mut batch, BATCH) > 0 {
                thread.commit(batch.drain(..));
            }
        })?;
        Ok(Self { waiting })
    }

    pub(super) async fn publish(&self, event: NewEvent) -> Result<Accepted, StoreError> {
        let (answer, answered) = oneshot::channel();
        // A publisher is told to come back later; whoever records an attempt waits, as the attempt has already happened.
        self.waiting.try_send(Write::Publish(event, answer)).map_err(|_| StoreError::Busy)?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }

    /// How many writes wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.max_capacity() - self.waiting.capacity()
    }

    pub(super) async fn settle(&self, settlement: Settlement) -> Result<bool, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.waiting.send(Write::Settle(settlement, answer)).await.map_err(|_| gone())?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let run = Box::new(move |connection: &mut Db| {
            // Whoever asked may have gone away meanwhile; the work is done all the same.
            let _ = answer.send(transact(connection, work).map_err(StoreError::from));
        });
        self.waiting.send(Write::Run(run)).await.map_err(|_| gone())?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable("the writer has ended".into())
}

struct Thread {
    connection: Db,
    hand_over: HandOver,
    ids: Arc<Ids>,
    metrics: Arc<Metrics>,
    changes: Changes,
}

impl Thread {
    /// Commits events and settlements together, in the order they came; other work has a transaction of its own.
    fn commit(&mut self, writes: impl Iterator<Item = Write>) {
        let mut group = Group::default();
        for write in writes {
            match write {
                Write::Publish(event, answer) => group.events.push((event, answer)),
                Write::Settle(settlement, answer) => group.settlements.push((settlement, answer)),
                Write::Run(work) => {
                    self.commit_group(std::mem::take(&mut group));
                    work(&mut self.connection);
                }
            }
        }
        self.commit_group(group);
    }

    /// One bad row must not fail its batch: on an error the items go singly.
    fn commit_group(&mut self, group: Group) {
        if group.len() == 0 {
            return;
        }
        match self.try_commit(&group) {
            Ok(done) => {
                let publishing = !group.events.is_empty();
                group.answer(done);
                if publishing {
                    failpoint::at("a8");
                }
            }
            Err(error) if group.len() == 1 => group.refuse(error),
            Err(_) => group.singly().for_each(|single| match self.try_commit(&single) {
                Ok(done) => single.answer(done),
                Err(error) => single.refuse(error),
            }),
        }
    }

    fn try_commit(&mut self, group: &Group) -> QueryResult<Done> {
        let Self { connection, hand_over, ids, metrics, changes } = self;
        let start = Instant::now();
        let (publishing, settling) = (!group.events.is_empty(), !group.settlements.is_empty());
        let pass = |passes: bool, place| passes.then(|| failpoint::at(place));
        let (done, batch) = transact(connection, |connection| {
            pass(publishing, "a3");
            pass(settling, "w9");
            let mut batch = Batch::read(connection, group.events.iter().map(|(event, _)| event))?;
            let events = group.events.iter();
            let accepted =
                events.map(|(event, _)| batch.record(connection, event, ids, hand_over)).collect::<QueryResult<_>>()?;
            let settlements = group.settlements.iter();
            let settled: Vec<_> =
                settlements.map(|(settlement, _)| queue::settle(connection, settlement)).collect::<QueryResult<_>>()?;
            let counted = group.settlements.iter().zip(&settled).filter(|(_, settled)| **settled);
            let deactivated = health::record(connection, counted.map(|((s, _), _)| (s.webhook_id, s.verdict, s.at)))?;
            pass(publishing, "a6");
            Ok((Done { accepted, settled, deactivated }, batch))
        })?;
        pass(publishing, "a7");
        pass(settling, "w10");
        metrics.committed(group.len(), start.elapsed(), &done.accepted, batch.counts());
        batch.hand_over();
        changes.tell(|| group.changes(&done));
        Ok(done)
    }
}

#[derive(Default)]
struct Group {
    events: Vec<(NewEvent, Answer<Accepted>)>,
    settlements: Vec<(Settlement, Answer<bool>)>,
}

/// What a group came to, in its order.
struct Done {
    accepted: Vec<Accepted>,
    settled: Vec<bool>,
    /// The webhooks that were made inactive by it.
    deactivated: Vec<Id>,
}

impl Group {
    fn len(&self) -> usize {
        self.events.len() + self.settlements.len()
    }

    /// What is different now that it is committed.
    fn changes(&self, done: &Done) -> Vec<Change> {
        let recorded = done.accepted.iter().filter_map(|accepted| match accepted {
            Accepted::Recorded { id, matched: 1.. } => Some(Change::Event(*id)),
            _ => None,
        });
        let settled = self.settlements.iter().zip(&done.settled).filter(|(_, settled)| **settled);
        let settled = settled.map(|((settlement, _), _)| Change::Delivery(settlement.delivery_id));
        recorded.chain(settled).chain(done.deactivated.iter().copied().map(Change::Webhook)).collect()
    }

    fn singly(self) -> impl Iterator<Item = Self> {
        let events = self.events.into_iter().map(|event| Self { events: vec![event], settlements: vec![] });
        let settlements = self.settlements.into_iter().map(|one| Self { events: vec![], settlements: vec![one] });
        events.chain(settlements)
    }

    // Whoever asked may have gone away; what is committed stays committed.
    fn answer(self, done: Done) {
        for ((_, answer), accepted) in self.events.into_iter().zip(done.accepted) {
            let _ = answer.send(Ok(accepted));
        }
        for ((_, answer), settled) in self.settlements.into_iter().zip(done.settled) {
            let _ = answer.send(Ok(settled));
        }
    }

    /// For a group of one: tells whoever asked what went wrong.
    fn refuse(self, error: diesel::result::Error) {
        let error = StoreError::from(error);
        match (self.events.into_iter().next(), self.settlements.into_iter().next()) {
            (Some((_, answer)), _) => drop(answer.send(Err(error))),
            (None, Some((_, answer))) => drop(answer.send(Err(error))),
            (None, None) => {}
        }
    }
}
