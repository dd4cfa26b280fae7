//! The rules for webhooks.

use super::{
    Errors,
    event_types::{EVENT_TYPE_DETAIL, is_event_type},
    payload_url::check_payload_url,
};
use crate::{
    AuthenticationInput, AuthenticationType, Code, ConditionOperator, CustomHeader, Decimal, EventCondition, EventMode,
    EventSelection, FieldError, KeptWebhook, NewWebhook, SecretRotation, WebhookPatch,
};

/// The prefix of a secret whose rest is the key's bytes in base64 (Standard Webhooks).
pub const SECRET_PREFIX: &str = "whsec_";
/// How many types a webhook may select.
pub const MAX_SELECTED_TYPES: usize = 100;
/// How many conditions a webhook may set for events.
const MAX_CONDITIONS: usize = 10;
/// With how many values each may compare.
const MAX_CONDITION_VALUES: usize = 20;
/// How long the path of a condition may be, and each value.
const MAX_CONDITION_BYTES: usize = 256;
/// How long all of them may be together: they are held against every event that is published.
const MAX_CONDITIONS_BYTES: usize = 4_096;
/// How many automatic retries there may be.
pub const MAX_RETRIES: usize = 20;
/// The longest delay before a retry: seven days.
pub const MAX_RETRY_DELAY_SECONDS: u32 = 604_800;
/// The shortest time limit of an attempt.
pub const MIN_TIMEOUT_MS: u32 = 1_000;
/// The longest time limit of an attempt.
pub const MAX_TIMEOUT_MS: u32 = 30_000;
/// What [`is_retry_schedule`] asks for.
pub const RETRY_SCHEDULE_DETAIL: &str = "A retry schedule can have at most 20 delays of 1 to 604800 seconds.";
/// How many attempts to one webhook may be under way at once, at most.
pub const MAX_CONCURRENCY: u32 = 100;
/// The highest limit of attempts per second.
pub const MAX_RATE_LIMIT: u32 = 1_000;
/// How long two secrets may sign.
const MAX_OVERLAP_SECONDS: u32 = 604_800;

impl Errors {
    fn url(&mut self, url: &str) {
        if let Err((code, detail)) = check_payload_url(url) {
            self.add("/url", code, detail);
        }
    }

    /// For a change that leads to another server. Whoever may change a webhook shall not learn what it sends.
    fn kept_credentials(
        &mut self,
        kept: &KeptWebhook,
        authentication: Option<&AuthenticationInput>,
        headers: Option<&[CustomHeader]>,
    ) {
        let keeps = |kind, given: fn(&AuthenticationInput) -> &Option<String>| {
            let is_left_out = |input: &AuthenticationInput| input.kind == kind && given(input).is_none();
            kept.authentication == kind && authentication.is_none_or(is_left_out)
        };
        if keeps(AuthenticationType::Basic, |input| &input.password) {
            let detail = "The URL leads to another server: type the password again.";
            self.add("/authentication/password", Code::CredentialKept, detail);
        }
        if keeps(AuthenticationType::ApiKey, |input| &input.value) {
            let detail = "The URL leads to another server: type the value again.";
            self.add("/authentication/value", Code::CredentialKept, detail);
        }
        let had = |header: &CustomHeader| kept.headers.iter().any(|name| header.is_named(name));
        let keeps = |index: &usize| match headers {
            None => true,
            Some(headers) => headers.get(*index).is_some_and(|header| header.value.is_none() && had(header)),
        };
        for index in (0..headers.map_or(kept.headers.len(), <[_]>::len)).filter(keeps) {
            let detail = "The URL leads to another server: type the value again, or remove the header.";
            self.add(&format!("/headers/{index}/value"), Code::CredentialKept, detail);
        }
    }

    fn signing_secret(&mut self, secret: &str) {
        self.secret(secret, "/secret");
        let detail = "A secret must have 8 to 256 bytes.";
        self.unless((8..=256).contains(&secret.len()), "/secret", Code::SecretInvalid, detail);
        if let Some(encoded) = secret.strip_prefix(SECRET_PREFIX) {
            let detail = "What follows whsec_ must be base64 of at least 8 bytes.";
            let fine = decoded_bytes(encoded).is_some_and(|bytes| bytes >= 8);
            self.unless(fine, "/secret", Code::SecretInvalid, detail);
        }
    }

    fn events(&mut self, events: &EventSelection) {
        let EventSelection { mode, types, conditions } = events;
        self.conditions(conditions);
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
                    if let Err(detail) = check_selected_type(name) {
                        self.add(&format!("{at}/{index}"), Code::FilterInvalid, detail);
                    }
                }
            }
        }
    }

    fn conditions(&mut self, conditions: &[EventCondition]) {
        let at = "/events/conditions";
        let fine = conditions.len() <= MAX_CONDITIONS;
        self.unless(fine, at, Code::ConditionInvalid, "A webhook can have at most 10 conditions.");
        let bytes = |one: &EventCondition| one.path.len() + one.values.iter().map(String::len).sum::<usize>();
        let fine = conditions.iter().map(bytes).sum::<usize>() <= MAX_CONDITIONS_BYTES;
        self.unless(
            fine,
            at,
            Code::ConditionInvalid,
            "The conditions of a webhook can have at most 4,096 bytes in all.",
        );
        for (index, EventCondition { path, operator, values }) in conditions.iter().enumerate() {
            let detail = "A path is a JSON Pointer of at most 256 bytes, for example /data/status.";
            let fine = path.len() <= MAX_CONDITION_BYTES && is_pointer(path);
            self.unless(fine, &format!("{at}/{index}/path"), Code::ConditionInvalid, detail);
            let detail = "A condition must have 1 to 20 values of at most 256 bytes.";
            let fine = (1..=MAX_CONDITION_VALUES).contains(&values.len())
                && values.iter().all(|value| value.len() <= MAX_CONDITION_BYTES);
            self.unless(fine, &format!("{at}/{index}/values"), Code::ConditionInvalid, detail);
            if let ConditionOperator::AtLeast | ConditionOperator::AtMost = operator {
                let detail =
                    "With at_least (>=) or at_most (<=), give exactly one value, a number such as 1000 or 0.5.";
                let fine = matches!(&values[..], [value] if Decimal::parse(value).is_some());
                self.unless(fine, &format!("{at}/{index}/values"), Code::ConditionInvalid, detail);
            }
        }
    }

    fn timeout(&mut self, timeout_ms: u32) {
        let fine = (MIN_TIMEOUT_MS..=MAX_TIMEOUT_MS).contains(&timeout_ms);
        self.unless(fine, "/timeout_ms", Code::OutOfRange, "A time limit must be from 1000 to 30000 milliseconds.");
    }

    fn retry_schedule(&mut self, delays: &[u32]) {
        self.unless(is_retry_schedule(delays), "/retry_schedule", Code::OutOfRange, RETRY_SCHEDULE_DETAIL);
    }

    fn max_concurrency(&mut self, attempts: u32) {
        let fine = (1..=MAX_CONCURRENCY).contains(&attempts);
        self.unless(fine, "/max_concurrency", Code::OutOfRange, "From 1 to 100 attempts may be under way at once.");
    }

    fn rate_limit(&mut self, limit: Option<u32>) {
        let fine = limit.is_none_or(|limit| (1..=MAX_RATE_LIMIT).contains(&limit));
        let detail = "A rate limit must be from 1 to 1000 attempts per second, or null for none.";
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
        errors.unless(fine, "/overlap_seconds", Code::OutOfRange, "The overlap may be at most 604,800 seconds.");
        errors.0
    }
}

impl NewWebhook {
    /// What is wrong with it; empty when nothing is. The server looks more closely at the URL.
    pub fn check(&self) -> Vec<FieldError> {
        WebhookPatch::from(self.clone()).errors(None)
    }
}

impl WebhookPatch {
    /// What is wrong with it; empty when nothing is. `kept` is the webhook as it is now: only credentials of its kind of authentication
    /// can be left out, and none where the URL leads to another server.
    pub fn check(&self, kept: &KeptWebhook) -> Vec<FieldError> {
        self.errors(Some(kept))
    }

    /// `kept`: none for a new webhook, which keeps nothing.
    fn errors(&self, kept: Option<&KeptWebhook>) -> Vec<FieldError> {
        let Self {
            url,
            secret,
            description,
            authentication,
            headers,
            content_mode: _,
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
            errors.authentication(authentication, Some(authentication.kind) != kept.map(|kept| kept.authentication));
        }
        if let Some(headers) = headers {
            errors.headers(headers, kept.is_none());
        }
        if let (Some(kept), Some(url)) = (kept, url)
            && kept.is_left_for(url)
        {
            errors.kept_credentials(kept, authentication.as_ref(), headers.as_deref());
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

/// Why a text cannot be one of the types that a webhook selects, if it cannot.
pub fn check_selected_type(name: &str) -> Result<(), &'static str> {
    let plain = EventSelection::beginning(name).map_or(name, |source| source.trim_end_matches('.'));
    if plain.is_empty() || plain.contains('*') {
        return Err(
            "An asterisk is only allowed at the end, after a source and a dot: SOURCE.* selects all that begin with SOURCE and the dot.",
        );
    }
    if is_event_type(name) { Ok(()) } else { Err(EVENT_TYPE_DETAIL) }
}

/// Whether the delays before retries may be these, in seconds.
pub fn is_retry_schedule(delays: &[u32]) -> bool {
    delays.len() <= MAX_RETRIES && delays.iter().all(|delay| (1..=MAX_RETRY_DELAY_SECONDS).contains(delay))
}

/// Whether it is a JSON Pointer (RFC 6901) to a part of a document.
fn is_pointer(path: &str) -> bool {
    path.starts_with('/') && path.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']))
}

/// How many bytes a text stands for as base64. Nothing if it is none, or if bits are set behind its last byte: some would take it then, and
/// others not.
fn decoded_bytes(text: &str) -> Option<usize> {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let value = |digit: u8| match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let last = digits.bytes().map(value).try_fold(0, |_, value| value)?;
    let unused = [0, 0b11, 0b1111].get(padding)?;
    (text.len().is_multiple_of(4) && last & unused == 0).then(|| text.len() / 4 * 3 - padding)
}

#[cfg(test)]
mod tests;
