//! The rules for event types.

use super::Errors;
use crate::{Code, FieldError, NewEventType};

const MAX_EVENT_TYPE_BYTES: usize = 512;

impl NewEventType {
    /// What is wrong with it; empty when nothing is.
    pub fn check(&self) -> Vec<FieldError> {
        let Self { source, kind, description, example: _, schema: _ } = self;
        let mut errors = Errors::default();
        let fine = |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        let detail = "A source has 1 to 256 printable ASCII characters without spaces.";
        errors.unless(fine(source, 256), "/source", Code::CeInvalidSource, detail);
        let detail = "A type has 1 to 255 printable ASCII characters without spaces.";
        errors.unless(fine(kind, 255), "/type", Code::CeInvalidType, detail);
        errors.description(description);
        errors.0
    }
}

/// What to do about a text that is no event type.
pub(crate) const EVENT_TYPE_DETAIL: &str = "An event type is written SOURCE.TYPE, in printable ASCII without spaces.";

pub(crate) fn is_event_type(name: &str) -> bool {
    name.contains('.') && name.len() <= MAX_EVENT_TYPE_BYTES && name.bytes().all(|b| b.is_ascii_graphic())
}
