//! The runner that erases what the events of deleted tenants hold where that was ordered. It runs beside the purge, which must not wait for
//! it: the events of one tenant may take hours.

use crate::app::App;
use std::time::Duration;

/// How often it is looked for what was ordered.
const ERASE_EVERY: Duration = Duration::from_secs(600);

/// Erases now and then, until it is aborted.
pub(crate) async fn run(app: App) {
    let mut round = tokio::time::interval(ERASE_EVERY);
    loop {
        round.tick().await;
        match app.store.erase_ordered(&app.clock, &app.ids).await {
            Ok(0) => {}
            Ok(events) => tracing::info!(events, "the content of deleted tenants' events was erased"),
            Err(error) => tracing::error!(%error, "it could not be looked whose events are to be erased"),
        }
    }
}
