//! The question before a webhook is sent many events, all that failed or what it missed: how many they are, first.

use super::{
    FAILED_OR_RETRYING,
    filter::{begin, status_name},
    job::{self, Progress},
    list::Shown,
};
use crate::{
    api, browser, format,
    once::Once,
    pages::resend_headers::HeadersChoice,
    query::Query,
    strings::strings,
    ui::{
        dialog::{self, Dialog},
        icon::Icon,
        short_form::Failed,
        show::explain,
    },
};
use leptos::{html, prelude::*, task::spawn_local};
use shared::{Named as _, Period, ResendFailed, ResendHeaders, ResendKind, Timestamp, Webhook};

#[component]
pub(super) fn SendMany(
    kind: ResendKind,
    shown: Shown,
    asking: RwSignal<Option<ResendKind>>,
    progress: RwSignal<Option<Progress>>,
) -> impl IntoView {
    let t = strings();
    let element = NodeRef::<html::Dialog>::new();
    let (busy, failed_to_start) = (RwSignal::new(false), RwSignal::new(None));
    let once = Once::new();
    let super::Scope::Webhook(webhook) = shown.scope else { return ().into_any() };
    let Webhook { id: webhook, url, created_at, credentials_changed_at, .. } = webhook.get_untracked();
    let (now, headers) = (format::now(), RwSignal::new(ResendHeaders::Original));
    // What failed is that which the list shows; what was missed stands in no list.
    let period = RwSignal::new(Period::default());
    let failed = StoredValue::new(failed(shown, now));
    let which = move || match kind {
        ResendKind::Failed => ResendFailed { headers: headers.get_untracked(), ..failed.get_value() },
        ResendKind::Missed => within(begin(period.get_untracked(), now), now, None),
    };
    let counted = Query::new(
        move || period.get(),
        move |_| {
            let which = which();
            async move { api::count_many(webhook, kind, which).await }
        },
    );
    let count = move || counted.value.get().filter(|_| !counted.lacks.get()).map(|counted| counted.get().count);
    let said = move || match (count(), counted.error.get(), kind) {
        (Some(0), _, ResendKind::Failed) => t.list.nothing_to_resend.to_owned(),
        (Some(0), _, ResendKind::Missed) => t.list.nothing_missed.to_owned(),
        (Some(count), _, ResendKind::Failed) => (t.list.resend_title)(&format::number(count), count == 1),
        (Some(count), _, ResendKind::Missed) => (t.list.missed)(&format::number(count), count == 1),
        (None, Some(error), _) => explain(&error),
        (None, None, _) => t.list.counting.to_owned(),
    };
    let is_ready = move || count().is_some_and(|count| count > 0) && !busy.get();
    let confirm = move |_| {
        if !untrack(is_ready) {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match api::send_many(webhook, kind, which(), once).await {
                Ok(begun) => {
                    job::show(begun, progress, shown);
                    dialog::close(element);
                }
                Err(error) => {
                    busy.try_set(false);
                    // Not as a notice, which would stand behind the dialog.
                    failed_to_start.try_set(Some(format!("{} {}", t.list.could_not_start, explain(&error))));
                    // One that somebody else has begun meanwhile.
                    job::find(webhook, progress, shown);
                }
            }
        });
    };
    // Whoever came by a link has no button to go back to.
    let gone = move || {
        asking.set(None);
        browser::keep_focus();
    };
    let (title, word, text, facts) = match kind {
        ResendKind::Failed => {
            let ResendFailed { from, to, event_type, .. } = failed.get_value();
            let facts = view! {
                <dt>{t.list.when}</dt><dd>{format!("{} – {}", format::instant(from), format::instant(to))}</dd>
                <dt>{t.event_type}</dt><dd>{event_type.unwrap_or_else(|| t.all_event_types.to_owned())}</dd>
                <dt>{t.status}</dt><dd>{status_name(FAILED_OR_RETRYING)}</dd>
            };
            (t.list.select_all_failed, t.list.resend_count, t.list.resend_text, facts.into_any())
        }
        ResendKind::Missed => {
            let facts = view! { <dt><label for="missed-when">{t.list.when}</label></dt><dd>{periods(period)}</dd> };
            (t.list.send_missed, t.list.send_count, t.list.missed_text, facts.into_any())
        }
    };
    let has_changed =
        kind == ResendKind::Failed && credentials_changed_at > failed.with_value(|failed| failed.from).max(created_at);
    view! {
        <Dialog title=title.trim_end_matches('…') may_close=|| true gone=gone element=element>
            <div class="body">
                <Failed text=failed_to_start/>
                <p role="status"><b>{said}</b></p>
                <dl class="kv"><dt>{t.list.resend_to}</dt><dd class="mono">{url}</dd>{facts}</dl>
                {has_changed.then(|| view! { <HeadersChoice chosen=headers/> })}
                <p>{text}</p>
                <p class="hint">{t.list.resend_canary}</p>
            </div>
            <footer>
                <button type="button" class="btn" autofocus on:click=move |_| dialog::close(element)>{t.cancel}</button>
                <button type="button" class="btn primary" aria-disabled=move || (!is_ready()).to_string() on:click=confirm>
                    {Icon::Retry.view()}
                    {move || word(&count().map(format::number).unwrap_or_default())}
                </button>
            </footer>
        </Dialog>
    }
    .into_any()
}

fn periods(period: RwSignal<Period>) -> impl IntoView {
    let options = Period::ALL.map(|one| {
        let is_chosen = move || period.get() == one;
        view! { <option value=one.name() prop:selected=is_chosen>{(strings().list.last)(one)}</option> }
    });
    let choose = move |event| period.set(Period::named(&event_target_value(&event)).unwrap_or_default());
    view! { <select class="in" id="missed-when" on:change=choose>{options}</select> }
}

/// What the list shows, as far as a resend can be narrowed. Without a window it is the last 30 days.
fn failed(shown: Shown, now: Timestamp) -> ResendFailed {
    let filter = shown.filter.get_untracked();
    let (from, to) = filter.window(now);
    let event_type = Some(filter.event_type).filter(|name| !name.is_empty());
    within(from.unwrap_or_else(|| begin(Period::Month, now)), to.unwrap_or(now), event_type)
}

fn within(from: Timestamp, to: Timestamp, event_type: Option<String>) -> ResendFailed {
    ResendFailed {
        from,
        to,
        event_type,
        dry_run: false,
        rate: ResendFailed::DEFAULT_RATE,
        max_failed_percent: ResendFailed::DEFAULT_MAX_FAILED_PERCENT,
        headers: ResendHeaders::Original,
    }
}
