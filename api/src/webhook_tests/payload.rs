//! The payload of a test: an example with an id and a time of its own, and what the kind of test changes about it.

use crate::{
    json::{self, MembersError},
    problem::Error,
};
use shared::{TestKind, Timestamp};
use std::iter;

/// How large the event of a test with a large payload is, in bytes.
const LARGE: usize = 200 * 1_024;
/// A name that no receiver knows, as an attribute of the event and as a member of its data.
const UNKNOWN: &str = "hookwrightunknown";

/// An event of the catalogue, as JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Example<'a> {
    /// The whole event.
    pub(super) text: &'a str,
    /// The source and the type that it has instead of its own.
    pub(super) instead: Option<(&'a str, &'a str)>,
}

/// The members of an object, in their order, each value as JSON text.
type Members = Vec<(String, String)>;

/// The event that is sent.
pub(super) fn of(example: Example<'_>, kind: TestKind, id: &str, now: Timestamp) -> Result<String, Error> {
    let mut event = members(example.text).ok_or_else(|| Error::internal("an example is not a JSON object"))?;
    set(&mut event, "id", text(id));
    set(&mut event, "time", text(&now.to_string()));
    if let Some((source, kind)) = example.instead {
        set(&mut event, "source", text(source));
        set(&mut event, "type", text(kind));
    }
    match kind {
        TestKind::Event | TestKind::InvalidSignature | TestKind::Duplicate => {}
        TestKind::ReorderedKeys => return Ok(reversed(&render(&event))),
        TestKind::UnknownField => {
            let value = text("A receiver that does not know this goes on without it.");
            add_to_data(&mut event, UNKNOWN, &value);
            set(&mut event, UNKNOWN, value);
        }
        TestKind::LargePayload => {
            let missing = LARGE.saturating_sub(render(&event).len());
            let padding: String = iter::repeat("0123456789abcdef").flat_map(str::chars).take(missing).collect();
            if !add_to_data(&mut event, "padding", &text(&padding)) {
                set(&mut event, "padding", text(&padding));
            }
        }
    }
    Ok(render(&event))
}

fn members(object: &str) -> Option<Members> {
    match json::members(object.trim()) {
        Ok(members) => Some(members.into_iter().map(|(name, value)| (name, value.get().to_owned())).collect()),
        Err(MembersError::NotObject | MembersError::Problem(_)) => None,
    }
}

fn text(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

fn render(members: &Members) -> String {
    let members: Vec<_> = members.iter().map(|(name, value)| format!("{}:{value}", text(name))).collect();
    format!("{{{}}}", members.join(","))
}

fn set(members: &mut Members, name: &str, value: String) {
    match members.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => *old = value,
        None => members.push((name.to_owned(), value)),
    }
}

/// Adds a member to the event's data. `false`: the data is no object, and stays as it is.
fn add_to_data(event: &mut Members, name: &str, value: &str) -> bool {
    let data = event.iter_mut().find(|(known, _)| known == "data");
    let Some(((_, data), mut members)) = data.and_then(|data| members(&data.1).map(|members| (data, members))) else {
        return false;
    };
    set(&mut members, name, value.to_owned());
    *data = render(&members);
    true
}

/// The same value with the members of every object that stands in an object in the reverse order.
fn reversed(value: &str) -> String {
    match members(value) {
        Some(members) => render(&members.into_iter().rev().map(|(name, value)| (name, reversed(&value))).collect()),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: Timestamp = Timestamp::from_micros(1_751_997_680_000_000);
    const EXAMPLE: &str =
        r#"{"specversion":"1.0","type":"T","source":"S","id":"old","data":{"a":0.10,"b":{"c":1,"d":2}}}"#;

    fn of_kind(kind: TestKind) -> String {
        of(Example { text: EXAMPLE, instead: None }, kind, "new", NOW).unwrap()
    }

    #[test]
    fn an_example_gets_an_id_and_a_time_of_its_own_and_keeps_its_data() {
        let payload = of_kind(TestKind::Event);
        assert_eq!(
            payload,
            r#"{"specversion":"1.0","type":"T","source":"S","id":"new","data":{"a":0.10,"b":{"c":1,"d":2}},"time":"2025-07-08T18:01:20.000000Z"}"#
        );
        assert_eq!(payload, of_kind(TestKind::InvalidSignature));
        assert_eq!(payload, of_kind(TestKind::Duplicate));
    }

    #[test]
    fn reordered_keys_are_the_same_object_in_another_order() {
        let payload = of_kind(TestKind::ReorderedKeys);
        assert!(payload.starts_with(r#"{"time":"#), "{payload}");
        assert!(payload.contains(r#""data":{"b":{"d":2,"c":1},"a":0.10}"#), "{payload}");
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(value(&payload), value(&of_kind(TestKind::Event)));
    }

    #[test]
    fn an_unknown_field_stands_in_the_event_and_in_its_data() {
        let event: Value = serde_json::from_str(&of_kind(TestKind::UnknownField)).unwrap();
        assert!(event[UNKNOWN].is_string());
        assert!(event["data"][UNKNOWN].is_string());
    }

    #[test]
    fn a_large_payload_has_about_200_kib_whatever_its_data_is() {
        for data in [r#","data":{"a":1}"#, r#","data":[1]"#, ""] {
            let text = format!(r#"{{"specversion":"1.0","type":"T","source":"S","id":"1"{data}}}"#);
            let payload = of(Example { text: &text, instead: None }, TestKind::LargePayload, "1", NOW).unwrap();
            assert!((LARGE..LARGE + 64).contains(&payload.len()), "{}", payload.len());
            assert!(crate::intake::cloudevents::parse(payload.as_bytes()).is_ok());
        }
    }

    #[test]
    fn a_type_without_an_example_gets_the_built_in_one_under_its_name() {
        let example = Example { text: super::super::BUILT_IN, instead: Some(("/orders", "com.example.created")) };
        let event: Value = serde_json::from_str(&of(example, TestKind::Event, "1", NOW).unwrap()).unwrap();
        assert_eq!((&event["source"], &event["type"]), (&json!("/orders"), &json!("com.example.created")));
    }
}
