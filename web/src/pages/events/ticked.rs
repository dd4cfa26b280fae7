//! Sending ticked rows again, one after the other. The tab does it, not the page: it goes on when another page is opened.

use super::list::Shown;
use crate::{
    api::{self, ApiError, DeliveryFilter},
    browser,
    few::one_by_one,
    live::{self, News},
    once::Once,
    pages::resend_job::Progress,
    ui::{notice, show::explain},
};
use leptos::{ev, leptos_dom::helpers::window_event_listener, prelude::*, task::spawn_local};
use shared::{DeliveryStatus, DeliverySummary, Id, ResendHeaders, ResendJobStatus};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    time::Duration,
};

/// When what has no result yet is looked up: the stream of updates may be away.
const LOOKED_UP: Duration = Duration::from_secs(3);

/// What the tab knows of it.
struct Tab {
    progress: ArcRwSignal<Option<Progress>>,
    /// What has no result yet, and how many attempts it had before.
    waiting: RefCell<BTreeMap<Id, u32>>,
    /// The number of the latest run: one before it that was cancelled may still wait for an answer.
    run: Cell<u32>,
}

thread_local! {
    static TAB: Tab = {
        live::listen_for_good(hear);
        Tab { progress: ArcRwSignal::new(None), waiting: RefCell::default(), run: Cell::new(0) }
    };
}

/// How far it has come, as long as the page is there that asks. What has ended goes with the page that showed it.
pub(super) fn progress() -> RwSignal<Option<Progress>> {
    let progress = TAB.with(|tab| tab.progress.clone());
    on_cleanup({
        let progress = progress.clone();
        move || {
            if progress.with_untracked(|now| now.as_ref().is_some_and(|now| !now.is_running())) {
                progress.set(None);
            }
        }
    });
    progress.into()
}

/// The rows that are ticked.
pub(super) fn rows(shown: Shown) -> Vec<DeliverySummary> {
    let page = shown.query.value.get_untracked().map(|page| page.get_untracked().items).unwrap_or_default();
    shown.selected.with_untracked(|ticked| page.into_iter().filter(|row| ticked.contains(&row.id)).collect())
}

/// Sends the ticked rows again, the newest first. Where no answer comes, or the session has ended, it stops: what is left is ticked again.
pub(super) fn resend(shown: Shown, headers: ResendHeaders) {
    let rows = rows(shown);
    shown.selected.update(std::collections::BTreeSet::clear);
    let run = TAB.with(|tab| {
        tab.waiting.replace(one_by_one(rows.iter().map(|row| (row.id, row.attempt_count))));
        tab.progress.set(Some(Progress::begin(rows.len() as u64)));
        tab.run.set(tab.run.get() + 1);
        tab.run.get()
    });
    // A reload would end it.
    let leaving = window_event_listener(ev::beforeunload, |event| event.prevent_default());
    spawn_local(async move {
        let mut rows = rows.into_iter().map(|row| row.id);
        let mut left = Vec::new();
        while is_latest(run)
            && goes_on()
            && let Some(id) = rows.next()
        {
            let sent = shown.heard.newer_than(send(id, headers), std::slice::from_mut).await;
            match sent {
                Ok(row) => {
                    if is_latest(run) {
                        change(|progress| progress.resent += 1);
                    }
                    shown.take(vec![row]);
                }
                Err(_) if !is_latest(run) => {}
                Err(error) if error.may_be_done() || error.status == Some(401) => {
                    left = std::iter::once(id).chain(rows.by_ref()).collect();
                    if goes_on() {
                        let is_ticked = shown.tick(&left);
                        change(|progress| progress.interrupt(explain(&error), is_ticked));
                    }
                }
                Err(error) => refuse(id, explain(&error)),
            }
        }
        leaving.remove();
        if is_latest(run) {
            // What was cancelled has no result to wait for.
            left.extend(rows);
            TAB.with(|tab| tab.waiting.borrow_mut().retain(|id, _| !left.contains(id)));
            set_timeout(look_up, LOOKED_UP);
        }
    });
}

/// Sends one again. Where no answer comes it is asked once more, with the same key: the answer says what became of it.
async fn send(id: Id, headers: ResendHeaders) -> Result<DeliverySummary, ApiError> {
    let once = Once::new();
    match api::resend(id, headers, once).await {
        Err(error) if error.may_be_done() => api::resend(id, headers, once).await,
        sent => sent,
    }
}

fn is_latest(run: u32) -> bool {
    TAB.with(|tab| tab.run.get() == run)
}

/// Whether nobody has cancelled it.
fn goes_on() -> bool {
    TAB.with(|tab| tab.progress.with_untracked(|now| now.as_ref().is_some_and(Progress::is_running)))
}

fn refuse(id: Id, why: String) {
    TAB.with(|tab| tab.waiting.borrow_mut().remove(&id));
    change(|Progress { refused, .. }| match refused.iter_mut().find(|(other, _)| *other == why) {
        Some((_, count)) => *count += 1,
        None => refused.push((why, 1)),
    });
}

fn hear(news: &[News]) {
    for news in news {
        match news {
            News::Delivery(row) => take(row),
            News::Missed => look_up(),
            News::Webhook(_) => {}
        }
    }
}

fn look_up() {
    let waiting: Vec<_> = TAB.with(|tab| {
        let mut waiting = tab.waiting.borrow_mut();
        // Nobody wants to know any more.
        if tab.progress.with_untracked(Option::is_none) {
            waiting.clear();
        }
        waiting.keys().copied().collect()
    });
    spawn_local(async move {
        for id in waiting {
            let filter = DeliveryFilter { search: id.to_string(), ..DeliveryFilter::default() };
            if let Ok(page) = api::deliveries(None, &filter).await {
                page.items.iter().for_each(take);
            }
        }
    });
}

/// Takes a row as it is now: it may be a result.
fn take(row: &DeliverySummary) {
    let is_result = TAB.with(|tab| {
        let mut waiting = tab.waiting.borrow_mut();
        let is_result = !row.in_progress && waiting.get(&row.id).is_some_and(|before| *before < row.attempt_count);
        is_result && waiting.remove(&row.id).is_some()
    });
    if is_result {
        change(|progress| match row.status {
            DeliveryStatus::Delivered => progress.delivered += 1,
            _ => progress.failed += 1,
        });
    }
}

/// Changes what is shown, and says how it ended where that is shown nowhere.
fn change(change: impl FnOnce(&mut Progress)) {
    let (progress, is_over) = TAB.with(|tab| (tab.progress.clone(), tab.waiting.borrow().is_empty()));
    let Some(mut now) = progress.get_untracked() else { return };
    let was_running = now.is_running();
    change(&mut now);
    if is_over && now.is_running() {
        now.status = ResendJobStatus::Done;
    }
    if was_running && !now.is_running() && browser::all(".bulk").is_empty() {
        let say = if now.delivered == now.total { notice::say } else { notice::warn };
        say(now.said());
        return progress.set(None);
    }
    progress.set(Some(now));
}
