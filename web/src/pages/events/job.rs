//! How far a resend of many events has come, and the server's job that is one.

use super::{list::Shown, send_many::WORTH_A_WORD};
use crate::{
    api, format,
    strings::strings,
    ui::{notice, show::explain},
};
use leptos::{prelude::*, task::spawn_local};
use shared::{Id, ResendJob, ResendJobStatus, StopReason};
use std::time::Duration;

/// How often the server is asked how far it has come.
const ASKED: Duration = Duration::from_secs(1);

/// How far it has come.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Progress {
    pub(super) status: ResendJobStatus,
    pub(super) total: u64,
    pub(super) resent: u64,
    pub(super) delivered: u64,
    pub(super) failed: u64,
    /// What the server refused to send: why, and how many.
    pub(super) refused: Vec<(String, u64)>,
    stop_reason: Option<StopReason>,
    /// How many are sent in a second; 0 where nobody knows.
    rate: u64,
    /// The server's job, if it is one.
    job: Option<Id>,
}

impl From<ResendJob> for Progress {
    fn from(job: ResendJob) -> Self {
        let ResendJob { id, status, total, resent, delivered, failed, stop_reason, rate, .. } = job;
        let [total, resent, delivered, failed, rate] = [total, resent, delivered, failed, rate].map(u64::from);
        Self { status, total, resent, delivered, failed, refused: Vec::new(), stop_reason, rate, job: Some(id) }
    }
}

impl Progress {
    /// The beginning of one that this page does itself.
    pub(super) fn begin(total: u64) -> Self {
        let status = ResendJobStatus::Running;
        let (resent, delivered, failed, rate) = (0, 0, 0, 0);
        Self { status, total, resent, delivered, failed, refused: Vec::new(), stop_reason: None, rate, job: None }
    }

    pub(super) fn is_running(&self) -> bool {
        self.status == ResendJobStatus::Running
    }

    /// It in words.
    pub(super) fn said(&self) -> String {
        let t = &strings().list;
        let Self { status, total, resent, delivered, failed, refused, stop_reason, rate, job: _ } = self;
        let left = total.saturating_sub(*resent).checked_div(*rate).filter(|seconds| *seconds >= WORTH_A_WORD);
        let [total, resent, delivered, failed] = [total, resent, delivered, failed].map(|count| format::number(*count));
        let mut said = match status {
            ResendJobStatus::Running => {
                (t.progress)(&resent, &total, &delivered, &failed)
                    + &left.map(|seconds| (t.left)(&format::seconds(seconds))).unwrap_or_default()
            }
            ResendJobStatus::Done => (t.done)(&delivered, &failed),
            ResendJobStatus::Cancelled => {
                let waits = self.resent > self.delivered;
                (t.cancelled)(&resent, &total, &delivered, &failed) + if waits { t.goes_on } else { "" }
            }
            ResendJobStatus::Stopped => {
                (t.stopped)(&resent, &total, &delivered, &failed, stop_reason.unwrap_or(StopReason::TooManyFailures))
            }
        };
        for (why, count) in refused {
            said += &[" ", &(t.not_sent)(&format::number(*count)), " ", why].concat();
        }
        said
    }
}

/// Finds the job of that webhook that is running already, and follows it: it may have been begun before a reload, or by somebody else.
pub(super) fn find(webhook: Id, progress: RwSignal<Option<Progress>>, shown: Shown) {
    spawn_local(async move {
        // Whoever cannot be told of a job is told so when starting another.
        if let Ok(Some(job)) = api::running_resend_job(webhook).await
            && progress.try_get_untracked() == Some(None)
        {
            show(job, progress, shown);
        }
    });
}

/// Shows the server's job, to its end.
pub(super) fn show(job: ResendJob, progress: RwSignal<Option<Progress>>, shown: Shown) {
    let id = job.id;
    progress.set(Some(job.into()));
    follow(id, progress, shown);
}

fn follow(job: Id, progress: RwSignal<Option<Progress>>, shown: Shown) {
    set_timeout(
        move || {
            spawn_local(async move {
                match api::resend_job(job).await {
                    Ok(now) => {
                        let now = Progress::from(now);
                        let goes_on = now.is_running();
                        // Nobody looks any more, or at another job.
                        let is_wanted = progress.try_get_untracked().flatten().and_then(|shown| shown.job) == Some(job);
                        if is_wanted {
                            progress.set(Some(now));
                            if goes_on { follow(job, progress, shown) } else { shown.refresh() }
                        }
                    }
                    Err(error) if progress.try_get_untracked().flatten().is_some() => {
                        if !matches!(error.status, Some(400..=499)) {
                            return follow(job, progress, shown);
                        }
                        progress.set(None);
                        notice::warn(explain(&error));
                    }
                    Err(_) => {}
                }
            });
        },
        ASKED,
    );
}

/// Stops it: what was not sent yet is left alone.
pub(super) fn cancel(progress: RwSignal<Option<Progress>>) {
    let Some(now) = progress.get_untracked() else { return };
    match now.job {
        Some(job) => spawn_local(async move {
            // If it does not arrive, the progress goes on to show what is true.
            let _ = api::cancel_resend_job(job).await;
        }),
        None => progress.set(Some(Progress { status: ResendJobStatus::Cancelled, ..now })),
    }
}
