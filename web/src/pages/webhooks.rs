//! The webhooks list.

use crate::{
    api, browser, format,
    query::Query,
    strings::strings,
    ui::{
        dialog::{self, Dialog},
        icon::Icon,
        notice, pill,
        show::{explain, show},
    },
};
use leptos::{html, prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    components::{A, Outlet},
    hooks::{use_location, use_navigate, use_query_map},
};
use shared::{Counts, EventMode, EventSelection, Page, Webhook};
use std::time::Duration;

/// How often the list is loaded again while it is looked at.
const REFRESH: Duration = Duration::from_secs(10);
/// How long typing may pause before the list is filtered.
const TYPING: Duration = Duration::from_millis(250);

/// The list, for the form over it: what was saved shows at once.
#[derive(Clone, Copy)]
pub(crate) struct WebhooksList(pub(crate) Query<Page<Webhook>>);

#[component]
pub(crate) fn WebhooksPage() -> impl IntoView {
    let t = strings();
    let parameters = use_query_map();
    let search = Memo::new(move |_| parameters.with(|map| map.get("q").unwrap_or_default()));
    let cursor = Memo::new(move |_| parameters.with(|map| map.get("after").unwrap_or_default()));
    let query = Query::new(
        move || (search.get(), cursor.get()),
        |(search, cursor)| async move { api::webhooks(&search, &cursor).await },
    );
    query.reload_every(REFRESH, |_| true);
    provide_context(WebhooksList(query));
    let path = use_location().pathname;
    Effect::new(move || {
        if path.get() == "/webhooks" {
            browser::set_title(t.webhooks);
        }
    });
    let doomed = RwSignal::new(None::<Webhook>);
    view! {
        <div class="head">
            <h1 tabindex="-1">{t.webhooks}</h1>
            <div class="end"><A href="/webhooks/new" attr:class="btn primary">{Icon::Plus.view()}{t.new_webhook}</A></div>
        </div>
        <Search search=search/>
        {show(query, t.could_not_load_webhooks, move |page| list(page, search, doomed))}
        {move || doomed.get().map(|webhook| view! { <DeleteDialog webhook=webhook doomed=doomed query=query/> })}
        <Outlet/>
    }
}

#[component]
fn Search(search: Memo<String>) -> impl IntoView {
    let t = strings();
    let navigate = use_navigate();
    let typed = debounced(move |text: String| {
        let query = if text.is_empty() { String::new() } else { format!("?q={}", encoded(&text)) };
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        navigate(&format!("/webhooks{query}"), options);
    });
    view! {
        <form class="bar" role="search" on:submit=|event| event.prevent_default()>
            <label class="vh" for="q">{t.filter_by_url}</label>
            <input class="in" id="q" type="search" maxlength="200" placeholder=t.filter_by_url prop:value=move || search.get()
                on:input=move |event| typed(event_target_value(&event))/>
        </form>
    }
}

/// Calls `done` with the latest text when no other came for a while.
pub(crate) fn debounced(done: impl Fn(String) + Clone + 'static) -> impl Fn(String) + Copy + 'static {
    let latest = StoredValue::new(0_u32);
    let done = StoredValue::new_local(done);
    move |text| {
        latest.update_value(|number| *number += 1);
        let number = latest.get_value();
        set_timeout(
            move || {
                // Nothing when the page is gone or another text came.
                if latest.try_get_value() == Some(number) {
                    done.with_value(|done| done(text));
                }
            },
            TYPING,
        );
    }
}

/// A text as it stands in a query string.
pub(crate) fn encoded(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

fn list(page: RwSignal<Page<Webhook>>, search: Memo<String>, doomed: RwSignal<Option<Webhook>>) -> impl IntoView {
    let t = strings();
    let is_empty = Memo::new(move |_| page.with(|page| page.items.is_empty()));
    let more = move || {
        let cursor = page.with(|page| page.next_cursor.clone())?;
        let href = format!("/webhooks?q={}&after={}", encoded(&search.get()), encoded(&cursor));
        Some(view! { <nav class="bar" aria-label=t.pages><A href=href attr:class="btn">{t.more_webhooks}</A></nav> })
    };
    let table = move || {
        view! {
            <div class="card">
                <table class="tbl" role="table">
                    <caption class="vh">{t.webhooks_caption}</caption>
                    <thead role="rowgroup">
                        <tr role="row">
                            <th role="columnheader" scope="col">{t.payload_url}</th>
                            <th role="columnheader" scope="col">{t.events}</th>
                            <th role="columnheader" scope="col">{t.last_24_hours}</th>
                            <th role="columnheader" scope="col">{t.status}</th>
                            <th role="columnheader" scope="col" class="num">{t.actions}</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">
                        <For each=move || page.get().items key=|webhook| (webhook.id, webhook.version, counted(&webhook.last_24h))
                            children=move |webhook| row(webhook, doomed)/>
                    </tbody>
                </table>
            </div>
            {more}
        }
    };
    move || if is_empty.get() { empty(&search.get()).into_any() } else { table().into_any() }
}

const fn counted(counts: &Counts) -> (u64, u64, u64) {
    (counts.delivered, counts.failed, counts.pending)
}

fn row(webhook: Webhook, doomed: RwSignal<Option<Webhook>>) -> impl IntoView {
    let t = strings();
    let url = webhook.url.clone();
    let events = format!("/webhooks/{}/events", webhook.id);
    let edit = format!("/webhooks/{}/edit", webhook.id);
    let reason =
        webhook.inactive_reason.map(|reason| view! { <span class="hint">" "{(t.inactive_reason)(reason)}</span> });
    let (view_label, edit_label, delete_label) = ((t.view_events_of)(&url), (t.edit_of)(&url), (t.delete_of)(&url));
    let description =
        (!webhook.description.is_empty()).then(|| view! { <span class="hint">{webhook.description.clone()}</span> });
    view! {
        <tr role="row">
            <td role="cell" class="full"><A href=events.clone() attr:class="mono url">{url}</A>{description}</td>
            <td role="cell" class="muted">{selection(&webhook.events)}</td>
            <td role="cell" class="muted">{health(webhook.last_24h)}</td>
            <td role="cell">{pill::of_webhook(webhook.status)}{reason}</td>
            <td role="cell" class="full">
                <div class="row-actions">
                    <A href=events attr:class="btn small" attr:aria-label=view_label>{t.view_events}</A>
                    <A href=edit attr:class="btn small" attr:aria-label=edit_label>{t.edit}</A>
                    <button type="button" class="btn small" aria-label=delete_label on:click=move |_| doomed.set(Some(webhook.clone()))>
                        {t.delete}
                    </button>
                </div>
            </td>
        </tr>
    }
}

fn selection(events: &EventSelection) -> String {
    match events.mode {
        EventMode::All => strings().all_events.to_owned(),
        EventMode::Selected => (strings().selected_events)(events.types.len()),
    }
}

fn health(counts: Counts) -> String {
    let t = strings();
    match counts.success_rate {
        None => t.no_deliveries.to_owned(),
        Some(rate) => {
            format!("{} · {}", format::share(rate), (t.delivered_and_failed)(counts.delivered, counts.failed))
        }
    }
}

fn empty(search: &str) -> impl IntoView {
    let t = strings();
    if search.is_empty() {
        view! {
            <section class="card empty">
                {Icon::Inbox.view()}
                <h2>{t.no_webhooks_title}</h2>
                <p>{t.no_webhooks_text}</p>
                <A href="/webhooks/new" attr:class="btn primary">{Icon::Plus.view()}{t.new_webhook}</A>
            </section>
        }
        .into_any()
    } else {
        view! {
            <section class="card empty">
                {Icon::List.view()}
                <h2>{t.no_webhooks_match}</h2>
                <p class="mono">{search.to_owned()}</p>
                <A href="/webhooks" attr:class="btn">{t.clear_filters}</A>
            </section>
        }
        .into_any()
    }
}

#[component]
fn DeleteDialog(webhook: Webhook, doomed: RwSignal<Option<Webhook>>, query: Query<Page<Webhook>>) -> impl IntoView {
    let t = strings();
    let element = NodeRef::<html::Dialog>::new();
    let busy = RwSignal::new(false);
    let id = webhook.id;
    let delete = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match api::delete_webhook(id).await {
                Ok(()) => notice::say(t.deleted),
                Err(error) => notice::warn(format!("{} {}", t.could_not_delete, explain(&error))),
            }
            query.reload();
            dialog::close(element);
        });
    };
    view! {
        <Dialog title=t.delete_title may_close=|| true gone=move || doomed.set(None) element=element>
            <div class="body"><p class="mono url">{webhook.url}</p><p>{t.delete_text}</p></div>
            <footer>
                <button type="button" class="btn" on:click=move |_| dialog::close(element)>{t.cancel}</button>
                <button type="button" class="btn danger" aria-disabled=move || busy.get().to_string() on:click=delete>{t.delete_confirm}</button>
            </footer>
        </Dialog>
    }
}
