//! CloudEvents 1.0 as JSON: what is checked of an event, and nothing of its data.

use crate::{
    json::{self, MembersError},
    problem::Error,
    store::NewEvent,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::value::RawValue;
use shared::{Code, FieldError, Id, Timestamp};

/// An event as it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParsedEvent {
    /// The attribute `source`.
    pub source: String,
    /// The attribute `type`.
    pub kind: String,
    /// The attribute `id`.
    pub ce_id: String,
    /// The attribute `time`.
    pub time: Option<Timestamp>,
    /// The whole event, exactly as it came but for white space around it: this is what is signed and sent.
    pub payload: String,
}

impl ParsedEvent {
    /// The event as it is recorded, taken at `now`.
    pub(crate) fn taken(self, id: Id, tenant_id: Id, now: Timestamp) -> NewEvent {
        let Self { source, kind, ce_id, time, payload } = self;
        NewEvent { id, tenant_id, source, kind, ce_id, time: time.unwrap_or(now), created_at: now, payload }
    }
}

/// How long an extension attribute's name may be. The specification advises 20.
const MAX_EXTENSION_NAME: usize = 64;

const REQUIRED: [&str; 4] = ["specversion", "id", "source", "type"];
/// What to do about a payload of which nothing says that it is a CloudEvent: it may be just the data.
const BARE: &str = "This is no CloudEvent: it has no specversion, id, source and type. Wrap it as {\"specversion\": \"1.0\", \"id\": …, \
\"source\": …, \"type\": …, \"data\": …}, or publish it with the headers ce-specversion, ce-id, ce-source and ce-type beside it.";

/// Reads an event.
pub(crate) fn parse(body: &[u8]) -> Result<ParsedEvent, Error> {
    let text = json::text(body)?;
    let members = json::members(text).map_err(|error| match error {
        MembersError::Problem(error) => error,
        MembersError::NotObject => {
            let batch = " Several at once are sent with POST /api/v1/events/batch.";
            let batch = if text.trim_start().starts_with('[') { batch } else { "" };
            Error::new(Code::EventNotObject, format!("An event is a JSON object with CloudEvents attributes.{batch}"))
        }
    })?;
    let mut check = Check { members: &members, errors: Vec::new() };
    if REQUIRED.iter().all(|name| check.raw(name).is_none()) {
        return Err(Error::invalid(vec![FieldError::new("", Code::CeMissingAttribute, BARE)]));
    }
    check.specversion();
    let ce_id = check.required("id", Code::CeInvalidId, valid_id, "An id has 1 to 255 characters.");
    let source = check.required("source", Code::CeInvalidSource, is_uri_reference, SOURCE_DETAIL);
    let kind = check.required(
        "type",
        Code::CeInvalidType,
        valid_type,
        "A type has 1 to 255 printable ASCII characters, none of them a space.",
    );
    let time = check.time();
    check.datacontenttype();
    check.optional(
        "dataschema",
        Code::CeInvalidAttribute,
        |text| !text.is_empty() && is_uri_reference(text),
        "A dataschema is a URI of 1 to 512 characters.",
    );
    check.optional("subject", Code::CeInvalidAttribute, |text| !text.is_empty(), "A subject is not empty.");
    check.data();
    check.extensions();
    match (ce_id, source, kind) {
        (Some(ce_id), Some(source), Some(kind)) if check.errors.is_empty() => {
            Ok(ParsedEvent { source, kind, ce_id, time, payload: text.to_owned() })
        }
        _ => Err(Error::invalid(check.errors)),
    }
}

struct Check<'a> {
    members: &'a [(String, &'a RawValue)],
    errors: Vec<FieldError>,
}

impl Check<'_> {
    fn raw(&self, name: &str) -> Option<&str> {
        // A null attribute counts as absent (CloudEvents JSON format, section 2.3).
        self.members.iter().find(|(member, _)| member == name).map(|(_, raw)| raw.get()).filter(|raw| *raw != "null")
    }

    fn refuse(&mut self, name: &str, code: Code, detail: impl Into<String>) {
        self.errors.push(FieldError::new(format!("/{name}"), code, detail));
    }

    /// The attribute's text, if it is there, a string, and of allowed characters only.
    fn string(&mut self, name: &str, code: Code, detail: &str) -> Option<String> {
        let Ok(text) = serde_json::from_str::<String>(self.raw(name)?) else {
            self.refuse(name, code, format!("It must be a string. {detail}"));
            return None;
        };
        if text.contains(is_disallowed) {
            let characters = "An attribute has no control characters (U+0000 to U+001F, U+007F to U+009F) and no noncharacters of Unicode.";
            self.refuse(name, code, format!("{characters} {detail}"));
            return None;
        }
        Some(text)
    }

    fn specversion(&mut self) {
        let is_known = |raw: &str| serde_json::from_str::<String>(raw).is_ok_and(|version| version == "1.0");
        if !self.raw("specversion").is_some_and(is_known) {
            self.refuse("specversion", Code::CeSpecversion, "Set the attribute specversion to \"1.0\".");
        }
    }

    fn required(&mut self, name: &str, code: Code, valid: impl Fn(&str) -> bool, detail: &str) -> Option<String> {
        if matches!(self.raw(name), None | Some("\"\"")) {
            self.refuse(name, Code::CeMissingAttribute, format!("The attribute {name} is missing or empty. {detail}"));
            return None;
        }
        self.optional(name, code, valid, detail)
    }

    fn optional(&mut self, name: &str, code: Code, valid: impl Fn(&str) -> bool, detail: &str) -> Option<String> {
        let text = self.string(name, code, detail)?;
        if !valid(&text) {
            self.refuse(name, code, detail);
            return None;
        }
        Some(text)
    }

    fn time(&mut self) -> Option<Timestamp> {
        let detail = "A time is written as in RFC 3339, for example 2025-07-08T18:01:19.622Z.";
        let text = self.string("time", Code::CeInvalidTime, detail)?;
        let time = text.parse();
        if time.is_err() {
            self.refuse("time", Code::CeInvalidTime, detail);
        }
        time.ok()
    }

    fn datacontenttype(&mut self) {
        let detail = "A datacontenttype is a media type, for example application/json.";
        self.optional("datacontenttype", Code::CeInvalidDatacontenttype, is_media_type, detail);
    }

    fn data(&mut self) {
        if self.raw("data_base64").is_none() {
            return;
        }
        if self.raw("data").is_some() {
            self.refuse("data_base64", Code::CeDataConflict, "Send data or data_base64, not both.");
        }
        let detail = "data_base64 holds the data in base64.";
        let decodes = |text: &str| BASE64_STANDARD.decode(text).is_ok();
        self.optional("data_base64", Code::CeInvalidBase64, decodes, detail);
    }

    fn extensions(&mut self) {
        const KNOWN: [&str; 10] = [
            "specversion",
            "id",
            "source",
            "type",
            "time",
            "datacontenttype",
            "dataschema",
            "subject",
            "data",
            "data_base64",
        ];
        let detail = "An extension attribute has a name of 1 to 64 lower-case letters and digits, and a string, number or boolean as its value.";
        for (name, raw) in self.members {
            if KNOWN.contains(&name.as_str()) {
                continue;
            }
            let named = (1..=MAX_EXTENSION_NAME).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
            let scalar = !raw.get().starts_with(['{', '[']);
            if !named || !scalar {
                let name = name.replace('~', "~0").replace('/', "~1");
                self.refuse(&name, Code::CeInvalidAttribute, detail);
            } else if raw.get().starts_with('"') {
                self.string(name, Code::CeInvalidAttribute, detail);
            }
        }
    }
}

/// Whether a character may stand in no attribute (CloudEvents, section "Type System"): controls, and what Unicode calls noncharacters. Half
/// of a surrogate pair is none that gets here.
fn is_disallowed(c: char) -> bool {
    c.is_control() || matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

fn valid_id(id: &str) -> bool {
    id.chars().count() <= 255
}

/// In binary mode the type is a header's value, so it is held to what a header can carry.
fn valid_type(kind: &str) -> bool {
    kind.len() <= 255 && kind.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What to do about a text that is no source.
pub(crate) const SOURCE_DETAIL: &str = "A source is a URI reference (RFC 3986) of 1 to 512 characters.";

/// Whether a text is a URI reference of at most 512 characters: only the characters of RFC 3986, percent signs followed by two digits, at
/// most one fragment, and no colon in the first segment unless a scheme stands before it.
pub(crate) fn is_uri_reference(text: &str) -> bool {
    let fine = text.bytes().enumerate().all(|(at, byte)| match byte {
        b'%' => text.as_bytes().get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
        _ => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&byte),
    });
    let first_segment = text.split(['/', '?', '#']).next().unwrap_or_default();
    let scheme = first_segment.split_once(':').is_none_or(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    fine && scheme && text.len() <= 512 && text.matches('#').count() <= 1
}

pub(super) fn is_media_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default().trim();
    let token = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    essence.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(change: &str) -> String {
        format!(r#"{{"specversion":"1.0","id":"1","source":"S","type":"T"{change}}}"#)
    }

    #[track_caller]
    fn assert_refused(body: &str, pointer: &str, code: Code) {
        let error = parse(body.as_bytes()).unwrap_err();
        assert_eq!(error.code(), code, "{body}: {error}");
        assert_eq!(error.errors().iter().map(|e| e.pointer.as_str()).collect::<Vec<_>>(), [pointer], "{body}");
    }

    #[test]
    fn the_payload_is_what_came() {
        let body = " \n{\"specversion\":\"1.0\", \"id\":\"1\",\"source\":\"S\",\"type\":\"T\",\"data\": {\"b\":1e400,\"a\":0.10} }\n";
        assert_eq!(parse(body.as_bytes()).unwrap().payload, body.trim());
    }

    #[test]
    fn attributes_are_checked() {
        for (change, pointer, code) in [
            (r#","time":"yesterday""#, "/time", Code::CeInvalidTime),
            (r#","time":5"#, "/time", Code::CeInvalidTime),
            (r#","time":"2025-07-08 18:01:19Z""#, "/time", Code::CeInvalidTime),
            (r#","data":1,"data_base64":"YQ==""#, "/data_base64", Code::CeDataConflict),
            (r#","data_base64":"?""#, "/data_base64", Code::CeInvalidBase64),
            (r#","datacontenttype":"json""#, "/datacontenttype", Code::CeInvalidDatacontenttype),
            (r#","myExt":1"#, "/myExt", Code::CeInvalidAttribute),
            (r#","my_ext":1"#, "/my_ext", Code::CeInvalidAttribute),
            (r#","ext":{}"#, "/ext", Code::CeInvalidAttribute),
        ] {
            assert_refused(&event(change), pointer, code);
        }
        assert!(
            parse(event(r#","ext":true,"time":null,"subject":"a/b","dataschema":"https://s.example/1""#).as_bytes())
                .is_ok()
        );
    }

    #[test]
    fn no_attribute_has_a_character_that_is_disallowed() {
        for c in ["\0", "\u{1f}", "\u{7f}", "\u{9f}", "\u{fdd0}", "\u{fdef}", "\u{ffff}", "\u{1fffe}", "\u{10ffff}"] {
            for (name, code) in [
                ("datacontenttype", Code::CeInvalidDatacontenttype),
                ("dataschema", Code::CeInvalidAttribute),
                ("subject", Code::CeInvalidAttribute),
                ("ext", Code::CeInvalidAttribute),
            ] {
                let value = serde_json::Value::from(format!("a/b;c=d{c}"));
                assert_refused(&event(&format!(r#","{name}":{value}"#)), &format!("/{name}"), code);
            }
            for (name, of, code) in [
                ("id", "1", Code::CeInvalidId),
                ("source", "S", Code::CeInvalidSource),
                ("type", "T", Code::CeInvalidType),
            ] {
                let value = serde_json::Value::from(format!("a{c}"));
                let body = event("").replace(&format!(r#""{name}":"{of}""#), &format!(r#""{name}":{value}"#));
                assert_refused(&body, &format!("/{name}"), code);
            }
        }
        // Those beside them, and data of any kind.
        for text in [" ~", "\u{a0}\u{fdcf}\u{fdf0}\u{fffd}", "\u{1f600}\u{e000}\u{10fffd}"] {
            let value = serde_json::Value::from(text);
            let change = format!(r#","subject":{value},"ext":{value},"data":"\u0000\uffff""#);
            assert!(parse(event(&change).as_bytes()).is_ok(), "{value}");
        }
    }

    #[test]
    fn required_attributes_are_required() {
        assert_refused(r#"{"id":"1","source":"S","type":"T"}"#, "/specversion", Code::CeSpecversion);
        assert_refused(
            r#"{"specversion":"0.3","id":"1","source":"S","type":"T"}"#,
            "/specversion",
            Code::CeSpecversion,
        );
        for name in ["id", "source", "type"] {
            let empty = event("").replace(&format!(r#""{name}":"1""#), &format!(r#""{name}":"""#));
            let empty = empty.replace(&format!(r#""{name}":"S""#), &format!(r#""{name}":"""#));
            let empty = empty.replace(&format!(r#""{name}":"T""#), &format!(r#""{name}":"""#));
            assert_refused(&empty, &format!("/{name}"), Code::CeMissingAttribute);
        }
        assert_eq!(parse(b"{\"type\":\"T\"}").unwrap_err().errors().len(), 3);
        for bare in ["{}", r#"{"data":1}"#, r#"{"id":null,"event":"T"}"#] {
            assert_refused(bare, "", Code::CeMissingAttribute);
        }
    }

    #[test]
    fn ids_sources_and_types_have_a_form() {
        let with = |name: &str, value: &str| {
            let old = match name {
                "id" => r#""id":"1""#,
                "source" => r#""source":"S""#,
                _ => r#""type":"T""#,
            };
            event("").replace(old, &format!("\"{name}\":{}", serde_json::to_string(value).unwrap()))
        };
        assert_refused(&with("id", &"x".repeat(256)), "/id", Code::CeInvalidId);
        assert_refused(&with("id", "a\nb"), "/id", Code::CeInvalidId);
        assert!(parse(with("id", "a.b").as_bytes()).is_ok());
        for source in ["a b", "1:x", "%zz", "a#b#c", "é", "<x>"] {
            assert_refused(&with("source", source), "/source", Code::CeInvalidSource);
        }
        for source in ["/x", "urn:uuid:6e8bc430", "https://example.com/a?b#c", "//host/p", "a%20b", "mailto:x@y"] {
            assert!(parse(with("source", source).as_bytes()).is_ok(), "{source}");
        }
        for kind in ["a b", "a\r\nX: 1", "😀"] {
            assert_refused(&with("type", kind), "/type", Code::CeInvalidType);
        }
    }

    #[test]
    fn only_objects_are_events() {
        for body in ["[]", "\"x\"", "1", "null"] {
            let refused = parse(body.as_bytes()).unwrap_err();
            let names_batch = refused.to_string().contains("/events/batch");
            assert_eq!((refused.code(), names_batch), (Code::EventNotObject, body == "[]"), "{body}");
        }
    }
}
