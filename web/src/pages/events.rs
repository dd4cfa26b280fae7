//! The events lists: of one webhook, and of all.

mod bar;
mod bulk;
mod filter;
mod job;
mod list;
mod pager;
mod resend_all;
mod table;

use super::webhook::{Section, frame, id_in_path};
use crate::{
    api::{self, ApiError},
    browser,
    query::Query,
    strings::strings,
    ui::show::once_drawn,
};
use filter::Filter;
use leptos::prelude::*;
use list::{List, Source};
use shared::{DeliveryStatus, EventMode, Id, Period, Webhook};
use std::collections::HashMap;

/// The parameter of a list's address that opens the question before all that failed is sent again.
const RESEND: &str = "resend";

/// Where the question stands before all of a webhook's events that failed within the period are sent again.
pub(crate) fn resend_failed(webhook: Id, period: Period) -> String {
    let filter =
        Filter { status: DeliveryStatus::Failed.name().into(), period: period.name().into(), ..Filter::default() };
    filter.href(&format!("/webhooks/{webhook}/events")) + "&" + RESEND + "=all"
}

/// Where a webhook's events of the period stand that came to that outcome, or are of that type.
pub(crate) fn narrowed(webhook: Id, period: Period, outcome: &str, event_type: &str) -> String {
    let filter = filter::Filter {
        period: period.name().into(),
        outcome: outcome.into(),
        event_type: event_type.into(),
        ..filter::Filter::default()
    };
    filter.href(&format!("/webhooks/{webhook}/events"))
}

/// Whose events a list shows.
#[derive(Clone, Copy)]
enum Scope {
    /// One webhook's.
    Webhook(RwSignal<Webhook>),
    /// All webhooks', with their URLs for the column.
    All(RwSignal<HashMap<Id, String>>),
}

impl Scope {
    fn id(self) -> Option<Id> {
        match self {
            Self::Webhook(webhook) => Some(webhook.with_untracked(|webhook| webhook.id)),
            Self::All(_) => None,
        }
    }

    /// Where the list is.
    fn path(self) -> String {
        self.id().map_or_else(|| "/events".to_owned(), |id| format!("/webhooks/{id}/events"))
    }

    /// The types that can occur, out of those that are known.
    fn types(self, known: Vec<String>) -> Vec<String> {
        match self {
            Self::Webhook(webhook) => webhook.with(|webhook| match webhook.events.mode {
                EventMode::All => known,
                EventMode::Selected => webhook.events.types.clone(),
            }),
            Self::All(_) => known,
        }
    }
}

/// The events of one webhook.
#[component]
pub(crate) fn WebhookEventsPage() -> impl IntoView {
    let id = id_in_path();
    // Asked for beside the webhook, not after it.
    let source = Source::of(move || id.get().map(Some).ok_or(ApiError::NOT_FOUND));
    frame(Section::Events, move |webhook| view! { <List scope=Scope::Webhook(webhook) source=source/> })
}

/// The events of all webhooks.
#[component]
pub(crate) fn EventsPage() -> impl IntoView {
    let t = strings();
    browser::set_title(t.list.all_webhooks);
    let urls = RwSignal::new(HashMap::new());
    let webhooks = Query::new(|| (), |()| async { api::webhooks("", "").await });
    // Without the URLs, the column shows ids.
    Effect::new(move || {
        if let Some(page) = webhooks.value.get() {
            urls.set(page.get().items.into_iter().map(|webhook| (webhook.id, webhook.url)).collect());
        }
    });
    let source = Source::of(|| Ok(None));
    view! {
        <div class="head"><h1 tabindex="-1">{t.events}</h1></div>
        {once_drawn(move || view! { <List scope=Scope::All(urls) source=source/> })}
    }
}
