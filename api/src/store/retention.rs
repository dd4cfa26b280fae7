//! Purging what is older than the retention time.
//!
//! SQLite has one write lock, so a batch is small and the next one waits until others had their turn. PostgreSQL drops whole days.

use super::{
    Store, StoreError,
    batch::{Batch, PAUSE, timed},
    connection::Db,
    queue, resend_jobs,
    schema::purge_clock,
};
use diesel::prelude::*;
use shared::Timestamp;
use std::time::Duration;

/// How many rows a batch purges at least.
const LEAST: i64 = 16;
/// How far the time may be from that of the purge before, and for how long it is doubted otherwise. A clock that is wrong must not purge
/// everything; but where a server runs on after it was off for long, nothing is kept for ever either.
const DOUBT: Duration = Duration::from_secs(86_400);

/// What came of a purge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purged {
    /// Nothing older than the bound is left; so many rows, or days of a table, went.
    Rows(usize),
    /// The time had moved by more than a day since the purge before, and that was at this time, less than a day ago: nothing was purged.
    TimeInDoubt(Timestamp),
}

impl Store {
    /// Purges everything that was taken before `before`, a batch at a time, and makes room for the days to come.
    pub async fn purge(&self, before: Timestamp, now: Timestamp) -> Result<Purged, StoreError> {
        self.write(move |db| queue::prepare(db, now)).await?;
        if let Some(since) = self.write(move |db| doubt(db, now)).await? {
            return Ok(Purged::TimeInDoubt(since));
        }
        let mut batch = Batch::of(LEAST);
        let mut sum = 0;
        loop {
            let rows = batch.size();
            let (purged, took) = self.write(move |db| timed(|| queue::purge(db, before, rows))).await?;
            if purged == 0 {
                let jobs = self.write(move |db| resend_jobs::purge(db, before)).await?;
                return Ok(Purged::Rows(sum + jobs));
            }
            sum += purged;
            batch.fit(took);
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Since when the time is in doubt. What events say does not count: a wrong clock has dated those, too, that it has seen.
fn doubt(connection: &mut Db, now: Timestamp) -> QueryResult<Option<Timestamp>> {
    let columns = (purge_clock::seen_at, purge_clock::doubted_since);
    let (seen_at, since): (Option<i64>, Option<i64>) = purge_clock::table.select(columns).first(connection)?;
    let moved = seen_at.map_or(0, |seen_at| now.as_micros().abs_diff(seen_at));
    let since = if moved > DOUBT.as_micros() as u64 {
        Some(now)
    } else {
        since.map(Timestamp::from_micros).filter(|since| now < since.plus(DOUBT))
    };
    let (seen_at, doubted_since) = (now.as_micros(), since.map(Timestamp::as_micros));
    diesel::update(purge_clock::table)
        .set((purge_clock::seen_at.eq(seen_at), purge_clock::doubted_since.eq(doubted_since)))
        .execute(connection)?;
    Ok(since)
}
