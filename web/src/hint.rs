//! What a failure means, and what to do about it.

use crate::{
    format::{self, Part},
    strings::strings,
};
use shared::{Attempt, Failure, SECRET_MASK};

/// A fact and an advice.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) fact: String,
    pub(crate) advice: String,
    /// Where the advice can be followed.
    pub(crate) way: Option<Way>,
}

/// A place that an advice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Where a signature is checked by hand.
    Lab,
    /// The settings of the webhook, which have its URL.
    Settings,
}

impl<F: Into<String>, A: Into<String>> From<(F, A)> for Hint {
    fn from((fact, advice): (F, A)) -> Self {
        Self { fact: fact.into(), advice: advice.into(), way: None }
    }
}

/// The hint for an attempt; nothing for one that was delivered.
pub(crate) fn of_attempt(attempt: &Attempt) -> Option<Hint> {
    let failure = attempt.failure?;
    let Some(status) = attempt.status_code.filter(|_| failure == Failure::HttpStatus) else {
        return Some(of_failure(failure, &attempt.url, attempt.duration_us));
    };
    let mut hint = of_status(status, &format::moment(attempt.started_at, Part::Time));
    let to = attempt.response_headers.iter().find(|header| header.name.eq_ignore_ascii_case("location"));
    if let Some(to) = to.filter(|_| (300..400).contains(&status)) {
        hint.advice += &(strings().hints.redirects_to)(&to.value);
    }
    if hint.way == Some(Way::Lab) && attempt.request_headers.iter().any(|header| header.value.contains(SECRET_MASK)) {
        hint.advice += strings().hints.compare_credentials;
    }
    Some(hint)
}

/// The hint for a failure at that URL after that many microseconds.
pub(crate) fn of_failure(failure: Failure, url: &str, duration_us: u64) -> Hint {
    let hints = &strings().hints;
    let host = format::host(url);
    let way = match failure {
        Failure::Dns | Failure::BlockedAddress | Failure::ConnectRefused | Failure::Tls | Failure::ResponseInvalid => {
            Some(Way::Settings)
        }
        _ => None,
    };
    let hint: Hint = match failure {
        Failure::HttpStatus => of_status(0, strings().none),
        Failure::Dns => (hints.dns)(host).into(),
        Failure::BlockedAddress => (hints.blocked_address)(host).into(),
        Failure::ConnectRefused => (hints.connect_refused)(host).into(),
        Failure::ConnectTimeout => (hints.connect_timeout)(host).into(),
        Failure::ConnectFailed => (hints.connect_failed)(host).into(),
        Failure::Tls => (hints.tls)(host).into(),
        Failure::Timeout => (hints.timeout)(&limit(duration_us)).into(),
        Failure::Reset => hints.reset.into(),
        Failure::ResponseInvalid => hints.response_invalid.into(),
        Failure::Interrupted => hints.interrupted.into(),
        Failure::InternalError => hints.internal_error.into(),
    };
    Hint { way, ..hint }
}

/// The time limit that was over after so many microseconds: in whole seconds, where it is.
fn limit(duration_us: u64) -> String {
    let tenths = duration_us / 100_000;
    if tenths.is_multiple_of(10) { format::seconds(tenths / 10) } else { format::duration(tenths * 100_000) }
}

/// The hint for an answer at that time.
fn of_status(status: u16, time: &str) -> Hint {
    let hints = &strings().hints;
    let way = match status {
        300..=399 | 404 | 405 | 410 | 415 => Some(Way::Settings),
        401 | 403 => Some(Way::Lab),
        _ => None,
    };
    let hint: Hint = match status {
        300..400 => (hints.redirect)(status).into(),
        400 | 422 => (hints.rejected)(status).into(),
        401 | 403 => (hints.refused_request)(status).into(),
        404 => hints.not_found.into(),
        405 | 415 => (hints.not_accepted)(status).into(),
        410 => hints.gone.into(),
        413 => hints.too_big.into(),
        429 => hints.slow_down.into(),
        500 => (hints.server_failed)(time).into(),
        502..=504 => (hints.unavailable)(status).into(),
        _ => (hints.other_status)(status, time).into(),
    };
    Hint { way, ..hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_a_fact_and_an_advice() {
        for failure in Failure::ALL {
            let hint = of_failure(failure, "https://example.com/hook", 2_003_000);
            assert!(hint.fact.ends_with('.') && hint.advice.ends_with('.'), "{hint:?}");
        }
        for status in 100..600 {
            let hint = of_status(status, "10:22:11");
            assert!(hint.fact.contains(&status.to_string()), "{hint:?}");
        }
    }

    #[test]
    fn the_host_and_the_limit_are_named() {
        let after = |failure, took| of_failure(failure, "https://example.com:8443/hook", took).fact;
        let hint = |failure| after(failure, 2_003_000);
        assert_eq!(hint(Failure::ConnectRefused), "example.com:8443 refused the connection.");
        assert_eq!(hint(Failure::Timeout), "No response within 2\u{a0}s.");
        assert_eq!(after(Failure::Timeout, 1_502_000), "No response within 1.50\u{a0}s.");
    }
}
