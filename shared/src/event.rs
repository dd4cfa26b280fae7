//! An event: what was published, once.

use crate::{DeliveryStatus, Id, Problem, Timestamp, names::names};
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

/// What became of one event of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchItem {
    /// The HTTP status code that the event alone would have been answered with; 202 means that it is on disk.
    pub status: u16,
    /// The id under which the event was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub id: Option<Id>,
    /// How many webhooks want it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub matched: Option<u32>,
    /// Whether the same event had been published before; then nothing is sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub duplicate: Option<bool>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub problem: Option<Problem>,
}

impl From<Published> for BatchItem {
    fn from(Published { id, matched, duplicate }: Published) -> Self {
        Self { status: 202, id: Some(id), matched: Some(matched), duplicate: Some(duplicate), problem: None }
    }
}

impl From<Problem> for BatchItem {
    fn from(problem: Problem) -> Self {
        Self { status: problem.status, id: None, matched: None, duplicate: None, problem: Some(problem) }
    }
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
    pub test: bool,
    /// When its content was erased, before it is purged: its payload, and what receivers answered.
    pub erased_at: Option<Timestamp>,
}

/// An event with its payload and what became of it at each webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// What the list shows.
    #[serde(flatten)]
    pub summary: EventSummary,
    /// The event as it is sent, byte for byte; `null` when its content was erased.
    pub payload: Option<String>,
    /// Every webhook, with its delivery or the reason why there is none.
    pub webhooks: Vec<EventWebhook>,
}

/// What became of an event at one webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventWebhook {
    /// The webhook.
    pub webhook_id: Id,
    /// Its current URL, or its last one.
    pub url: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Whether it was deleted.
    pub deleted: bool,
    /// The delivery, if the webhook wanted the event.
    pub delivery_id: Option<Id>,
    /// Where the delivery stands.
    pub status: Option<DeliveryStatus>,
    /// Why there is no delivery.
    pub not_matched: Option<NotMatched>,
}

names! {
    /// Why a webhook did not get an event.
    NotMatched {
        /// The webhook was inactive already, and still is.
        Inactive = "inactive",
        /// The webhook does not select this type.
        TypeNotSelected = "type_not_selected",
        /// The webhook selects this type, but its conditions do not hold.
        ConditionsNotMet = "conditions_not_met",
        /// The webhook was created after the event.
        CreatedLater = "created_later",
        /// The webhook was changed since the event was published: whether it wanted it then is not known.
        ChangedSince = "changed_since",
    }
}
