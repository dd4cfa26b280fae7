//! The time. Whoever needs it is handed this, so that a test can set it.

use shared::Timestamp;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Tells the time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `now` until it is moved.
    pub fn standing_at(now: Timestamp) -> Self {
        Self(Source::Set(Arc::new(AtomicI64::new(now.as_micros()))))
    }

    /// Whether this is the system's clock, which goes by itself.
    pub const fn is_system(&self) -> bool {
        matches!(self.0, Source::System)
    }

    /// Moves a standing clock forward. The system's clock moves by itself.
    pub fn advance_seconds(&self, seconds: i64) {
        if let Source::Set(micros) = &self.0 {
            micros.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
        }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => system_now(),
            Source::Set(micros) => Timestamp::from_micros(micros.load(Ordering::SeqCst)),
        }
    }
}

/// Whole microseconds, as durations are recorded.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
fn system_now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(0).plus(since_1970)
}
