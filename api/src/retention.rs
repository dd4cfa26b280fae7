//! The runner that purges what is older than the retention time.

use crate::{
    app::App,
    metrics::Metrics,
    store::{Purged, StoreError},
};
use shared::Timestamp;
use std::time::{Duration, Instant};

/// How often old events are looked for.
const PURGE_EVERY: Duration = Duration::from_secs(600);
/// How far the clock may move by itself, in microseconds, before it is watched from the beginning.
const CLOCK_STEP: u64 = 86_400_000_000;

/// Purges what is older than the retention time, now and then, until it is aborted.
pub async fn run(app: App) {
    let mut round = tokio::time::interval(PURGE_EVERY);
    let mut watch = None;
    loop {
        round.tick().await;
        if let Err(error) = purge(&app, &mut watch).await {
            tracing::error!(%error, "old events could not be purged");
        }
    }
}

async fn purge(app: &App, watch: &mut Option<Watch>) -> Result<(), StoreError> {
    let now = app.store.now(app.clock.now()).await?;
    let watched = watch.get_or_insert_with(|| Watch::from(now)).look(now, Instant::now());
    match app.store.purge(now.plus_seconds(-app.retention_seconds), now, watched).await? {
        Purged::Rows(rows) => tell(&app.metrics, rows),
        Purged::TimeInDoubt(last) => {
            tracing::info!(%now, %last, "nothing is purged yet: the last purge was more than a day ago, and the clock may be wrong; after a day without a step it is believed");
        }
    }
    Ok(())
}

/// Tells what was purged, if anything was.
fn tell(metrics: &Metrics, rows: usize) {
    if rows > 0 {
        tracing::info!(rows, "what is past the retention time was purged");
        metrics.purged.inc_by(rows as u64);
    }
}

/// Since when somebody has seen the clock go as the time does.
struct Watch {
    /// By the clock.
    began: Timestamp,
    /// And by the time that passes.
    start: Instant,
}

impl Watch {
    /// Begins at `now`.
    fn from(now: Timestamp) -> Self {
        Self { began: now, start: Instant::now() }
    }

    /// For how long it has been watched at `instant`, where it says `now`. After a step it is watched from there.
    fn look(&mut self, now: Timestamp, instant: Instant) -> Duration {
        let watched = instant.duration_since(self.start);
        let passed = i64::try_from(watched.as_micros()).unwrap_or(i64::MAX);
        if (now.as_micros() - self.began.as_micros()).abs_diff(passed) <= CLOCK_STEP {
            return watched;
        }
        tracing::warn!(%now, "the clock was moved by more than a day");
        *self = Self { began: now, start: instant };
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logged::logged;

    #[test]
    fn a_purge_is_told_where_something_went() {
        let metrics = Metrics::default();
        assert_eq!(logged(|| tell(&metrics, 0)), "");
        let said = logged(|| tell(&metrics, 3));
        assert!(said.contains("INFO") && said.contains("purged rows=3"), "{said}");
        assert!(metrics.text().contains("\nhookwright_purged_total 3\n"));
    }

    #[test]
    fn a_clock_is_watched_from_its_last_step() {
        const DAY: u64 = 86_400;
        let began = Timestamp::from_micros(1_751_997_680_000_000);
        let mut watch = Watch::from(began);
        let start = watch.start;
        let mut look = |clock: i64, time: u64| {
            let watched = watch.look(began.plus_seconds(clock), start + Duration::from_secs(time));
            watched.as_secs()
        };
        // It goes as the time does, or nearly.
        assert_eq!(look(3_600, 3_600), 3_600);
        assert_eq!(look(40 * 86_400, 40 * DAY), 40 * DAY);
        assert_eq!(look(41 * 86_400, 40 * DAY + 3_600), 40 * DAY + 3_600);
        // It is moved forward, and then back.
        assert_eq!(look(80 * 86_400, 41 * DAY), 0);
        assert_eq!(look(82 * 86_400, 43 * DAY), 2 * DAY);
        assert_eq!(look(43 * 86_400, 43 * DAY), 0);
        assert_eq!(look(44 * 86_400, 44 * DAY), DAY);
    }
}
