//! The runner that purges what is older than the retention time.

use crate::{
    app::App,
    metrics::Metrics,
    store::{Purged, StoreError},
};
use std::time::Duration;

/// How often old events are looked for.
const PURGE_EVERY: Duration = Duration::from_secs(600);

/// Purges now and then, until it is aborted.
pub(crate) async fn run(app: App) {
    let mut round = tokio::time::interval(PURGE_EVERY);
    loop {
        round.tick().await;
        if let Err(error) = purge(&app).await {
            tracing::error!(%error, "old events could not be purged");
        }
    }
}

async fn purge(app: &App) -> Result<(), StoreError> {
    let now = app.store.now(app.clock.now()).await?;
    match app.store.purge(now.plus_seconds(-app.retention_seconds), now).await? {
        Purged::Rows(rows) => tell(&app.metrics, rows),
        Purged::TimeInDoubt(since) => {
            tracing::info!(%now, %since, "nothing is purged yet: the time has moved by more than a day, and the clock may be wrong; it is believed after a day");
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
}
