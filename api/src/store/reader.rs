//! The reader of webhooks: one thread that reads together what is asked for together (group read).
//!
//! Every attempt reads its webhook anew, so an edit counts for each attempt that starts after its answer, on every node: no cache can
//! be stale. Attempts that start together share one read, as each of them asked before it began.

use super::{
    StoreError,
    connection::Manager,
    webhooks::{self, WebhookRow},
};
use diesel::r2d2::Pool;
use shared::Id;
use std::{collections::HashMap, sync::Arc};
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
}

impl Reader {
    /// Starts the reader's thread.
    pub(super) fn start(pool: Pool<Manager>) -> std::io::Result<Self> {
        let (questions, mut asked) = mpsc::channel(WAITING);
        std::thread::Builder::new().name("reader".into()).spawn(move || {
            let mut batch = Vec::with_capacity(BATCH);
            while asked.blocking_recv_many(&mut batch, BATCH) > 0 {
                answer(&pool, batch.drain(..));
            }
        })?;
        Ok(Self { questions })
    }

    /// The webhook of that id, also when it was deleted, as it is now.
    pub(super) async fn webhook(&self, tenant_id: Id, webhook_id: Id) -> Result<Found, StoreError> {
        let (answer, answered) = oneshot::channel();
        let gone = || StoreError::Unavailable("the reader has ended".into());
        self.questions.send(Question { tenant_id, webhook_id, answer }).await.map_err(|_| gone())?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }
}

fn answer(pool: &Pool<Manager>, questions: impl Iterator<Item = Question>) {
    let mut connection = match pool.get() {
        Ok(connection) => connection,
        Err(error) => {
            let error = error.to_string();
            // Whoever asked may have gone away.
            questions.for_each(|asked| drop(asked.answer.send(Err(StoreError::Unavailable(error.clone())))));
            return;
        }
    };
    let mut read = HashMap::<(Id, Id), Found>::new();
    for Question { tenant_id, webhook_id, answer } in questions {
        let found = match read.get(&(tenant_id, webhook_id)) {
            Some(found) => Ok(found.clone()),
            None => webhooks::find(&mut connection, tenant_id, webhook_id).map(|row| row.map(Arc::new)),
        };
        if let Ok(found) = &found {
            read.insert((tenant_id, webhook_id), found.clone());
        }
        let _ = answer.send(found.map_err(StoreError::from));
    }
}
