//! What can go wrong with a database, and what it means to whoever asked.

use diesel::result::{DatabaseErrorKind as Kind, Error};
use rand::RngExt as _;
use std::{fmt::Display, time::Duration};

/// How often a transaction that lost against another one is run again.
pub(super) const CONFLICTS: u32 = 3;
/// The longest pause before it is run again; each time a random part of it, so that the two do not meet again.
const CONFLICT_PAUSE: Duration = Duration::from_millis(20);

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// As many writes wait as are let in.
    #[error("too many writes wait")]
    Busy,
    /// As many read very many rows as may at once.
    #[error("others read very many rows already")]
    Crowded,
    /// The database does not answer, or not in time.
    #[error("the database does not answer: {}", .0.split_whitespace().collect::<Vec<_>>().join(" "))]
    Unavailable(String),
    /// The database takes no writes: a standby, or switched to reading.
    #[error("the database is read-only")]
    ReadOnly,
    /// The disk is full.
    #[error("the database's disk is full")]
    Full,
    /// Somebody else was faster with what there can be only once.
    #[error("it is there already")]
    Taken,
    /// A statement failed.
    #[error(transparent)]
    Query(Error),
}

/// What was written, or nothing where somebody else was faster with what there can be only once: another node may take a name between
/// the look whether it is free and the commit.
pub fn unless_taken<T: Default>(written: Result<T, StoreError>) -> Result<T, StoreError> {
    match written {
        Err(StoreError::Taken) => Ok(T::default()),
        written => written,
    }
}

/// What became of a write that may be refused: where somebody else was faster, `taken` says so.
pub fn or_taken<T, E: From<StoreError>>(
    written: Result<Result<T, E>, StoreError>,
    taken: impl FnOnce() -> E,
) -> Result<T, E> {
    match written {
        Err(StoreError::Taken) => Err(taken()),
        written => written?,
    }
}

impl StoreError {
    /// Whether the same may be done later: the database is away for a while, or its disk is full.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Busy | Self::Crowded | Self::Unavailable(_) | Self::ReadOnly | Self::Full)
    }

    /// Whether somebody else has locked what was to be written, so that the same for something else may well succeed.
    pub(super) fn is_locked(&self) -> bool {
        matches!(self, Self::Unavailable(reason) if reason.contains(LOCKED))
    }

    /// The same for somebody else who waited for the same transaction.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Busy => Self::Busy,
            Self::Crowded => Self::Crowded,
            Self::Unavailable(reason) => Self::Unavailable(reason.clone()),
            Self::ReadOnly => Self::ReadOnly,
            Self::Full => Self::Full,
            Self::Taken => Self::Taken,
            Self::Query(error) => Self::Query(Error::QueryBuilderError(error.to_string().into())),
        }
    }
}

/// The store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No connection.
    #[error("cannot open the database: {0}")]
    Connect(String),
    /// The database takes no writes.
    #[error(
        "the database takes no writes: it is a standby, was switched to reading, or this user may not write to its file"
    )]
    ReadOnly,
    /// The schema could not be brought up to date.
    #[error("cannot bring the database's schema up to date: {0}")]
    Migrate(String),
    /// The alerts shall go to a tenant that is not there. The names of some that there are.
    #[error(
        "there is no tenant called {0:?} for the alerts; a start makes it only where there is no other tenant and no webhook yet; set HOOKWRIGHT_ALERTS_TENANT to the name, id or external id of another one, or to nothing, and create it with POST /api/v1/tenants; there are: {1}"
    )]
    NoTenant(String, String),
    /// The alerts shall go to a tenant whose name others have, too.
    #[error(
        "{1} tenants are called {0:?}; set HOOKWRIGHT_ALERTS_TENANT to the id or external id of the one for the alerts"
    )]
    SeveralTenants(String, usize),
}

impl OpenError {
    /// What opening it needs has failed.
    pub(super) fn failed(error: impl Display) -> Self {
        Self::Connect(error.to_string())
    }
}

/// Words of PostgreSQL's message that somebody else has locked what a statement needs, for longer than is waited.
const LOCKED: &str = "due to lock timeout";

/// What a message of a database means.
type Meaning = fn(String) -> StoreError;

/// Words of SQLite's and PostgreSQL's messages that say what no error kind says, and what they mean. PostgreSQL's are those of an
/// English server; in another language such an error is a plain failed statement.
const WORDS: [(&str, Meaning); 10] = [
    ("is full", |_| StoreError::Full),
    ("No space left on device", |_| StoreError::Full),
    ("readonly database", |_| StoreError::ReadOnly),
    ("is locked", StoreError::Unavailable),
    ("disk I/O error", StoreError::Unavailable),
    ("deadlock detected", StoreError::Unavailable),
    (LOCKED, StoreError::Unavailable),
    ("due to statement timeout", StoreError::Unavailable),
    ("due to administrator command", StoreError::Unavailable),
    ("idle-in-transaction timeout", StoreError::Unavailable),
];

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        let Error::DatabaseError(kind, info) = root(&error) else {
            return match error {
                // Rolled back: by then nobody waited for it, or only just.
                Error::RollbackTransaction => Self::Unavailable("it took too long".into()),
                Error::BrokenTransactionManager => Self::Unavailable(error.to_string()),
                _ => Self::Query(error),
            };
        };
        let message = info.message();
        match kind {
            Kind::ClosedConnection | Kind::UnableToSendCommand | Kind::SerializationFailure => {
                Self::Unavailable(message.to_owned())
            }
            Kind::ReadOnlyTransaction => Self::ReadOnly,
            Kind::UniqueViolation => Self::Taken,
            _ => match WORDS.iter().find(|(words, _)| message.contains(words)) {
                Some((_, meaning)) => meaning(message.to_owned()),
                None => Self::Query(error),
            },
        }
    }
}

/// What made a commit fail, not that the rollback after it failed too.
fn root(error: &Error) -> &Error {
    match error {
        Error::RollbackErrorOnCommit { commit_error, .. } => root(commit_error),
        error => error,
    }
}

/// Whether a PostgreSQL with that setting reports its errors in English.
pub(super) fn is_english(lc_messages: &str) -> bool {
    let language = lc_messages.split('.').next().unwrap_or_default().to_ascii_lowercase();
    matches!(&*language, "" | "c" | "posix") || language.starts_with("en")
}

/// Words of PostgreSQL's messages about a connection that it refuses until somebody changes something: who connects, how, or to which
/// database.
const REFUSED: [&str; 6] = [
    "password authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "pg_hba.conf rejects",
    "is not permitted to log in",
    "\" does not exist",
];

/// Whether a connection was refused, and would be again however long one waits.
pub(super) fn is_refusal(reason: &str) -> bool {
    REFUSED.iter().any(|words| reason.contains(words))
}

/// Whether a statement failed because its database takes no writes, by its message.
pub(super) fn is_read_only(reason: &str) -> bool {
    ["read-only transaction", "during recovery", "readonly database"].iter().any(|words| reason.contains(words))
}

/// Whether the connection is gone.
pub(super) fn is_lost(error: &Error) -> bool {
    match root(error) {
        Error::DatabaseError(Kind::ClosedConnection | Kind::UnableToSendCommand, _) => true,
        Error::BrokenTransactionManager => true,
        Error::DatabaseError(_, info) => info.message().contains("due to administrator command"),
        _ => false,
    }
}

/// Whether the same transaction may succeed when it is run again: it lost against another one.
pub(super) fn is_conflict(error: &Error) -> bool {
    match root(error) {
        Error::DatabaseError(Kind::SerializationFailure, _) => true,
        Error::DatabaseError(_, info) => info.message().contains("deadlock detected"),
        _ => false,
    }
}

/// Pauses before a transaction is run again that lost against another one. Blocks the thread.
pub(super) fn pause() {
    std::thread::sleep(CONFLICT_PAUSE.mul_f64(rand::rng().random()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: Kind, message: &str) -> Error {
        Error::DatabaseError(kind, Box::new(message.to_owned()))
    }

    #[test]
    fn a_failure_of_the_database_is_told_from_a_failed_statement() {
        let means = |message| StoreError::from(failed(Kind::Unknown, message));
        assert!(matches!(means("database or disk is full"), StoreError::Full));
        assert!(matches!(means("could not extend file: No space left on device"), StoreError::Full));
        assert!(matches!(means("database is locked"), StoreError::Unavailable(_)));
        assert!(matches!(means("attempt to write a readonly database"), StoreError::ReadOnly));
        assert!(matches!(means("no such table: x"), StoreError::Query(_)));
        assert!(matches!(StoreError::from(failed(Kind::ReadOnlyTransaction, "")), StoreError::ReadOnly));
        assert!(matches!(StoreError::from(Error::RollbackTransaction), StoreError::Unavailable(_)));
    }

    #[test]
    fn the_reason_of_a_failed_commit_is_not_hidden_by_the_rollback() {
        let both = Error::RollbackErrorOnCommit {
            rollback_error: Box::new(failed(Kind::Unknown, "cannot rollback - no transaction is active")),
            commit_error: Box::new(failed(Kind::Unknown, "database or disk is full")),
        };
        assert!(matches!(StoreError::from(both), StoreError::Full));
    }

    #[test]
    fn a_server_of_another_language_is_told_from_an_english_one() {
        assert!(["", "C", "C.UTF-8", "POSIX", "en_US.UTF-8", "English_United States.1252"].into_iter().all(is_english));
        assert!(!["pt_BR.UTF-8", "de_DE", "ca_ES"].into_iter().any(is_english));
    }

    #[test]
    fn a_connection_that_is_refused_is_told_from_one_that_nobody_answers() {
        for refused in [
            r#"connection to server at "db", port 5432 failed: FATAL: password authentication failed for user "u""#,
            r#"connection to server at "db", port 5432 failed: FATAL: database "hooks" does not exist"#,
            r#"connection to server at "db", port 5432 failed: FATAL: role "u" does not exist"#,
            r#"connection to server at "db", port 5432 failed: FATAL: no pg_hba.conf entry for host "::1", user "u""#,
            r#"connection to server at "db", port 5432 failed: fe_sendauth: no password supplied"#,
        ] {
            assert!(is_refusal(refused), "{refused}");
        }
        for away in [
            r#"connection to server at "db", port 5432 failed: Connection refused Is the server running on that host?"#,
            r#"connection to server on socket "/tmp/.s.PGSQL.5432" failed: No such file or directory"#,
            r#"connection to server at "db", port 5432 failed: FATAL: the database system is starting up"#,
            r#"connection to server at "db", port 5432 failed: FATAL: sorry, too many clients already"#,
            r#"could not translate host name "db" to address: Name or service not known"#,
        ] {
            assert!(!is_refusal(away), "{away}");
        }
    }

    #[test]
    fn what_lost_against_another_transaction_may_run_again() {
        assert!(is_conflict(&failed(Kind::Unknown, "deadlock detected")));
        assert!(is_conflict(&failed(Kind::SerializationFailure, "")));
        assert!(!is_conflict(&failed(Kind::UniqueViolation, "")));
        assert!(is_lost(&failed(Kind::ClosedConnection, "")));
    }
}
