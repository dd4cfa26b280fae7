//! Sending many deliveries again: starting a job, watching it, and the runner that takes the jobs' steps.

use crate::{
    app::App,
    auth::{
        Principal,
        audit::{self, Target},
    },
    problem::Error,
    store::{
        self, NextAttempt, Store, StoreError,
        resend_jobs::{self, MOST, NewJob, Refused, Window},
        webhooks::WebhookRow,
    },
    webhooks,
};
use serde_json::json;
use shared::{Code, Id, Page, ResendCount, ResendFailed, ResendHeaders, ResendJob, Timestamp, WebhookStatus, paths};
use std::time::Duration;
use tokio::sync::watch;

/// How often the runner looks for a job that is due.
const POLL: Duration = Duration::from_millis(250);

/// How many deliveries a job would resend.
pub async fn count(app: &App, tenant_id: Id, webhook_id: Id, what: ResendFailed) -> Result<ResendCount, Error> {
    check(app, tenant_id, webhook_id, &what).await?;
    let window = window(webhook_id, &what);
    let count = app.store.read(move |db| resend_jobs::count(db, tenant_id, &window)).await?;
    Ok(ResendCount { count })
}

/// Starts a job.
pub async fn start(app: &App, who: &Principal, webhook_id: Id, what: ResendFailed) -> Result<ResendJob, Error> {
    let tenant_id = who.tenant_id;
    let webhook = check(app, tenant_id, webhook_id, &what).await?;
    if webhook.status == WebhookStatus::Inactive {
        let detail = "The webhook is inactive, so nothing is sent. Activate it, then resend.";
        return Err(Error::new(Code::WebhookInactive, detail));
    }
    let now = app.clock.now();
    let job = NewJob {
        id: app.ids.next(now),
        tenant_id,
        window: window(webhook_id, &what),
        next: match what.headers {
            ResendHeaders::Original => NextAttempt::ResendOriginal,
            ResendHeaders::Current => NextAttempt::ResendCurrent,
        },
        started_by: who.name.clone(),
        rate: what.rate,
        max_failed_percent: what.max_failed_percent,
        now,
    };
    let entry = audit::entry(app, who, Target::Webhook, "failed_resent", webhook_id, &webhook.url);
    let done = json!({"resend_job": job.id, "from": what.from, "to": what.to, "event_type": what.event_type});
    let entry = audit::with_change(entry, None, Some(&done));
    let started = app.store.write(move |db| {
        let started = resend_jobs::insert(db, &job)?;
        if started.is_ok() {
            store::audit::append(db, tenant_id, &entry)?;
        }
        Ok(started)
    });
    started.await?.map_err(|refused| match refused {
        Refused::Nothing => {
            let detail = "No delivery in this window has failed and can be resent. Widen the window.";
            Error::new(Code::NothingToResend, detail)
        }
        Refused::TooMany(count) => {
            let detail = format!("{count} deliveries have failed; one job resends at most {MOST}. Narrow the window.");
            Error::new(Code::TooManyToResend, detail)
        }
        Refused::Running(id) => {
            let detail = "A job resends this webhook's deliveries already. Wait for it, or cancel it.";
            Error::new(Code::ResendJobRunning, detail).with_header(http::header::LOCATION, location(id))
        }
    })
}

/// Where a job is found.
pub fn location(id: Id) -> String {
    format!("{}/resend-jobs/{id}", paths::API)
}

/// The job of that id.
pub async fn find(app: &App, tenant_id: Id, id: Id) -> Result<ResendJob, Error> {
    app.store.read(move |db| resend_jobs::find(db, tenant_id, id)).await?.ok_or_else(Error::not_found)
}

/// The jobs of a webhook that are running: one, or none.
pub async fn running(app: &App, tenant_id: Id, webhook_id: Id) -> Result<Page<ResendJob>, Error> {
    webhooks::exists(app, tenant_id, webhook_id).await?;
    let running = app.store.read(move |db| resend_jobs::running(db, tenant_id, webhook_id)).await?;
    Ok(Page { items: running.into_iter().collect(), next_cursor: None })
}

/// Cancels a job; one that has ended stays as it is.
pub async fn cancel(app: &App, who: &Principal, id: Id) -> Result<ResendJob, Error> {
    let (tenant_id, now) = (who.tenant_id, app.clock.now());
    let entry = audit::entry(app, who, Target::ResendJob, "cancelled", id, "");
    app.store.write(move |db| resend_jobs::cancel(db, tenant_id, id, now, &entry)).await?.ok_or_else(Error::not_found)
}

/// Checks a request, and returns the webhook.
async fn check(app: &App, tenant_id: Id, webhook_id: Id, what: &ResendFailed) -> Result<WebhookRow, Error> {
    let errors = what.check();
    if !errors.is_empty() {
        return Err(Error::invalid(errors));
    }
    webhooks::load(app, tenant_id, webhook_id).await
}

fn window(webhook_id: Id, what: &ResendFailed) -> Window {
    Window { webhook_id, from: what.from, to: what.to, event_type: what.event_type.clone() }
}

/// Takes the steps of the jobs until `stop` becomes true. A job goes on wherever the next runner finds it.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let mut poll = tokio::time::interval(POLL);
    poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut stop) => return,
            _ = poll.tick() => {
                if let Err(error) = run_due(&app.store, app.clock.now()).await {
                    tracing::error!(%error, "the resend jobs could not go on");
                }
            }
        }
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Whoever could still say stop is gone when this fails: that is a stop too.
    let _ = stop.wait_for(|&stop| stop).await;
}

/// Takes every step that is due now: one turn of the runner.
pub async fn run_due(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    while store.advance_resend_job(now).await? {}
    Ok(())
}
