//! Figures over a period.

use crate::{Failure, Id, Timestamp, names::names};
use serde::{Deserialize, Serialize};

names! {
    /// The period that figures cover, ending now.
    #[derive(Default)]
    Period {
        /// One hour in 60 buckets.
        Hour = "1h",
        /// One day in 24 buckets.
        #[default]
        Day = "24h",
        /// Seven days in 28 buckets.
        Week = "7d",
        /// Thirty days in 30 buckets.
        Month = "30d",
    }
}

impl Period {
    /// How many buckets it has, and how many seconds each of them covers.
    pub const fn buckets(self) -> (usize, i64) {
        match self {
            Self::Hour => (60, 60),
            Self::Day => (24, 3_600),
            Self::Week => (28, 21_600),
            Self::Month => (30, 86_400),
        }
    }
}

/// How many deliveries stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Counts {
    /// Deliveries that a receiver answered with 2xx.
    pub delivered: u64,
    /// Deliveries whose latest attempt has failed: those that have failed for good, and those that are tried again.
    pub failed: u64,
    /// Those of the failed ones that are retried.
    pub retrying: u64,
    /// Not tried yet.
    pub pending: u64,
    /// Share of the tried ones that were delivered, 0 to 1; `null` when none was tried.
    pub success_rate: Option<f64>,
}

impl Counts {
    /// Those that have failed for good.
    pub const fn given_up(&self) -> u64 {
        self.failed.saturating_sub(self.retrying)
    }

    /// Those that may still be sent.
    pub const fn waiting(&self) -> u64 {
        self.retrying + self.pending
    }

    /// Of those, how many are being retried and how many wait otherwise. What waits for an inactive webhook is not retried meanwhile.
    pub const fn open(&self, is_active: bool) -> (u64, u64) {
        if is_active { (self.retrying, self.pending) } else { (0, self.waiting()) }
    }

    /// The counts with their success rate.
    pub fn new(delivered: u64, failed: u64, retrying: u64, pending: u64) -> Self {
        let tried = delivered + failed;
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let success_rate = (tried > 0).then(|| delivered as f64 / tried as f64);
        Self { delivered, failed, retrying, pending, success_rate }
    }
}

/// How the deliveries of one hour went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HourCounts {
    /// Deliveries that a receiver answered with 2xx.
    pub delivered: u64,
    /// Deliveries whose latest attempt has failed: those that have failed for good, and those that are tried again.
    pub failed: u64,
}

/// Figures over a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stats {
    /// The period that was asked for.
    pub period: Period,
    /// Where it begins.
    pub from: Timestamp,
    /// Where it ends: now.
    pub to: Timestamp,
    /// The sums.
    pub counts: Counts,
    /// The median duration of each delivery's last attempt, in microseconds.
    pub p50_us: Option<u64>,
    /// Its 95th percentile.
    pub p95_us: Option<u64>,
    /// Its 99th percentile.
    pub p99_us: Option<u64>,
    /// The period in equal parts, oldest first.
    pub buckets: Vec<Bucket>,
    /// Why deliveries failed, most frequent first.
    pub failures: Vec<FailureCount>,
    /// By event type, most frequent first.
    pub types: Vec<TypeCount>,
    /// The webhooks with the most failures, and after them those with the most deliveries: ten at most, and none that was deleted. Only in
    /// the figures of all webhooks; empty in those of one.
    pub webhooks: Vec<WebhookCount>,
    /// How many deliveries are of events that were taken in each hour of the day (UTC): 24 counts, midnight first.
    pub by_hour: Vec<u64>,
}

/// One part of a period, by when the events were taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bucket {
    /// Where it begins.
    pub from: Timestamp,
    /// Deliveries that a receiver answered with 2xx.
    pub delivered: u64,
    /// Deliveries whose latest attempt has failed: those that have failed for good, and those that are tried again.
    pub failed: u64,
    /// Those of the failed ones that are retried.
    pub retrying: u64,
    /// Median duration of the last attempts, in microseconds.
    pub p50_us: Option<u64>,
    /// Its 95th percentile.
    pub p95_us: Option<u64>,
}

impl Bucket {
    /// Those that have failed for good.
    pub const fn given_up(&self) -> u64 {
        self.failed.saturating_sub(self.retrying)
    }
}

/// How often deliveries failed in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FailureCount {
    /// The kind.
    pub failure: Failure,
    /// The receiver's status code, where it answered.
    pub status_code: Option<u16>,
    /// How many deliveries.
    pub count: u64,
}

/// How the deliveries of one event type went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TypeCount {
    /// `SOURCE.TYPE`.
    pub event_type: String,
    /// Deliveries that a receiver answered with 2xx.
    pub delivered: u64,
    /// Deliveries whose latest attempt has failed: those that have failed for good, and those that are tried again.
    pub failed: u64,
    /// 95th percentile of the last attempts' durations, in microseconds.
    pub p95_us: Option<u64>,
}

/// How the deliveries of one webhook went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookCount {
    /// The webhook.
    pub id: Id,
    /// Its URL.
    pub url: String,
    /// What it is for, which may be empty.
    pub description: String,
    /// Deliveries that a receiver answered with 2xx.
    pub delivered: u64,
    /// Deliveries whose latest attempt has failed: those that have failed for good, and those that are tried again.
    pub failed: u64,
    /// Those of the failed ones that are retried.
    pub retrying: u64,
}

impl WebhookCount {
    /// Those that have failed for good.
    pub const fn given_up(&self) -> u64 {
        self.failed.saturating_sub(self.retrying)
    }
}
