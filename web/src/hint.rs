//! What a failure means, and what to do about it.

use crate::{
    format::{self, Part},
    strings::strings,
};
use shared::{Attempt, Failure, Header, SECRET_MASK};

/// A fact and an advice.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) fact: String,
    pub(crate) advice: String,
    /// Where the advice can be followed.
    pub(crate) way: Option<Way>,
    /// What the system said: it tells apart what one advice has to cover.
    pub(crate) said: Option<String>,
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
        Self { fact: fact.into(), advice: advice.into(), way: None, said: None }
    }
}

/// The hint for an attempt; nothing for one that was delivered.
pub(crate) fn of_attempt(attempt: &Attempt) -> Option<Hint> {
    let failure = attempt.failure?;
    let Some(status) = attempt.status_code.filter(|_| failure == Failure::HttpStatus) else {
        return Some(Hint { said: attempt.error.clone(), ..of_failure(failure, &attempt.url, attempt.duration_us) });
    };
    let mut hint = of_status(status, &format::moment(attempt.started_at, Part::Time));
    let answered = |name| value(&attempt.response_headers, name);
    match status {
        300..400 => {
            if let Some(to) = answered("location") {
                hint.advice += &(strings().hints.redirects_to)(to);
            }
        }
        413 => {
            if let Some(size) = value(&attempt.request_headers, "content-length").and_then(|size| size.parse().ok()) {
                hint.advice = (strings().hints.raise_above)(&format::size(size));
            }
        }
        429 => match answered("retry-after").map(|wait| (wait, wait.parse::<u64>())) {
            Some((_, Ok(wait @ 0..120))) => hint.advice += &(strings().hints.asked_to_wait)(&format!("{wait}\u{a0}s")),
            Some((_, Ok(wait))) => hint.advice += &(strings().hints.asked_to_wait)(&format::seconds(wait)),
            // A date; anything else counts for nothing.
            Some((wait, _)) if wait.ends_with("GMT") => {}
            _ => hint.advice = strings().hints.keep_schedule.to_owned(),
        },
        _ => {}
    }
    if hint.way == Some(Way::Lab) && attempt.request_headers.iter().any(|header| header.value.contains(SECRET_MASK)) {
        hint.advice += strings().hints.compare_credentials;
    }
    Some(hint)
}

/// The value of the header of that name.
pub(crate) fn value<'a>(headers: &'a [Header], name: &str) -> Option<&'a str> {
    headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| &*header.value)
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
        Failure::ConnectRefused => (hints.connect_refused)(&with_port(url)).into(),
        Failure::ConnectTimeout => (hints.connect_timeout)(host).into(),
        Failure::ConnectFailed => (hints.connect_failed)(host).into(),
        Failure::CertificateExpired => (hints.certificate_expired)(host).into(),
        Failure::Tls => (hints.tls)(host).into(),
        Failure::Timeout => (hints.timeout)(&limit(duration_us)).into(),
        Failure::Reset => hints.reset.into(),
        Failure::ResponseInvalid => hints.response_invalid.into(),
        Failure::Interrupted => hints.interrupted.into(),
        Failure::InternalError => hints.internal_error.into(),
    };
    Hint { way, ..hint }
}

/// The host of a URL and its port, also where the URL leaves it to the scheme.
fn with_port(url: &str) -> String {
    let host = format::host(url);
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    match url.starts_with("http:") {
        _ if has_port => host.to_owned(),
        true => format!("{host}:80"),
        false => format!("{host}:443"),
    }
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
        assert_eq!(with_port("https://example.com/hook"), "example.com:443");
        assert_eq!(with_port("http://[2001:db8::1]?x=1:2"), "[2001:db8::1]:80");
        assert_eq!(hint(Failure::Timeout), "No response within 2\u{a0}s.");
        assert_eq!(after(Failure::Timeout, 1_502_000), "No response within 1.50\u{a0}s.");
    }
}
