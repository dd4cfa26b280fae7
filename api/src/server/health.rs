//! What watches the server asks for: whether it lives, whether it can do its work, and its figures.

use crate::{app::App, auth::check::check_metrics, metrics, problem::Error, store::Upkeep};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, ServiceConfig},
};
use shared::{Code, Timestamp};
use std::{sync::Arc, time::Duration};

/// The process lives; it can do its work; and its figures.
pub(super) const PATHS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The routes of those paths.
pub(super) fn routes(config: &mut ServiceConfig) {
    let [lives, works, figures] = PATHS;
    config.route(lives, web::get().to(async || HttpResponse::Ok().body("ok\n")));
    config.route(works, web::get().to(ready));
    config.route(figures, web::get().to(measured));
}

/// Not ready while the server stops, its database is away, what was sent cannot be recorded or a key is not known here: whoever balances
/// load shall send nothing here. Reads only: a probe must not make work.
async fn ready(app: Data<App>) -> Result<HttpResponse, Error> {
    if app.is_draining() {
        return Err(Error::new(Code::ShuttingDown, "This server is about to stop. Use another one."));
    }
    app.store.ping().await?;
    if app.unrecorded.count() > 0 {
        return Err(Error::new(
            Code::StorageUnavailable,
            "The results of attempts cannot be recorded at the moment, so this server takes no more of what waits in the \
             database. Check the database.",
        ));
    }
    if !app.keys.look().await? {
        return Err(Error::new(
            Code::NothingIsSent,
            "Secrets are encrypted with a key that this server does not have, so it takes nothing of what waits in the \
             database. Add the key to HOOKWRIGHT_ENCRYPTION_KEY_PREVIOUS and restart the server.",
        ));
    }
    Ok(HttpResponse::Ok().body("ready\n"))
}

/// What is counted, and how much is due. Where the database is away, its figures are those of before.
async fn measured(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Error> {
    check_metrics(&app, &request).await?;
    let now = app.clock.now();
    if app.metrics.shall_measure(now) {
        measure_database(&app, now).await;
        let metrics = Arc::clone(&app.metrics);
        let _ = tokio::task::spawn_blocking(move || metrics.measure_process()).await;
    }
    app.metrics.unrecorded.set(metrics::signed(app.unrecorded.count()));
    app.metrics.resting.set(metrics::signed(app.store.resting(now).count()));
    app.metrics.writes.set(metrics::signed(app.store.waiting_writes()));
    Ok(HttpResponse::Ok().content_type(metrics::CONTENT_TYPE).body(app.metrics.text()))
}

async fn measure_database(app: &App, now: Timestamp) {
    let depth = app.store.queue_depth(now).await;
    let is_up = depth.is_ok();
    app.metrics.database_up.set(is_up.into());
    match depth {
        Ok((due, oldest)) => {
            app.metrics.due.set(i64::from(due));
            app.metrics.oldest.set(oldest.map_or(Duration::ZERO, |oldest| now.since(oldest)).as_secs_f64());
        }
        Err(error) => tracing::error!(%error, "the queue could not be measured"),
    }
    // Whoever measures waits for each question that nobody answers.
    if !is_up {
        return;
    }
    match app.store.webhook_states().await {
        Ok(states) => app.metrics.webhooks(states),
        Err(error) => tracing::error!(%error, "the webhooks could not be counted"),
    }
    match app.store.upkeep().await {
        Ok(Upkeep { oldest_transaction, dead_rows, bytes, disk_free }) => {
            app.metrics.oldest_transaction.set(oldest_transaction.as_secs_f64());
            app.metrics.dead_rows.set(dead_rows);
            app.metrics.database_bytes.set(bytes);
            if let Some(free) = disk_free {
                app.metrics.disk_free.set(free);
            }
        }
        Err(error) => tracing::error!(%error, "the database's upkeep could not be measured"),
    }
}
