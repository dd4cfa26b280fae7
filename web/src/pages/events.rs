//! The events lists: of one webhook, and of all.

mod bar;
mod bulk;
mod filter;
mod heard;
mod list;
mod pager;
mod send_many;
mod table;
mod ticked;
mod unwanted;

use super::webhook::{Section, frame, id_in_path};
use crate::{
    api::ApiError,
    browser,
    effect::effect,
    strings::strings,
    ui::{
        search::{address, in_address},
        show::once_drawn,
    },
};
use leptos::prelude::*;
use leptos_router::components::A;
use list::{List, Source};
use shared::{DeliveryStatus, EventMode, EventSelection, Id, Period, Timestamp, Webhook, WebhookStatus};
pub(crate) use unwanted::{UNWANTED, UnwantedEventsPage};

/// The parameter of a list's address that opens the question before many events are sent: `all` that failed, or those `missed`.
const RESEND: &str = "resend";

/// What counts as failed, and what a resend of all that failed sends again: the statuses, as the address has them.
const FAILED_OR_RETRYING: &str = "failed,retrying";

/// Where the events of a webhook are, or those of all.
fn list_of(webhook: Option<Id>) -> String {
    webhook.map_or_else(|| "/events".to_owned(), |id| Section::Events.href(id))
}

/// Where the events are that failed within the period: a webhook's, or those of all.
pub(crate) fn failed(webhook: Option<Id>, period: Period) -> String {
    address(&list_of(webhook), &[("status", FAILED_OR_RETRYING), ("period", period.name())])
}

/// Where a webhook's events of the period are that stand so.
pub(crate) fn with_status(webhook: Id, status: DeliveryStatus, period: Period) -> String {
    address(&Section::Events.href(webhook), &[("status", status.name()), ("period", period.name())])
}

/// Where the question stands before all of them are sent again.
pub(crate) fn resend_failed(webhook: Id, period: Period) -> String {
    failed(Some(webhook), period) + "&" + RESEND + "=all"
}

/// Where the question stands before a webhook is sent what it missed, from an instant on where one is named.
pub(crate) fn send_missed(webhook: Id, since: Option<Timestamp>) -> String {
    let from = since.map(|since| since.to_string()).unwrap_or_default();
    address(&Section::Events.href(webhook), &[("from", &from), (RESEND, "missed")])
}

/// Where the events stand that were published between two instants.
pub(crate) fn between(webhook: Option<Id>, from: Timestamp, to: Timestamp) -> String {
    address(&list_of(webhook), &[("from", &from.to_string()), ("to", &to.to_string())])
}

/// Where the events of the period stand that came to that outcome, or are of that type.
pub(crate) fn narrowed(webhook: Option<Id>, period: Period, outcome: &str, event_type: &str) -> String {
    let parameters = [("type", event_type), ("period", period.name()), ("outcome", outcome)];
    address(&list_of(webhook), &parameters)
}

/// Whose events a list shows.
#[derive(Clone, Copy)]
enum Scope {
    /// One webhook's.
    Webhook(RwSignal<Webhook>),
    /// All webhooks'.
    All,
}

impl Scope {
    fn id(self) -> Option<Id> {
        match self {
            Self::Webhook(webhook) => Some(webhook.with_untracked(|webhook| webhook.id)),
            Self::All => None,
        }
    }

    /// Whether it is one webhook's, and that one takes events.
    fn is_active(self) -> bool {
        match self {
            Self::Webhook(webhook) => webhook.with(|webhook| webhook.status == WebhookStatus::Active),
            Self::All => false,
        }
    }

    /// When the one webhook was last changed, as far as is known.
    fn changed_at(self) -> Option<Timestamp> {
        match self {
            Self::Webhook(webhook) => Some(webhook.with_untracked(|webhook| webhook.updated_at)),
            Self::All => None,
        }
    }

    /// Where the list is.
    fn path(self) -> String {
        list_of(self.id())
    }

    /// The types that can occur, out of those that are known.
    fn types(self, known: Vec<String>) -> Vec<String> {
        match self {
            Self::Webhook(webhook) => webhook.with(|webhook| match webhook.events.mode {
                EventMode::All => known,
                // What it selects beside the catalogue can occur, too.
                EventMode::Selected => {
                    let single =
                        webhook.events.types.iter().filter(|wanted| EventSelection::beginning(wanted).is_none());
                    let of_known = known.into_iter().filter(|name| webhook.events.wants_type(name));
                    of_known.chain(single.cloned()).collect()
                }
            }),
            Self::All => known,
        }
    }
}

/// The events of one webhook.
#[component]
pub(crate) fn WebhookEventsPage() -> impl IntoView {
    let id = id_in_path();
    // Asked for beside the webhook, not after it.
    let source = Source::of(move || id.try_get().flatten().map(Some).ok_or(ApiError::NOT_FOUND));
    frame(Section::Events, move |webhook| view! { <List scope=Scope::Webhook(webhook) source=source/> })
}

/// The events of all webhooks.
#[component]
pub(crate) fn EventsPage() -> impl IntoView {
    let t = strings();
    let status = in_address("status");
    effect(move || {
        let narrowed = status.with(|status| filter::status_name(status)).map(|name| format!(" · {name}"));
        browser::set_title(&(t.list.all_webhooks.to_owned() + &narrowed.unwrap_or_default()));
    });
    let source = Source::of(|| Ok(None));
    view! {
        <div class="head">
            <h1 tabindex="-1">{t.events}</h1>
            <A href=UNWANTED attr:class="end">{t.list.unwanted}</A>
        </div>
        {once_drawn(move || view! { <List scope=Scope::All source=source/> })}
    }
}
