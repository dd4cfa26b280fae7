//! The catalogue of event types.

use serde::{Deserialize, Serialize};

/// A type of event that the platform publishes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventType {
    /// `SOURCE.TYPE`, as webhooks select it.
    pub name: String,
    /// The events' `source`.
    pub source: String,
    /// The events' `type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What has happened, in a sentence.
    pub description: String,
    /// A whole event as JSON text, to show and to test with.
    pub example: Option<String>,
    /// A JSON Schema of the events' data, as JSON text.
    pub schema: Option<String>,
    /// How many active webhooks want it.
    pub webhooks: u32,
    /// Whether it stands in the catalogue of every tenant. A type of the same name that a tenant has of its own stands there in its place.
    pub all_tenants: bool,
}

/// A type of event to add to the catalogue, or what to change it to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewEventType {
    /// The events' `source`, a URI reference without asterisks.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 512))]
    pub source: String,
    /// The events' `type`, printable ASCII without spaces or asterisks.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub kind: String,
    /// What has happened, in a sentence of at most 200 characters.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub description: String,
    /// A whole event as JSON text.
    #[serde(default)]
    pub example: Option<String>,
    /// A JSON Schema of the events' data, as JSON text: an object. It is shown, and events are not held to it.
    #[serde(default)]
    pub schema: Option<String>,
    /// Whether it is for the catalogue of every tenant: for callers of the platform.
    #[serde(default)]
    pub all_tenants: bool,
}
