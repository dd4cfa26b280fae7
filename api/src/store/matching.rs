//! Whether the content of an event meets a webhook's conditions.

use serde_json::value::RawValue;
use shared::{ConditionOperator, EventCondition};
use std::collections::HashMap;

/// How long a string can be written that is a value of a condition: each of 256 bytes as an escape of six, in quotation marks.
const LONGEST: usize = 256 * 6 + 2;

/// The content of an event, as far as somebody has looked at it. However many conditions ask, no part of it is read twice.
pub(super) struct Content<'a> {
    payload: &'a str,
    /// What stands at a path.
    parts: HashMap<String, Part<'a>>,
}

enum Part<'a> {
    Object(HashMap<String, &'a RawValue>),
    Array(Vec<&'a RawValue>),
    Value,
}

impl<'a> Content<'a> {
    pub(super) fn of(payload: &'a str) -> Self {
        Self { payload, parts: HashMap::new() }
    }

    /// Whether all of the conditions hold.
    pub(super) fn meets(&mut self, conditions: &[EventCondition]) -> bool {
        conditions.iter().all(|EventCondition { path, operator, values }| {
            let is_one_of_them = self.at(path).is_some_and(|found| self.is_among(path, found, values));
            is_one_of_them == (*operator == ConditionOperator::Is)
        })
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

    fn is_among(&mut self, path: &str, found: &'a str, values: &[String]) -> bool {
        match self.part(path, found) {
            Part::Object(_) => false,
            // A list in a list is none of them, as an object is.
            Part::Array(items) => items.iter().any(|item| is_one(item.get(), values)),
            Part::Value => is_one(found, values),
        }
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
        Content::of(PAYLOAD).meets(&[EventCondition { path: path.to_owned(), operator, values }])
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
        let holds = |conditions: &[EventCondition]| Content::of(PAYLOAD).meets(conditions);
        assert!(holds(&[]));
        assert!(holds(&[condition("PAID"), condition("PAID")]));
        assert!(!holds(&[condition("PAID"), condition("OTHER")]));
    }
}
