//! The rules for what people type, which the form checks before the server does.

mod accounts;

pub use accounts::{MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS};

use crate::{
    AuthenticationInput, AuthenticationType, Code, EventMode, EventSelection, FieldError, NewEventType, NewWebhook,
    SecretRotation, WebhookPatch,
};

/// How long a description may be.
pub const MAX_DESCRIPTION_CHARS: usize = 200;
/// How many types a webhook may select.
pub const MAX_SELECTED_TYPES: usize = 100;
/// How many automatic retries there may be.
pub const MAX_RETRIES: usize = 20;
/// The longest delay before a retry: seven days.
pub const MAX_RETRY_DELAY_SECONDS: u32 = 604_800;
/// The shortest time limit of an attempt.
pub const MIN_TIMEOUT_MS: u32 = 1_000;
/// The longest time limit of an attempt.
pub const MAX_TIMEOUT_MS: u32 = 30_000;
/// How many attempts to one webhook may be under way at once, at most.
pub const MAX_CONCURRENCY: u32 = 100;
/// The highest limit of attempts per second.
pub const MAX_RATE_LIMIT: u32 = 1_000;
/// What stands for a secret that is not shown; it must not come back as the secret.
pub const SECRET_MASK: &str = "••••";

/// How long two secrets may sign.
const MAX_OVERLAP_SECONDS: u32 = 604_800;
const MAX_URL_BYTES: usize = 2_048;
const MAX_HEADER_VALUE_BYTES: usize = 4_096;
const MAX_EVENT_TYPE_BYTES: usize = 512;

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

    fn url(&mut self, url: &str) {
        if let Err((code, detail)) = check_url(url) {
            self.add("/url", code, detail);
        }
    }

    fn secret(&mut self, secret: &str, pointer: &str) {
        if secret.contains(SECRET_MASK) {
            let detail = "This is the mask that stands for the secret. Leave it out to keep the secret that is set.";
            self.add(pointer, Code::SecretPlaceholder, detail);
        }
    }

    fn signing_secret(&mut self, secret: &str) {
        self.secret(secret, "/secret");
        let detail = "A secret has 8 to 256 bytes.";
        self.unless((8..=256).contains(&secret.len()), "/secret", Code::SecretInvalid, detail);
        if let Some(encoded) = secret.strip_prefix("whsec_") {
            let detail = "What follows whsec_ must be base64 of at least 8 bytes.";
            self.unless(is_base64(encoded) && encoded.len() >= 12, "/secret", Code::SecretInvalid, detail);
        }
    }

    fn description(&mut self, description: &str) {
        let fine = description.chars().count() <= MAX_DESCRIPTION_CHARS && !description.chars().any(misleads);
        let detail = "A description has at most 200 characters, without control characters and changes of direction.";
        self.unless(fine, "/description", Code::DescriptionInvalid, detail);
    }

    /// `complete`: whether all credentials must be there, as for a new webhook; in a change what is left out stays.
    fn authentication(&mut self, input: &AuthenticationInput, complete: bool) {
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
                        self.unless(!is_reserved(name), at, Code::HeaderReserved, detail);
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

    fn events(&mut self, events: &EventSelection) {
        let EventSelection { mode, types } = events;
        let at = "/events/types";
        match mode {
            EventMode::All => {
                let detail = "Leave the types out when the mode is all.";
                self.unless(types.is_empty(), at, Code::FilterInvalid, detail);
            }
            EventMode::Selected => {
                let fine = (1..=MAX_SELECTED_TYPES).contains(&types.len());
                self.unless(fine, at, Code::FilterInvalid, "Select 1 to 100 event types, or choose all events.");
                for (index, name) in types.iter().enumerate() {
                    let at = format!("{at}/{index}");
                    self.unless(is_event_type(name), &at, Code::FilterInvalid, EVENT_TYPE_DETAIL);
                }
            }
        }
    }

    fn timeout(&mut self, timeout_ms: u32) {
        let fine = (MIN_TIMEOUT_MS..=MAX_TIMEOUT_MS).contains(&timeout_ms);
        self.unless(fine, "/timeout_ms", Code::OutOfRange, "A time limit has 1,000 to 30,000 milliseconds.");
    }

    fn retry_schedule(&mut self, delays: &[u32]) {
        let fine =
            delays.len() <= MAX_RETRIES && delays.iter().all(|delay| (1..=MAX_RETRY_DELAY_SECONDS).contains(delay));
        let detail = "A retry schedule has at most 20 delays of 1 to 604,800 seconds.";
        self.unless(fine, "/retry_schedule", Code::OutOfRange, detail);
    }

    fn max_concurrency(&mut self, attempts: u32) {
        let fine = (1..=MAX_CONCURRENCY).contains(&attempts);
        self.unless(fine, "/max_concurrency", Code::OutOfRange, "From 1 to 100 attempts may be under way at once.");
    }

    fn rate_limit(&mut self, limit: Option<u32>) {
        let fine = limit.is_none_or(|limit| (1..=MAX_RATE_LIMIT).contains(&limit));
        let detail = "A rate limit is 1 to 1,000 attempts per second, or null for none.";
        self.unless(fine, "/rate_limit", Code::OutOfRange, detail);
    }
}

impl SecretRotation {
    /// What is wrong with it; empty when nothing is.
    pub fn check(&self) -> Vec<FieldError> {
        let Self { secret, overlap_seconds } = self;
        let mut errors = Errors::default();
        if let Some(secret) = secret {
            errors.signing_secret(secret);
        }
        let fine = *overlap_seconds <= MAX_OVERLAP_SECONDS;
        errors.unless(fine, "/overlap_seconds", Code::OutOfRange, "Two secrets sign for at most 604,800 seconds.");
        errors.0
    }
}

impl NewWebhook {
    /// What is wrong with it; empty when nothing is. The server looks more closely at the URL.
    pub fn check(&self) -> Vec<FieldError> {
        let Self {
            url,
            secret,
            description,
            authentication,
            events,
            status: _,
            timeout_ms,
            retry_schedule,
            max_concurrency,
            rate_limit,
        } = self;
        let mut errors = Errors::default();
        errors.url(url);
        errors.signing_secret(secret);
        errors.description(description);
        errors.authentication(authentication, true);
        errors.events(events);
        errors.timeout(*timeout_ms);
        errors.retry_schedule(retry_schedule);
        errors.max_concurrency(*max_concurrency);
        errors.rate_limit(*rate_limit);
        errors.0
    }
}

impl WebhookPatch {
    /// What is wrong with it; empty when nothing is. `kept` is the kind of authentication that is set now: only credentials of that
    /// kind can be left out.
    pub fn check(&self, kept: AuthenticationType) -> Vec<FieldError> {
        let Self {
            url,
            secret,
            description,
            authentication,
            events,
            status: _,
            timeout_ms,
            retry_schedule,
            max_concurrency,
            rate_limit,
        } = self;
        let mut errors = Errors::default();
        if let Some(url) = url {
            errors.url(url);
        }
        if let Some(secret) = secret {
            errors.signing_secret(secret);
        }
        if let Some(description) = description {
            errors.description(description);
        }
        if let Some(authentication) = authentication {
            errors.authentication(authentication, authentication.kind != kept);
        }
        if let Some(events) = events {
            errors.events(events);
        }
        if let Some(timeout_ms) = timeout_ms {
            errors.timeout(*timeout_ms);
        }
        if let Some(delays) = retry_schedule {
            errors.retry_schedule(delays);
        }
        if let Some(attempts) = max_concurrency {
            errors.max_concurrency(*attempts);
        }
        if let Some(limit) = rate_limit {
            errors.rate_limit(*limit);
        }
        errors.0
    }
}

impl NewEventType {
    /// What is wrong with it; empty when nothing is.
    pub fn check(&self) -> Vec<FieldError> {
        let Self { source, kind, description, example: _, schema: _ } = self;
        let mut errors = Errors::default();
        let name = |text: &str| {
            (1..=MAX_EVENT_TYPE_BYTES / 2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
        };
        errors.unless(name(source), "/source", Code::CeInvalidSource, "A source has printable ASCII without spaces.");
        errors.unless(name(kind), "/type", Code::CeInvalidType, "A type has printable ASCII without spaces.");
        errors.description(description);
        errors.0
    }
}

/// The rules for a payload URL that need no parser.
fn check_url(url: &str) -> Result<(), (Code, &'static str)> {
    if url.len() > MAX_URL_BYTES {
        return Err((Code::UrlTooLong, "A payload URL has at most 2,048 bytes."));
    }
    if url.bytes().any(|byte| byte < b' ' || byte == 0x7f) || url.trim_matches(' ') != url {
        return Err((Code::UrlControlChar, "Take out the space or control character."));
    }
    let Some((scheme, rest)) = url.split_once(':') else {
        return Err((Code::UrlInvalid, "Write the whole URL, for example https://example.com/webhooks."));
    };
    if scheme.is_empty() || !scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) {
        return Err((Code::UrlInvalid, "Write the whole URL, for example https://example.com/webhooks."));
    }
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return Err((Code::UrlSchemeNotAllowed, "Begin the URL with https://."));
    }
    let Some(rest) = rest.strip_prefix("//") else {
        return Err((Code::UrlNotCanonical, "Write https:// and then the host."));
    };
    if url.contains('\\') {
        return Err((Code::UrlNotCanonical, "Write / instead of \\: programs read a backslash in different ways."));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains(' ') {
        return Err((Code::UrlInvalid, "A host's name has no spaces."));
    }
    if rest.contains(' ') {
        return Err((Code::UrlControlChar, "Take out the space, or write it as %20."));
    }
    if authority.contains('@') {
        return Err((Code::UrlUserinfoNotAllowed, "Take the user name and password out and use Basic authentication."));
    }
    if url.contains('#') {
        return Err((Code::UrlFragmentNotAllowed, "Take out the # and what follows it: it is never sent."));
    }
    Ok(())
}

/// What to do about a text that is no event type.
pub(crate) const EVENT_TYPE_DETAIL: &str = "An event type is written SOURCE.TYPE, in printable ASCII without spaces.";

pub(crate) fn is_event_type(name: &str) -> bool {
    name.contains('.') && name.len() <= MAX_EVENT_TYPE_BYTES && name.bytes().all(|b| b.is_ascii_graphic())
}

/// Whether a character can make a text look like another one: controls, and marks that change the direction of writing.
fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
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

fn is_reserved(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    RESERVED_HEADERS.iter().any(
        |reserved| {
            if reserved.ends_with('-') { name.starts_with(reserved) } else { name == *reserved }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WebhookStatus;

    fn webhook() -> NewWebhook {
        NewWebhook {
            url: "https://example.com/hook".into(),
            secret: "dummysecret".into(),
            description: String::new(),
            authentication: AuthenticationInput::default(),
            events: EventSelection::default(),
            status: WebhookStatus::Active,
            timeout_ms: 2_000,
            retry_schedule: vec![],
            max_concurrency: 16,
            rate_limit: None,
        }
    }

    #[track_caller]
    fn assert_errors(change: impl FnOnce(&mut NewWebhook), expected: &[(&str, Code)]) {
        let mut webhook = webhook();
        change(&mut webhook);
        let errors = webhook.check();
        let found: Vec<_> = errors.iter().map(|e| (e.pointer.as_str(), e.code)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_plain_webhook_is_fine() {
        assert_errors(|_| {}, &[]);
    }

    #[test]
    fn urls_are_checked_before_they_are_parsed() {
        for (url, code) in [
            ("", Code::UrlInvalid),
            ("example.com/hook", Code::UrlInvalid),
            ("//example.com/x", Code::UrlInvalid),
            ("ftp://example.com/x", Code::UrlSchemeNotAllowed),
            ("javascript:alert(1)", Code::UrlSchemeNotAllowed),
            ("https:example.com/hook", Code::UrlNotCanonical),
            ("https://user@example.com/", Code::UrlUserinfoNotAllowed),
            ("https://example.com/#top", Code::UrlFragmentNotAllowed),
            ("https://exa mple.com/", Code::UrlInvalid),
            ("https://example.com/a b", Code::UrlControlChar),
            (" https://example.com/", Code::UrlControlChar),
            ("https://example.com\\@127.0.0.1/", Code::UrlNotCanonical),
            ("https://example.com/\r\nX: 1", Code::UrlControlChar),
        ] {
            assert_errors(|w| w.url = url.into(), &[("/url", code)]);
        }
        assert_errors(|w| w.url = format!("https://example.com/{}", "a".repeat(2_048)), &[("/url", Code::UrlTooLong)]);
    }

    #[test]
    fn secrets_have_a_length_and_are_no_mask() {
        assert_errors(|w| w.secret = "1234567".into(), &[("/secret", Code::SecretInvalid)]);
        assert_errors(|w| w.secret = "x".repeat(257), &[("/secret", Code::SecretInvalid)]);
        assert_errors(|w| w.secret = "whsec_not-base64".into(), &[("/secret", Code::SecretInvalid)]);
        assert_errors(|w| w.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into(), &[]);
        assert_errors(|w| w.secret = "••••••••".into(), &[("/secret", Code::SecretPlaceholder)]);
    }

    #[test]
    fn each_kind_of_authentication_needs_its_own_members() {
        use AuthenticationType::{ApiKey, Basic};
        let basic = AuthenticationInput { kind: Basic, ..Default::default() };
        assert_errors(
            |w| w.authentication = basic,
            &[("/authentication/username", Code::MissingField), ("/authentication/password", Code::MissingField)],
        );
        let key = |header: &str, value: &str| AuthenticationInput {
            kind: ApiKey,
            header: Some(header.into()),
            value: Some(value.into()),
            ..Default::default()
        };
        assert_errors(|w| w.authentication = key("X-API-Key", "k"), &[]);
        assert_errors(|w| w.authentication = key("X Bad", "k"), &[("/authentication/header", Code::HeaderNameInvalid)]);
        assert_errors(
            |w| w.authentication = key("Webhook-Id", "k"),
            &[("/authentication/header", Code::HeaderReserved)],
        );
        assert_errors(
            |w| w.authentication = key("X-K", "a\r\nb"),
            &[("/authentication/value", Code::HeaderValueInvalid)],
        );
    }

    #[test]
    fn a_change_may_leave_out_credentials_of_the_kind_that_is_set() {
        let authentication =
            AuthenticationInput { kind: AuthenticationType::Basic, username: Some("ana".into()), ..Default::default() };
        let patch = WebhookPatch { authentication: Some(authentication), ..Default::default() };
        assert_eq!(patch.check(AuthenticationType::Basic), []);
        assert_eq!(patch.check(AuthenticationType::None)[0].pointer, "/authentication/password");
    }

    #[test]
    fn descriptions_do_not_mislead() {
        assert_errors(|w| w.description = "é".repeat(200), &[]);
        for description in ["é".repeat(201), "a\nb".into(), "pay\u{202e}load".into()] {
            assert_errors(|w| w.description = description, &[("/description", Code::DescriptionInvalid)]);
        }
    }

    #[test]
    fn a_selection_selects_something() {
        let selected = |types: Vec<String>| EventSelection { mode: EventMode::Selected, types };
        assert_errors(|w| w.events = selected(vec![]), &[("/events/types", Code::FilterInvalid)]);
        assert_errors(|w| w.events = selected(vec!["A.B".into(); 101]), &[("/events/types", Code::FilterInvalid)]);
        assert_errors(
            |w| w.events = selected(vec!["A.B".into(), "A B.C".into()]),
            &[("/events/types/1", Code::FilterInvalid)],
        );
    }

    #[test]
    fn numbers_have_a_range() {
        assert_errors(|w| w.timeout_ms = 999, &[("/timeout_ms", Code::OutOfRange)]);
        assert_errors(|w| w.retry_schedule = vec![0], &[("/retry_schedule", Code::OutOfRange)]);
        assert_errors(|w| w.retry_schedule = vec![5; 21], &[("/retry_schedule", Code::OutOfRange)]);
        for outside in [0, 101] {
            assert_errors(|w| w.max_concurrency = outside, &[("/max_concurrency", Code::OutOfRange)]);
        }
        for outside in [0, 1_001] {
            assert_errors(|w| w.rate_limit = Some(outside), &[("/rate_limit", Code::OutOfRange)]);
        }
        assert_errors(|w| (w.max_concurrency, w.rate_limit) = (100, Some(1_000)), &[]);
    }
}
