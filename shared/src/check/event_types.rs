//! The rules for event types.

use super::Errors;
use crate::{Code, EventSelection, FieldError, NewEventType};

/// The longest source and the longest type that an event may have.
const MAX_SOURCE_BYTES: usize = 512;
const MAX_TYPE_BYTES: usize = 255;
const MAX_EVENT_TYPE_BYTES: usize = MAX_SOURCE_BYTES + 1 + MAX_TYPE_BYTES;

impl NewEventType {
    /// What is wrong with it; empty when nothing is.
    pub fn check(&self) -> Vec<FieldError> {
        let Self { source, kind, description, example: _, schema: _, all_tenants: _ } = self;
        let mut errors = Errors::default();
        // A webhook could not select a type with an asterisk: it stands for others.
        let is_plain = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && b != b'*');
        let fine = |text: &str, most| (1..=most).contains(&text.len()) && is_plain(text);
        let detail = "A source must have 1 to 512 printable ASCII characters without spaces or asterisks.";
        errors.unless(fine(source, MAX_SOURCE_BYTES), "/source", Code::CeInvalidSource, detail);
        let detail = "A type must have 1 to 255 printable ASCII characters without spaces or asterisks.";
        errors.unless(fine(kind, MAX_TYPE_BYTES), "/type", Code::CeInvalidType, detail);
        errors.description(description);
        errors.0
    }
}

/// What to do about a text that is no event type.
pub(crate) const EVENT_TYPE_DETAIL: &str =
    "An event type is written SOURCE.TYPE, in at most 768 printable ASCII characters without spaces.";

/// Why a text cannot be the one type that is looked for, if it cannot.
pub fn check_single_type(name: &str) -> Result<(), &'static str> {
    if EventSelection::beginning(name).is_some() {
        return Err("One event type is looked for at a time, such as SOURCE.TYPE: an asterisk stands for none here.");
    }
    if is_event_type(name) { Ok(()) } else { Err(EVENT_TYPE_DETAIL) }
}

pub(crate) fn is_event_type(name: &str) -> bool {
    name.contains('.') && name.len() <= MAX_EVENT_TYPE_BYTES && name.bytes().all(|b| b.is_ascii_graphic())
}
