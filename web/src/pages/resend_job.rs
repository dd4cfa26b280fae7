//! How far a resend of many events has come, and the server's job that is one.

use crate::{
    api, browser,
    effect::every,
    format, session,
    strings::strings,
    ui::{notice, show::explain},
};
use leptos::{prelude::*, task::spawn_local};
use shared::{Id, ResendJob, ResendJobStatus, ResendKind, StopReason};
use std::time::Duration;

/// How often the server is asked how far it has come.
const ASKED: Duration = Duration::from_secs(1);
/// How often a screen reader is told how far it has come, at most.
const ANNOUNCED: Duration = Duration::from_secs(5);
/// From how many seconds on it is said how long it takes.
pub(super) const WORTH_A_WORD: u64 = 10;

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
    /// Why it ended before its end, if nobody cancelled it.
    interrupted: Option<String>,
    stop_reason: Option<StopReason>,
    /// How many are sent in a second; 0 where nobody knows.
    rate: u64,
    /// The server's job, if it is one, and what it sends.
    job: Option<(Id, ResendKind)>,
}

impl From<ResendJob> for Progress {
    fn from(job: ResendJob) -> Self {
        let ResendJob { id, kind, status, total, resent, delivered, failed, stop_reason, rate, .. } = job;
        let [total, resent, delivered, failed, rate] = [total, resent, delivered, failed, rate].map(u64::from);
        let (refused, interrupted, job) = (Vec::new(), None, Some((id, kind)));
        Self { status, total, resent, delivered, failed, refused, interrupted, stop_reason, rate, job }
    }
}

impl Progress {
    /// The beginning of one that this page does itself.
    pub(super) fn begin(total: u64) -> Self {
        let status = ResendJobStatus::Running;
        let (resent, delivered, failed, rate) = (0, 0, 0, 0);
        let (refused, interrupted, stop_reason, job) = (Vec::new(), None, None, None);
        Self { status, total, resent, delivered, failed, refused, interrupted, stop_reason, rate, job }
    }

    pub(super) fn is_running(&self) -> bool {
        self.status == ResendJobStatus::Running
    }

    /// It ends here, and says why, and whether what is left is ticked again.
    pub(super) fn interrupt(&mut self, mut why: String, is_ticked: bool) {
        if is_ticked {
            why += strings().list.ticked_again;
        }
        (self.status, self.interrupted) = (ResendJobStatus::Cancelled, Some(why));
    }

    /// What the server's job sends.
    pub(super) fn kind(&self) -> Option<ResendKind> {
        self.job.map(|(_, kind)| kind)
    }

    /// It in words.
    pub(super) fn said(&self) -> String {
        let t = &strings().list;
        let Self { status, total, resent, delivered, failed, refused, interrupted, stop_reason, rate, job: _ } = self;
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
                let words = match interrupted {
                    Some(why) => (t.interrupted)(&resent, &total, &delivered, &failed, why),
                    None => (t.cancelled)(&resent, &total, &delivered, &failed),
                };
                words + if waits { t.goes_on } else { "" }
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
/// `ended` is called when it has come to its end. While one is shown that runs there is none to look for.
pub(super) fn find(webhook: Id, progress: RwSignal<Option<Progress>>, ended: Callback<()>) {
    let is_free = move || {
        let runs = |shown: &Option<Progress>| shown.as_ref().is_some_and(Progress::is_running);
        progress.try_with_untracked(runs) == Some(false)
    };
    if !is_free() {
        return;
    }
    spawn_local(async move {
        // Whoever cannot be told of a job is told so when starting another.
        if let Ok(Some(job)) = api::running_resend_job(webhook).await
            && is_free()
        {
            show(job, progress, ended);
        }
    });
}

/// Shows the server's job, to its end.
pub(super) fn show(job: ResendJob, progress: RwSignal<Option<Progress>>, ended: Callback<()>) {
    let id = job.id;
    progress.set(Some(job.into()));
    follow(id, progress, ended);
}

fn follow(job: Id, progress: RwSignal<Option<Progress>>, ended: Callback<()>) {
    set_timeout(
        move || {
            // Whoever signs in again sees how far it has come.
            if session::is_over() && progress.try_get_untracked().flatten().is_some() {
                return follow(job, progress, ended);
            }
            spawn_local(async move {
                match api::resend_job(job).await {
                    Ok(now) => {
                        let now = Progress::from(now);
                        let goes_on = now.is_running();
                        // Nobody looks any more, or at another job.
                        let shown = progress.try_get_untracked().flatten().and_then(|shown| shown.job);
                        let is_wanted = shown.is_some_and(|(shown, _)| shown == job);
                        if is_wanted {
                            progress.set(Some(now));
                            if goes_on { follow(job, progress, ended) } else { ended.run(()) }
                        }
                    }
                    Err(error) if progress.try_get_untracked().flatten().is_some() => {
                        if !matches!(error.status, Some(400 | 402..=499)) {
                            return follow(job, progress, ended);
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
fn cancel(progress: RwSignal<Option<Progress>>) {
    let Some(now) = progress.get_untracked() else { return };
    match now.job {
        Some((job, _)) => spawn_local(async move {
            if let Err(error) = api::cancel_resend_job(job).await {
                notice::warn(explain(&error));
            }
        }),
        None => progress.set(Some(Progress { status: ResendJobStatus::Cancelled, ..now })),
    }
}

/// How far it has come, in words.
pub(super) fn said(progress: RwSignal<Option<Progress>>) -> AnyView {
    let words = move || progress.with(|progress| progress.as_ref().map(Progress::said));
    let announced = RwSignal::new(untrack(words));
    let announce = move || {
        if progress.try_get_untracked().is_some() && announced.get_untracked() != untrack(words) {
            announced.set(untrack(words));
        }
    };
    every(ANNOUNCED, announce);
    view! { <span class="vh" role="status">{move || announced.get()}</span><span>{words}</span> }.into_any()
}

/// Stops it, or takes away how it ended.
pub(super) fn button(progress: RwSignal<Option<Progress>>, class: &'static str) -> AnyView {
    let t = strings();
    let is_running = Memo::new(move |_| progress.with(|progress| progress.as_ref().is_some_and(Progress::is_running)));
    let press = move |_| {
        if is_running.get_untracked() {
            return cancel(progress);
        }
        progress.set(None);
        browser::keep_focus();
    };
    // The server refuses it to others.
    let may = Memo::new(move |_| !is_running.get() || session::may_edit());
    let word = move || if is_running.get() { t.cancel } else { t.dismiss };
    let button = move || may.get().then(|| view! { <button type="button" class=class on:click=press>{word}</button> });
    button.into_any()
}
