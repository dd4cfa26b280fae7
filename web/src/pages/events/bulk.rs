//! The bar at the bottom: what is ticked, sending it again, and how far that has come.

use super::{FAILED_OR_RETRYING, RESEND, list::Shown, send_many::SendMany, ticked};
use crate::{
    browser,
    effect::effect,
    pages::{
        resend_headers::WhichHeaders,
        resend_job::{self, Progress},
    },
    session,
    strings::strings,
    ui::{icon::Icon, search::in_place},
};
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use shared::{ResendHeaders, ResendKind};
use std::collections::BTreeSet;

#[component]
pub(super) fn Bulk(shown: Shown) -> impl IntoView {
    let (job, ticked) = (RwSignal::new(None::<Progress>), ticked::progress());
    let ended = Callback::new(move |()| shown.refresh());
    if let Some(webhook) = shown.scope.id() {
        resend_job::find(webhook, job, ended);
    }
    let (asking, choosing) = (RwSignal::new(None), RwSignal::new(false));
    let resend = Callback::new(move |()| {
        if ticked::rows(shown).iter().any(|row| row.settings_changed) {
            choosing.set(true);
        } else {
            ticked::resend(shown, ResendHeaders::Original);
        }
    });
    let count = Memo::new(move |_| shown.selected.with(BTreeSet::len));
    // What runs goes before what has ended.
    let running = Memo::new(move |_| {
        let runs =
            |progress: &RwSignal<Option<Progress>>| progress.with(|now| now.as_ref().is_some_and(Progress::is_running));
        let all = [ticked, job];
        all.into_iter().find(runs).or_else(|| all.into_iter().find(|progress| progress.with(Option::is_some)))
    });
    let is_running = move || {
        running.get().is_some_and(|progress| progress.with(|now| now.as_ref().is_some_and(Progress::is_running)))
    };
    // All that failed can be sent again where the list shows failures of one webhook that takes events, or where one of them is ticked.
    let offers_all = Memo::new(move |_| {
        let shows_failures = shown.filter.with(|filter| {
            let status = &*filter.status;
            (["failed", "retrying", FAILED_OR_RETRYING].contains(&status) || (status.is_empty() && count.get() > 0))
                && filter.has_known_outcome()
                && filter.search.is_empty()
        });
        let has_rows = || {
            !shown.query.lacks.get()
                && shown.query.value.get().is_some_and(|page| page.with(|page| !page.items.is_empty()))
        };
        session::may_edit() && shown.scope.is_active() && shows_failures && has_rows()
    });
    ask_if_linked(shown, offers_all, asking);
    let choice = move || {
        let word = (strings().list.resend_count)(&count.get_untracked().to_string());
        view! { <WhichHeaders asking=choosing word=word send=move |headers| ticked::resend(shown, headers)/> }
    };
    // What is ticked beside how the last one ended can be sent at once.
    let has_choice = Memo::new(move |_| match running.get() {
        None => count.get() > 0 || offers_all.get(),
        Some(_) => count.get() > 0 && !is_running(),
    });
    let has_bar = Memo::new(move |_| running.get().is_some() || has_choice.get());
    let bar = move || {
        let progress = move || {
            let progress = running.get()?;
            Some(view! { {resend_job::said(progress)}{resend_job::button(progress, "btn")} })
        };
        let ticks = move || {
            has_choice
                .get()
                .then(|| view! { <Choice shown=shown count=count offers_all=offers_all asking=asking resend=resend/> })
        };
        view! { <div class="bulk" role="region" aria-label=strings().list.selection>{progress}{ticks}</div> }
    };
    view! {
        {move || has_bar.get().then(bar)}
        {move || asking.get().map(|kind| view! { <SendMany kind=kind shown=shown asking=asking progress=job ended=ended/> })}
        {move || choosing.get().then(choice)}
    }
}

/// Opens the question where the address says so, if there is anything to ask about. The address does not keep it, so that neither Back
/// nor a reload asks again.
fn ask_if_linked(shown: Shown, offers_all: Memo<bool>, asking: RwSignal<Option<ResendKind>>) {
    let query = use_query_map();
    let navigate = StoredValue::new_local(use_navigate());
    effect(move || {
        // Until it is known who this is nobody may do anything.
        if !session::is_known() {
            return;
        }
        let asked = match query.with(|query| query.get(RESEND)).as_deref() {
            Some("missed") => session::may_edit().then_some(ResendKind::Missed),
            // The list tells whether anything failed.
            Some(_) if !shown.query.lacks.get() => offers_all.get().then_some(ResendKind::Failed),
            Some(_) | None => return,
        };
        if asked.is_some() {
            asking.set(asked);
        }
        let href = shown.filter.get_untracked().href(&shown.scope.path());
        navigate.with_value(|navigate| navigate(&href, in_place()));
    });
}

#[component]
fn Choice(
    shown: Shown,
    count: Memo<usize>,
    offers_all: Memo<bool>,
    asking: RwSignal<Option<ResendKind>>,
    resend: Callback<()>,
) -> impl IntoView {
    let t = &strings().list;
    // The buttons go with what they were for.
    let clear = move || {
        shown.selected.update(BTreeSet::clear);
        browser::keep_focus();
    };
    let send = move || {
        resend.run(());
        browser::keep_focus();
    };
    let is_chosen = Memo::new(move |_| count.get() > 0);
    let chosen = move || {
        is_chosen.get().then(|| {
            view! {
                <b>{move || (t.selected)(count.get())}</b>
                <button type="button" class="btn ghost" on:click=move |_| clear()>{t.clear_selection}</button>
            }
        })
    };
    let selected = move || {
        is_chosen.get().then(|| {
            view! {
                <button type="button" class="btn primary" data-key="r" on:click=move |_| send()>
                    {Icon::Retry.view()}{move || (t.resend_count)(&count.get().to_string())}
                </button>
            }
        })
    };
    let all = move || {
        offers_all.get().then(|| {
            view! { <button type="button" class="btn" on:click=move |_| asking.set(Some(ResendKind::Failed))>{t.select_all_failed}</button> }
        })
    };
    view! { {chosen}{all}{selected} }
}
