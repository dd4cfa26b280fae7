//! Conditions for events as lines of text: `/data/status = APPROVED, REJECTED`, `/data/channel != sms` or `/data/amount >= 1000`. A path or
//! value in which a sign of these has another meaning stands as a JSON string.

use crate::strings::strings;
use serde_json::Deserializer;
use shared::{ConditionOperator, EventCondition};

fn sign(operator: ConditionOperator) -> &'static str {
    match operator {
        ConditionOperator::Is => "=",
        ConditionOperator::IsNot => "!=",
        ConditionOperator::AtLeast => ">=",
        ConditionOperator::AtMost => "<=",
    }
}

/// The conditions, one a line.
pub(super) fn written(conditions: &[EventCondition]) -> String {
    let line = |EventCondition { path, operator, values }: &EventCondition| {
        let (path, sign) = (word(path, is_sign), sign(*operator));
        let values = values.iter().map(|value| word(value, is_comma)).collect::<Vec<_>>().join(", ");
        format!("{path} {sign} {values}\n")
    };
    conditions.iter().map(line).collect()
}

/// The conditions in the lines that are not empty. One that is not complete lacks its values, or its path is none.
pub(super) fn read(text: &str) -> Vec<EventCondition> {
    lines(text).map(|(_, line)| condition(line)).collect()
}

/// The lines that are not empty, each with its number.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty())
}

/// What a line lacks of a condition; nothing where it is complete.
pub(super) fn lacking(line: &str) -> Option<String> {
    let t = strings();
    let (path, rest) = first(line, is_sign);
    let signed = ConditionOperator::ALL.into_iter().find_map(|one| rest.strip_prefix(sign(one)));
    let Some(values) = signed else {
        let typed = match rest.is_empty() {
            true => line.split_whitespace().nth(1).unwrap_or_default(),
            false => rest.split(|c| !is_sign(c)).next().unwrap_or_default(),
        };
        return Some((t.condition_operator)(typed));
    };
    if path.is_none() {
        return Some(t.condition_path.to_owned());
    }
    values.trim().is_empty().then(|| t.condition_value.to_owned())
}

fn condition(line: &str) -> EventCondition {
    let (path, rest) = first(line, is_sign);
    let path = path.unwrap_or_default();
    let signed = ConditionOperator::ALL.into_iter().find_map(|one| Some((one, rest.strip_prefix(sign(one))?)));
    let (operator, mut rest) = signed.map_or((ConditionOperator::Is, None), |(operator, rest)| (operator, Some(rest)));
    let mut values = Vec::new();
    while let Some(text) = rest {
        let (value, after) = first(text, is_comma);
        values.extend(value);
        rest = after.strip_prefix(',');
    }
    EventCondition { path, operator, values }
}

/// What stands before the first character that ends it, if anything does, and the rest with that.
fn first(text: &str, ends: fn(char) -> bool) -> (Option<String>, &str) {
    let text = text.trim();
    if text.starts_with('"') {
        let mut strings = Deserializer::from_str(text).into_iter::<String>();
        if let Some(Ok(string)) = strings.next() {
            let rest = text[strings.byte_offset()..].trim_start();
            if rest.is_empty() || rest.starts_with(ends) {
                return (Some(string), rest);
            }
        }
    }
    let (plain, rest) = text.split_at(text.find(ends).unwrap_or(text.len()));
    let plain = plain.trim_end();
    ((!plain.is_empty()).then(|| plain.to_owned()), rest)
}

/// A text as it is written in a line.
fn word(text: &str, ends: fn(char) -> bool) -> String {
    let is_plain = !text.is_empty()
        && text.trim() == text
        && !text.starts_with('"')
        && !text.contains(|c: char| ends(c) || c.is_control() || c == '\u{2028}' || c == '\u{2029}');
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

fn is_sign(c: char) -> bool {
    matches!(c, '=' | '!' | '>' | '<')
}

fn is_comma(c: char) -> bool {
    c == ','
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(path: &str, values: &[&str]) -> EventCondition {
        let values = values.iter().map(|&value| value.to_owned()).collect();
        EventCondition { path: path.to_owned(), operator: ConditionOperator::Is, values }
    }

    #[test]
    fn a_line_has_a_path_a_sign_and_values() {
        let text = "/data/status = APPROVED,REJECTED \n\n  /data/channel!=sms\n/data/note = \"a, b\" , c=d,";
        let not_sms = EventCondition { operator: ConditionOperator::IsNot, ..is("/data/channel", &["sms"]) };
        let expected = [is("/data/status", &["APPROVED", "REJECTED"]), not_sms, is("/data/note", &["a, b", "c=d"])];
        assert_eq!(read(text), expected);
        let sized = |operator| EventCondition { operator, ..is("/data/amount", &["1000"]) };
        let expected = [sized(ConditionOperator::AtLeast), sized(ConditionOperator::AtMost)];
        assert_eq!(read("/data/amount >= 1000\n/data/amount<=1000"), expected);
    }

    #[test]
    fn what_is_not_complete_lacks_something() {
        assert_eq!(
            read("/data/status\n/data/status =\n= x\n/data/status ! x\n/data/status > 1"),
            [
                is("/data/status", &[]),
                is("/data/status", &[]),
                is("", &["x"]),
                is("/data/status", &[]),
                is("/data/status", &[])
            ]
        );
    }

    #[test]
    fn a_line_that_is_no_condition_is_told_what_it_lacks() {
        let said = |line| lacking(line).unwrap_or_default();
        assert!(said("/data/status ~ APPROVED").starts_with("“~” is not an operator"));
        assert!(said("/data/amount > 5").starts_with("“>” is not an operator"));
        assert_eq!(said("/data/status"), said("/data/status "), "an operator");
        assert_eq!([said("= x"), said("/data/status = ")], [strings().condition_path, strings().condition_value]);
        assert_eq!(lacking("/data/status = x"), None);
    }

    #[test]
    fn what_is_written_is_read_as_it_was() {
        let words = [
            "APPROVED", "", " a ", "a, b", "\"", "a\"b", "\"a\" b", "a\nb", "a=b", "a!=b", "a>b", "é", "\u{2028}",
            "0.10",
        ];
        let mut conditions = vec![is("/data/a b", &words)];
        conditions.extend(words.map(|word| EventCondition { operator: ConditionOperator::IsNot, ..is(word, &[word]) }));
        assert_eq!(read(&written(&conditions)), conditions);
        assert_eq!(written(&conditions[1..2]), "APPROVED != APPROVED\n", "what is plain stands as it is");
    }
}
