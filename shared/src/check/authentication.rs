//! The rules for the credentials that are sent to a receiver.

use super::Errors;
use crate::{AuthenticationInput, AuthenticationType, Code};

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
    /// `complete`: whether all credentials must be there, as for a new webhook; in a change what is left out stays.
    pub(super) fn authentication(&mut self, input: &AuthenticationInput, complete: bool) {
        let AuthenticationInput { kind, username, password, header, value } = input;
        match kind {
            AuthenticationType::None => {}
            AuthenticationType::Basic => {
                let at = "/authentication/username";
                match username.as_deref() {
                    None | Some("") => self.add(at, Code::MissingField, "Basic authentication needs a user name."),
                    Some(name) => {
                        let fine = name.len() <= 256 && !name.contains(':') && !name.chars().any(char::is_control);
                        let detail = "A user name has at most 256 bytes and no colon.";
                        self.unless(fine, at, Code::UsernameInvalid, detail);
                    }
                }
                let at = "/authentication/password";
                match password {
                    None => self.unless(!complete, at, Code::MissingField, "Basic authentication needs a password."),
                    Some(password) => {
                        self.secret(password, at);
                        let fine = password.len() <= 1_024 && !password.chars().any(char::is_control);
                        let detail = "A password has at most 1,024 bytes and no control characters.";
                        self.unless(fine, at, Code::HeaderValueInvalid, detail);
                    }
                }
            }
            AuthenticationType::ApiKey => {
                let at = "/authentication/header";
                match header.as_deref() {
                    None => self.add(at, Code::MissingField, "Name the header, for example X-API-Key."),
                    Some(name) if !is_token(name) || name.len() > 128 => {
                        let detail = "A header's name has 1 to 128 letters, digits and hyphens, for example X-API-Key.";
                        self.add(at, Code::HeaderNameInvalid, detail);
                    }
                    Some(name) => {
                        let detail = "This header is set by the sender or the connection. Use another one, for example X-API-Key.";
                        self.unless(!is_reserved_header(name), at, Code::HeaderReserved, detail);
                    }
                }
                let at = "/authentication/value";
                match value.as_deref() {
                    None => self.unless(!complete, at, Code::MissingField, "An API key needs a value."),
                    Some(value) => {
                        self.secret(value, at);
                        let detail =
                            "A header's value has 1 to 4,096 printable ASCII characters, no space at either end.";
                        self.unless(is_header_value(value), at, Code::HeaderValueInvalid, detail);
                    }
                }
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
