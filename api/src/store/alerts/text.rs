//! Alerts in a sentence, as chats show them.

use crate::store::health::Transition;
use shared::{Failure, InactiveReason, Timestamp};

/// An alert of a webhook in a sentence.
pub(super) fn of_transition(
    transition: Transition,
    of: &str,
    url: &str,
    since: Option<Timestamp>,
    streak: u32,
) -> String {
    let since = since.map(|since| format!(", since {since}")).unwrap_or_default();
    let what = match transition {
        Transition::Failing => format!("has failed {streak} times in a row{since}"),
        Transition::Deactivated(InactiveReason::Gone) => "was deactivated: its receiver answered 410 Gone".to_owned(),
        Transition::Deactivated(_) => format!("was deactivated: it has failed {streak} times in a row{since}"),
        Transition::Recovered => "takes events again".to_owned(),
    };
    shown(&format!("The webhook {url} of {of} {what}."))
}

/// An alert of a delivery in a sentence.
pub(super) fn of_failure(of: &str, event_type: &str, url: &str, attempts: u32, why: &str) -> String {
    shown(&format!(
        "{event_type} did not arrive at {url} of {of}, and is not tried again: attempt {attempts} failed with {why}."
    ))
}

/// A text with the link behind it: chats make it one.
pub(super) fn leading_to(text: String, page: Option<&String>) -> String {
    page.map_or_else(|| text.clone(), |page| format!("{text} {page}"))
}

/// Without what chats read as more than text: between angle brackets stand links, and calls of everybody. Event types may have them.
fn shown(text: &str) -> String {
    text.replace('<', "‹").replace('>', "›")
}

/// Why a delivery failed, in a word.
pub(super) fn reason(failure: Option<Failure>, status_code: Option<u16>) -> String {
    let failure = failure.map(Failure::name).unwrap_or_default();
    status_code.map_or_else(|| failure.to_owned(), |code| code.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_takes_no_alert_for_a_call() {
        let text = of_failure("ACME", "A.<!channel>", "https://example.com/", 2, &reason(Some(Failure::Timeout), None));
        let expected = "A.‹!channel› did not arrive at https://example.com/ of ACME, and is not tried again: attempt 2 failed with timeout.";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_receiver_that_is_gone_is_told_as_such() {
        let of =
            |transition| of_transition(transition, "ACME", "https://example.com/", Some(Timestamp::from_micros(0)), 20);
        let gone = of(Transition::Deactivated(InactiveReason::Gone));
        assert_eq!(gone, "The webhook https://example.com/ of ACME was deactivated: its receiver answered 410 Gone.");
    }
}
