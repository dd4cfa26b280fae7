//! What reads very many rows takes turns, so that everybody else finds a connection.

use super::{ANSWER_WITHIN, Store, StoreError, connection::Db};
use diesel::QueryResult;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// This part of the connections may do the same at once.
const PART_OF_CONNECTIONS: u32 = 4;

/// Whose turn it is.
pub(super) struct Turns(Arc<Semaphore>);

impl Turns {
    pub(super) fn of(connections: u32) -> Self {
        Self(Arc::new(Semaphore::new((connections / PART_OF_CONNECTIONS).max(1) as usize)))
    }

    /// A turn. Hold it as long as the connection, also if nobody waits any more.
    pub(super) async fn take(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let turn = tokio::time::timeout(ANSWER_WITHIN, Arc::clone(&self.0).acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or(StoreError::Crowded)
    }
}

impl Store {
    /// A turn to search, for what reads many times. Hold it in each of the reads.
    pub async fn turn(&self) -> Result<Arc<OwnedSemaphorePermit>, StoreError> {
        self.searches.take().await.map(Arc::new)
    }

    /// [`Store::search`] or [`Store::read`].
    pub async fn read_or_search<T: Send + 'static>(
        &self,
        searches: bool,
        query: impl FnOnce(&mut Db) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        if searches { self.search(query).await } else { self.read(query).await }
    }

    /// Like [`Store::read`], for what no index finds.
    pub async fn search<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Db) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = self.searches.take().await?;
        self.read(move |db| {
            let _turn = turn;
            query(db)
        })
        .await
    }
}
