//! Which events a webhook wants.

use crate::names::names;
use serde::{Deserialize, Serialize};

/// Which events a webhook wants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EventSelection {
    /// All of them, or the ones in `types`.
    pub mode: EventMode,
    /// The wanted types, at most 100, only with `selected`: each as `SOURCE.TYPE`, or as `SOURCE.*`, which stands for all types that begin
    /// so, also those that are added later.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 100, max_length = 768))]
    pub types: Vec<String>,
    /// What else must hold for an event to be wanted: all of these, at most 10, with paths and values of 4,096 bytes in all.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 10))]
    pub conditions: Vec<EventCondition>,
}

/// What the content of an event must be, or must not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EventCondition {
    /// Where the value stands in the event as it is sent, as a JSON Pointer (RFC 6901) such as `/data/status`; at most 256 bytes.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 256))]
    pub path: String,
    /// How the value is compared with `values`.
    pub operator: ConditionOperator,
    /// 1 to 20 of at most 256 bytes. A string is compared by its characters, a number, `true`, `false` and `null` as they are written in
    /// the event, and an array by each of its items. What is not there, and an object, is none of them. `at_least` and `at_most` take
    /// one number, and compare numbers by their size.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 20, max_length = 256))]
    pub values: Vec<String>,
}

names! {
    /// How a value is compared.
    ConditionOperator {
        /// It is one of them.
        Is = "is",
        /// It is none of them.
        IsNot = "is_not",
        /// It is a number as large, or larger.
        AtLeast = "at_least",
        /// It is a number as small, or smaller.
        AtMost = "at_most",
    }
}

impl EventSelection {
    /// Whether events of this type (`SOURCE.TYPE`) are wanted, if the conditions hold for them.
    pub fn wants_type(&self, event_type: &str) -> bool {
        match self.mode {
            EventMode::All => true,
            EventMode::Selected => self.types.iter().any(|wanted| Self::selects(wanted, event_type)),
        }
    }

    /// Whether `wanted`, one of the `types`, stands for that type.
    pub fn selects(wanted: &str, event_type: &str) -> bool {
        match Self::beginning(wanted) {
            Some(beginning) => event_type.starts_with(beginning),
            None => wanted == event_type,
        }
    }

    /// How the types begin that `SOURCE.*` stands for; nothing for a single type.
    pub fn beginning(wanted: &str) -> Option<&str> {
        wanted.strip_suffix('*').filter(|beginning| beginning.ends_with('.'))
    }
}

/// How much of the catalogue of event types a webhook wants. It may select types that are not in there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CatalogueShare {
    /// How many of the catalogue's types it wants.
    pub wanted: usize,
    /// How many types the catalogue has.
    pub all: usize,
    /// How many of those that it selects stand for none of them.
    pub others: usize,
}

names! {
    /// Whether a webhook wants all events or a selection.
    #[derive(Default)]
    EventMode {
        /// Everything, also types that are added later.
        #[default]
        All = "all",
        /// Only what is listed in `types`.
        Selected = "selected",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_with_an_asterisk_stands_for_all_types_that_begin_so() {
        for (wanted, event_type, is_selected) in [
            ("ORDER.PAID", "ORDER.PAID", true),
            ("ORDER.PAID", "ORDER.PAID.LATE", false),
            ("ORDER.*", "ORDER.PAID", true),
            ("ORDER.*", "ORDER.PAID.LATE", true),
            ("ORDER.PAID.*", "ORDER.PAID.LATE", true),
            ("ORDER.*", "ORDERS.PAID", false),
            ("ORDER.*", "order.PAID", false),
            ("ORDER*", "ORDER.PAID", false),
        ] {
            assert_eq!(EventSelection::selects(wanted, event_type), is_selected, "{wanted} {event_type}");
        }
    }
}
