//! The rules for the headers that a webhook's settings add to its requests.

use super::Errors;
use crate::{Code, CustomHeader};

/// How many headers of its own a webhook may have.
const MAX_HEADERS: usize = 20;
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
        let fine = is_token(name) && name.len() <= MAX_HEADER_NAME_BYTES;
        let detail = "A header's name has 1 to 128 letters, digits and hyphens, for example X-API-Key.";
        self.unless(fine, at, Code::HeaderNameInvalid, detail);
        let detail = "This header is set by the sender or the connection. Use another one, for example X-API-Key.";
        self.unless(!is_reserved_header(name), at, Code::HeaderReserved, detail);
    }

    pub(super) fn header_value(&mut self, value: &str, at: &str) {
        self.secret(value, at);
        let detail = "A header's value has 1 to 4,096 printable ASCII characters, no space at either end.";
        self.unless(is_header_value(value), at, Code::HeaderValueInvalid, detail);
    }

    /// `complete`: whether each must have its value, as for a new webhook; in a change what is left out stays.
    pub(super) fn headers(&mut self, headers: &[CustomHeader], complete: bool) {
        if headers.len() > MAX_HEADERS {
            return self.add("/headers", Code::OutOfRange, "A webhook has at most 20 headers of its own.");
        }
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

/// A token of RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn is_header_value(text: &str) -> bool {
    (1..=MAX_HEADER_VALUE_BYTES).contains(&text.len())
        && text.bytes().all(|b| matches!(b, b' '..=b'~'))
        && !text.starts_with(' ')
        && !text.ends_with(' ')
}

/// Whether a header is the sender's own business.
pub fn is_reserved_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    RESERVED_HEADERS.iter().any(
        |reserved| {
            if reserved.ends_with('-') { name.starts_with(reserved) } else { name == *reserved }
        },
    )
}
