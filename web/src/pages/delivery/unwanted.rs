//! An event that no webhook wanted: what it was, and why each did not get it.

use super::{erasing, facts, request::file_name, webhooks::at_webhooks};
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
        show::{show_page, type_name},
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
    show_page(query, t.event, t.could_not_load_event, move |event| move || page(event.get(), query))
}

fn page(Event { summary, payload, webhooks }: Event, query: Query<Event>) -> impl IntoView {
    let t = strings();
    let name = format!("{}.{}", summary.source, summary.kind);
    browser::set_title(&name);
    // The address of another event says no more than what became of it.
    let note = (summary.matched == 0).then(|| {
        // What was erased is not sent later either.
        let why = match (webhooks.is_empty(), summary.erased_at) {
            (_, Some(_)) => view! { <b>{t.details.unwanted}</b> }.into_any(),
            (true, None) => t.details.no_webhook.into_any(),
            (false, None) => view! { <b>{t.details.unwanted}</b>" "{t.details.not_sent_later} }.into_any(),
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
    let file = file_name(&summary.ce_id, "json");
    let menu = summary.erased_at.is_none().then(|| erasing::menu(summary.id, name.clone(), *query));
    let facts = facts(None, summary.id, summary.ce_id, None, summary.time);
    // The audit log leads here to events that some webhook wanted.
    let above: &[_] = if summary.matched == 0 {
        &[("/events", t.events), (UNWANTED, t.list.unwanted)]
    } else {
        &[("/events", t.events)]
    };
    view! {
        {crumbs(above, t.event.into_any())}
        <div class="head"><Heading text=Memo::new(move |_| name.clone()) drawn=|name| type_name(name).into_any()/><div class="end">{menu}</div></div>
        {note}
        {facts}
        {payload.map(|text| view! { <JsonCard title=t.payload label=t.payload_label text=text note=" · application/json" file=file/> })}
        {summary.erased_at.map(erasing::payload)}
        {became}
    }
}
