//! CloudEvents in binary mode (HTTP binding, section 3.1): the attributes stand in headers, the body is the data.
//!
//! The event is written as JSON, which is what is signed and sent, and then checked as any other.

use super::{
    MAX_EVENT,
    cloudevents::{self, ParsedEvent},
};
use crate::{delivery::content::PREFIX, json, problem::Error};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use serde_json::{Value, value::RawValue};
use shared::{Code, FieldError};

/// The order of the attributes in the event that is sent; extensions follow by name. The order of headers tells nothing, and the same
/// event must become the same bytes.
const FIRST: [&str; 6] = ["specversion", "id", "source", "type", "time", "subject"];

/// Reads an event.
pub(crate) fn parse(headers: &HeaderMap, data: &[u8]) -> Result<ParsedEvent, Error> {
    let mut attributes = attributes(headers)?;
    attributes.sort_by_key(|(name, _)| {
        let rank = FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len());
        (rank, name.clone())
    });
    let mut members: Vec<_> =
        attributes.into_iter().map(|(name, value)| format!("{}:{}", Value::from(name), Value::from(value))).collect();
    let content_type = media_type(headers)?;
    if let Some(content_type) = &content_type {
        members.push(format!("\"datacontenttype\":{}", Value::from(content_type.as_str())));
    }
    if !data.is_empty() {
        members.push(match content_type.as_deref() {
            Some(content_type) if json::is_json(content_type) => format!("\"data\":{}", json_data(data)?),
            _ => format!("\"data_base64\":\"{}\"", BASE64_STANDARD.encode(data)),
        });
    }
    let event = format!("{{{}}}", members.join(","));
    if event.len() > MAX_EVENT {
        let detail = "An event has at most 256 KiB (262,144 bytes), with its attributes and with data in base64.";
        return Err(Error::new(Code::BodyTooLarge, detail));
    }
    cloudevents::parse(event.as_bytes())
}

fn attributes(headers: &HeaderMap) -> Result<Vec<(String, String)>, Error> {
    let named = headers.iter().filter_map(|(name, value)| Some((name.as_str().strip_prefix(PREFIX)?, value)));
    let mut errors = Vec::new();
    let mut attributes: Vec<(String, String)> = Vec::new();
    for (name, value) in named {
        if attributes.iter().any(|(before, _)| before == name) {
            let detail = format!("The header {PREFIX}{name} appears twice. Send it once.");
            return Err(Error::new(Code::RequestInvalid, detail));
        }
        if matches!(name, "datacontenttype" | "data" | "data_base64") {
            let detail = "In binary mode the body is the data, and Content-Type is its media type.";
            errors.push(FieldError::new(format!("/{name}"), Code::CeDataConflict, detail));
            continue;
        }
        match decoded(value) {
            Some(value) => attributes.push((name.to_owned(), value)),
            None => {
                let detail = "A header's value is printable ASCII; any other character is percent-encoded UTF-8.";
                errors.push(FieldError::new(format!("/{name}"), Code::CeInvalidAttribute, detail));
            }
        }
    }
    Error::refuse(errors)?;
    Ok(attributes)
}

/// An attribute's value (HTTP binding, section 3.1.3.2): quoted or not, percent-encoded where it is no printable ASCII.
fn decoded(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?;
    let unquoted = match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => {
            let mut characters = quoted.chars();
            std::iter::from_fn(|| match characters.next() {
                Some('\\') => characters.next(),
                other => other,
            })
            .collect()
        }
        None => text.to_owned(),
    };
    percent_decode_str(&unquoted).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

fn media_type(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(None);
    };
    let text = value.to_str().ok().filter(|text| cloudevents::is_media_type(text));
    text.map(|text| Some(text.to_owned())).ok_or_else(|| {
        let detail = "The Content-Type is the media type of the data, for example application/json.";
        Error::invalid(vec![FieldError::new("/datacontenttype", Code::CeInvalidDatacontenttype, detail)])
    })
}

/// The data as it came, if it is one JSON value: what is more could add members to the event.
fn json_data(data: &[u8]) -> Result<&str, Error> {
    let text = json::text(data)?;
    serde_json::from_str::<&RawValue>(text).map_err(|error| json::syntax(&error))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderName;

    fn headers(change: &[(&'static str, &'static str)]) -> HeaderMap {
        let required = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/s"), ("ce-type", "T")];
        let mut headers = HeaderMap::new();
        for (name, value) in required.iter().chain(change) {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    #[track_caller]
    fn assert_payload(change: &[(&'static str, &'static str)], data: &[u8], rest: &str) {
        let payload = parse(&headers(change), data).unwrap().payload;
        assert_eq!(payload, format!(r#"{{"specversion":"1.0","id":"1","source":"/s","type":"T"{rest}}}"#));
    }

    #[test]
    fn json_stays_byte_for_byte_and_other_data_becomes_base64() {
        let json = ("content-type", "application/json; charset=utf-8");
        let rest = r#","datacontenttype":"application/json; charset=utf-8","data":{"b": 1e400,"a":0.10 }"#;
        assert_payload(&[json], br#"{"b": 1e400,"a":0.10 }"#, rest);
        let rest = r#","datacontenttype":"application/vnd.x+json","data":1"#;
        assert_payload(&[("content-type", "application/vnd.x+json")], b"1", rest);
        let rest = r#","datacontenttype":"text/plain","data_base64":"aGk=""#;
        assert_payload(&[("content-type", "text/plain")], b"hi", rest);
        assert_payload(&[], b"\xff", r#","data_base64":"/w==""#);
        assert_payload(&[], b"", "");
    }

    #[test]
    fn attributes_stand_in_one_order_and_are_decoded() {
        let change = [
            ("ce-zone", "Euro%20%E2%82%AC"),
            ("ce-alpha", "\"a \\\"b\\\"\""),
            ("ce-subject", "s"),
            ("ce-time", "2025-07-08T18:01:19Z"),
        ];
        assert_payload(
            &change,
            b"",
            r#","time":"2025-07-08T18:01:19Z","subject":"s","alpha":"a \"b\"","zone":"Euro €""#,
        );
    }

    #[test]
    fn what_is_no_event_is_refused() {
        let code = |change: &[_], data: &[u8]| parse(&headers(change), data).unwrap_err().code();
        let json = ("content-type", "application/json");
        assert_eq!(code(&[("ce-specversion", "0.3")], b""), Code::CeSpecversion);
        assert_eq!(code(&[("ce-id", "")], b""), Code::CeMissingAttribute);
        assert_eq!(code(&[("ce-time", "now")], b""), Code::CeInvalidTime);
        assert_eq!(code(&[("ce-time", "2025-07-08 18:01:19Z")], b""), Code::CeInvalidTime);
        assert_eq!(code(&[("ce-time", "2025-07-08%2018:01:19Z")], b""), Code::CeInvalidTime);
        assert_eq!(code(&[("ce-id", "a%00")], b""), Code::CeInvalidId);
        assert_eq!(code(&[("ce-subject", "a\tb")], b""), Code::CeInvalidAttribute);
        assert_eq!(code(&[("ce-subject", "a%C2%85b")], b""), Code::CeInvalidAttribute);
        assert_eq!(code(&[("ce-x", "%EF%BF%BF")], b""), Code::CeInvalidAttribute);
        assert_eq!(code(&[("ce-x", "%ED%A0%80")], b""), Code::CeInvalidAttribute);
        assert_eq!(code(&[("content-type", "text/plain;\tcharset=utf-8")], b"1"), Code::CeInvalidDatacontenttype);
        assert_eq!(code(&[("ce-my_name", "x")], b""), Code::CeInvalidAttribute);
        assert_eq!(code(&[("ce-x", "%ff")], b""), Code::CeInvalidAttribute);
        assert_eq!(code(&[("ce-datacontenttype", "text/plain")], b""), Code::CeDataConflict);
        assert_eq!(code(&[("ce-data", "1")], b""), Code::CeDataConflict);
        assert_eq!(code(&[("content-type", "json")], b"1"), Code::CeInvalidDatacontenttype);
        assert_eq!(code(&[json], b"{"), Code::JsonSyntax);
        assert_eq!(code(&[json], br#"1,"id":"2""#), Code::JsonSyntax);
        assert_eq!(code(&[json], b"\xff"), Code::JsonInvalidUtf8);
    }

    #[test]
    fn a_header_that_stands_twice_is_refused() {
        let mut headers = headers(&[]);
        headers.append(HeaderName::from_static("ce-id"), HeaderValue::from_static("2"));
        assert_eq!(parse(&headers, b"").unwrap_err().code(), Code::RequestInvalid);
    }
}
