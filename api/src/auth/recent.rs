//! What was looked up a moment ago, so that a thousand requests a second with one API key are not a thousand queries.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How many values are remembered; whoever has more keys than that looks some of them up more often.
const MOST: usize = 10_000;

/// Values that are good for a short while. Nothing that was not found is remembered: a new key works at once.
pub(super) struct Recent<K, V> {
    good_for: Duration,
    values: Mutex<HashMap<K, (Instant, V)>>,
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    /// Remembers each value for that long.
    pub(super) fn new(good_for: Duration) -> Self {
        Self { good_for, values: Mutex::default() }
    }

    /// The value, if it was put in a moment ago.
    pub(super) fn get(&self, key: &K) -> Option<V> {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.get(key).filter(|(since, _)| since.elapsed() < self.good_for).map(|(_, value)| value.clone())
    }

    /// Remembers a value.
    pub(super) fn put(&self, key: K, value: V) {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if values.len() >= MOST {
            values.retain(|_, (since, _)| since.elapsed() < self.good_for);
        }
        if values.len() < MOST {
            values.insert(key, (Instant::now(), value));
        }
    }

    /// Forgets everything.
    pub(super) fn forget_all(&self) {
        self.values.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Forgets a value.
    pub(super) fn forget(&self, key: &K) {
        self.values.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}
