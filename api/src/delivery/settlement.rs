//! What follows from an attempt: where the delivery stands, what it says about the webhook, and how the receiver copes.

use super::retry;
use crate::store::{Claimed, NextAttempt, Settlement, Verdict, attempts::AttemptRow, webhooks::WebhookRow};
use shared::{DeliveryStatus, Failure, NewWebhook, Phases, Timestamp, Trigger};
use std::time::Duration;

/// What an attempt tells about how its receiver copes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reception {
    /// It answered: also a 4xx shows that it is there and keeps up.
    Copes,
    /// No answer, 5xx, 408 or 429.
    Struggles,
    /// Nothing was sent.
    Unknown,
}

/// How an attempt ended: what decides about the next one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    /// When.
    pub(super) at: Timestamp,
    /// When the delivery is purged: what nobody could make by then is not promised.
    pub(super) purged_at: Timestamp,
    /// From 0 to 1: what spreads the next ones.
    pub(super) jitter: f64,
}

impl Ending {
    /// The delay, unless the delivery is purged by its end.
    fn before_purge(self, delay: Option<Duration>) -> Option<Duration> {
        delay.filter(|&delay| self.at.plus(delay) < self.purged_at)
    }
}

/// The delivery after a request: delivered, or due again while the retry schedule lasts.
pub(super) fn sent(
    claimed: &Claimed,
    webhook: &WebhookRow,
    attempt: AttemptRow,
    retry_after: Option<Duration>,
    ending: Ending,
) -> Settlement {
    if attempt.trigger == Trigger::Test {
        return tested(claimed, attempt, ending.at);
    }
    let failure = attempt.failure;
    if failure == Some(Failure::InternalError) {
        return after_own_fault(claimed, &webhook.retry_schedule, attempt, ending);
    }
    let gone = attempt.status_code == Some(410);
    let verdict = match failure {
        // A success says something new only where failures were counted or told.
        None if webhook.failure_streak == 0 && !webhook.in_alarm => Verdict::Nothing,
        None => Verdict::Well,
        Some(_) if gone => Verdict::Gone,
        Some(_) => Verdict::Failed,
    };
    let delay = match failure {
        Some(_) if !gone => retry::next_delay(&webhook.retry_schedule, index(claimed), retry_after, ending.jitter),
        _ => None,
    };
    settled(claimed, attempt, ending.before_purge(delay), verdict, ending.at)
}

/// The delivery after an attempt that failed through a fault of ours: it is tried again, and the webhook is not charged with it.
pub(super) fn own_fault(claimed: &Claimed, webhook: Option<&WebhookRow>, fault: &str, ending: Ending) -> Settlement {
    let attempt = AttemptRow {
        number: claimed.attempt_count + 1,
        trigger: claimed.next.trigger(),
        started_at: ending.at,
        duration_us: 0,
        phases: Phases::default(),
        url: String::new(),
        failure: Some(Failure::InternalError),
        error: Some(fault.to_owned()),
        request_headers_sealed: Vec::new(),
        status_code: None,
        response_headers: Vec::new(),
        response_body: None,
        truncated: false,
        webhook_version: webhook.map(|webhook| webhook.version),
    };
    let schedule = webhook.map_or(&NewWebhook::DEFAULT_RETRY_SCHEDULE[..], |webhook| &webhook.retry_schedule);
    after_own_fault(claimed, schedule, attempt, ending)
}

/// The delivery for which no request was made, and none will be.
pub(super) fn not_sent(
    claimed: &Claimed,
    status: DeliveryStatus,
    failure: Option<Failure>,
    at: Timestamp,
) -> Settlement {
    Settlement {
        delivery_id: claimed.delivery_id,
        webhook_id: claimed.webhook_id,
        attempt_count: claimed.attempt_count,
        status,
        due_at: None,
        next: NextAttempt::Scheduled,
        retry_index: claimed.retry_index,
        failure,
        attempt: None,
        verdict: Verdict::Nothing,
        at,
    }
}

/// How the receiver copes, as far as the attempt shows.
pub(super) fn reception(attempt: &AttemptRow) -> Reception {
    match (attempt.failure, attempt.status_code) {
        (Some(Failure::InternalError | Failure::BlockedAddress), _) => Reception::Unknown,
        (None, _) => Reception::Copes,
        (Some(Failure::HttpStatus), Some(status)) if status < 500 && status != 408 && status != 429 => Reception::Copes,
        (Some(_), _) => Reception::Struggles,
    }
}

fn after_own_fault(claimed: &Claimed, schedule: &[u32], attempt: AttemptRow, ending: Ending) -> Settlement {
    if attempt.trigger == Trigger::Test {
        return tested(claimed, attempt, ending.at);
    }
    let delay = retry::delay_after_own_fault(schedule, index(claimed), ending.jitter);
    settled(claimed, attempt, ending.before_purge(delay), Verdict::Nothing, ending.at)
}

/// The delivery of a test: it is tried once, or twice where that is the test, and says nothing about the webhook.
fn tested(claimed: &Claimed, attempt: AttemptRow, at: Timestamp) -> Settlement {
    let again = claimed.next == NextAttempt::TestTwice && attempt.failure.is_none();
    let settlement = settled(claimed, attempt, None, Verdict::Nothing, at);
    if !again {
        return settlement;
    }
    Settlement { status: DeliveryStatus::Pending, due_at: Some(at), next: NextAttempt::TestRepeat, ..settlement }
}

fn settled(
    claimed: &Claimed,
    attempt: AttemptRow,
    delay: Option<Duration>,
    verdict: Verdict,
    at: Timestamp,
) -> Settlement {
    let failure = attempt.failure;
    let due_at = delay.map(|delay| at.plus(delay));
    let status = match (failure, due_at) {
        (None, _) => DeliveryStatus::Delivered,
        (Some(_), Some(_)) => DeliveryStatus::Retrying,
        (Some(_), None) => DeliveryStatus::Failed,
    };
    Settlement {
        delivery_id: claimed.delivery_id,
        webhook_id: claimed.webhook_id,
        attempt_count: claimed.attempt_count,
        status,
        due_at,
        next: NextAttempt::Scheduled,
        retry_index: claimed.retry_index + u32::from(due_at.is_some()),
        failure,
        attempt: Some(attempt),
        verdict,
        at,
    }
}

fn index(claimed: &Claimed) -> usize {
    usize::try_from(claimed.retry_index).unwrap_or(usize::MAX)
}
