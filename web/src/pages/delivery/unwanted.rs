//! An event that no webhook wanted: what it was, and why each did not get it.

use super::{facts, webhooks::at_webhooks};
use crate::{
    api::{self, ApiError},
    browser,
    pages::{events::UNWANTED, webhook::id_in_path},
    query::Query,
    strings::strings,
    ui::{
        crumbs::crumbs,
        heading::Heading,
        icon::Icon,
        json_view::JsonCard,
        show::{show, type_name},
    },
};
use leptos::prelude::*;
use leptos_router::components::A;
use shared::Event;

#[component]
pub(crate) fn UnwantedEventPage() -> impl IntoView {
    let t = strings();
    let id = id_in_path();
    let query = Query::new(move || id.get(), |id| async move { api::event(id.ok_or(ApiError::NOT_FOUND)?).await });
    browser::set_passing_title(t.event);
    show(query, t.could_not_load_event, |event| move || page(event.get()))
}

fn page(Event { summary, payload, webhooks }: Event) -> impl IntoView {
    let t = strings();
    let name = format!("{}.{}", summary.source, summary.kind);
    browser::set_title(&name);
    // The address of another event says no more than what became of it.
    let note = (summary.matched == 0).then(|| {
        let why = if webhooks.is_empty() {
            t.details.no_webhook.into_any()
        } else {
            view! { <b>{t.details.unwanted}</b>" "{t.details.not_sent_later} }.into_any()
        };
        view! {
            <div class="note info">
                {Icon::Alert.view()}
                <div>{why}" "<A href="/webhooks">{t.go_to_webhooks}</A></div>
            </div>
        }
    });
    let became = (!webhooks.is_empty()).then(|| {
        view! {
            <section class="card" aria-label=t.details.at_webhooks>
                <div class="cardhead"><h2>{t.details.at_webhooks}</h2></div>
                {at_webhooks(webhooks, None)}
            </section>
        }
    });
    let file = format!("{}.json", summary.ce_id);
    let facts = facts(summary.id, summary.ce_id, summary.source, summary.time);
    view! {
        {crumbs(&[("/events", t.events), (UNWANTED, t.list.unwanted)], t.event.into_any())}
        <div class="head"><Heading text=Memo::new(move |_| name.clone()) drawn=|name| type_name(name).into_any()/></div>
        {note}
        {facts}
        <JsonCard title=t.payload label=t.payload_label text=payload note=" · application/json" file=file/>
        {became}
    }
}
