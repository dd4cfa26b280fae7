//! The question before all that failed is sent again: how many they are, first.

use super::{
    FAILED_OR_RETRYING,
    filter::status_name,
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
        notice,
        show::explain,
    },
};
use leptos::{html, prelude::*, task::spawn_local};
use shared::{Period, ResendFailed, ResendHeaders, Webhook};

#[component]
pub(super) fn ResendAll(shown: Shown, asking: RwSignal<bool>, progress: RwSignal<Option<Progress>>) -> impl IntoView {
    let t = strings();
    let element = NodeRef::<html::Dialog>::new();
    let busy = RwSignal::new(false);
    let once = Once::new();
    let super::Scope::Webhook(webhook) = shown.scope else { return ().into_any() };
    let Webhook { id: webhook, url, created_at, credentials_changed_at, .. } = webhook.get_untracked();
    let which = which(shown);
    let counted = {
        let which = which.clone();
        Query::new(
            || (),
            move |()| {
                let which = which.clone();
                async move { api::count_failed(webhook, &which).await }
            },
        )
    };
    let count = move || counted.value.get().map(|counted| counted.get().count);
    let title = t.list.select_all_failed.trim_end_matches('…');
    let headers = RwSignal::new(ResendHeaders::Original);
    let has_changed = credentials_changed_at > which.from.max(created_at);
    let window = format!("{} – {}", format::instant(which.from), format::instant(which.to));
    let types = which.event_type.clone().unwrap_or_else(|| t.all_event_types.to_owned());
    let said = move || match (count(), counted.error.get()) {
        (Some(0), _) => t.list.nothing_to_resend.to_owned(),
        (Some(count), _) => (t.list.resend_title)(&format::number(count), count == 1),
        (None, Some(error)) => explain(&error),
        (None, None) => t.list.counting.to_owned(),
    };
    let is_ready = move || count().is_some_and(|count| count > 0) && !busy.get();
    let confirm = {
        let which = StoredValue::new(which);
        move |_| {
            if !untrack(is_ready) {
                return;
            }
            busy.set(true);
            spawn_local(async move {
                let which = ResendFailed { headers: headers.get_untracked(), ..which.get_value() };
                match api::resend_failed(webhook, &which, once).await {
                    Ok(begun) => {
                        job::show(begun, progress, shown);
                        dialog::close(element);
                    }
                    Err(error) => {
                        busy.set(false);
                        notice::warn(format!("{} {}", t.list.could_not_start, explain(&error)));
                        // One that somebody else has begun meanwhile.
                        job::find(webhook, progress, shown);
                    }
                }
            });
        }
    };
    // Whoever came by a link has no button to go back to.
    let gone = move || {
        asking.set(false);
        browser::keep_focus();
    };
    view! {
        <Dialog title=title may_close=|| true gone=gone element=element>
            <div class="body">
                <p role="status"><b>{said}</b></p>
                <dl class="kv">
                    <dt>{t.list.resend_to}</dt><dd class="mono">{url}</dd>
                    <dt>{t.list.when}</dt><dd>{window}</dd>
                    <dt>{t.event_type}</dt><dd>{types}</dd>
                    <dt>{t.status}</dt><dd>{status_name(FAILED_OR_RETRYING)}</dd>
                </dl>
                {has_changed.then(|| view! { <HeadersChoice chosen=headers/> })}
                <p>{t.list.resend_text}</p>
                <p class="hint">{t.list.resend_canary}</p>
            </div>
            <footer>
                <button type="button" class="btn" autofocus on:click=move |_| dialog::close(element)>{t.cancel}</button>
                <button type="button" class="btn primary" aria-disabled=move || (!is_ready()).to_string() on:click=confirm>
                    {Icon::Retry.view()}
                    {move || (t.list.resend_count)(&count().map(format::number).unwrap_or_default())}
                </button>
            </footer>
        </Dialog>
    }
    .into_any()
}

/// What the list shows, as far as a resend can be narrowed. Without a window it is the last 30 days.
fn which(shown: Shown) -> ResendFailed {
    let (now, filter) = (format::now(), shown.filter.get_untracked());
    let (from, to) = filter.window(now);
    let (days, seconds) = Period::Month.buckets();
    let earliest = now.plus_seconds(-seconds * i64::try_from(days).unwrap_or_default());
    let event_type = Some(filter.event_type).filter(|name| !name.is_empty());
    ResendFailed {
        from: from.unwrap_or(earliest),
        to: to.unwrap_or(now),
        event_type,
        dry_run: false,
        rate: ResendFailed::DEFAULT_RATE,
        max_failed_percent: ResendFailed::DEFAULT_MAX_FAILED_PERCENT,
        headers: ResendHeaders::Original,
    }
}
