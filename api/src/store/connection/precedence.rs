//! Which connections of a node come first, where a database has too few for all. A node that cannot write, read for its attempts or hold
//! its lock delivers nothing, however many lists it can read.

use parking_lot::Mutex;
use std::{
    fmt::Display,
    sync::Arc,
    time::{Duration, Instant},
};

/// How long the others give way after one that comes first could not be opened. It is tried again before that.
const GIVES_WAY: Duration = Duration::from_secs(3);

/// What the connections of a node know of each other. Clones share it.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Precedence(Arc<Mutex<Vec<Option<Lack>>>>);

/// Why one that comes first could not be opened, and until when that counts.
#[derive(Debug)]
struct Lack {
    reason: String,
    until: Instant,
}

/// In which order connections are opened.
#[derive(Clone, Debug)]
pub(in crate::store) enum Rank {
    /// Nothing is delivered without it.
    First(First),
    /// It gives way.
    Other(Precedence),
}

impl Rank {
    /// Why a connection of this rank gives way at the moment.
    pub(in crate::store) fn gives_way(&self) -> Option<String> {
        match self {
            Self::First(_) => None,
            Self::Other(precedence) => precedence.lacks(),
        }
    }
}

/// The place of one that comes first.
#[derive(Clone, Debug)]
pub(in crate::store) struct First {
    precedence: Precedence,
    place: usize,
}

impl Precedence {
    /// A place for one that comes first.
    pub(in crate::store) fn first(&self) -> First {
        let mut places = self.0.lock();
        places.push(None);
        First { precedence: self.clone(), place: places.len() - 1 }
    }

    /// Why one that comes first is not there, so that the others give way.
    pub(in crate::store) fn lacks(&self) -> Option<String> {
        let places = self.0.lock();
        let lack = places.iter().flatten().find(|lack| Instant::now() < lack.until);
        lack.map(|lack| lack.reason.clone())
    }
}

impl First {
    /// What came of opening it.
    pub(in crate::store) fn note<T, E: Display>(&self, opened: &Result<T, E>) {
        let lack = |error: &E| Lack { reason: error.to_string(), until: Instant::now() + GIVES_WAY };
        self.precedence.0.lock()[self.place] = opened.as_ref().err().map(lack);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_others_give_way_until_each_that_comes_first_is_there() {
        let precedence = Precedence::default();
        let (one, another) = (precedence.first(), precedence.first());
        assert_eq!(precedence.lacks(), None);
        one.note(&Err::<(), _>("too many"));
        another.note(&Ok::<_, String>(()));
        assert_eq!(precedence.lacks().as_deref(), Some("too many"));
        one.note(&Ok::<_, String>(()));
        assert_eq!(precedence.lacks(), None);
    }
}
