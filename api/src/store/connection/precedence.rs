//! Which connections come first, where a database has too few for all. A node that cannot write, read for its attempts or hold its lock
//! delivers nothing, however many lists it can read.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long the others give way after one that comes first could not be opened. It is tried again before that.
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
    /// One that comes first could not be opened.
    pub(in crate::store) fn lacks_first(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + GIVES_WAY);
    }

    /// Whether the others shall give way.
    pub(in crate::store) fn is_lacking(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| Instant::now() < until)
    }
}
