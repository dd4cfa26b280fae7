//! The runner that purges what is older than the retention time.

use crate::{app::App, metrics::Metrics, store::Purged};
use shared::Timestamp;
use std::time::{Duration, Instant};

/// How often old events are looked for.
const PURGE_EVERY: Duration = Duration::from_secs(600);
/// How far the clock may move by itself, in microseconds, before nothing is purged by it any more.
const CLOCK_STEP: i64 = 86_400_000_000;

/// Purges what is older than the retention time, now and then, until it is aborted.
pub async fn run(app: App) {
    let mut round = tokio::time::interval(PURGE_EVERY);
    let (began, start) = (app.clock.now(), Instant::now());
    loop {
        round.tick().await;
        let now = app.clock.now();
        let watched = start.elapsed();
        if stepped(began, now, watched) {
            tracing::warn!(%now, "nothing is purged: the clock was moved by more than a day; start the server again if it is right now");
            continue;
        }
        match app.store.purge(now.plus_seconds(-app.retention_seconds), now, watched).await {
            Ok(Purged::Rows(rows)) => tell(&app.metrics, rows),
            Ok(Purged::TimeInDoubt(newest)) => {
                tracing::info!(%now, %newest, "nothing is purged yet: the newest event is older than a day, and the clock may be wrong; after a day without a step it is believed");
            }
            Err(error) => tracing::error!(%error, "old events could not be purged"),
        }
    }
}

/// Tells what was purged, if anything was.
fn tell(metrics: &Metrics, rows: usize) {
    if rows > 0 {
        tracing::info!(rows, "what is past the retention time was purged");
        metrics.purged.inc_by(rows as u64);
    }
}

/// Whether the clock has moved otherwise than the time that has passed.
fn stepped(began: Timestamp, now: Timestamp, passed: Duration) -> bool {
    let passed = i64::try_from(passed.as_micros()).unwrap_or(i64::MAX);
    (now.as_micros() - began.as_micros()).abs_diff(passed) > CLOCK_STEP.unsigned_abs()
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
    fn a_clock_that_moves_with_the_time_has_not_stepped() {
        let (began, hour) = (Timestamp::from_micros(1_751_997_680_000_000), Duration::from_secs(3_600));
        assert!(!stepped(began, began.plus_seconds(3_600), hour));
        assert!(!stepped(began, began.plus_seconds(40 * 86_400), Duration::from_secs(40 * 86_400)));
        assert!(stepped(began, began.plus_seconds(40 * 86_400), hour));
        assert!(stepped(began, began.plus_seconds(-2 * 86_400), hour));
    }
}
