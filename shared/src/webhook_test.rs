//! A test of a webhook: an example event that is sent to it alone, so that somebody sees whether the receiver is right.

use crate::names::names;
use serde::{Deserialize, Serialize};

/// A test to start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewTest {
    /// The `SOURCE.TYPE` whose example is sent. Left out, or `null`: the first type of the catalogue that has an example and that the
    /// webhook wants, or else an event `HOOKWRIGHT.TEST`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// What is tested.
    #[serde(default)]
    pub kind: TestKind,
}

names! {
    /// What a test is about.
    #[derive(Default)]
    TestKind {
        /// The example as it is. A receiver answers 2xx.
        #[default]
        Event = "event",
        /// Both signatures are wrong. A receiver refuses it.
        InvalidSignature = "invalid_signature",
        /// Sent, and once it was delivered sent again with the same `webhook-id`: one delivery with two attempts. A receiver answers 2xx
        /// both times and acts once.
        Duplicate = "duplicate",
        /// The members of the event and of its data stand in the reverse order. A receiver answers 2xx.
        ReorderedKeys = "reordered_keys",
        /// The event has an attribute, and its data a member, that no receiver knows. A receiver answers 2xx.
        UnknownField = "unknown_field",
        /// The event has about 200 KiB. A receiver answers 2xx.
        LargePayload = "large_payload",
    }
}
