//! A delivery: one event for one webhook.

use crate::{Attempt, Failure, Id, TestKind, Timestamp, WebhookStatus, names::names};
use serde::{Deserialize, Serialize};

names! {
    /// Where a delivery stands.
    DeliveryStatus {
        /// Not tried yet.
        Pending = "pending",
        /// The receiver answered 2xx.
        Delivered = "delivered",
        /// The last attempt failed, another one is scheduled.
        Retrying = "retrying",
        /// The last attempt failed and no other is scheduled.
        Failed = "failed",
        /// The webhook was deleted, or the event's content erased, before the event was delivered.
        Cancelled = "cancelled",
    }
}

/// A row of an events list: one event for one webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliverySummary {
    /// The delivery's id, which receivers get as `webhook-id`.
    pub id: Id,
    /// The event that is delivered.
    pub event_id: Id,
    /// The webhook it is delivered to.
    pub webhook_id: Id,
    /// `SOURCE.TYPE`.
    pub event_type: String,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Whether an attempt is under way or about to start; then it cannot be resent. What waits until `resting_until` is not under way.
    pub in_progress: bool,
    /// How many attempts were made.
    pub attempt_count: u32,
    /// Why the last attempt failed.
    pub failure: Option<Failure>,
    /// What the receiver answered last.
    pub status_code: Option<u16>,
    /// How long the last attempt took, in microseconds.
    pub duration_us: Option<u64>,
    /// When the last attempt began.
    pub last_attempt_at: Option<Timestamp>,
    /// When the next attempt is due, if one is scheduled. While the webhook is inactive there is none; it comes when that is activated.
    pub next_attempt_at: Option<Timestamp>,
    /// Until when it waits, as its webhook rests: the receiver has answered a 429 or a 503 with `Retry-After`. It is sent then, and is not
    /// resent before; saving the webhook ends the rest. `null` when it does not wait for that.
    pub resting_until: Option<Timestamp>,
    /// When the event was taken.
    pub created_at: Timestamp,
    /// What is tested, if it is the delivery of a test; statistics leave it out, and it is neither retried nor resent.
    pub test: Option<TestKind>,
    /// When the event's content was erased: then there is no payload, nor what the receiver answered, and it is not sent again.
    pub erased_at: Option<Timestamp>,
    /// The webhook's current URL, or its last one when it was deleted.
    pub webhook_url: Option<String>,
    /// What the webhook is for, which may be empty.
    pub webhook_description: Option<String>,
    /// Whether the webhook is active; `null` when it was deleted.
    pub webhook_status: Option<WebhookStatus>,
    /// Whether the webhook's secret, authentication or custom headers are not those of the last request, so that original and current
    /// headers differ. A list says so of all that came before they were changed; the delivery itself compares.
    pub settings_changed: bool,
}

impl DeliverySummary {
    /// Whether it can be sent again now: the last attempt failed, none is under way, it is no test, its content was not erased, and the
    /// webhook is active and does not rest with it.
    pub fn resendable(&self) -> bool {
        let failed = matches!(self.status, DeliveryStatus::Failed | DeliveryStatus::Retrying);
        let whole = self.test.is_none() && self.erased_at.is_none();
        let waits = self.in_progress || self.resting_until.is_some();
        failed && !waits && whole && self.webhook_status == Some(WebhookStatus::Active)
    }
}

/// A delivery with its event's payload and all of its attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// What the list shows.
    #[serde(flatten)]
    pub summary: DeliverySummary,
    /// The event's `source`.
    pub source: String,
    /// The event's `type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The event's `id` as the publisher gave it.
    pub ce_id: String,
    /// The event's `time`, or when it was taken if it had none.
    pub time: Timestamp,
    /// The event as it was published, byte for byte, which is the body of an attempt's request where its `content_mode` is `structured`;
    /// `null` when the event's content was erased.
    pub payload: Option<String>,
    /// Its data, byte for byte, which is the body where the `content_mode` is `binary`; `null` where no attempt's is, or the content was
    /// erased.
    pub data: Option<SentData>,
    /// How many attempts the webhook's retry schedule allows after the first.
    pub retries: u32,
    /// All attempts, newest first.
    pub attempts: Vec<Attempt>,
}

/// What an event holds, as a request in binary content mode sends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SentData {
    /// The data as text; `null` when it is no UTF-8, then it stands in `base64`.
    pub text: Option<String>,
    /// The data in base64 when it is no UTF-8.
    pub base64: Option<String>,
}

/// How to send a delivery again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Resend {
    /// Which headers to send.
    #[serde(default)]
    pub headers: ResendHeaders,
}

names! {
    /// Which headers a resend carries. `webhook-timestamp` and `webhook-signature` are always made anew.
    #[derive(Default)]
    ResendHeaders {
        /// Those of the last request, byte for byte; the current ones where the webhook's URL has another scheme, host or port since, so
        /// that credentials go only where they were meant for.
        #[default]
        Original = "original",
        /// Made from the webhook's current settings.
        Current = "current",
    }
}
