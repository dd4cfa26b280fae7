//! A test of a webhook: an example event that is sent to it alone, so that somebody sees whether the receiver is right.

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

/// What a test is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TestKind {
    /// The example as it is. A receiver answers 2xx.
    #[default]
    Event,
    /// Both signatures are wrong. A receiver refuses it.
    InvalidSignature,
    /// Sent, and once it was delivered sent again with the same `webhook-id`: one delivery with two attempts. A receiver answers 2xx
    /// both times and acts once.
    Duplicate,
    /// The members of the event and of its data stand in the reverse order. A receiver answers 2xx.
    ReorderedKeys,
    /// The event has an attribute, and its data a member, that no receiver knows. A receiver answers 2xx.
    UnknownField,
    /// The event has about 200 KiB. A receiver answers 2xx.
    LargePayload,
}

impl TestKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Event,
        Self::InvalidSignature,
        Self::Duplicate,
        Self::ReorderedKeys,
        Self::UnknownField,
        Self::LargePayload,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::InvalidSignature => "invalid_signature",
            Self::Duplicate => "duplicate",
            Self::ReorderedKeys => "reordered_keys",
            Self::UnknownField => "unknown_field",
            Self::LargePayload => "large_payload",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_named_on_the_wire_as_in_the_code() {
        for kind in TestKind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("{:?}", kind.name()));
        }
    }
}
