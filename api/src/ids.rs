//! Makes ids: time-ordered, and rising within one process also when its clock stands or steps back a little.

use parking_lot::Mutex;
use shared::{Id, Timestamp};

/// How far the clock may step back so that ids go on rising, in milliseconds. Before a step further back it stood wrong: ids that went on
/// from there would name a time that has not come.
const STEP_BACK: u64 = 5_000;

/// Makes ids.
#[derive(Default)]
pub struct Ids(Mutex<Option<Id>>);

impl Ids {
    /// An id of that instant, larger than the ids made before it.
    pub fn next(&self, now: Timestamp) -> Id {
        let mut last = self.0.lock();
        let now = now.unix_ms();
        let fresh = Id::from_parts(now, rand::random());
        let id = match *last {
            Some(last) if (now..=now + STEP_BACK).contains(&last.unix_ms()) => last.increment().unwrap_or(fresh),
            _ => fresh,
        };
        *last = Some(id);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_also_when_the_clock_steps_back() {
        let ids = Ids::default();
        let made: Vec<_> = [5_000, 5_000, 4_000, 6_000].map(|micros| ids.next(Timestamp::from_micros(micros))).into();
        assert!(made.is_sorted_by(|a, b| a < b), "{made:?}");
    }

    #[test]
    fn ids_are_of_their_time_again_when_the_clock_was_a_year_ahead() {
        let ids = Ids::default();
        let now = Timestamp::from_micros(1_751_997_680_000_000);
        let made = [0, 365 * 86_400, 1].map(|seconds| ids.next(now.plus_seconds(seconds)).made_at());
        assert_eq!(made, [0, 365 * 86_400, 1].map(|seconds| now.plus_seconds(seconds)));
    }
}
