//! What cannot be recorded or given back at the moment, as the database is away. As long as there is any, nothing is claimed.

use crate::store::StoreError;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// How long to wait before the database is asked again that was away.
pub(super) const AGAIN: Duration = Duration::from_millis(250);

/// How many records wait for the database. Clones count the same.
#[derive(Clone, Debug, Default)]
pub struct Unrecorded(Arc<AtomicUsize>);

/// A record that waits, for as long as this is there.
pub struct Waiting(Unrecorded);

impl Unrecorded {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Tries `work` again for as long as the database is away. The second value is whether it had to wait.
    pub(super) async fn retried_while_away<T, F>(&self, mut work: impl FnMut() -> F) -> (Result<T, StoreError>, bool)
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut waiting = None;
        let done = loop {
            match work().await {
                Err(error) if error.may_pass() => {
                    waiting.get_or_insert_with(|| self.begin(&error));
                    tokio::time::sleep(AGAIN).await;
                }
                done => break done,
            }
        };
        (done, self.end(waiting))
    }

    /// One more waits.
    pub fn begin(&self, error: &StoreError) -> Waiting {
        if self.0.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(%error, "what became of attempts cannot be recorded: nothing more is claimed until it is");
        }
        Waiting(self.clone())
    }

    /// One waits no more, if it did.
    fn end(&self, waiting: Option<Waiting>) -> bool {
        let waited = waiting.is_some();
        drop(waiting);
        if waited && self.count() == 0 {
            tracing::info!("nothing waits to be recorded any more");
        }
        waited
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
