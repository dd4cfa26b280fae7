//! This process, as the others on its database know it.

use super::postgres;
use crate::store::connection::Db;
use diesel::QueryResult;
use shared::Timestamp;

/// Whose clock says what is due. Several nodes share a PostgreSQL, and their clocks differ: there the database's counts, so that no
/// node takes what another one has just claimed. With a clock that a test has set, that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum DueClock {
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
    pub(in crate::store) fn now(self, connection: &mut Db, now: Timestamp) -> QueryResult<Timestamp> {
        match (self, connection) {
            (Self::Database, Db::Postgres(c)) => postgres::now(c),
            _ => Ok(now),
        }
    }
}

/// This process.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Node {
    /// What its claims carry.
    pub(super) number: i32,
    /// Whose time counts.
    pub(in crate::store) clock: DueClock,
}

impl Node {
    /// The only process on its database.
    pub(in crate::store) const ALONE: Self = Self { number: 1, clock: DueClock::Given };
}
