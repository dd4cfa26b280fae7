//! Live updates: what the stream of server-sent events carries.

use crate::Id;
use serde::{Deserialize, Serialize};

/// The name of the event whose data is a [`crate::DeliverySummary`].
pub const DELIVERY_UPDATED: &str = "delivery.updated";
/// The name of the event whose data is a [`WebhookUpdated`].
pub const WEBHOOK_UPDATED: &str = "webhook.updated";
/// The name of the event that says: more has changed than could be told, read again what you show.
pub const LAGGED: &str = "lagged";

/// A webhook was created, changed or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookUpdated {
    /// The webhook.
    pub id: Id,
    /// Its version now.
    pub version: u64,
}
