//! How much is purged or erased together: SQLite has one write lock, and others shall have their turn.

use diesel::QueryResult;
use std::time::{Duration, Instant};

/// How many rows a batch has at most.
const MOST: i64 = 500;
/// How long a batch may hold SQLite's write lock. After one that took longer, the next is smaller.
const WITHIN: Duration = Duration::from_millis(25);
/// How long to wait between two batches.
pub(super) const PAUSE: Duration = Duration::from_millis(25);

/// How many rows are written together.
pub(super) struct Batch {
    rows: i64,
    least: i64,
}

impl Batch {
    /// Begins with so many, which are the least: what they take is not known yet.
    pub(super) fn of(least: i64) -> Self {
        Self { rows: least, least }
    }

    pub(super) fn size(&self) -> i64 {
        self.rows
    }

    /// Makes the next one larger or smaller, after one that took so long.
    pub(super) fn fit(&mut self, took: Duration) {
        self.rows = if took > WITHIN { (self.rows / 2).max(self.least) } else { (self.rows * 2).min(MOST) };
    }
}

pub(super) fn timed<T>(work: impl FnOnce() -> QueryResult<T>) -> QueryResult<(T, Duration)> {
    let start = Instant::now();
    work().map(|done| (done, start.elapsed()))
}
