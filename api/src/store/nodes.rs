//! Which processes share the database, what each is called there, and whose clock counts.

mod presence;
mod skew;

pub(super) use presence::Presence;

use super::{connection::Db, queue};
use diesel::QueryResult;
use shared::Timestamp;

/// Whose clock says what is due. Several nodes share a PostgreSQL, and their clocks differ: there the database's counts, so that no
/// node takes what another one has just claimed. With a clock that a test has set, that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DueClock {
    /// The time that is handed in.
    Given,
    /// The database's own.
    Database,
}

impl DueClock {
    /// The time to compare with; none where the database takes its own.
    pub(super) fn given(self, now: Timestamp) -> Option<i64> {
        (self == Self::Given).then_some(now.as_micros())
    }

    /// The time by this clock.
    pub(super) fn now(self, connection: &mut Db, now: Timestamp) -> QueryResult<Timestamp> {
        match self {
            Self::Given => Ok(now),
            Self::Database => Ok(queue::now(connection)?.unwrap_or(now)),
        }
    }
}

/// This process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// What its claims carry.
    pub(super) number: i32,
    /// Whose time counts.
    pub(super) clock: DueClock,
}

impl Node {
    /// The only process on its database.
    pub(super) const ALONE: Self = Self { number: 1, clock: DueClock::Given };
}
