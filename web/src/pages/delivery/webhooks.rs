//! What became of the event at each webhook, and why one did not get it.

use crate::{
    api,
    effect::effect,
    few::in_order,
    format,
    query::Query,
    strings::strings,
    ui::{
        pill,
        show::{show, show_all, unfold_once},
        webhook_name::{self, ON_LINE},
    },
};
use leptos::prelude::*;
use leptos_router::components::A;
use shared::{Delivery, DeliveryStatus, EventWebhook, Id};

/// In which order the webhooks stand, by what became of the event.
const ORDER: [Option<DeliveryStatus>; 6] = [
    Some(DeliveryStatus::Failed),
    Some(DeliveryStatus::Retrying),
    Some(DeliveryStatus::Pending),
    Some(DeliveryStatus::Delivered),
    Some(DeliveryStatus::Cancelled),
    None,
];
/// How many are shown before somebody asks for all.
const SHOWN_AT_FIRST: usize = 20;

#[component]
pub(super) fn AtWebhooks(delivery: RwSignal<Delivery>) -> impl IntoView {
    let t = &strings().details;
    let event = Memo::new(move |_| delivery.with(|delivery| delivery.summary.event_id));
    let here = Memo::new(move |_| delivery.with(|delivery| delivery.summary.id));
    let status = Memo::new(move |_| delivery.with(|delivery| delivery.summary.status));
    let query = Query::new(move || event.get(), |id| async move { api::event(id).await });
    let mut is_first = true;
    effect(move || {
        // Read, and not only tracked: nobody else reads it, and a memo that was never read does not change.
        status.get();
        // At first it is on its way already.
        if !std::mem::take(&mut is_first) {
            query.refresh();
        }
    });
    let counts = move || {
        let event = query.value.get()?;
        event.with(|event| Some(view! { <span class="hint">{counts(&event.webhooks)}</span> }))
    };
    // Drawn when somebody wants to know: most look at this webhook only.
    let opened = RwSignal::new(false);
    let list = move || {
        opened.get().then(|| {
            show(query, t.could_not_load_webhooks, move |event| {
                move || at_webhooks(event.get().webhooks, Some(here.get()))
            })
        })
    };
    view! {
        <details class="card at-webhooks" on:toggle=unfold_once(opened)>
            <summary>{t.at_webhooks}" "{counts}</summary>
            {list}
        </details>
    }
}

/// How many webhooks got an event, and how many did not.
fn counts(webhooks: &[EventWebhook]) -> String {
    let count = |status| webhooks.iter().filter(|at| at.status == status).count() as u64;
    let said = |status| Some(count(status)).filter(|count| *count > 0).map(|count| (status, count));
    let words = ORDER.into_iter().filter_map(said);
    let words = words.map(|(status, count)| (strings().details.count_at)(status, &format::number(count)));
    words.collect::<Vec<_>>().join(", ")
}

/// What became of an event at each webhook, and which of these is the delivery that is looked at: what has to be looked after first.
pub(super) fn at_webhooks(webhooks: Vec<EventWebhook>, here: Option<Id>) -> impl IntoView {
    let webhooks = in_order(webhooks, |at| ORDER.iter().position(|status| *status == at.status));
    let all = webhooks.len();
    let is_whole = RwSignal::new(false);
    let rows = move || {
        let count = if is_whole.get() { all } else { SHOWN_AT_FIRST };
        webhooks.iter().take(count).map(|at| row(at.clone(), here)).collect_view()
    };
    let more = (all > SHOWN_AT_FIRST).then(|| show_all(all, is_whole));
    view! { <ul class="checks pad" role="list">{rows}</ul>{more} }
}

fn row(at: EventWebhook, here: Option<Id>) -> impl IntoView {
    let t = &strings().details;
    let EventWebhook { webhook_id, url, description, deleted, delivery_id, status, not_matched } = at;
    let is_here = delivery_id.is_some() && delivery_id == here;
    let href = match delivery_id {
        Some(id) if !is_here => Some(format!("/events/{id}")),
        _ if deleted => None,
        _ => Some(format!("/webhooks/{webhook_id}")),
    };
    let name = webhook_name::stacked(&description, &url, ON_LINE);
    let url = match href {
        Some(href) => view! { <A href=href attr:class="url" attr:title=url>{name}</A> }.into_any(),
        None => view! { <span class="url" title=url>{name}</span> }.into_any(),
    };
    let words = match (status, not_matched) {
        (Some(status), _) => (t.status_at)(status),
        (None, Some(reason)) => (t.why_not)(reason),
        (None, None) => "",
    };
    let here = is_here.then(|| view! { <span class="muted">" ("{t.this_event}")"</span> });
    view! {
        <li>
            <div>{url}{here}{deleted.then(|| view! { <span class="muted">" "{strings().webhook_deleted}</span> })}</div>
            <div class="outcome">{status.map(pill::of_delivery)}" "<span class="muted">{words}</span></div>
        </li>
    }
}
