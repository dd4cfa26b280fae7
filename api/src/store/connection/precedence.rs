//! Which connections come first, where a database has too few for all. A node that cannot write, read for its attempts or hold its lock
//! delivers nothing, however many lists it can read.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long the others give way after one that comes first could not be opened, unless it is open before that. It is tried again meanwhile.
const GIVES_WAY: Duration = Duration::from_secs(3);

/// What the connections of a store know of each other. Clones share it.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Precedence(Arc<Mutex<Option<Instant>>>);

/// In which order connections are opened where there are too few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Rank {
    /// Nothing is delivered without it.
    First,
    /// It gives way.
    Other,
}

impl Precedence {
    /// What came of opening one that comes first.
    pub(in crate::store) fn note_first<T, E>(&self, opened: &Result<T, E>) {
        let until = opened.is_err().then(|| Instant::now() + GIVES_WAY);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    /// Whether the others shall give way.
    pub(in crate::store) fn is_lacking(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| Instant::now() < until)
    }
}
