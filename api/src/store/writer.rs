//! The writers: threads that commit what waits together (group commit).
//!
//! They take what waits without a timer: one waiting write commits at once, a burst commits together. What is committed here is on
//! disk when the answer goes out. SQLite has one writer, as it has one write lock; PostgreSQL has one for events and one for
//! settlements. More of them would commit less together: of three for events, each event cost a third more (measured with 64 callers).

mod group;
mod line;
mod publish;
mod session;

use super::{
    DatabaseUrl, Db, NextAttempt, OpenError, StoreError,
    alerts::{self, Recipient},
    answered_in_time,
    attempts::AttemptRow,
    changes::Changes,
    connection::{file::DatabaseFile, precedence::Precedence},
    hand_over::HandOver,
    health::{self, Deactivate, Verdict},
    known::Edits,
    nodes::Node,
    queue,
};
use crate::{failpoint, ids::Ids, metrics::Metrics};
use diesel::QueryResult;
use group::Group;
use line::{Line, Write};
pub use publish::MAX_FANOUT;
use session::WriterSession;
use shared::{DeliveryStatus, Failure, Id, Timestamp, Trigger};
use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

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
    Conflict {
        /// Its id here.
        id: Id,
    },
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
    /// When the next attempt is due. What counts is the time from `at` until then.
    pub due_at: Option<Timestamp>,
    /// What the next attempt is for.
    pub next: NextAttempt,
    /// How many delays of the retry schedule are used up now.
    pub retry_index: u32,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The attempt; none when nothing was sent.
    pub attempt: Option<AttemptRow>,
    /// What the attempt says about the webhook.
    pub verdict: Verdict,
    /// When it was settled.
    pub at: Timestamp,
}

impl Settlement {
    /// Whether the delivery has failed and no attempt is left. That of a test has none from the beginning.
    pub(super) fn gives_up(&self) -> bool {
        let is_test = |attempt: &AttemptRow| attempt.trigger == Trigger::Test;
        self.status == DeliveryStatus::Failed && self.attempt.as_ref().is_some_and(|attempt| !is_test(attempt))
    }
}

/// How many deliveries commit together, about.
const DELIVERIES: usize = 20_000;

type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// Hands writes to the writers, which end when the last of these is gone.
#[derive(Clone)]
pub(super) struct Writer(Arc<Lines>);

struct Lines {
    events: Arc<Line>,
    settlements: Arc<Line>,
    /// Whether several nodes may share the database; then there are two writers.
    shared: bool,
    edits: Edits,
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.events.close();
        self.settlements.close();
    }
}

impl Writer {
    /// Starts the writers: one for a file, and for a server, which takes several at once, one for events and one for settlements.
    pub(super) fn start(
        url: &DatabaseUrl,
        file: Option<&DatabaseFile>,
        precedence: &Precedence,
        context: &Context,
    ) -> Result<Self, OpenError> {
        let shared = file.is_none();
        let mut connection = Some(session::open(url).map_err(OpenError::failed)?);
        let events = Arc::<Line>::default();
        let settlements = if shared { Arc::default() } else { Arc::clone(&events) };
        for line in [&events, &settlements].into_iter().take(if shared { 2 } else { 1 }) {
            let line = Arc::clone(line);
            let session = WriterSession::new(url.clone(), file.cloned(), connection.take(), precedence.first());
            let (locked, context) = (HashSet::new(), context.clone());
            let mut writer = Thread { session, shared, most_events: line::BATCH, locked, context };
            let run = move || {
                while let Some((work, group)) = line.take(writer.most_events) {
                    let written = group.len();
                    // The group first: a transaction of its own finds what was queued before it.
                    writer.commit(group);
                    work.into_iter().for_each(|work| work(&mut writer.session));
                    line.gather(written);
                }
            };
            std::thread::Builder::new().name("writer".into()).spawn(run).map_err(OpenError::failed)?;
        }
        Ok(Self(Arc::new(Lines { events, settlements, shared, edits: context.edits.clone() })))
    }

    /// A publisher is told to come back later when the line is full.
    pub(super) async fn publish(&self, event: NewEvent) -> Result<Accepted, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.0.events.push(Write::Publish(event, answer))?;
        self.wait(answered).await
    }

    /// How many writes wait.
    pub(super) fn waiting(&self) -> usize {
        let Lines { events, settlements, shared: _, edits: _ } = &*self.0;
        let settling = if Arc::ptr_eq(events, settlements) { 0 } else { settlements.waiting() };
        events.waiting() + settling
    }

    /// Whoever records an attempt is never told to come back later, as the attempt has already happened.
    pub(super) async fn settle(&self, settlement: Arc<Settlement>) -> Result<bool, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.0.settlements.push(Write::Settle(settlement, answer))?;
        self.wait(answered).await
    }

    async fn wait<T>(&self, answered: oneshot::Receiver<Result<T, StoreError>>) -> Result<T, StoreError> {
        let ended = |_| Err(StoreError::Unavailable("the writer has ended".into()));
        answered_in_time(self.0.shared, answered).await?.unwrap_or_else(ended)
    }

    /// Runs `work` in a write transaction of its own, after the group that waits.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Db) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let edits = self.0.edits.clone();
        let run = Box::new(move |session: &mut WriterSession| {
            let done = session.transact(&mut work);
            edits.note();
            // Whoever asked may have gone away meanwhile; the work is done all the same.
            let _ = answer.send(done);
        });
        self.0.events.push(Write::Run(run))?;
        self.wait(answered).await
    }
}

/// What all writers work with.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) node: Node,
    pub(super) hand_over: HandOver,
    /// Who gets the alerts.
    pub(super) alerts: Option<Recipient>,
    /// When a webhook that fails is deactivated.
    pub(super) deactivate: Deactivate,
    pub(super) ids: Arc<Ids>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) changes: Changes,
    pub(super) edits: Edits,
}

/// For how long one round tries what may be locked, webhook by webhook: others wait for the writer meanwhile.
const BRIEFLY_IN_ALL: Duration = Duration::from_millis(300);

/// A writer.
struct Thread {
    session: WriterSession,
    /// Whether several nodes may share the database, which then records a batch in one statement, where [`Group::is_one_statement`].
    shared: bool,
    /// How many events commit together at most. Where each goes to thousands of webhooks, that is few: others wait for the commit.
    most_events: usize,
    /// The webhooks of which something could not be recorded as somebody had locked it.
    locked: HashSet<Id>,
    context: Context,
}

impl Thread {
    /// One bad row must not fail its group: when a statement fails, the items go singly. Nor must one that somebody has locked, such as a
    /// node that is frozen in the middle of a transaction: then what attempts came to goes webhook by webhook, and of those whose rows are
    /// locked by itself from then on, behind all else. When the database fails, all are told so.
    fn commit(&mut self, group: Group) {
        let (group, behind) = group.without(&self.locked);
        if group.len() > 0 {
            match self.try_commit(&group, false) {
                Ok(done) => group.answer(done),
                Err(StoreError::Query(_) | StoreError::Taken) if group.len() > 1 => {
                    group.singly().for_each(|single| self.commit(single))
                }
                Err(error) if error.is_locked() && group.is_settlements() => self.commit_briefly(group),
                Err(error) => group.refuse(&error),
            }
        }
        self.commit_briefly(behind);
    }

    /// Commits what attempts came to, webhook by webhook, without waiting for what is locked. What was found locked before comes last, and is
    /// not tried in this round where others have been tried for long.
    fn commit_briefly(&mut self, group: Group) {
        let begun = Instant::now();
        let mut groups: Vec<_> = group.by_webhook().collect();
        groups.sort_by_key(|(webhook_id, _)| self.locked.contains(webhook_id));
        for (webhook_id, of_one) in groups {
            if begun.elapsed() > BRIEFLY_IN_ALL {
                of_one.refuse(&StoreError::Busy);
                continue;
            }
            match self.try_commit(&of_one, true) {
                Ok(done) => {
                    self.locked.remove(&webhook_id);
                    of_one.answer(done);
                }
                Err(StoreError::Query(_) | StoreError::Taken) if of_one.len() > 1 => {
                    of_one.singly().for_each(|single| self.commit_briefly(single))
                }
                Err(error) => {
                    if error.is_locked() && self.locked.insert(webhook_id) {
                        tracing::warn!(%webhook_id, "what attempts came to cannot be recorded: somebody has locked the webhook or its deliveries");
                    }
                    of_one.refuse(&error);
                }
            }
        }
    }

    /// `briefly`: it is not waited for what is locked.
    fn try_commit(&mut self, group: &Group, briefly: bool) -> Result<group::Done, StoreError> {
        let Self { session, shared, most_events, locked: _, context } = self;
        let Context { node, hand_over, alerts, deactivate, ids, metrics, changes, edits } = context;
        let start = Instant::now();
        let (events, settlements) = (group.events(), group.settlements());
        let (publishing, settling) = (!events.is_empty(), !settlements.is_empty());
        let alone = *shared && !briefly && group.is_one_statement(alerts.is_some());
        let work = |connection: &mut Db| {
            if briefly {
                connection.wait_briefly_for_now()?;
            }
            pass(publishing, "publish_begun");
            pass(settling, "attempt_recording");
            let (accepted, fresh) = publish::publish(connection, &events, *node, ids, hand_over)?;
            let settled = queue::settle(connection, &settlements, node.clock)?;
            let stand = || settlements.iter().copied().zip(settled.iter().copied());
            let counted = || stand().filter(|(_, status)| status.is_some()).map(|(one, _)| one);
            let is_over = |(one, status): &(&Settlement, _)| *status == Some(DeliveryStatus::Failed) && one.gives_up();
            let exhausted = stand().filter(is_over).count() as u64;
            let transitions = health::record(connection, counted(), *deactivate, ids)?;
            let alerts = match alerts {
                Some(recipient) => alerts::events(connection, recipient, &transitions, counted(), ids)?,
                None => Vec::new(),
            };
            let (alerts, told) = publish::publish(connection, &Vec::from_iter(&alerts), *node, ids, hand_over)?;
            pass(publishing, "publish_committing");
            let settled = settled.iter().map(Option::is_some).collect();
            Ok((group::Done { accepted, settled, exhausted, transitions, alerts }, fresh.and(told)))
        };
        // Alone it takes two round trips less.
        let written = if alone { session.run(work) } else { session.transact(work) };
        if group.tells_of_webhooks() {
            edits.note();
        }
        let (done, fresh) = written?;
        if let Some(each) = done.deliveries().checked_div(events.len()) {
            *most_events = (DELIVERIES / each.max(1)).clamp(1, line::BATCH);
        }
        pass(publishing, "publish_committed");
        pass(settling, "attempt_recorded");
        metrics.committed(group.len(), start.elapsed(), &done.accepted, fresh.counts());
        metrics.exhausted(done.exhausted);
        for (webhook_id, reason) in done.deactivated() {
            tracing::warn!(%webhook_id, reason = reason.name(), "the webhook was deactivated");
            metrics.deactivated(reason);
        }
        let refused = fresh.hand_over(hand_over);
        let at = events.first().map(|event| event.created_at).or_else(|| settlements.first().map(|one| one.at));
        if let (false, Some(at)) = (refused.is_empty(), at) {
            // This process stops: they are somebody else's, or due at the next start. If it fails, they fall due when the claim ends.
            let _ = session.transact(|connection| queue::release(connection, &refused, *node, at));
        }
        changes.tell(|| group.changes(&done));
        Ok(done)
    }
}

/// A named point at which a test may let the process die.
fn pass(passes: bool, point: &'static str) {
    if passes {
        failpoint::at(point);
    }
}
