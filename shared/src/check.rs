//! The rules for what people type, which the form checks before the server does.

mod accounts;
mod authentication;
mod event_types;
mod headers;
mod payload_url;
mod webhooks;

pub use accounts::{MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS, is_external_id, is_portal_page};
pub use event_types::check_single_type;
pub use headers::{MAX_HEADERS_BYTES, is_reserved_header};
pub use payload_url::{check_payload_url, is_same_origin};
pub use webhooks::{
    MAX_CONCURRENCY, MAX_RATE_LIMIT, MAX_RETRIES, MAX_RETRY_DELAY_SECONDS, MAX_SELECTED_TYPES, MAX_TIMEOUT_MS,
    MIN_TIMEOUT_MS, RETRY_SCHEDULE_DETAIL, SECRET_PREFIX, check_selected_type, is_retry_schedule,
};

use crate::{Code, FieldError};

/// How long a description may be.
pub const MAX_DESCRIPTION_CHARS: usize = 200;
/// What stands for a secret that is not shown; it must not come back as the secret.
pub const SECRET_MASK: &str = "••••";

/// Collects what is wrong with the members of a body.
#[derive(Default)]
struct Errors(Vec<FieldError>);

impl Errors {
    fn add(&mut self, pointer: &str, code: Code, detail: &str) {
        self.0.push(FieldError::new(pointer, code, detail));
    }

    fn unless(&mut self, fine: bool, pointer: &str, code: Code, detail: &str) {
        if !fine {
            self.add(pointer, code, detail);
        }
    }

    fn description(&mut self, description: &str) {
        let fine = description.chars().count() <= MAX_DESCRIPTION_CHARS && !description.chars().any(misleads);
        let detail =
            "A description can have at most 200 characters, and no control characters or text-direction marks.";
        self.unless(fine, "/description", Code::DescriptionInvalid, detail);
    }

    /// A value that is never shown. Whether it is the mask that stands for it, which is told then.
    fn secret(&mut self, secret: &str, pointer: &str) -> bool {
        let is_mask = secret.contains(SECRET_MASK);
        if is_mask {
            let detail = "This contains the mask (••••) of the stored value. Write the whole value, or leave it out to keep the \
                          stored one.";
            self.add(pointer, Code::SecretPlaceholder, detail);
        }
        is_mask
    }
}

/// Whether a character can make a text look like another one: controls, and marks that change the direction of writing.
fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
