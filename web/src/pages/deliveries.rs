//! The events list of one webhook.

use super::webhooks::encoded;
use crate::{
    api::{self, ApiError, DeliveryFilter},
    browser, format,
    query::Query,
    strings::strings,
    ui::{icon::Icon, pill, remaining::remaining, search::SearchField, show::show},
};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    components::A,
    hooks::{use_navigate, use_params_map, use_query_map},
};
use shared::{
    DeliveryStatus, DeliverySummary, EventMode, EventType, Id, InactiveReason, Page, Timestamp, Webhook, WebhookStatus,
};
use std::time::Duration;

/// How often the first page is loaded again while it is looked at.
const REFRESH: Duration = Duration::from_secs(3);

#[component]
pub(crate) fn DeliveriesPage() -> impl IntoView {
    let t = strings();
    let parameters = use_params_map();
    let id = Memo::new(move |_| parameters.with(|map| map.get("id").and_then(|id| id.parse::<Id>().ok())));
    let filter = filter();
    browser::set_passing_title(t.events);
    let webhook = Query::new(
        move || id.get(),
        |id| async move { api::webhook(id.ok_or(ApiError { status: Some(404), problem: None })?).await },
    );
    view! {
        {show(webhook, t.could_not_load_webhook, move |webhook| {
            view! { <Head webhook=webhook/> <Filters webhook=webhook filter=filter/> <List webhook=webhook filter=filter/> }
        })}
    }
}

/// The filter in the URL.
fn filter() -> Memo<DeliveryFilter> {
    let query = use_query_map();
    Memo::new(move |_| {
        query.with(|map| {
            let text = |name| map.get(name).unwrap_or_default();
            DeliveryFilter {
                status: text("status"),
                event_type: text("type"),
                search: text("q"),
                cursor: text("after"),
            }
        })
    })
}

/// The address of the list with that filter.
fn href(webhook: Id, filter: &DeliveryFilter) -> String {
    let DeliveryFilter { status, event_type, search, cursor } = filter;
    let parameters = [("status", status), ("type", event_type), ("q", search), ("after", cursor)];
    let parameters: Vec<_> = parameters
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let mark = if parameters.is_empty() { "" } else { "?" };
    format!("/webhooks/{webhook}/events{mark}{}", parameters.join("&"))
}

#[component]
fn Head(webhook: RwSignal<Webhook>) -> impl IntoView {
    let t = strings();
    Effect::new(move || webhook.with(|webhook| browser::set_title(&(t.events_of)(format::short_url(&webhook.url)))));
    let note = move || {
        let reason = webhook.with(|webhook| webhook.inactive_reason)?;
        let text = match reason {
            InactiveReason::Operator => t.webhook_inactive_note,
            InactiveReason::Gone => t.webhook_gone_note,
            InactiveReason::Failing => t.webhook_failing_note,
        };
        let is_inactive = webhook.with(|webhook| webhook.status == WebhookStatus::Inactive);
        is_inactive.then(|| view! { <div class="note warn">{Icon::Alert.view()}<div>{text}</div></div> })
    };
    move || {
        let shown = webhook.get();
        let edit = format!("/webhooks/{}/edit?back=events", shown.id);
        view! {
            <nav class="crumbs" aria-label=t.breadcrumb>
                <ol role="list">
                    <li><A href="/webhooks" exact=true>{t.webhooks}</A></li>
                    <li><span class="mono url" aria-current="page">{format::short_url(&shown.url).to_owned()}</span></li>
                </ol>
            </nav>
            <div class="head">
                <h1 class="mono" tabindex="-1">{format::short_url(&shown.url).to_owned()}</h1>
                {pill::of_webhook(shown.status)}
                <div class="end"><A href=edit attr:class="btn">{t.edit}</A></div>
            </div>
            {note}
        }
    }
}

#[component]
fn Filters(webhook: RwSignal<Webhook>, filter: Memo<DeliveryFilter>) -> impl IntoView {
    let t = strings();
    let id = webhook.with_untracked(|webhook| webhook.id);
    let navigate = use_navigate();
    // A filter changes the list, not the page: Back leaves the page, and the cursor of another list is of no use.
    let change = move |change: &dyn Fn(&mut DeliveryFilter)| {
        let mut filter = DeliveryFilter { cursor: String::new(), ..filter.get_untracked() };
        change(&mut filter);
        navigate(&href(id, &filter), NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
    };
    let statuses = std::iter::once(("", t.all)).chain(
        [DeliveryStatus::Failed, DeliveryStatus::Retrying, DeliveryStatus::Pending, DeliveryStatus::Delivered]
            .map(|status| (status.name(), (t.delivery_status)(status))),
    );
    let choices: Vec<_> = statuses
        .map(|(value, name)| {
            let change = change.clone();
            view! {
                <label>
                    <input type="radio" name="status" value=value prop:checked=move || filter.with(|filter| filter.status == value)
                        on:change=move |_| change(&|filter| filter.status = value.to_owned())/>
                    {name}
                </label>
            }
        })
        .collect();
    let select = {
        let change = change.clone();
        move |event| {
            let value = event_target_value(&event);
            change(&|filter| filter.event_type.clone_from(&value));
        }
    };
    let searched = Memo::new(move |_| filter.with(|filter| filter.search.clone()));
    let search = move |text: String| change(&|filter| filter.search.clone_from(&text));
    view! {
        <form class="bar" role="search" aria-label=t.filter_events on:submit=|event| event.prevent_default()>
            <div class="seg" role="radiogroup" aria-label=t.status>{choices}</div>
            <label class="vh" for="type">{t.event_type}</label>
            <TypeOptions webhook=webhook filter=filter on_change=select/>
            <SearchField label=t.search_events placeholder=t.search_placeholder value=searched changed=search/>
        </form>
    }
}

/// The types that can be chosen: those of the catalogue that the webhook wants, and what is chosen already.
#[component]
fn TypeOptions(
    webhook: RwSignal<Webhook>,
    filter: Memo<DeliveryFilter>,
    on_change: impl Fn(leptos::ev::Event) + 'static,
) -> impl IntoView {
    let t = strings();
    let catalogue = Query::new(|| (), |()| api::event_types());
    let names = move || {
        let known: Vec<EventType> = catalogue.value.get().map(|types| types.get()).unwrap_or_default();
        let mut names: Vec<_> = webhook.with(|webhook| match webhook.events.mode {
            EventMode::All => known.into_iter().map(|known| known.name).collect(),
            EventMode::Selected => webhook.events.types.clone(),
        });
        let chosen = filter.with(|filter| filter.event_type.clone());
        if !chosen.is_empty() && !names.contains(&chosen) {
            names.push(chosen);
        }
        names.sort();
        names
    };
    let chosen = move |name: &str| filter.with(|filter| filter.event_type == name);
    view! {
        <select class="in" id="type" on:change=on_change>
            <option value="" prop:selected=move || chosen("")>{t.all_event_types}</option>
            <For each=names key=Clone::clone children=move |name| {
                let (value, shown) = (name.clone(), name.clone());
                view! { <option value=value prop:selected=move || chosen(&name)>{shown}</option> }
            }/>
        </select>
    }
}

#[component]
fn List(webhook: RwSignal<Webhook>, filter: Memo<DeliveryFilter>) -> impl IntoView {
    let t = strings();
    let id = webhook.with_untracked(|webhook| webhook.id);
    let query = Query::new(move || filter.get(), move |filter| async move { api::deliveries(id, &filter).await });
    // A later page stays as it is: it would move under the reader's eyes.
    query.reload_every(REFRESH, move |_| filter.with_untracked(|filter| filter.cursor.is_empty()));
    show(query, t.could_not_load_events, move |page| {
        let is_empty = Memo::new(move |_| page.with(|page| page.items.is_empty()));
        move || {
            if is_empty.get() {
                let has_filter = filter.get() != DeliveryFilter::default();
                empty(id, has_filter).into_any()
            } else {
                view! { <Table page=page/> <Pager webhook=id page=page filter=filter/> }.into_any()
            }
        }
    })
}

fn empty(webhook: Id, has_filter: bool) -> impl IntoView {
    let t = strings();
    let clear = has_filter
        .then(|| view! { <A href=format!("/webhooks/{webhook}/events") attr:class="btn">{t.clear_filters}</A> });
    let (title, text) = if has_filter {
        (t.no_events_match, None)
    } else {
        (t.no_events_title, Some(view! { <p>{t.no_events_text}</p> }))
    };
    view! { <section class="card empty">{Icon::Inbox.view()}<h2>{title}</h2>{text}{clear}</section> }
}

#[component]
fn Table(page: RwSignal<Page<DeliverySummary>>) -> impl IntoView {
    let t = strings();
    view! {
        <div class="card">
            <table class="tbl" role="table">
                <caption class="vh">{t.events_caption}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">{t.status}</th>
                        <th role="columnheader" scope="col">{t.event}</th>
                        <th role="columnheader" scope="col" class="num">{t.http}</th>
                        <th role="columnheader" scope="col" class="num">{t.attempts}</th>
                        <th role="columnheader" scope="col" class="num">{t.duration}</th>
                        <th role="columnheader" scope="col" class="num">{t.date_sent}</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=move || page.get().items key=|row| row.id children=move |first| row(first, page)/>
                </tbody>
            </table>
        </div>
    }
}

/// A row. Its cells change where they stand: what has the focus keeps it when the list is loaded again.
fn row(first: DeliverySummary, page: RwSignal<Page<DeliverySummary>>) -> impl IntoView {
    let none = || strings().none.to_owned();
    let (id, event_type) = (first.id, first.event_type.clone());
    let row = Memo::new(move |before: Option<&DeliverySummary>| {
        let now = page.with(|page| page.items.iter().find(|row| row.id == id).cloned());
        // What is no longer in the list is about to go.
        now.or_else(|| before.cloned()).unwrap_or_else(|| first.clone())
    });
    let status = Memo::new(move |_| row.with(|row| row.status));
    let ends = Memo::new(move |_| row.with(|row| (row.in_progress, row.next_attempt_at, row.duration_us)));
    let sent = Memo::new(move |_| row.with(|row| row.last_attempt_at.unwrap_or(row.created_at)));
    view! {
        <tr role="row">
            <td role="cell">{move || pill::of_delivery(status.get())}</td>
            <td role="cell" class="full">
                <A href=format!("/events/{id}") attr:class="row-link mono">{event_type}</A>
                <br/>
                <span class="mono muted">{id.to_string()}</span>
            </td>
            <td role="cell" class="num hide-s">{move || row.with(|row| row.status_code.map_or_else(none, |code| code.to_string()))}</td>
            <td role="cell" class="num hide-s">{move || row.with(|row| row.attempt_count)}</td>
            <td role="cell" class="num hide-s muted">{move || ending(ends.get())}</td>
            <td role="cell" class="num muted when">
                {move || { let sent = sent.get(); view! { <time datetime=sent.to_string() title=sent.to_string()>{format::instant(sent)}</time> } }}
            </td>
        </tr>
    }
}

/// How long the last attempt took, or when the next one comes.
fn ending((in_progress, next, duration_us): (bool, Option<Timestamp>, Option<u64>)) -> impl IntoView {
    let t = strings();
    match (in_progress, next) {
        (true, _) => t.sending.into_any(),
        (false, Some(next)) => {
            let left = remaining(next);
            view! { {move || (t.next_in)(&left.get())} }.into_any()
        }
        (false, None) => duration_us.map_or_else(|| t.none.to_owned(), format::duration).into_any(),
    }
}

#[component]
fn Pager(webhook: Id, page: RwSignal<Page<DeliverySummary>>, filter: Memo<DeliveryFilter>) -> impl IntoView {
    let t = strings();
    let to = move |cursor: String| href(webhook, &DeliveryFilter { cursor, ..filter.get() });
    let newest = move || {
        let is_later = filter.with(|filter| !filter.cursor.is_empty());
        is_later.then(|| view! { <A href=to(String::new()) attr:class="btn">{t.newest}</A> })
    };
    let older = move || {
        let next = page.with(|page| page.next_cursor.clone())?;
        Some(view! { <A href=to(next) attr:class="btn">{t.older}</A> })
    };
    view! { <nav class="bar" aria-label=t.pages>{newest}{older}</nav> }
}
