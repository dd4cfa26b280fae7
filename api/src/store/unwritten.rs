//! Rules that are held inside a write transaction, against what stands there at that moment.

use super::Db;
use diesel::{QueryResult, result::Error};

/// Why a transaction wrote nothing.
#[derive(Debug)]
pub enum Unwritten<E> {
    /// The rules refuse it.
    Refused(E),
    /// The database failed.
    Failed(Error),
}

impl<E> From<Error> for Unwritten<E> {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// `work` as the store runs it: a refusal comes before anything is written, and is no reason to repeat or to roll back.
pub fn refusable<T, E>(
    work: impl FnOnce(&mut Db) -> Result<T, Unwritten<E>>,
) -> impl FnOnce(&mut Db) -> QueryResult<Result<T, E>> {
    |db| outcome(work(db))
}

/// What was done or refused, apart from what failed.
pub(super) fn outcome<T, E>(done: Result<T, Unwritten<E>>) -> QueryResult<Result<T, E>> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(Unwritten::Refused(refused)) => Ok(Err(refused)),
        Err(Unwritten::Failed(error)) => Err(error),
    }
}
