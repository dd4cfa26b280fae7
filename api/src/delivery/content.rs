//! What a request holds of its event: the HTTP binding of CloudEvents 1.0.2, sections 3.1 (binary) and 3.2 (structured).

use crate::json;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::value::RawValue;
use shared::{ContentMode, Header};
use std::collections::BTreeMap;

/// The media type of a whole event, and of data that tells none.
const JSON: &str = "application/json";
/// How the names of the headers begin that carry attributes.
pub const PREFIX: &str = "ce-";
/// The attribute that every event has.
const VERSION: &str = "ce-specversion";
/// What is percent-encoded in a header, besides all that is no ASCII (section 3.1.3.2).
const ENCODED: AsciiSet = CONTROLS.add(b' ').add(b'"').add(b'%');

/// How long the headers of all attributes may be in all, in bytes, with their names: common servers refuse requests with more.
const MAX_ATTRIBUTES: usize = 8_192;

/// Why a request cannot hold an event.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// It is no CloudEvent as JSON, which publishing has checked.
    #[error("the event does not parse")]
    Event(#[from] serde_json::Error),
    /// Its data is no base64, which publishing has checked, too.
    #[error("the event's data does not parse")]
    Data(#[from] base64::DecodeError),
    /// In binary mode its attributes are too long for headers.
    #[error("in binary content mode the event's attributes have at most 8,192 bytes as headers")]
    AttributesTooLong,
}

/// A request's body, and the headers that tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The body, which is signed.
    pub body: Bytes,
    /// Its media type, and in binary mode the event's attributes.
    pub headers: Vec<Header>,
}

impl Content {
    /// The content of a request for the event that was published with that payload.
    ///
    /// # Errors
    /// When the event does not fit that mode.
    pub fn of(payload: &Bytes, mode: ContentMode) -> Result<Self, ContentError> {
        match mode {
            ContentMode::Structured => {
                Ok(Self { body: payload.clone(), headers: vec![header("content-type", JSON.to_owned())] })
            }
            ContentMode::Binary => binary(payload),
        }
    }

    /// The headers of a request as they were sent, of those that were [`recorded`].
    pub fn restore(&self, recorded: Vec<Header>) -> Vec<Header> {
        let attributes = || self.headers.iter().filter(|header| is_attribute(&header.name)).cloned();
        let sent = |header: Header| if header.name == VERSION { attributes().collect() } else { vec![header] };
        recorded.into_iter().flat_map(sent).collect()
    }
}

/// What is recorded of a request's headers: of the attributes only that there are some. They stand in the payload, and shall go with it.
pub fn recorded(headers: &[Header]) -> Vec<&Header> {
    headers.iter().filter(|header| !is_attribute(&header.name) || header.name == VERSION).collect()
}

/// Which mode a request with these headers has.
pub fn mode_of_headers(recorded: &[Header]) -> ContentMode {
    let is_binary = recorded.iter().any(|header| header.name == VERSION);
    if is_binary { ContentMode::Binary } else { ContentMode::Structured }
}

/// Whether a header carries an attribute of its event.
pub fn is_attribute(name: &str) -> bool {
    name.starts_with(PREFIX)
}

fn binary(payload: &Bytes) -> Result<Content, ContentError> {
    let mut members: BTreeMap<String, &RawValue> = serde_json::from_slice(payload)?;
    let data = members.remove("data");
    // A null attribute counts as absent (JSON format, section 2.3). Data of null does so beside data in base64 only.
    members.retain(|_, raw| raw.get() != "null");
    let (media_type, base64) = (members.remove("datacontenttype"), members.remove("data_base64"));
    let media_type: Option<String> = media_type.map(|raw| serde_json::from_str(raw.get())).transpose()?;
    let is_json = media_type.as_deref().is_none_or(json::is_json);
    let (body, media_type) = match (data, base64) {
        (None, None) => (Bytes::new(), media_type),
        (_, Some(base64)) => {
            let text: String = serde_json::from_str(base64.get())?;
            (BASE64_STANDARD.decode(text)?.into(), media_type)
        }
        // Data that is no JSON stands in the event as a string (JSON format, section 3.1).
        (Some(data), None) if !is_json && data.get().starts_with('"') => {
            (serde_json::from_str::<String>(data.get())?.into(), media_type)
        }
        (Some(data), None) => (payload.slice_ref(data.get().as_bytes()), media_type.or_else(|| Some(JSON.to_owned()))),
    };
    let mut room = MAX_ATTRIBUTES;
    let mut headers: Vec<_> = media_type.map(|media_type| header("content-type", media_type)).into_iter().collect();
    for (name, raw) in members {
        // Numbers and booleans are written as in JSON.
        let value = match raw.get() {
            text if text.starts_with('"') => serde_json::from_str(text)?,
            other => other.to_owned(),
        };
        let attribute = header(&format!("{PREFIX}{name}"), utf8_percent_encode(&value, &ENCODED).to_string());
        room = room.checked_sub(attribute.name.len() + attribute.value.len()).ok_or(ContentError::AttributesTooLong)?;
        headers.push(attribute);
    }
    Ok(Content { body, headers })
}

fn header(name: &str, value: String) -> Header {
    Header { name: name.to_owned(), value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(change: &str) -> (Bytes, Vec<(String, String)>) {
        let event = format!(r#"{{"specversion":"1.0","id":"1","source":"S","type":"T"{change}}}"#);
        let content = Content::of(&Bytes::from(event), ContentMode::Binary).unwrap();
        assert_eq!(mode_of_headers(&content.headers), ContentMode::Binary);
        let recorded: Vec<_> = recorded(&content.headers).into_iter().cloned().collect();
        assert_eq!(recorded.iter().filter(|header| is_attribute(&header.name)).count(), 1);
        assert_eq!(content.restore(recorded), content.headers);
        (content.body, content.headers.into_iter().map(|header| (header.name, header.value)).collect())
    }

    #[track_caller]
    fn assert_data(change: &str, body: &[u8], media_type: Option<&str>) {
        let (sent, headers) = binary(change);
        let told = headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.as_str());
        assert_eq!((&*sent, told), (body, media_type), "{change}");
    }

    #[test]
    fn the_whole_event_is_the_body_of_structured_mode() {
        let payload = Bytes::from_static(br#"{"specversion":"1.0","id":"1","source":"S","type":"T","data":1}"#);
        let content = Content::of(&payload, ContentMode::Structured).unwrap();
        assert_eq!((&content.body, mode_of_headers(&content.headers)), (&payload, ContentMode::Structured));
    }

    #[test]
    fn the_data_is_the_body_of_binary_mode_byte_for_byte() {
        let json = Some("application/json");
        assert_data(r#","data": {"b": 1e400,"a":0.10 } "#, br#"{"b": 1e400,"a":0.10 }"#, json);
        assert_data(r#","data":"a \"text\"""#, br#""a \"text\"""#, json);
        let xml = r#","datacontenttype":"application/xml","data":"<a b=\"c\"/>""#;
        assert_data(xml, br#"<a b="c"/>"#, Some("application/xml"));
        let vendor = r#","datacontenttype":"application/vnd.x+json; v=1","data":"a""#;
        assert_data(vendor, br#""a""#, Some("application/vnd.x+json; v=1"));
        assert_data(r#","datacontenttype":"text/csv","data":[1]"#, b"[1]", Some("text/csv"));
        assert_data(r#","data_base64":"/wA=""#, b"\xff\0", None);
        assert_data(r#","data":null,"data_base64":"/wA=""#, b"\xff\0", None);
        assert_data(r#","datacontenttype":"image/png","data_base64":"/wA=""#, b"\xff\0", Some("image/png"));
        assert_data("", b"", None);
        assert_data(r#","data":null"#, b"null", json);
    }

    #[test]
    fn attributes_that_servers_would_refuse_are_not_sent() {
        let of = |length: usize| {
            let event = format!(
                r#"{{"specversion":"1.0","id":"1","source":"S","type":"T","subject":"{}"}}"#,
                "x".repeat(length)
            );
            Content::of(&Bytes::from(event), ContentMode::Binary)
        };
        assert!(of(8_100).is_ok());
        assert!(matches!(of(8_192), Err(ContentError::AttributesTooLong)));
        // As many as fit into an event: a list of headers takes no more than some tens of thousands.
        let many: String = (0..32_000).map(|n| format!(",\"a{n}\":1")).collect();
        let event = format!(r#"{{"specversion":"1.0","id":"1","source":"S","type":"T"{many}}}"#);
        assert!(matches!(Content::of(&Bytes::from(event), ContentMode::Binary), Err(ContentError::AttributesTooLong)));
    }

    #[test]
    fn attributes_stand_in_headers_as_the_binding_writes_them() {
        let change = r#","subject":"Euro € \"5 %\"","time":null,"flag":true,"count":5,"data":0"#;
        let (_, headers) = binary(change);
        let attributes: Vec<_> = headers.iter().filter(|(name, _)| is_attribute(name)).collect();
        let expected = [
            ("ce-count", "5"),
            ("ce-flag", "true"),
            ("ce-id", "1"),
            ("ce-source", "S"),
            ("ce-specversion", "1.0"),
            ("ce-subject", "Euro%20%E2%82%AC%20%225%20%25%22"),
            ("ce-type", "T"),
        ];
        let attributes: Vec<_> = attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(attributes, expected);
    }
}
