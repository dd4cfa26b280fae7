//! Sending many deliveries again: a job that goes carefully, and that can be watched and cancelled.

use crate::{
    Code, DeliveryStatus, Failure, FieldError, Id, ResendHeaders, Timestamp, check::check_single_type, names::names,
};
use serde::{Deserialize, Serialize};

/// Which failed deliveries of a webhook to send again, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ResendFailed {
    /// Only events taken from this instant on.
    pub from: Timestamp,
    /// Only events taken before this instant.
    pub to: Timestamp,
    /// Only of this `SOURCE.TYPE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 768))]
    pub event_type: Option<String>,
    /// Only those that stand so: `failed`, or `retrying`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<ResendableStatus>))]
    pub status: Option<DeliveryStatus>,
    /// Only those that last failed so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Only those that the receiver last answered so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 100, maximum = 999))]
    pub status_code: Option<u16>,
    /// Only count them.
    #[serde(default)]
    pub dry_run: bool,
    /// How many are resent in a second, 1 to 100. Default 10.
    #[serde(default = "default_rate")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub rate: u32,
    /// The job stops when more than this share of a step fails, in percent. Default 50.
    #[serde(default = "default_max_failed_percent")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100))]
    pub max_failed_percent: u32,
    /// Which headers to send.
    #[serde(default, skip_serializing_if = "is_original")]
    pub headers: ResendHeaders,
}

/// How a delivery stands that can be resent.
#[cfg(feature = "openapi")]
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it stands in the document only; `check` says what to do about another status")]
enum ResendableStatus {
    /// The last attempt failed, and another one is due.
    Retrying,
    /// No attempt is left.
    Failed,
}

/// Which events that a webhook missed to send to it, and how: those it wants now that were published while it did not exist, was
/// inactive or did not want them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SendMissed {
    /// Only events taken from this instant on.
    pub from: Timestamp,
    /// Only events taken before this instant.
    pub to: Timestamp,
    /// Only of this `SOURCE.TYPE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 768))]
    pub event_type: Option<String>,
    /// Only count them.
    #[serde(default)]
    pub dry_run: bool,
    /// How many are sent in a second, 1 to 100. Default 10.
    #[serde(default = "default_rate")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub rate: u32,
    /// The job stops when more than this share of a step fails, in percent. Default 50.
    #[serde(default = "default_max_failed_percent")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100))]
    pub max_failed_percent: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_original(headers: &ResendHeaders) -> bool {
    *headers == ResendHeaders::Original
}

fn default_rate() -> u32 {
    ResendFailed::DEFAULT_RATE
}

fn default_max_failed_percent() -> u32 {
    ResendFailed::DEFAULT_MAX_FAILED_PERCENT
}

impl ResendFailed {
    /// How many are resent in a second.
    pub const DEFAULT_RATE: u32 = 10;
    /// The fastest rate.
    pub const MAX_RATE: u32 = 100;
    /// Which share of a step may fail.
    pub const DEFAULT_MAX_FAILED_PERCENT: u32 = 50;

    /// Everything of a window, as it is sent unless somebody asks for something else.
    pub const fn within(from: Timestamp, to: Timestamp) -> Self {
        Self {
            from,
            to,
            event_type: None,
            status: None,
            failure: None,
            status_code: None,
            dry_run: false,
            rate: Self::DEFAULT_RATE,
            max_failed_percent: Self::DEFAULT_MAX_FAILED_PERCENT,
            headers: ResendHeaders::Original,
        }
    }

    /// What is wrong with it; empty when nothing is.
    pub fn check(&self) -> Vec<FieldError> {
        let Self {
            from,
            to,
            event_type,
            status,
            failure: _,
            status_code,
            dry_run: _,
            rate,
            max_failed_percent,
            headers: _,
        } = self;
        let mut errors = Vec::new();
        if let Some(Err(detail)) = event_type.as_deref().map(check_single_type) {
            errors.push(FieldError::new("/event_type", Code::FilterInvalid, detail));
        }
        if status.is_some_and(|status| !matches!(status, DeliveryStatus::Failed | DeliveryStatus::Retrying)) {
            let detail = "Only failed deliveries can be resent: set status to failed or retrying.";
            errors.push(FieldError::new("/status", Code::FilterInvalid, detail));
        }
        if status_code.is_some_and(|code| !(100..=999).contains(&code)) {
            let detail = "A status code is a number from 100 to 999.";
            errors.push(FieldError::new("/status_code", Code::OutOfRange, detail));
        }
        if from >= to {
            let detail = "The window ends before it begins, or is empty. Set from to the earlier instant.";
            errors.push(FieldError::new("/from", Code::DateRangeInvalid, detail));
        }
        if !(1..=Self::MAX_RATE).contains(rate) {
            errors.push(FieldError::new("/rate", Code::OutOfRange, "A rate is 1 to 100 resends in a second."));
        }
        if *max_failed_percent > 100 {
            errors.push(FieldError::new("/max_failed_percent", Code::OutOfRange, "A share is 0 to 100 percent."));
        }
        errors
    }
}

impl From<SendMissed> for ResendFailed {
    fn from(what: SendMissed) -> Self {
        let SendMissed { from, to, event_type, dry_run, rate, max_failed_percent } = what;
        // There is no request yet whose headers could be sent again.
        let headers = ResendHeaders::Current;
        let (status, failure, status_code) = (None, None, None);
        Self { from, to, event_type, status, failure, status_code, dry_run, rate, max_failed_percent, headers }
    }
}

/// How many deliveries a job would send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResendCount {
    /// The number of deliveries that have failed and can be resent, or of events that were missed.
    pub count: u64,
}

/// A job that sends many deliveries: first one, then ten, then the rest, each step only when enough of the one before arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResendJob {
    /// Its id.
    pub id: Id,
    /// Where the deliveries go.
    pub webhook_id: Id,
    /// What it sends.
    pub kind: ResendKind,
    /// Where it stands.
    pub status: ResendJobStatus,
    /// How many deliveries it has to do.
    pub total: u32,
    /// How many it has sent so far.
    pub resent: u32,
    /// How many of those arrived.
    pub delivered: u32,
    /// How many of those failed at once; they are retried by the webhook's retry schedule.
    pub failed: u32,
    /// How many had no need of it any more when it was their turn, such as those resent by hand meanwhile, and how many were purged
    /// before it was known what became of them.
    pub skipped: u32,
    /// How many are resent in a second.
    pub rate: u32,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ended: it sends nothing more then. What it had sent is counted when it has a result.
    pub finished_at: Option<Timestamp>,
    /// Why it stopped.
    pub stop_reason: Option<StopReason>,
}

names! {
    /// What a resend job sends.
    ResendKind {
        /// Deliveries that have failed, again.
        Failed = "failed",
        /// Events that were never sent to the webhook.
        Missed = "missed",
    }
}

names! {
    /// Where a resend job stands.
    ResendJobStatus {
        /// It goes on.
        Running = "running",
        /// Everything was resent.
        Done = "done",
        /// Somebody cancelled it. What was resent by then stays so.
        Cancelled = "cancelled",
        /// It stopped by itself.
        Stopped = "stopped",
    }
}

names! {
    /// Why a resend job stopped by itself.
    StopReason {
        /// Too large a share of a step failed.
        TooManyFailures = "too_many_failures",
        /// The webhook became inactive.
        WebhookInactive = "webhook_inactive",
        /// The webhook was deleted.
        WebhookDeleted = "webhook_deleted",
        /// A fault of the server, which its log tells more about.
        InternalError = "internal_error",
    }
}
