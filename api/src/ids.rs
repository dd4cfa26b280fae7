//! Makes ids: time-ordered, and rising within one process also when its clock stands or steps back.

use shared::{Id, Timestamp};
use std::sync::{Mutex, PoisonError};

/// Makes ids.
#[derive(Default)]
pub struct Ids(Mutex<Option<Id>>);

impl Ids {
    /// An id of that instant, larger than every id made before.
    pub fn next(&self, now: Timestamp) -> Id {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Id::from_parts(now.unix_ms(), rand::random());
        let id = match *last {
            Some(last) if last.unix_ms() >= now.unix_ms() => last.increment().unwrap_or(fresh),
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
}
