//! What the log is told of requests that the database made fail. While it is away all of them do, and a line for each would hide what
//! else is said.

use crate::store::StoreError;
use parking_lot::Mutex;
use std::{
    mem::{self, Discriminant},
    time::{Duration, Instant},
};

/// How long the log is not told of the same again.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// Requests that were refused for it, by what is wrong with the database.
#[derive(Debug)]
pub(super) struct Outages(Mutex<Vec<Outage>>);

#[derive(Debug)]
struct Outage {
    kind: Discriminant<StoreError>,
    told: Instant,
    /// How many there were since.
    untold: usize,
}

impl Outages {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// One more request was refused: the log is told of the first, and then now and then of how many there were since.
    pub(super) fn tell(&self, error: &StoreError, now: Instant) {
        if let Some(requests) = self.to_tell(error, now) {
            tracing::error!(requests, "{error}");
        }
    }

    fn to_tell(&self, error: &StoreError, now: Instant) -> Option<usize> {
        let kind = mem::discriminant(error);
        let mut all = self.0.lock();
        let Some(outage) = all.iter_mut().find(|outage| outage.kind == kind) else {
            all.push(Outage { kind, told: now, untold: 0 });
            return Some(1);
        };
        outage.untold += 1;
        if now.saturating_duration_since(outage.told) < TELL_EVERY {
            return None;
        }
        outage.told = now;
        Some(mem::take(&mut outage.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logged::logged;

    #[test]
    fn whoever_runs_the_server_reads_why_it_takes_no_writes() {
        for (error, says) in [
            (StoreError::Full, "the database's disk is full"),
            (StoreError::ReadOnly, "the database is read-only"),
            (StoreError::Unavailable("gone".into()), "the database does not answer: gone"),
        ] {
            let said = logged(|| Outages::new().tell(&error, Instant::now()));
            assert!(said.contains("ERROR") && said.contains(says), "{said}");
        }
    }

    #[test]
    fn while_the_database_is_away_the_log_gets_a_line_now_and_then() {
        let (outages, start) = (Outages::new(), Instant::now());
        let after = |millis| start + Duration::from_millis(millis);
        let away = StoreError::Unavailable("gone".into());
        let told = [0, 1, 9_999, 10_000, 10_001, 25_000].map(|millis| outages.to_tell(&away, after(millis)));
        assert_eq!(told, [Some(1), None, None, Some(3), None, Some(2)]);
        assert_eq!(outages.to_tell(&StoreError::Full, after(25_001)), Some(1), "something else is told at once");
    }
}
