//! The webhooks that want a type.

use crate::{
    api,
    query::Query,
    strings::strings,
    ui::{
        pill,
        search::address,
        show::show,
        webhook_name::{self, ON_LINE},
    },
};
use leptos::prelude::*;
use leptos_router::components::A;
use shared::{EventMode, Page, Webhook};

/// The webhooks that want the type of that name, and the way to its events.
pub(super) fn wanting(name: String) -> AnyView {
    let t = strings();
    let events = address("/events", &[("type", &name)]);
    let label = format!("{}: {name}", t.catalogue.wanting);
    let query = Query::new(move || name.clone(), |name| async move { api::webhooks_wanting(&name).await });
    view! {
        <section class="card" aria-label=label>
            <div class="cardhead">
                <h2>{t.catalogue.wanting}</h2>
                <div class="end"><A href=events attr:class="btn small">{t.view_events}</A></div>
            </div>
            {show(query, t.could_not_load_webhooks, |page| move || list(page.get()))}
        </section>
    }
    .into_any()
}

fn list(Page { items, next_cursor }: Page<Webhook>) -> AnyView {
    let t = strings();
    if items.is_empty() {
        return view! { <p class="pad muted">{t.catalogue.none_wants}</p> }.into_any();
    }
    let more = next_cursor.map(|_| view! { <p class="pad"><A href="/webhooks">{t.more_webhooks}</A></p> });
    view! { <ul class="checks pad" role="list">{items.into_iter().map(row).collect_view()}</ul>{more} }.into_any()
}

fn row(webhook: Webhook) -> impl IntoView {
    let t = strings();
    let conditions = webhook.events.conditions.len();
    let wants = match webhook.events.mode {
        EventMode::All => t.all_events.to_owned(),
        EventMode::Selected => (t.selected_events)(webhook.events.types.len()),
    };
    let wants = if conditions > 0 { format!("{wants} · {}", (t.conditions_count)(conditions)) } else { wants };
    let name = webhook_name::stacked(&webhook.description, &webhook.url, ON_LINE);
    let health = pill::of_health(&webhook);
    view! {
        <li>
            <div><A href=format!("/webhooks/{}", webhook.id) attr:class="url" attr:title=webhook.url>{name}</A></div>
            <div class="outcome">{health}" "<span class="muted">{wants}</span></div>
        </li>
    }
}
