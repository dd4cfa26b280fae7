//! The reader of webhooks: one thread that reads together what is asked for together (group read).
//!
//! An edit counts for each attempt that starts after its answer, on every node: see [`Known`]. Attempts that start together share one
//! read, as each of them asked before it began.

use super::{
    DEFAULT_TENANT, StoreError, answered_in_time,
    connection::pool::Pool,
    known::Known,
    webhooks::{self, WebhookRow},
};
use diesel::result::Error;
use shared::Id;
use std::{
    collections::{HashMap, hash_map::Entry},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::{mpsc, oneshot};

/// How many questions are answered together at most.
const BATCH: usize = 256;
/// How many questions may wait.
const WAITING: usize = 1_024;

type Found = Option<Arc<WebhookRow>>;

struct Question {
    tenant_id: Id,
    webhook_id: Id,
    answer: oneshot::Sender<Result<Found, StoreError>>,
}

/// Asks the reader's thread, which ends when the last of these is gone.
#[derive(Clone)]
pub(super) struct Reader {
    questions: mpsc::Sender<Question>,
    known: Known,
    /// Whether the last question found no answer as the database is away. Who asked asks again until there is one.
    is_away: Arc<AtomicBool>,
}

impl Reader {
    /// Starts the reader's thread.
    pub(super) fn start(pool: Pool, known: Known) -> std::io::Result<Self> {
        let (questions, mut asked) = mpsc::channel(WAITING);
        let keep = known.clone();
        let is_away = Arc::<AtomicBool>::default();
        let away = Arc::clone(&is_away);
        std::thread::Builder::new().name("reader".into()).spawn(move || {
            let mut batch = Vec::with_capacity(BATCH);
            while asked.blocking_recv_many(&mut batch, BATCH) > 0 {
                // A panic costs those who asked their answer, and nobody else.
                match catch_unwind(AssertUnwindSafe(|| answer(&pool, &keep, batch.drain(..)))) {
                    Ok(Ok(())) if away.swap(false, Ordering::Relaxed) => tracing::info!("attempts begin again"),
                    Ok(Err(error)) if error.may_pass() && !away.swap(true, Ordering::Relaxed) => {
                        tracing::error!(%error, "no attempt can begin");
                    }
                    _ => {}
                }
            }
        })?;
        Ok(Self { questions, known, is_away })
    }

    /// Whether attempts can read their webhooks. Where they could not, it is tried.
    pub(super) async fn probe(&self) -> Result<(), StoreError> {
        if self.is_away.load(Ordering::Relaxed) {
            // There is no such webhook; the answer is what counts. Whoever asks whether the server is ready waits for it, so not for
            // long on any database.
            answered_in_time(true, self.webhook(DEFAULT_TENANT, DEFAULT_TENANT)).await??;
        }
        Ok(())
    }

    /// The webhook of that id, also when it was deleted, as it is now.
    pub(super) async fn webhook(&self, tenant_id: Id, webhook_id: Id) -> Result<Found, StoreError> {
        if let Some(row) = self.known.find(tenant_id, webhook_id) {
            return Ok(Some(row));
        }
        let (answer, answered) = oneshot::channel();
        let gone = || StoreError::Unavailable("the reader has ended".into());
        self.questions.send(Question { tenant_id, webhook_id, answer }).await.map_err(|_| gone())?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Returns when no attempt begins any more, on any node, with what was read before.
    pub(super) async fn forgotten(&self) {
        self.known.forgotten().await;
    }
}

/// Answers the questions. An error is what kept the database from it.
fn answer(pool: &Pool, known: &Known, questions: impl Iterator<Item = Question>) -> Result<(), StoreError> {
    let questions: Vec<_> = questions.collect();
    let began = known.begin();
    let mut read = HashMap::<(Id, Id), Result<Found, String>>::new();
    let done = pool.run(|connection| {
        for Question { tenant_id, webhook_id, .. } in &questions {
            if let Entry::Vacant(vacant) = read.entry((*tenant_id, *webhook_id)) {
                match webhooks::find(connection, *tenant_id, *webhook_id) {
                    Ok(found) => drop(vacant.insert(Ok(found.map(Arc::new)))),
                    // One row that cannot be read is told to those who asked for it, and the others get theirs.
                    Err(error @ Error::DeserializationError(_)) => drop(vacant.insert(Err(error.to_string()))),
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    });
    let failed = done.err();
    read.values().flatten().flatten().for_each(|row| known.keep(row, began));
    for Question { tenant_id, webhook_id, answer } in questions {
        let found = match (read.get(&(tenant_id, webhook_id)), &failed) {
            (Some(Ok(found)), _) => Ok(found.clone()),
            (Some(Err(unreadable)), _) => {
                Err(StoreError::Query(Error::DeserializationError(unreadable.clone().into())))
            }
            (None, Some(error)) => Err(error.again()),
            (None, None) => Ok(None),
        };
        // Whoever asked may have gone away.
        let _ = answer.send(found);
    }
    failed.map_or(Ok(()), Err)
}
