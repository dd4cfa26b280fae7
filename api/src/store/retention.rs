//! Purging what is older than the retention time.
//!
//! SQLite has one write lock, so a batch is small and the next one waits until others had their turn. PostgreSQL drops whole days.

use super::{
    Store, StoreError, codec,
    connection::Db,
    queue,
    schema::{purge_clock, resend_jobs},
};
use diesel::prelude::*;
use shared::Timestamp;
use std::time::{Duration, Instant};

/// How many rows a batch purges at most, and at least.
const BATCH: [i64; 2] = [500, 16];
/// How long a batch may hold SQLite's write lock. After one that took longer, the next is smaller.
const WITHIN: Duration = Duration::from_millis(25);
/// How long the purge rests between two batches.
const REST: Duration = Duration::from_millis(25);
/// How far the time may be ahead of the last purge, and how long the clock must have been watched to be believed all the same. A clock
/// that is wrong must not purge everything; but after a server was off for long, nothing is kept for ever either.
const DOUBT: Duration = Duration::from_secs(86_400);

/// What came of a purge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purged {
    /// Nothing older than the bound is left; so many rows, or days of a table, went.
    Rows(usize),
    /// The time is more than a day ahead of the last purge, which was then, and was not watched for a day: nothing was purged.
    TimeInDoubt(Timestamp),
}

impl Store {
    /// Purges everything that was taken before `before`, a batch at a time, and makes room for the days to come. `watched`: for how long
    /// somebody has seen the clock go as the time does.
    pub async fn purge(&self, before: Timestamp, now: Timestamp, watched: Duration) -> Result<Purged, StoreError> {
        self.write(move |db| queue::prepare(db, now)).await?;
        if let Some(last) = self.write(move |db| doubt(db, now, watched)).await? {
            return Ok(Purged::TimeInDoubt(last));
        }
        let [most, least] = BATCH;
        let mut rows = most;
        let mut sum = 0;
        loop {
            let (purged, took) = self.write(move |db| timed(|| queue::purge(db, before, rows))).await?;
            if purged == 0 {
                let jobs = self.write(move |db| resend_jobs(db, before)).await?;
                return Ok(Purged::Rows(sum + jobs));
            }
            sum += purged;
            rows = if took > WITHIN { (rows / 2).max(least) } else { (rows * 2).min(most) };
            tokio::time::sleep(REST).await;
        }
    }
}

/// The resend jobs that had begun by then, have ended, and know what became of all that they sent.
fn resend_jobs(connection: &mut Db, before: Timestamp) -> QueryResult<usize> {
    let bound = codec::floor(before);
    diesel::delete(resend_jobs::table.filter(resend_jobs::id.lt(&bound)))
        .filter(resend_jobs::due_at.is_null())
        .execute(connection)
}

/// When the last purge was, if `now` is in doubt for that; otherwise `now` is the time of the last one from here on. What events say
/// does not count: a wrong clock has dated those, too, that it has seen.
fn doubt(connection: &mut Db, now: Timestamp, watched: Duration) -> QueryResult<Option<Timestamp>> {
    let last: Option<i64> = purge_clock::table.select(purge_clock::believed_at).first(connection)?;
    let last = last.map(Timestamp::from_micros).filter(|last| last.plus(DOUBT) < now && watched < DOUBT);
    if last.is_none() {
        diesel::update(purge_clock::table).set(purge_clock::believed_at.eq(now.as_micros())).execute(connection)?;
    }
    Ok(last)
}

fn timed<T>(work: impl FnOnce() -> QueryResult<T>) -> QueryResult<(T, Duration)> {
    let start = Instant::now();
    work().map(|done| (done, start.elapsed()))
}
