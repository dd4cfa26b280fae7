//! Whether the content of an event meets a webhook's conditions.

use serde_json::value::RawValue;
use shared::{ConditionOperator, Decimal, EventCondition};
use std::collections::HashMap;

/// How long a string can be written that is a value of a condition: each of 256 bytes as an escape of six, in quotation marks.
const LONGEST: usize = 256 * 6 + 2;

/// The content of an event, as far as somebody has looked at it. However many conditions ask, no part of it is read twice.
pub(super) struct PayloadView<'a> {
    payload: &'a str,
    /// What stands at a path.
    parts: HashMap<String, Part<'a>>,
}

enum Part<'a> {
    Object(HashMap<String, &'a RawValue>),
    Array(Vec<&'a RawValue>),
    Value,
}

impl<'a> PayloadView<'a> {
    pub(super) fn of(payload: &'a str) -> Self {
        Self { payload, parts: HashMap::new() }
    }

    /// Whether all of the conditions hold.
    pub(super) fn meets(&mut self, conditions: &[EventCondition]) -> bool {
        conditions.iter().all(|EventCondition { path, operator, values }| {
            let size = || values.first().and_then(|value| Decimal::parse(value));
            let mut is_as = |compare: fn(&Decimal, &Decimal) -> bool| {
                let Some(size) = size() else { return false };
                self.any(path, |found| Decimal::parse(found).is_some_and(|found| compare(&found, &size)))
            };
            match operator {
                ConditionOperator::AtLeast => is_as(Decimal::ge),
                ConditionOperator::AtMost => is_as(Decimal::le),
                ConditionOperator::Is => self.any(path, |found| is_one(found, values)),
                ConditionOperator::IsNot => !self.any(path, |found| is_one(found, values)),
            }
        })
    }

    /// Whether it holds for the value at that path, or for an item of the list there. An object, as a list in a list, is no value.
    fn any(&mut self, path: &str, holds: impl Fn(&str) -> bool) -> bool {
        let Some(found) = self.at(path) else { return false };
        match self.part(path, found) {
            Part::Object(_) => false,
            Part::Array(items) => items.iter().any(|item| holds(item.get())),
            Part::Value => holds(found),
        }
    }

    /// What stands at a JSON Pointer (RFC 6901), as it is written. Of members with the same name the last one counts, as it does for most
    /// receivers.
    fn at(&mut self, path: &str) -> Option<&'a str> {
        let (mut here, mut end) = (self.payload, 0);
        for name in path.split('/').skip(1) {
            let written = name.replace("~1", "/").replace("~0", "~");
            here = match self.part(&path[..end], here) {
                Part::Object(members) => members.get(&written)?.get(),
                Part::Array(items) => {
                    // An index has no leading zero and no sign.
                    let index = written.parse::<usize>().ok().filter(|index| index.to_string() == written)?;
                    items.get(index)?.get()
                }
                Part::Value => return None,
            };
            end += 1 + name.len();
        }
        Some(here)
    }

    /// What the text at that path has in it.
    fn part(&mut self, path: &str, text: &'a str) -> &Part<'a> {
        if !self.parts.contains_key(path) {
            let part = match text.as_bytes().first() {
                Some(b'{') => serde_json::from_str(text).map_or(Part::Value, Part::Object),
                Some(b'[') => serde_json::from_str(text).map_or(Part::Value, Part::Array),
                _ => Part::Value,
            };
            self.parts.insert(path.to_owned(), part);
        }
        &self.parts[path]
    }
}

fn is_one(found: &str, values: &[String]) -> bool {
    if !found.starts_with('"') {
        return values.iter().any(|value| value == found) && !found.starts_with(['[', '{']);
    }
    found.len() <= LONGEST && serde_json::from_str::<String>(found).is_ok_and(|text| values.contains(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYLOAD: &str = r#"{"type":"PAID","subject":"a/b", "data" : {"status":"APPR\u004fVED","amount":0.10,
        "urgent":true,"reason":null,"tags":["new",7,["deep"]],"person":{"name":"Ana"},"a/b":1,"m~n":2,"":3,"again":1,"again":2}}"#;

    fn holds(path: &str, operator: ConditionOperator, values: &[&str]) -> bool {
        let values = values.iter().map(|&value| value.to_owned()).collect();
        PayloadView::of(PAYLOAD).meets(&[EventCondition { path: path.to_owned(), operator, values }])
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
    fn numbers_are_compared_by_their_size() {
        for (path, below, same, above) in
            [("/data/amount", "-1", "0.1", "1e9"), ("/data/m~0n", "1.99", "2.0", "10"), ("/data/tags", "6", "7", "8")]
        {
            let holds = |operator, value| holds(path, operator, &[value]);
            assert!(holds(ConditionOperator::AtLeast, below) && !holds(ConditionOperator::AtMost, below), "{path}");
            assert!(holds(ConditionOperator::AtLeast, same) && holds(ConditionOperator::AtMost, same), "{path}");
            assert!(!holds(ConditionOperator::AtLeast, above) && holds(ConditionOperator::AtMost, above), "{path}");
        }
        // A float would take all of these for the same.
        for (large, larger) in [("9007199254740992", "9007199254740993"), ("0.1", "0.10000000000000000001")] {
            let at_least = |value: &str| EventCondition {
                path: "/n".into(),
                operator: ConditionOperator::AtLeast,
                values: vec![value.to_owned()],
            };
            let event = format!(r#"{{"n":{large}}}"#);
            assert!(
                PayloadView::of(&event).meets(&[at_least(large)])
                    && !PayloadView::of(&event).meets(&[at_least(larger)])
            );
        }
        for no_number in ["/data/nothing", "/data/status", "/data/urgent", "/data/reason", "/data/person"] {
            assert!(!holds(no_number, ConditionOperator::AtLeast, &["-1"]), "{no_number}");
            assert!(!holds(no_number, ConditionOperator::AtMost, &["9"]), "{no_number}");
        }
    }

    #[test]
    fn all_conditions_hold_or_the_event_is_not_wanted() {
        let condition = |value: &str| EventCondition {
            path: "/type".into(),
            operator: ConditionOperator::Is,
            values: vec![value.into()],
        };
        let holds = |conditions: &[EventCondition]| PayloadView::of(PAYLOAD).meets(conditions);
        assert!(holds(&[]));
        assert!(holds(&[condition("PAID"), condition("PAID")]));
        assert!(!holds(&[condition("PAID"), condition("OTHER")]));
    }
}
