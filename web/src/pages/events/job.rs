//! A resend of many events, as far as it has come.

use super::list::Shown;
use crate::{api, once::Once};
use leptos::{prelude::*, task::spawn_local};
use shared::{DeliveryStatus, Id, ResendHeaders, ResendJob, ResendJobStatus};
use std::{collections::BTreeMap, time::Duration};

/// How often the server is asked how far it has come.
const ASKED: Duration = Duration::from_secs(1);

/// How far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) status: ResendJobStatus,
    pub(super) total: u64,
    pub(super) resent: u64,
    pub(super) delivered: u64,
    pub(super) failed: u64,
    /// The server's job, if it is one.
    job: Option<Id>,
}

impl From<ResendJob> for Progress {
    fn from(job: ResendJob) -> Self {
        let ResendJob { id, status, total, resent, delivered, failed, .. } = job;
        let [total, resent, delivered, failed] = [total, resent, delivered, failed].map(u64::from);
        Self { status, total, resent, delivered, failed, job: Some(id) }
    }
}

impl Progress {
    pub(super) fn is_running(&self) -> bool {
        self.status == ResendJobStatus::Running
    }
}

/// Follows the server's job to its end.
pub(super) fn follow(job: Id, progress: RwSignal<Option<Progress>>, shown: Shown) {
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
                    Err(_) if progress.try_get_untracked().flatten().is_some() => follow(job, progress, shown),
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

/// Sends the ticked rows again, one after the other.
pub(super) fn resend_selected(shown: Shown, progress: RwSignal<Option<Progress>>) {
    let ids: Vec<_> = shown.selected.get_untracked().into_iter().rev().collect();
    let Some(page) = shown.query.value.get_untracked() else { return };
    let before: BTreeMap<_, _> =
        page.with_untracked(|page| page.items.iter().map(|row| (row.id, row.attempt_count)).collect());
    let total = u64::try_from(ids.len()).unwrap_or(u64::MAX);
    let status = ResendJobStatus::Running;
    progress.set(Some(Progress { status, total, resent: 0, delivered: 0, failed: 0, job: None }));
    shown.selected.update(std::collections::BTreeSet::clear);
    let refused = RwSignal::new(0_u64);
    // What became of each shows in the rows.
    let sent = ids.clone();
    Effect::new(move || {
        let rows = page.with(|page| page.items.clone());
        let tried = |id: &Id| {
            rows.iter()
                .find(|row| row.id == *id && !row.in_progress)
                .filter(|row| before.get(id) < Some(&row.attempt_count))
        };
        let (mut delivered, mut failed) = (0, refused.get());
        for row in sent.iter().filter_map(tried) {
            match row.status {
                DeliveryStatus::Delivered => delivered += 1,
                _ => failed += 1,
            }
        }
        progress.update(|progress| {
            if let Some(progress) = progress.as_mut().filter(|progress| progress.job.is_none()) {
                (progress.delivered, progress.failed) = (delivered, failed);
                if progress.is_running() && delivered + failed == progress.total {
                    progress.status = ResendJobStatus::Done;
                }
            }
        });
    });
    spawn_local(async move {
        for id in ids {
            let goes_on = progress.try_get_untracked().flatten().is_some_and(|progress| progress.is_running());
            if !goes_on {
                return;
            }
            match api::resend(id, ResendHeaders::Original, Once::new()).await {
                Ok(row) => shown.take(vec![row]),
                Err(_) => drop(refused.try_update(|count| *count += 1)),
            }
            progress.try_update(|progress| {
                if let Some(progress) = progress {
                    progress.resent += 1;
                }
            });
        }
        // Where the stream is away, the rows are looked up.
        set_timeout(move || shown.look(), ASKED * 3);
    });
}
