//! What became of the event at each webhook, and why one did not get it.

use crate::{
    api,
    query::Query,
    strings::strings,
    ui::{
        pill,
        show::show,
        webhook_name::{self, ON_LINE},
    },
};
use leptos::prelude::*;
use leptos_router::components::A;
use shared::{Delivery, EventWebhook, Id};

#[component]
pub(super) fn AtWebhooks(delivery: RwSignal<Delivery>) -> impl IntoView {
    let t = &strings().details;
    let event = Memo::new(move |_| delivery.with(|delivery| delivery.summary.event_id));
    let here = Memo::new(move |_| delivery.with(|delivery| delivery.summary.id));
    // Loaded when somebody wants to know: most look at this webhook only.
    let opened = RwSignal::new(false);
    let list = move || {
        opened.get().then(|| {
            let query = Query::new(move || event.get(), |id| async move { api::event(id).await });
            show(query, t.could_not_load_webhooks, move |event| {
                move || at_webhooks(event.get().webhooks, Some(here.get()))
            })
        })
    };
    view! {
        <details class="card at-webhooks" on:toggle=move |_| opened.set(true)>
            <summary>{t.at_webhooks}</summary>
            {list}
        </details>
    }
}

/// What became of an event at each webhook, and which of these is the delivery that is looked at.
pub(super) fn at_webhooks(webhooks: Vec<EventWebhook>, here: Option<Id>) -> impl IntoView {
    let rows: Vec<_> = webhooks.into_iter().map(|at| row(at, here)).collect();
    view! { <ul class="checks pad" role="list">{rows}</ul> }
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
