//! Figures that are counted over very many rows. Few are counted at once, so that everybody else finds a connection; and what took long to
//! count is shown again for a while, however many look at it.

use super::{Store, StoreError, connection::Db, recent::Recent, turns::Turns};
use diesel::QueryResult;
use parking_lot::Mutex;
use shared::{Id, Period, Stats, Timestamp};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::Arc,
    time::{Duration, Instant},
};

/// What takes no longer than this is counted anew each time.
const QUICK: Duration = Duration::from_millis(100);
/// What takes longer is kept for so many times as long as it took.
const KEPT: u32 = 10;

/// Whose figures, over which period: a tenant's, or those of one of its webhooks.
type Scope = (Id, Option<Id>, Period);

/// What was counted lately, and whose turn it is to count.
pub(super) struct Figures {
    turns: Turns,
    stats: Arc<Counted<Scope, Stats>>,
    recent: Arc<Counted<Vec<Id>, HashMap<Id, Recent>>>,
}

impl Figures {
    pub(super) fn new(connections: u32) -> Self {
        Self { turns: Turns::of(connections), stats: Arc::default(), recent: Arc::default() }
    }
}

impl Store {
    /// A tenant's figures, or those of one of its webhooks, over the period that ends now, or ended a moment ago.
    pub async fn stats(
        &self,
        tenant_id: Id,
        webhook_id: Option<Id>,
        period: Period,
        now: Timestamp,
    ) -> Result<Arc<Stats>, StoreError> {
        let count = move |db: &mut Db| super::stats::over(db, tenant_id, webhook_id, period, now);
        self.counted(&self.figures.stats, (tenant_id, webhook_id, period), count).await
    }

    /// How the deliveries of each of those webhooks went in the 24 hours before `now`, or before a moment ago. A webhook without any is
    /// left out.
    pub async fn recent(&self, webhook_ids: Vec<Id>, now: Timestamp) -> Result<Arc<HashMap<Id, Recent>>, StoreError> {
        let ids = webhook_ids.clone();
        let count = move |db: &mut Db| super::recent::recent(db, &ids, now);
        self.counted(&self.figures.recent, webhook_ids, count).await
    }

    async fn counted<K: Eq + Hash + Send + 'static, V: Send + Sync + 'static>(
        &self,
        kept: &Arc<Counted<K, V>>,
        key: K,
        count: impl FnOnce(&mut Db) -> QueryResult<V> + Send + 'static,
    ) -> Result<Arc<V>, StoreError> {
        if let Some(figures) = kept.get(&key) {
            return Ok(figures);
        }
        let turn = self.figures.turns.take().await?;
        // Somebody else may have counted it meanwhile.
        if let Some(figures) = kept.get(&key) {
            return Ok(figures);
        }
        let kept = Arc::clone(kept);
        self.read(move |db| {
            // What was counted is kept, also if nobody waits any more.
            let _turn = turn;
            let began = Instant::now();
            let figures = Arc::new(count(db)?);
            let took = began.elapsed();
            if took > QUICK {
                kept.keep(key, Arc::clone(&figures), Instant::now() + took * KEPT);
            }
            Ok(figures)
        })
        .await
    }
}

/// Figures, each until its time is over.
struct Counted<K, V>(Mutex<HashMap<K, (Arc<V>, Instant)>>);

impl<K, V> Default for Counted<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V> Counted<K, V> {
    fn get(&self, key: &K) -> Option<Arc<V>> {
        let kept = self.0.lock();
        kept.get(key).filter(|(_, until)| Instant::now() < *until).map(|(figures, _)| Arc::clone(figures))
    }

    fn keep(&self, key: K, figures: Arc<V>, until: Instant) {
        let mut kept = self.0.lock();
        let now = Instant::now();
        kept.retain(|_, (_, until)| now < *until);
        kept.insert(key, (figures, until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_kept_until_their_time_is_over() {
        let kept = Counted::default();
        kept.keep("long", Arc::new(1), Instant::now() + Duration::from_mins(1));
        kept.keep("over", Arc::new(2), Instant::now());
        assert_eq!((kept.get(&"long"), kept.get(&"over")), (Some(Arc::new(1)), None));
        kept.keep("next", Arc::new(3), Instant::now());
        assert_eq!(kept.0.lock().len(), 2, "what is over is gone");
    }
}
