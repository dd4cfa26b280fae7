//! Whether a webhook wants an event: by its type, and by conditions for its content.

use serde_json::value::RawValue;
use shared::{ConditionOperator, EventCondition, EventSelection};
use std::collections::HashMap;

/// Whether an event of that type (`SOURCE.TYPE`) with that payload is wanted.
pub(super) fn wants(selection: &EventSelection, event_type: &str, payload: &str) -> bool {
    selection.wants(event_type) && meets(&selection.conditions, payload)
}

/// Whether all of the conditions hold for an event with that payload.
pub(super) fn meets(conditions: &[EventCondition], payload: &str) -> bool {
    conditions.iter().all(|EventCondition { path, operator, values }| {
        let is_one_of_them = at(path, payload).is_some_and(|found| is_among(found, values));
        is_one_of_them == (*operator == ConditionOperator::Is)
    })
}

/// What stands at a JSON Pointer (RFC 6901), as it is written. Only what lies on the way there is read, and of members with the same name
/// the last one counts, as it does for most receivers.
fn at<'a>(path: &str, payload: &'a str) -> Option<&'a str> {
    path.split('/').skip(1).try_fold(payload, |here, name| {
        let name = name.replace("~1", "/").replace("~0", "~");
        if here.starts_with('[') {
            let items: Vec<&RawValue> = serde_json::from_str(here).ok()?;
            // An index has no leading zero and no sign.
            let index = name.parse::<usize>().ok().filter(|index| index.to_string() == name)?;
            items.get(index).map(|item| item.get())
        } else {
            // What is no object has no members.
            let members: HashMap<String, &RawValue> = serde_json::from_str(here).ok()?;
            members.get(&name).map(|value| value.get())
        }
    })
}

fn is_among(found: &str, values: &[String]) -> bool {
    match found.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(found).is_ok_and(|text| values.contains(&text)),
        Some(b'[') => {
            let items = serde_json::from_str::<Vec<&RawValue>>(found).unwrap_or_default();
            // A list in a list is none of them, as an object is.
            items.iter().any(|item| !item.get().starts_with('[') && is_among(item.get(), values))
        }
        Some(b'{') => false,
        _ => values.iter().any(|value| value == found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYLOAD: &str = r#"{"type":"PAID","subject":"a/b", "data" : {"status":"APPR\u004fVED","amount":0.10,
        "urgent":true,"reason":null,"tags":["new",7,["deep"]],"person":{"name":"Ana"},"a/b":1,"m~n":2,"":3,"again":1,"again":2}}"#;

    fn holds(path: &str, operator: ConditionOperator, values: &[&str]) -> bool {
        let values = values.iter().map(|&value| value.to_owned()).collect();
        meets(&[EventCondition { path: path.to_owned(), operator, values }], PAYLOAD)
    }

    #[test]
    fn a_value_is_one_of_them_or_none() {
        for (path, value) in [
            ("/type", "PAID"),
            ("/subject", "a/b"),
            ("/data/status", "APPROVED"),
            ("/data/amount", "0.10"),
            ("/data/urgent", "true"),
            ("/data/reason", "null"),
            ("/data/tags", "new"),
            ("/data/tags", "7"),
            ("/data/tags/0", "new"),
            ("/data/person/name", "Ana"),
            ("/data/a~1b", "1"),
            ("/data/m~0n", "2"),
            ("/data/", "3"),
            ("/data/again", "2"),
        ] {
            assert!(holds(path, ConditionOperator::Is, &["other", value]), "{path}");
            assert!(!holds(path, ConditionOperator::IsNot, &["other", value]), "{path}");
            assert!(!holds(path, ConditionOperator::Is, &["other"]), "{path}");
            assert!(holds(path, ConditionOperator::IsNot, &["other"]), "{path}");
        }
    }

    #[test]
    fn what_is_not_there_and_what_is_no_value_is_none_of_them() {
        for (path, value) in [
            ("/nothing", ""),
            ("/data/nothing", "null"),
            ("/data/status/0", "A"),
            ("/data/tags/3", ""),
            ("/data/tags/00", "new"),
            ("/data/tags/+0", "new"),
            ("/data/tags", "deep"),
            ("/data/tags", r#"["deep"]"#),
            ("/data/person", r#"{"name":"Ana"}"#),
            ("/data/amount", "0.1"),
            ("/data/status", "approved"),
            ("/data/urgent", "\"true\""),
            ("/data/again", "1"),
        ] {
            assert!(!holds(path, ConditionOperator::Is, &[value]), "{path} {value}");
            assert!(holds(path, ConditionOperator::IsNot, &[value]), "{path} {value}");
        }
    }

    #[test]
    fn all_conditions_hold_or_the_event_is_not_wanted() {
        let condition = |value: &str| EventCondition {
            path: "/type".into(),
            operator: ConditionOperator::Is,
            values: vec![value.into()],
        };
        let wants = |conditions| wants(&EventSelection { conditions, ..Default::default() }, "A.PAID", PAYLOAD);
        assert!(wants(vec![]));
        assert!(wants(vec![condition("PAID"), condition("PAID")]));
        assert!(!wants(vec![condition("PAID"), condition("OTHER")]));
    }
}
