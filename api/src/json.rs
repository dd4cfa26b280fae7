//! A look over the bytes of an untrusted body before anything else reads them.

use crate::problem::Error;
use memchr::memchr2;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;
use shared::Code;
use std::fmt;

/// How deep a body may be nested. serde_json stops there, too, but skips over raw values without counting.
const MAX_DEPTH: usize = 128;

/// The body as text, if it is UTF-8, not empty, not nested too deeply, and its strings have no lone surrogates.
pub(crate) fn text(body: &[u8]) -> Result<&str, Error> {
    let text = unscanned(body)?;
    scan(text)?;
    Ok(text)
}

/// The body as text, if it is UTF-8 and not empty.
pub(crate) fn unscanned(body: &[u8]) -> Result<&str, Error> {
    let text = str::from_utf8(body).map_err(|error| {
        Error::new(Code::JsonInvalidUtf8, format!("Byte {} is not UTF-8. JSON is sent in UTF-8.", error.valid_up_to()))
    })?;
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    if text.is_empty() {
        return Err(Error::new(Code::BodyMissing, "Send a JSON object as the body."));
    }
    Ok(text)
}

fn scan(text: &str) -> Result<(), Error> {
    let mut depth = 0;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(Error::new(Code::JsonTooDeep, "Nest objects and arrays at most 128 deep."));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let length = string_length(&text.as_bytes()[at + 1..])?;
                if length > 0 {
                    bytes.nth(length - 1);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// How many bytes a string has up to and with its closing quote.
fn string_length(rest: &[u8]) -> Result<usize, Error> {
    let mut at = 0;
    // Where the other half of a surrogate pair must follow.
    let mut half_before = None;
    while let Some(found) = rest.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found;
        let unit = if rest[at..].starts_with(b"\\u") { code_unit(&rest[at + 2..]) } else { None };
        let low = matches!(unit, Some(0xdc00..=0xdfff));
        if half_before.map_or(low, |half| half != at || !low) {
            let detail = "A \\u escape has one half of a surrogate pair only. Send the whole character.";
            return Err(Error::new(Code::JsonInvalidUnicode, detail));
        }
        if rest[at] == b'"' {
            return Ok(at + 1);
        }
        at += if unit.is_some() { 6 } else { 2 };
        half_before = matches!(unit, Some(0xd800..=0xdbff)).then_some(at);
    }
    // The string has no end: the parser will say so with line and column.
    Ok(rest.len())
}

fn code_unit(digits: &[u8]) -> Option<u16> {
    let digits = str::from_utf8(digits.get(..4)?).ok()?;
    u16::from_str_radix(digits, 16).ok()
}

/// The members of an object, each value as the text that stands there. No member may stand twice.
pub(crate) fn members(text: &str) -> Result<Vec<(String, &RawValue)>, MembersError> {
    struct Members<'a>(Vec<(String, &'a RawValue)>);

    impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(Collect).map(Self)
        }
    }

    struct Collect;

    impl<'de> Visitor<'de> for Collect {
        type Value = Vec<(String, &'de RawValue)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(members)
        }
    }

    if !text.starts_with('{') {
        // Whether it is JSON at all comes before what kind of JSON it is.
        serde_json::from_str::<&RawValue>(text).map_err(|error| MembersError::Problem(syntax(&error)))?;
        return Err(MembersError::NotObject);
    }
    let Members(members) = serde_json::from_str(text).map_err(|error| MembersError::Problem(syntax(&error)))?;
    let mut names: Vec<_> = members.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => {
            let detail = format!("The member {:?} appears twice. Send it once.", pair[0]);
            Err(MembersError::Problem(Error::new(Code::JsonDuplicateKey, detail)))
        }
        None => Ok(members),
    }
}

/// Why a text has no members.
#[derive(Debug)]
pub(crate) enum MembersError {
    /// It is JSON, but no object.
    NotObject,
    /// It is no valid JSON.
    Problem(Error),
}

/// Whether data of that media type is JSON (CloudEvents' JSON format, section 3.1).
pub(crate) fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.split_once('/').is_some_and(|(_, subtype)| subtype == "json" || subtype.ends_with("+json"))
}

/// What the parser says about a text that is no JSON.
pub(crate) fn syntax(error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    Error::new(Code::JsonSyntax, format!("The JSON ends early or is wrong at line {line}, column {column}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_refused_before_they_are_parsed() {
        let deep = |depth| "[".repeat(depth) + &"]".repeat(depth);
        for (body, code) in [
            (b"".to_vec(), Code::BodyMissing),
            (b" \n".to_vec(), Code::BodyMissing),
            (b"\"\xff\"".to_vec(), Code::JsonInvalidUtf8),
            (deep(129).into_bytes(), Code::JsonTooDeep),
            (deep(100_000).into_bytes(), Code::JsonTooDeep),
            (br#"{"a":"\ud800"}"#.to_vec(), Code::JsonInvalidUnicode),
            (br#"{"a":"\ud800x"}"#.to_vec(), Code::JsonInvalidUnicode),
            (br#"{"a":"\udc00"}"#.to_vec(), Code::JsonInvalidUnicode),
            (br#"{"a":"\ud800\ud800"}"#.to_vec(), Code::JsonInvalidUnicode),
        ] {
            assert_eq!(
                text(&body).unwrap_err().code(),
                code,
                "{}",
                String::from_utf8_lossy(&body[..body.len().min(40)])
            );
        }
    }

    #[test]
    fn what_only_looks_dangerous_is_fine() {
        for body in [
            r#"{"a":"\ud83d\ude00"}"#.to_owned(),
            r#"{"a":"\\ud800"}"#.to_owned(),
            format!("\"{}\"", "[".repeat(1_000)),
            r#"{"a":"\"[","b":"\\"}"#.to_owned(),
            "[".repeat(128) + &"]".repeat(128),
            r#"{"a":"\u0000"}"#.to_owned(),
        ] {
            assert!(text(body.as_bytes()).is_ok(), "{body}");
        }
    }

    #[test]
    fn members_keep_the_text_that_stands_there() {
        let members = members(r#"{"b": 1e400, "a" :{"y":0.10, "x":1}}"#).unwrap();
        let members: Vec<_> = members.iter().map(|(name, value)| (name.as_str(), value.get())).collect();
        assert_eq!(members, [("b", "1e400"), ("a", r#"{"y":0.10, "x":1}"#)]);
    }

    #[test]
    fn what_has_no_members_says_why() {
        let problem = |text| match members(text) {
            Err(MembersError::Problem(error)) => Some(error.code()),
            Err(MembersError::NotObject) => None,
            Ok(members) => panic!("{members:?}"),
        };
        assert_eq!(problem("[1]"), None);
        assert_eq!(problem("null"), None);
        assert_eq!(problem("[1"), Some(Code::JsonSyntax));
        assert_eq!(problem("{\"a\":}"), Some(Code::JsonSyntax));
        assert_eq!(problem("{} x"), Some(Code::JsonSyntax));
        assert_eq!(problem(r#"{"a":1,"\u0061":2}"#), Some(Code::JsonDuplicateKey));
    }
}
