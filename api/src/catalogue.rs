//! The example catalogue: data, not code. Operators and integrators add their own types.

use serde::Deserialize;
use serde_json::value::RawValue;
use shared::NewEventType;

const EXAMPLE: &str = include_str!("catalogue.json");

#[derive(Deserialize)]
struct Entry<'a> {
    source: String,
    #[serde(rename = "type")]
    kind: String,
    description: String,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// The event types of the example, for all tenants, each with a whole event.
pub(crate) fn example() -> Vec<NewEventType> {
    entries().into_iter().map(Entry::into_event_type).collect()
}

/// An event of the type `SOURCE.TYPE` with that id and time, as JSON text; nothing if the example has no such type.
pub(crate) fn event(name: &str, id: &str, time: &str) -> Option<String> {
    let entry = entries().into_iter().find(|entry| format!("{}.{}", entry.source, entry.kind) == name);
    entry.map(|entry| entry.event(id, time))
}

#[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
fn entries() -> Vec<Entry<'static>> {
    serde_json::from_str(EXAMPLE).expect("a list of entries")
}

impl Entry<'_> {
    fn into_event_type(self) -> NewEventType {
        let example = self.event("01JZNK5ZQBNF623MB5KE64GNQB", "2025-07-08T18:01:19.622Z");
        let Self { source, kind, description, data: _ } = self;
        NewEventType { source, kind, description, example: Some(example), schema: None, all_tenants: true }
    }

    /// The source, type, id and time have no characters that JSON escapes.
    fn event(&self, id: &str, time: &str) -> String {
        let Self { source, kind, description: _, data } = self;
        format!(
            r#"{{"specversion":"1.0","type":"{kind}","source":"{source}","id":"{id}","time":"{time}","datacontenttype":"application/json","data":{data}}}"#
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_a_valid_event_of_its_type() {
        let types = example();
        assert_eq!(types.len(), 10);
        for event_type in types {
            assert_eq!(event_type.check(), []);
            let event: serde_json::Value = serde_json::from_str(&event_type.example.unwrap()).unwrap();
            assert_eq!(event["type"], event_type.kind);
            assert_eq!(event["source"], event_type.source);
        }
    }
}
