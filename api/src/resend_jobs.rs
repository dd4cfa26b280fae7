//! Sending many deliveries: starting a job, watching it, and the runner that takes the jobs' steps.

use crate::{
    app::App,
    audit,
    auth::Caller,
    problem::Error,
    store::{
        self, Db, Rows, Slice, Store, StoreError,
        resend_jobs::{self, Failed, MOST, NewJob, ResendJobFilter, Window, Work},
        webhooks::WebhookRow,
    },
    webhooks,
};
use serde_json::json;
use shared::{AuditAction, Code, Id, ResendCount, ResendFailed, ResendJob, ResendKind, Timestamp, WebhookStatus};
use std::{sync::Arc, time::Duration};

/// How often the runner looks for a job that is due.
const POLL: Duration = Duration::from_millis(250);

/// How many stretches of events are looked at for those that a webhook missed: a million events, which took 12 seconds where none was in
/// memory.
const MOST_STRETCHES: usize = 50;

/// How long before its purge an event counts as missed no more, in seconds. Its deliveries are purged before it, and then it would look
/// missed; and the clocks of several nodes differ.
const BEFORE_PURGE: i64 = 3_600;

/// How many deliveries a job would send.
pub async fn count(
    app: &App,
    tenant_id: Id,
    webhook_id: Id,
    kind: ResendKind,
    what: &ResendFailed,
) -> Result<ResendCount, Error> {
    let webhook = webhooks::load(app, tenant_id, webhook_id).await?;
    let count = look(app, &webhook, kind, what).await?.count;
    Ok(ResendCount { count })
}

/// Starts a job.
pub async fn start(
    app: &App,
    who: &Caller,
    webhook_id: Id,
    kind: ResendKind,
    what: &ResendFailed,
) -> Result<ResendJob, Error> {
    let tenant_id = who.tenant_id;
    let webhook = webhooks::load(app, tenant_id, webhook_id).await?;
    app.must_deliver()?;
    if webhook.status == WebhookStatus::Inactive {
        let detail = "The webhook is inactive, so nothing is sent. Activate it, then send.";
        return Err(Error::new(Code::WebhookInactive, detail));
    }
    let Found { count, work } = look(app, &webhook, kind, what).await?;
    if count == 0 {
        return Err(Error::new(Code::NothingToResend, nothing(kind)));
    }
    if count > MOST.into() {
        let last = work.last().map(|last| format!(" The oldest {MOST} end at {last}: set `to` to that."));
        let last = last.unwrap_or_default();
        let detail = format!("There are {count} to send; one job sends at most {MOST}.{last}");
        return Err(Error::new(Code::TooManyToResend, detail));
    }
    let ResendFailed { rate, max_failed_percent, headers, .. } = what;
    let now = app.clock.now();
    let (id, now) = (app.ids.next(now), app.store.now(now).await?);
    let job = NewJob {
        id,
        tenant_id,
        webhook_id,
        work,
        next: (*headers).into(),
        started_by: who.name.clone(),
        rate: *rate,
        max_failed_percent: *max_failed_percent,
        now,
    };
    let entry = audit::entry(app, who, action(kind), webhook_id, &webhook.url);
    let mut done = json!(what);
    done["resend_job"] = json!(job.id);
    let entry = audit::with_change(entry, None, Some(&done));
    let started = app.store.write(move |db| {
        let started = resend_jobs::insert(db, &job)?;
        if started.is_ok() {
            store::audit::append(db, tenant_id, &entry)?;
        }
        Ok(started)
    });
    started.await?.map_err(|running| {
        let detail = "A job is already sending this webhook's deliveries. Wait for it, or cancel it.";
        Error::new(Code::ResendJobRunning, detail).at(format_args!("resend-jobs/{}", running.id))
    })
}

const fn nothing(kind: ResendKind) -> &'static str {
    match kind {
        ResendKind::Failed => "No delivery in this window has failed and can be resent. Widen the window.",
        ResendKind::Missed => {
            "The webhook has missed no event in this window that it selects. Widen the window, or let it select more types."
        }
    }
}

const fn action(kind: ResendKind) -> AuditAction {
    match kind {
        ResendKind::Failed => AuditAction::WebhookFailedResent,
        ResendKind::Missed => AuditAction::WebhookMissedSent,
    }
}

/// What a job would send.
struct Found {
    /// How much there is.
    count: u64,
    /// The oldest of it, as much as one job sends.
    work: Work,
}

/// Looks for what a job would send. Each is looked at again when it is its turn.
async fn look(app: &App, webhook: &WebhookRow, kind: ResendKind, what: &ResendFailed) -> Result<Found, Error> {
    let tenant_id = webhook.tenant_id;
    let ResendFailed { from, to, event_type, status, failure, status_code, .. } = what.clone();
    let window = Window { webhook_id: webhook.id, from, to, event_type };
    match kind {
        ResendKind::Failed => {
            let failed = Failed { status, failure, status_code };
            let find = move |db: &mut Db| {
                let count = resend_jobs::count_failed(db, tenant_id, &window, failed)?;
                Ok(Found { count, work: Work::Failed(resend_jobs::failed(db, tenant_id, &window, failed)?) })
            };
            Ok(app.store.search(find).await?)
        }
        ResendKind::Missed => {
            let kept_from = app.clock.now().plus_seconds(BEFORE_PURGE - app.retention_seconds);
            let (mut count, mut missed) = (0, Vec::new());
            let mut next = Some(Id::floor(from.max(kept_from).unix_ms()));
            let turn = app.store.turn().await?;
            for _ in 0..MOST_STRETCHES {
                let Some(from) = next else { break };
                let (window, selection) = (window.clone(), webhook.selection.clone());
                let turn = Arc::clone(&turn);
                let stretch = move |db: &mut Db| {
                    let _turn = turn;
                    resend_jobs::missed(db, tenant_id, &window, &selection, from)
                };
                let (ids, after) = app.store.read(stretch).await?;
                count += ids.len() as u64;
                missed.extend(ids);
                missed.truncate(MOST as usize);
                next = after;
            }
            if next.is_some() {
                let detail = "The window holds too many events to look through. Narrow it.";
                return Err(Error::new(Code::TooManyToResend, detail));
            }
            Ok(Found { count, work: Work::Missed(missed) })
        }
    }
}

/// The job of that id.
pub async fn find(app: &App, tenant_id: Id, id: Id) -> Result<ResendJob, Error> {
    app.store.read(move |db| resend_jobs::find(db, tenant_id, id)).await?.ok_or_else(Error::not_found)
}

/// A page of the jobs of a webhook, newest first.
pub async fn list(app: &App, tenant_id: Id, filter: ResendJobFilter, slice: Slice) -> Result<Rows<ResendJob>, Error> {
    webhooks::exists(app, tenant_id, filter.webhook_id).await?;
    Ok(app.store.read(move |db| resend_jobs::list(db, tenant_id, filter, slice)).await?)
}

/// Cancels a job; one that has ended stays as it is.
pub async fn cancel(app: &App, who: &Caller, id: Id) -> Result<ResendJob, Error> {
    let (tenant_id, now) = (who.tenant_id, app.clock.now());
    let webhook_id = find(app, tenant_id, id).await?.webhook_id;
    let webhook = app.store.webhook(tenant_id, webhook_id).await?;
    let url = webhook.map(|webhook| webhook.url.clone()).unwrap_or_default();
    let entry = audit::entry(app, who, AuditAction::ResendJobCancelled, id, &url);
    let entry = audit::with_change(entry, None, Some(&json!({"webhook": webhook_id})));
    app.store.write(move |db| resend_jobs::cancel(db, tenant_id, id, now, &entry)).await?.ok_or_else(Error::not_found)
}

/// Takes the steps of the jobs until it is aborted. A job goes on wherever the next runner finds it.
pub async fn run(app: App) {
    let mut poll = tokio::time::interval(POLL);
    poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut stopped = false;
    loop {
        poll.tick().await;
        let ran = run_due(&app.store, app.clock.now()).await;
        // Told once, however long the database is away.
        match &ran {
            Err(error) if !stopped => tracing::error!(%error, "the resend jobs cannot go on"),
            Ok(()) if stopped => tracing::info!("the resend jobs go on"),
            _ => {}
        }
        stopped = ran.is_err();
    }
}

/// Takes every step that is due now: one turn of the runner.
pub async fn run_due(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    while store.advance_resend_job(now).await? {}
    Ok(())
}
