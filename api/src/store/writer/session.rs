//! A writer's connection: opened again when it was lost, a transaction run again when it lost against another one.

use super::{DatabaseUrl, Db, StoreError};
use crate::store::{
    connection::{file::DatabaseFile, precedence::First, transact},
    error,
};
use diesel::{ConnectionError, ConnectionResult, QueryResult, result::Error};
use rand::RngExt as _;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

/// The first and the longest pause between two tries to connect.
const RECONNECT: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(2)];

/// A connection that heals.
pub(super) struct WriterSession {
    url: DatabaseUrl,
    file: Option<DatabaseFile>,
    connection: Option<Db>,
    first: First,
    /// How often connecting failed in a row.
    failures: u32,
    /// Until when it is not tried again, and why.
    pause_until: Option<(Instant, String)>,
}

impl WriterSession {
    /// A session that begins with that connection, or opens one when it is first needed.
    pub(super) fn new(url: DatabaseUrl, file: Option<DatabaseFile>, connection: Option<Db>, first: First) -> Self {
        Self { url, file, connection, first, failures: 0, pause_until: None }
    }

    /// Runs `work` in a write transaction. While there is no connection, this fails at once.
    pub(super) fn transact<T>(&mut self, mut work: impl FnMut(&mut Db) -> QueryResult<T>) -> Result<T, StoreError> {
        self.run(|connection| transact(connection, &mut work))
    }

    /// Runs `work`, which writes in one statement at most, and so needs no transaction around it. Otherwise like [`Self::transact`].
    pub(super) fn run<T>(&mut self, mut work: impl FnMut(&mut Db) -> QueryResult<T>) -> Result<T, StoreError> {
        self.file.as_ref().map_or(Ok(()), DatabaseFile::check)?;
        let mut conflicts = 0;
        let mut opened = self.connection.is_none();
        loop {
            let connection = self.connect()?;
            let Ok(done) = catch_unwind(AssertUnwindSafe(|| work(connection))) else {
                // The writer must outlive a mistake in one write, and so must what is written with it; its connection may stand anywhere.
                self.connection = None;
                return Err(StoreError::Query(Error::QueryBuilderError("a write panicked".into())));
            };
            let error = match done {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let lost = error::is_lost(&error) || connection.is_broken();
            if lost {
                self.connection = None;
            }
            if lost && !opened {
                // The server was restarted while nothing was written. What was under way then is found again by its ids.
                opened = true;
            } else if error::is_conflict(&error) && conflicts < error::CONFLICTS {
                conflicts += 1;
                error::pause();
            } else {
                return Err(self.failed(error.into()));
            }
        }
    }

    /// A database that turned read-only may have another one beside it now that is not: the next write connects anew.
    fn failed(&mut self, error: StoreError) -> StoreError {
        if matches!(error, StoreError::ReadOnly) {
            self.connection = None;
        }
        error
    }

    fn connect(&mut self) -> Result<&mut Db, StoreError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.open()?,
        };
        Ok(self.connection.insert(connection))
    }

    fn open(&mut self) -> Result<Db, StoreError> {
        if let Some((_, reason)) = self.pause_until.as_ref().filter(|(until, _)| Instant::now() < *until) {
            return Err(StoreError::Unavailable(reason.clone()));
        }
        let opened = open(&self.url);
        self.first.note(&opened);
        match opened {
            Ok(connection) => {
                (self.failures, self.pause_until) = (0, None);
                Ok(connection)
            }
            Err(error) => {
                let [first, longest] = RECONNECT;
                let pause = first.saturating_mul(1 << self.failures.min(5)).min(longest);
                let until = Instant::now() + pause.mul_f64(0.5 + 0.5 * rand::rng().random::<f64>());
                self.pause_until = Some((until, error.to_string()));
                self.failures = self.failures.saturating_add(1);
                Err(StoreError::Unavailable(error.to_string()))
            }
        }
    }
}

/// Opens a connection for a writer.
pub(super) fn open(url: &DatabaseUrl) -> ConnectionResult<Db> {
    let mut connection = Db::open(url)?;
    connection.go_by_indexes().map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::connection::precedence::Precedence;
    use diesel::{connection::SimpleConnection as _, result::DatabaseErrorKind as Kind};

    /// On a full disk SQLite may roll back by itself. Were the connection taken for broken, what can run once only would be run again, and
    /// not say why it failed.
    #[test]
    fn what_sqlite_rolls_back_by_itself_is_not_run_again() {
        let folder = tempfile::tempdir().unwrap();
        let url: DatabaseUrl = format!("sqlite://{}", folder.path().join("hookwright.db").display()).parse().unwrap();
        let connection = open(&url).unwrap();
        let mut session = WriterSession::new(url, None, Some(connection), Precedence::default().first());
        let mut runs = 0;
        let written = session.transact::<()>(|connection| {
            runs += 1;
            connection.batch_execute("ROLLBACK")?;
            Err(Error::DatabaseError(Kind::Unknown, Box::new("database or disk is full".to_owned())))
        });
        assert!(matches!(written, Err(StoreError::Full)), "{written:?}");
        assert_eq!(runs, 1);
    }
}
