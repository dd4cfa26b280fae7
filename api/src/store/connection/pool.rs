//! The pool of connections for reads, and on PostgreSQL for writes that stand alone.

use super::{DatabaseUrl, Db, precedence::Rank};
use crate::store::{StoreError, error};
use diesel::{QueryResult, connection::SimpleConnection as _, r2d2};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How long a query waits for a connection.
const WAIT: Duration = Duration::from_millis(800);
/// A connection that rested longer than this is tried before it is used: the server may have gone away in the meantime.
const RESTED: Duration = Duration::from_secs(10);

/// Hands out connections. Clones share them.
#[derive(Clone)]
pub(in crate::store) struct Pool {
    inner: r2d2::Pool<Manager>,
    /// Counts the connections that were found lost. One that was opened before the last loss is tried before it is used, so that a
    /// restarted server costs one failed query and not one for each connection.
    losses: Arc<AtomicU64>,
    rank: Rank,
}

/// A connection of the pool.
struct Member {
    db: Db,
    /// How many losses there were when it was last known to work.
    seen: u64,
    used: Instant,
    lost: bool,
}

struct Manager {
    url: DatabaseUrl,
    losses: Arc<AtomicU64>,
    rank: Rank,
}

impl Pool {
    /// A pool of up to `size` connections of that rank.
    pub(in crate::store) fn open(url: &DatabaseUrl, size: u32, rank: Rank) -> Result<Self, String> {
        let losses = Arc::<AtomicU64>::default();
        let manager = Manager { url: url.clone(), losses: Arc::clone(&losses), rank: rank.clone() };
        let inner = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(WAIT)
            .test_on_check_out(false)
            .error_handler(Box::new(Quiet))
            .build(manager)
            .map_err(|error| error.to_string())?;
        Ok(Self { inner, losses, rank })
    }

    /// Closes the connections that nobody uses, where others come first and have none.
    pub(in crate::store) fn give_way(&self) {
        while self.rank.gives_way().is_some()
            && let Some(mut member) = self.inner.try_get()
        {
            member.lost = true;
        }
    }

    /// Runs a query on one of the connections; blocks the thread.
    pub(in crate::store) fn run<T>(&self, query: impl FnOnce(&mut Db) -> QueryResult<T>) -> Result<T, StoreError> {
        let mut member = self.working()?;
        let done = query(&mut member.db);
        member.used = Instant::now();
        if done.as_ref().is_err_and(error::is_lost) {
            member.lost = true;
            self.losses.fetch_add(1, Ordering::Relaxed);
        }
        Ok(done?)
    }

    fn working(&self) -> Result<r2d2::PooledConnection<Manager>, StoreError> {
        if let Some(reason) = self.rank.gives_way() {
            self.give_way();
            return Err(StoreError::Unavailable(reason));
        }
        for _ in 0..=self.inner.max_size() {
            let mut member = self.inner.get().map_err(|error| StoreError::Unavailable(error.to_string()))?;
            let losses = self.losses.load(Ordering::Relaxed);
            let fresh = member.seen == losses && member.used.elapsed() < RESTED;
            if fresh || member.db.batch_execute("SELECT 1").is_ok() {
                member.seen = losses;
                return Ok(member);
            }
            member.lost = true;
        }
        Err(StoreError::Unavailable("every connection was lost".into()))
    }
}

impl r2d2::ManageConnection for Manager {
    type Connection = Member;
    type Error = diesel::ConnectionError;

    fn connect(&self) -> Result<Member, Self::Error> {
        if let Some(reason) = self.rank.gives_way() {
            return Err(diesel::ConnectionError::BadConnection(reason));
        }
        let seen = self.losses.load(Ordering::Relaxed);
        let opened = Db::open(&self.url);
        if let Rank::First(first) = &self.rank {
            first.note(&opened);
        }
        let db = opened?;
        Ok(Member { db, seen, used: Instant::now(), lost: false })
    }

    fn is_valid(&self, member: &mut Member) -> Result<(), Self::Error> {
        member.db.batch_execute("SELECT 1").map_err(Self::Error::CouldntSetupConfiguration)
    }

    fn has_broken(&self, member: &mut Member) -> bool {
        // One that is given back is closed, too, and not handed on.
        member.lost || self.rank.gives_way().is_some() || member.db.is_broken() || std::thread::panicking()
    }
}

/// Whoever waits for a connection gets the error; a line in the log for each try of the pool's would say it again and again.
#[derive(Debug)]
struct Quiet;

impl<E> r2d2::HandleError<E> for Quiet {
    fn handle_error(&self, _: E) {}
}
