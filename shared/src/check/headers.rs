//! The rules for the headers that a webhook's settings add to its requests.

use super::Errors;
use crate::{Code, CustomHeader};

/// How many custom headers a webhook may have.
const MAX_HEADERS: usize = 20;
/// How long their names and values may be in all: common servers refuse requests with more.
pub const MAX_HEADERS_BYTES: usize = 8_192;
const MAX_HEADER_NAME_BYTES: usize = 128;
const MAX_HEADER_VALUE_BYTES: usize = 4_096;

/// Headers that are the sender's own business: a customer must not set them (RFC 9110, Standard Webhooks, CloudEvents, W3C trace
/// context, and what cloud metadata services ask for). A name that ends in `-` stands for all that begin so.
const RESERVED_HEADERS: [&str; 27] = [
    "host",
    "connection",
    "content-length",
    "content-type",
    "content-encoding",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "proxy-",
    "accept",
    "accept-encoding",
    "date",
    "user-agent",
    "cookie",
    "keep-alive",
    "forwarded",
    "x-forwarded-",
    "webhook-",
    "ce-",
    "traceparent",
    "tracestate",
    "metadata",
    "metadata-flavor",
    "x-aws-ec2-metadata-",
    "x-google-",
];

impl Errors {
    pub(super) fn header_name(&mut self, name: &str, at: &str) {
        let fine = (1..=MAX_HEADER_NAME_BYTES).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        let detail =
            "A header's name must have 1 to 128 letters, digits, hyphens and underscores, for example X-API-Key.";
        self.unless(fine, at, Code::HeaderNameInvalid, detail);
        let detail = "This header is set by the sender or the connection. Use another one, for example X-API-Key.";
        self.unless(!is_reserved_header(name), at, Code::HeaderReserved, detail);
    }

    pub(super) fn header_value(&mut self, value: &str, at: &str) {
        if self.secret(value, at) {
            return;
        }
        let detail = "A header's value must have 1 to 4,096 printable ASCII characters, and no space at either end.";
        self.unless(is_header_value(value), at, Code::HeaderValueInvalid, detail);
    }

    /// `complete`: whether each must have its value, as for a new webhook; in a change what is left out stays.
    pub(super) fn headers(&mut self, headers: &[CustomHeader], complete: bool) {
        if headers.len() > MAX_HEADERS {
            return self.add("/headers", Code::OutOfRange, "A webhook can have at most 20 custom headers.");
        }
        let bytes = |header: &CustomHeader| header.name.len() + header.value.as_ref().map_or(0, String::len);
        let fine = headers.iter().map(bytes).sum::<usize>() <= MAX_HEADERS_BYTES;
        self.unless(fine, "/headers", Code::OutOfRange, "Custom headers can have at most 8,192 bytes in all.");
        for (index, CustomHeader { name, value }) in headers.iter().enumerate() {
            let at = format!("/headers/{index}/name");
            self.header_name(name, &at);
            let is_new = !headers.iter().take(index).any(|before| before.is_named(name));
            self.unless(is_new, &at, Code::HeaderRepeated, "A header before this one has the same name.");
            let at = format!("/headers/{index}/value");
            match value {
                None => self.unless(!complete, &at, Code::MissingField, "A header needs a value."),
                Some(value) => self.header_value(value, &at),
            }
        }
    }
}

fn is_header_value(text: &str) -> bool {
    (1..=MAX_HEADER_VALUE_BYTES).contains(&text.len())
        && text.bytes().all(|b| matches!(b, b' '..=b'~'))
        && text.trim_matches(' ') == text
}

/// Whether a header is the sender's own business. Many receivers read `_` in a name as `-`.
pub fn is_reserved_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    RESERVED_HEADERS.iter().any(|&reserved| match reserved.strip_suffix('-') {
        Some(_) => name.starts_with(reserved),
        None => name == reserved,
    })
}
