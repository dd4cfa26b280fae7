//! An event: what was published, once.

use crate::{DeliveryStatus, Id, Timestamp};
use serde::{Deserialize, Serialize};

/// The answer to a published event: it is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Published {
    /// The id under which the event was recorded.
    pub id: Id,
    /// How many webhooks want it.
    pub matched: u32,
    /// Whether the same event had been published before; then nothing is sent again.
    pub duplicate: bool,
}

/// A row of the list of published events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventSummary {
    /// The id under which the event was recorded.
    pub id: Id,
    /// The event's `source`.
    pub source: String,
    /// The event's `type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The event's `id` as the publisher gave it.
    pub ce_id: String,
    /// The event's `time`, or when it was taken if it had none.
    pub time: Timestamp,
    /// How many webhooks wanted it; 0 means that it was discarded.
    pub matched: u32,
    /// When the event was taken.
    pub created_at: Timestamp,
    /// Whether it was made to test a webhook; then it went to that webhook alone.
    #[serde(default)]
    pub test: bool,
}

/// An event with its payload and what became of it at each webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// What the list shows.
    #[serde(flatten)]
    pub summary: EventSummary,
    /// The event as it is sent, byte for byte.
    pub payload: String,
    /// Every webhook, with its delivery or the reason why there is none.
    pub webhooks: Vec<EventWebhook>,
}

/// What became of an event at one webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventWebhook {
    /// The webhook.
    pub webhook_id: Id,
    /// Its current URL.
    pub url: String,
    /// The delivery, if the webhook wanted the event.
    pub delivery_id: Option<Id>,
    /// Where the delivery stands.
    pub status: Option<DeliveryStatus>,
    /// Why there is no delivery.
    pub not_matched: Option<NotMatched>,
}

/// Why a webhook did not get an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotMatched {
    /// The webhook is inactive.
    Inactive,
    /// The webhook does not select this type.
    TypeNotSelected,
    /// The webhook was created after the event.
    CreatedLater,
    /// The webhook wants this type now, but did not when the event was published.
    ChangedSince,
}
