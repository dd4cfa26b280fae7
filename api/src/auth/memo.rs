//! What was looked up a moment ago, so that a thousand requests a second with one API key are not a thousand queries.

use parking_lot::Mutex;
use std::{
    collections::HashMap,
    hash::Hash,
    time::{Duration, Instant},
};

/// How many values are remembered; whoever has more keys than that looks some of them up more often.
const MOST: usize = 10_000;

/// Values that are good for a short while. Nothing that was not found is remembered: a new key works at once.
pub(crate) struct Memo<K, V> {
    good_for: Duration,
    state: Mutex<State<K, V>>,
}

struct State<K, V> {
    values: HashMap<K, (Instant, V)>,
    /// How often something was forgotten.
    forgotten: u64,
}

/// A look at what is to be remembered has begun.
#[derive(Clone, Copy)]
pub(super) struct Look(u64);

impl<K: Eq + Hash, V: Clone> Memo<K, V> {
    /// Remembers each value for that long.
    pub(super) fn new(good_for: Duration) -> Self {
        Self { good_for, state: Mutex::new(State { values: HashMap::new(), forgotten: 0 }) }
    }

    /// The value, if it was put in a moment ago.
    pub(super) fn get(&self, key: &K) -> Option<V> {
        self.state
            .lock()
            .values
            .get(key)
            .filter(|(since, _)| since.elapsed() < self.good_for)
            .map(|(_, value)| value.clone())
    }

    /// Call it before a value is looked up.
    pub(super) fn look(&self) -> Look {
        Look(self.state.lock().forgotten)
    }

    /// Remembers a value, unless something was forgotten since that look: it may be what was looked up.
    pub(super) fn put(&self, look: Look, key: K, value: V) {
        let state = &mut *self.state.lock();
        if state.values.len() >= MOST {
            state.values.retain(|_, (since, _)| since.elapsed() < self.good_for);
        }
        if state.values.len() < MOST && state.forgotten == look.0 {
            state.values.insert(key, (Instant::now(), value));
        }
    }

    /// Changes what is remembered of a key, which is good for no longer by that.
    pub(super) fn change(&self, key: &K, change: impl FnOnce(&mut V)) {
        if let Some((_, value)) = self.state.lock().values.get_mut(key) {
            change(value);
        }
    }

    /// Forgets everything.
    pub(crate) fn forget_all(&self) {
        let state = &mut *self.state.lock();
        state.values.clear();
        state.forgotten += 1;
    }

    /// Forgets a value.
    pub(crate) fn forget(&self, key: &K) {
        let state = &mut *self.state.lock();
        state.values.remove(key);
        state.forgotten += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_up_before_something_was_forgotten_is_not_remembered() {
        let memo = Memo::new(Duration::from_secs(60));
        memo.put(memo.look(), 1, "good");
        assert_eq!(memo.get(&1), Some("good"));
        let look = memo.look();
        memo.forget(&1);
        memo.put(look, 1, "good");
        assert_eq!(memo.get(&1), None);
        let look = memo.look();
        memo.forget_all();
        memo.put(look, 2, "good");
        assert_eq!(memo.get(&2), None);
    }

    #[test]
    fn what_is_changed_is_good_for_no_longer() {
        let memo = Memo::new(Duration::from_secs(60));
        memo.put(memo.look(), 1, "good");
        let since = || memo.state.lock().values[&1].0;
        let before = since();
        memo.change(&1, |value| *value = "changed");
        assert_eq!((memo.get(&1), since()), (Some("changed"), before));
        memo.change(&2, |value| *value = "never looked up");
        assert_eq!(memo.get(&2), None);
    }
}
