//! A webhook: a registered endpoint with its secret, authentication, event selection and status.

use crate::{
    CatalogueShare, Counts, EventSelection, HourCounts, Id, Timestamp, check_payload_url, is_same_origin, names::names,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A webhook as it is read. What is secret never comes out: only whether and when it was set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Webhook {
    /// Its id.
    pub id: Id,
    /// The payload URL: where events are POSTed.
    pub url: String,
    /// What it is for, in the operator's words; may be empty.
    pub description: String,
    /// Whether events are sent.
    pub status: WebhookStatus,
    /// Why it is inactive; `null` when it is active. `gone`: the receiver answered 410, and that delivery is not tried again. `failing`:
    /// every attempt of at least 24 hours has failed, 20 or more in a row.
    pub inactive_reason: Option<InactiveReason>,
    /// Since when it is inactive; `null` when it is active.
    pub inactive_since: Option<Timestamp>,
    /// How it authenticates at the receiver, without the credentials.
    pub authentication: Authentication,
    /// The custom headers that every request carries, without their values.
    pub headers: Vec<CustomHeader>,
    /// What its requests hold of an event.
    pub content_mode: ContentMode,
    /// Which events it wants.
    pub events: EventSelection,
    /// How much of the catalogue that is.
    pub catalogue: CatalogueShare,
    /// How long an attempt may take in all, in milliseconds.
    pub timeout_ms: u32,
    /// The delays before the automatic retries, in seconds; empty means none. Each grows by up to 20 %, so that what failed together does not
    /// come back together. A `Retry-After` makes it longer, up to 24 hours. A retry that would come after the event is purged is not
    /// made: the delivery has `failed` then.
    pub retry_schedule: Vec<u32>,
    /// How many attempts may be under way at once, on each node.
    pub max_concurrency: u32,
    /// How many attempts may begin per second on each node; `null` means as many as are due.
    pub rate_limit: Option<u32>,
    /// Always `true`: every webhook has a secret.
    pub secret_set: bool,
    /// When the secret was set.
    pub secret_set_at: Timestamp,
    /// Until when the secret before it signs too; `null` when it does not.
    pub previous_secret_until: Option<Timestamp>,
    /// When the secret, the authentication, the headers or the content mode were last changed: events from before may have been sent with
    /// others.
    pub credentials_changed_at: Timestamp,
    /// Whether its latest attempts have failed, three or more in a row, counted from the last change of the webhook; or it is inactive
    /// because of that or of a 410, and not because somebody deactivated it.
    pub failing: bool,
    /// Until when only tests are sent, as the receiver has asked to wait with a 429 or a 503 and `Retry-After`, an hour at most; `null` when
    /// it does not rest. Waiting does not use up an attempt. Each node learns of a rest by itself, and tells its own. Saving the
    /// webhook ends it at the node that takes the change, also a `PATCH` that changes nothing.
    pub resting_until: Option<Timestamp>,
    /// How its deliveries of the last 24 hours went.
    pub last_24h: Counts,
    /// The same hour by hour: 24 of them, oldest first, the last one is the current hour of the clock.
    pub hourly: Vec<HourCounts>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The name of who changed it last; `null` when the server deactivated it.
    pub updated_by: Option<String>,
    /// Counts its changes; the ETag holds the same number.
    pub version: u64,
}

names! {
    /// Whether events are sent to a webhook.
    #[derive(Default)]
    WebhookStatus {
        /// Events are sent.
        #[default]
        Active = "active",
        /// Nothing is sent. What waits goes on when it is activated; what is published meanwhile is sent later only if somebody asks for it.
        Inactive = "inactive",
    }
}

names! {
    /// What a request holds of its event: CloudEvents' HTTP binding, sections 3.1 and 3.2.
    #[derive(Default)]
    ContentMode {
        /// The body is the whole event, as JSON.
        #[default]
        Structured = "structured",
        /// The body is the event's data, byte for byte as it was published, with its media type as `Content-Type`; the other attributes
        /// stand in headers that begin with `ce-`, 8,192 bytes at most: an event with more is not sent. So whoever knows nothing of
        /// CloudEvents can take it.
        Binary = "binary",
    }
}

names! {
    /// Why a webhook is inactive.
    InactiveReason {
        /// Somebody deactivated it.
        Operator = "operator",
        /// The receiver answered 410 Gone.
        Gone = "gone",
        /// Every attempt of at least a day failed, 20 or more in a row.
        Failing = "failing",
    }
}

names! {
    /// The kinds of authentication.
    #[derive(Default)]
    AuthenticationType {
        /// No credentials are sent.
        #[default]
        None = "none",
        /// `Authorization: Basic`.
        Basic = "basic",
        /// A header of the receiver's choice.
        ApiKey = "api_key",
    }
}

/// How a webhook authenticates, as it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Authentication {
    /// No credentials are sent.
    #[cfg_attr(feature = "openapi", schema(title = "NoAuthentication"))]
    None,
    /// `Authorization: Basic` with this username and a password that is not shown.
    #[cfg_attr(feature = "openapi", schema(title = "BasicAuthentication"))]
    Basic {
        /// The username.
        username: String,
    },
    /// This header with a value that is not shown.
    #[cfg_attr(feature = "openapi", schema(title = "ApiKeyAuthentication"))]
    ApiKey {
        /// The header's name, such as `X-API-Key`.
        header: String,
    },
}

impl Authentication {
    /// Its kind.
    pub const fn kind(&self) -> AuthenticationType {
        match self {
            Self::None => AuthenticationType::None,
            Self::Basic { .. } => AuthenticationType::Basic,
            Self::ApiKey { .. } => AuthenticationType::ApiKey,
        }
    }
}

/// How a webhook shall authenticate, as it is written. Which members count depends on `type`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AuthenticationInput {
    /// The kind.
    #[serde(rename = "type")]
    pub kind: AuthenticationType,
    /// For `basic`: the username, without a colon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 256))]
    pub username: Option<String>,
    /// For `basic`: the password. In a change it may be left out to keep the one that is set, unless the URL leads to another server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(write_only, max_length = 1_024))]
    pub password: Option<String>,
    /// For `api_key`: the header's name, such as `X-API-Key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub header: Option<String>,
    /// For `api_key`: the header's value. In a change it may be left out to keep the one that is set, unless the URL leads to another
    /// server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(write_only, min_length = 1, max_length = 4_096))]
    pub value: Option<String>,
}

/// A custom header: every request of its webhook carries it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CustomHeader {
    /// Its name, such as `X-Region`.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub name: String,
    /// Its value, which is never shown, as it may be a secret. In a change it may be left out to keep the one that is set, unless the URL
    /// leads to another server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(write_only, min_length = 1, max_length = 4_096))]
    pub value: Option<String>,
}

impl CustomHeader {
    /// Whether it has that name, in whatever case.
    pub fn is_named(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

impl fmt::Debug for CustomHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CustomHeader").field(&self.name).finish()
    }
}

/// A webhook to create.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// The payload URL, at most 2,048 bytes. `https` unless the server allows more.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 2_048))]
    pub url: String,
    /// Signs every request: 8 to 256 bytes. `whsec_` and base64 stands for the decoded bytes in the Standard Webhooks signature. Left out,
    /// the server makes one and tells it in the answer, once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(write_only, min_length = 8, max_length = 256))]
    pub secret: Option<String>,
    /// What it is for, at most 200 characters.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub description: String,
    /// How it authenticates at the receiver.
    #[serde(default)]
    pub authentication: AuthenticationInput,
    /// Custom headers for every request, at most 20 with 8,192 bytes in all.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub headers: Vec<CustomHeader>,
    /// What its requests hold of an event. Default `structured`, unless the server's settings say otherwise, as for `timeout_ms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_mode: Option<ContentMode>,
    /// Which events it wants.
    #[serde(default)]
    pub events: EventSelection,
    /// Whether events are sent.
    #[serde(default)]
    pub status: WebhookStatus,
    /// How long an attempt may take in all: 1,000 to 30,000 milliseconds. Default 2,000, unless the server's settings say otherwise:
    /// `GET /session` tells. What holds then stays with the webhook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1_000, maximum = 30_000))]
    pub timeout_ms: Option<u32>,
    /// The delays before the automatic retries in seconds, at most 20 of at most 7 days each. Default 5, 30, 120, 300, 420, unless the
    /// server's settings say otherwise, as for `timeout_ms`. Each grows by up to 20 %, or as far as the receiver asks with a
    /// `Retry-After`, up to 24 hours; a retry that would come after the event is purged is not made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20, minimum = 1, maximum = 604_800))]
    pub retry_schedule: Option<Vec<u32>>,
    /// How many attempts may be under way at once, on each node: 1 to 100. Default 16.
    #[serde(default = "default_max_concurrency")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub max_concurrency: u32,
    /// How many attempts may begin per second, on each node: 1 to 1,000; `null` means as many as are due.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1_000))]
    pub rate_limit: Option<u32>,
}

fn default_max_concurrency() -> u32 {
    NewWebhook::DEFAULT_MAX_CONCURRENCY
}

impl NewWebhook {
    /// An endpoint that takes longer has failed.
    pub const DEFAULT_TIMEOUT_MS: u32 = 2_000;
    /// In seconds, about 15 minutes in all.
    pub const DEFAULT_RETRY_SCHEDULE: [u32; 5] = [5, 30, 120, 300, 420];
    /// Enough for thousands of deliveries per second to a receiver that answers in some milliseconds.
    pub const DEFAULT_MAX_CONCURRENCY: u32 = 16;
}

/// A webhook that was created.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedWebhook {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// Its secret if the server made it: the only time that it is shown. An answer that an `Idempotency-Key` repeats is without it; rotate
    /// the secret if the first one was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub secret: Option<String>,
}

/// What a server gives to the webhooks that are created without it. It stays with them, whatever the server's settings are later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookDefaults {
    /// How long an attempt may take in all, in milliseconds.
    pub timeout_ms: u32,
    /// The delays before the automatic retries, in seconds; empty means none.
    pub retry_schedule: Vec<u32>,
    /// What requests hold of an event.
    pub content_mode: ContentMode,
}

impl Default for WebhookDefaults {
    fn default() -> Self {
        Self {
            timeout_ms: NewWebhook::DEFAULT_TIMEOUT_MS,
            retry_schedule: NewWebhook::DEFAULT_RETRY_SCHEDULE.to_vec(),
            content_mode: ContentMode::default(),
        }
    }
}

/// What to change of a webhook. What is left out, or `null`, stays; only a `rate_limit` of `null` takes the limit away.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WebhookPatch {
    /// The new payload URL. Where it leads to another server, that is to another scheme, host or port, what is secret and sent must be
    /// given again or be taken away (`credential_kept`): the password or the value of the authentication, and the values of the headers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 2_048))]
    pub url: Option<String>,
    /// The new secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(write_only, min_length = 8, max_length = 256))]
    pub secret: Option<String>,
    /// The new description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub description: Option<String>,
    /// The new authentication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<AuthenticationInput>,
    /// All of its custom headers. One that is set already keeps its value where none is given, unless the URL leads to another server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub headers: Option<Vec<CustomHeader>>,
    /// What its requests hold of an event from now on, those of events that wait too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_mode: Option<ContentMode>,
    /// The new selection, whole: conditions that are left out are gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<EventSelection>,
    /// Activate or deactivate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<WebhookStatus>,
    /// The new time limit in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1_000, maximum = 30_000))]
    pub timeout_ms: Option<u32>,
    /// The new delays before retries in seconds. They count from the next failure on, not for what is scheduled already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20, minimum = 1, maximum = 604_800))]
    pub retry_schedule: Option<Vec<u32>>,
    /// How many attempts may be under way at once, on each node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub max_concurrency: Option<u32>,
    /// How many attempts may begin per second, on each node; `null` takes the limit away.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, minimum = 1, maximum = 1_000))]
    pub rate_limit: Option<Option<u32>>,
}

/// What a change finds of a webhook, and may keep without knowing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptWebhook {
    /// Its payload URL.
    pub url: String,
    /// How it authenticates.
    pub authentication: AuthenticationType,
    /// The names of its custom headers.
    pub headers: Vec<String>,
}

impl KeptWebhook {
    /// Whether that URL leads to another server: what is secret goes there only if it is given again.
    pub fn is_left_for(&self, url: &str) -> bool {
        check_payload_url(url).is_ok() && !is_same_origin(&self.url, url)
    }
}

impl From<&Webhook> for KeptWebhook {
    fn from(webhook: &Webhook) -> Self {
        Self {
            url: webhook.url.clone(),
            authentication: webhook.authentication.kind(),
            headers: webhook.headers.iter().map(|header| header.name.clone()).collect(),
        }
    }
}

/// A new webhook is one of which everything changes, but for what the server gives it.
impl From<NewWebhook> for WebhookPatch {
    fn from(new: NewWebhook) -> Self {
        let NewWebhook {
            url,
            secret,
            description,
            authentication,
            headers,
            content_mode,
            events,
            status,
            timeout_ms,
            retry_schedule,
            max_concurrency,
            rate_limit,
        } = new;
        Self {
            url: Some(url),
            secret,
            description: Some(description),
            authentication: Some(authentication),
            headers: Some(headers),
            content_mode,
            events: Some(events),
            status: Some(status),
            timeout_ms,
            retry_schedule,
            max_concurrency: Some(max_concurrency),
            rate_limit: Some(rate_limit),
        }
    }
}

/// A new secret for a webhook, while the one before signs too for some time: then `webhook-signature` holds two signatures.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SecretRotation {
    /// The new secret: 8 to 256 bytes. Left out, the server makes one and tells it in the answer, once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(write_only, min_length = 8, max_length = 256))]
    pub secret: Option<String>,
    /// For how many seconds the secret before signs too: at most 604,800 (7 days), default 86,400.
    #[serde(default = "default_overlap_seconds")]
    #[cfg_attr(feature = "openapi", schema(maximum = 604_800))]
    pub overlap_seconds: u32,
}

impl Default for SecretRotation {
    fn default() -> Self {
        Self { secret: None, overlap_seconds: default_overlap_seconds() }
    }
}

fn default_overlap_seconds() -> u32 {
    86_400
}

/// A webhook whose secret was rotated.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RotatedSecret {
    /// The webhook.
    pub webhook: Webhook,
    /// The new secret if the server made it: the only time that it is shown.
    pub secret: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_limit_of_null_takes_it_away_and_none_keeps_it() {
        let patch = |text| serde_json::from_str::<WebhookPatch>(text).unwrap().rate_limit;
        assert_eq!(patch("{}"), None);
        assert_eq!(patch(r#"{"rate_limit": null}"#), Some(None));
        assert_eq!(patch(r#"{"rate_limit": 5}"#), Some(Some(5)));
    }
}
