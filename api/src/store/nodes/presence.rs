//! Which nodes there are. Each holds a lock of its number in the database as long as it lives; PostgreSQL gives it up when the node's
//! process ends. What a node that is gone has claimed falls due after some seconds, and the others deliver it, long before the leases end.
//!
//! A node that loses this connection only, as all do when PostgreSQL restarts, comes back before it is taken for gone: it has two seconds.
//! One that takes longer, as in a failover in which its session seems to live on, sends what waits in its memory beside the others: at least
//! once. One that is cut off or frozen keeps its lock; its claims end with their leases.

use super::{DueClock, Node, skew::Skew};
use crate::{
    clock::Clock,
    metrics::Metrics,
    store::{
        DatabaseUrl, Db, OpenError, StoreError,
        connection::{pool::Pool, precedence::First, transact},
        error,
        queue::{LEASE_MICROS, release_claims},
        schema::nodes,
    },
};
use diesel::{dsl::sql, prelude::*, sql_types::Bool};
use parking_lot::Mutex;
use shared::Timestamp;
use std::{
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    time::{Duration, Instant},
};

/// How often each node looks for the others.
const LOOK: Duration = Duration::from_secs(1);
/// How long a node is missing before what it has claimed falls due, in microseconds.
const GRACE: i64 = 2_000_000;
/// The class of the nodes' advisory locks; the other part of the key is the node's number.
const LOCKS: i32 = 1_752_657_764;

/// How long another node counts as there that is gone: what it committed last is to be told by the next heartbeat of a live stream.
const REMEMBERED: Duration = Duration::from_secs(20);

/// When other nodes were last seen.
#[derive(Clone, Copy, Default)]
struct Company {
    any: Option<Instant>,
    delivering: Option<Instant>,
}

/// Says that this node is there, until it is dropped.
pub(in crate::store) struct Presence {
    company: Arc<Mutex<Company>>,
    _ends: Sender<()>,
}

impl Presence {
    /// Announces a node, and looks for the other nodes from now on. `delivers`: whether it sends what is due. `others`: the connections
    /// that give way to those that come first, of which the one for this is. Blocks the thread.
    pub(in crate::store) fn announce(
        url: &DatabaseUrl,
        clock: &Clock,
        due_clock: DueClock,
        delivers: bool,
        metrics: &Arc<Metrics>,
        others: &Pool,
        first: First,
    ) -> Result<(Self, Node), OpenError> {
        let number = rand::random_range(1..=i32::MAX);
        let node = Node { number, clock: due_clock };
        let skew = Skew::new(metrics);
        let (url, clock, others) = (url.clone(), clock.clone(), others.clone());
        let company = Arc::<Mutex<Company>>::default();
        let mut watcher = Watcher {
            url,
            clock,
            node,
            delivers,
            skew,
            others,
            first,
            company: Arc::clone(&company),
            connection: None,
        };
        watcher.look().map_err(OpenError::failed)?;
        let (ends, ended) = mpsc::channel();
        let run = move || watcher.run(&ended);
        std::thread::Builder::new().name("presence".into()).spawn(run).map_err(OpenError::failed)?;
        Ok((Self { company, _ends: ends }, node))
    }

    /// Whether there were other nodes a moment ago.
    pub(in crate::store) fn has_company(&self) -> bool {
        is_remembered(self.company().any)
    }

    /// Whether one of those delivers.
    pub(in crate::store) fn others_deliver(&self) -> bool {
        is_remembered(self.company().delivering)
    }

    fn company(&self) -> Company {
        *self.company.lock()
    }
}

fn is_remembered(seen: Option<Instant>) -> bool {
    seen.is_some_and(|seen| seen.elapsed() < REMEMBERED)
}

struct Watcher {
    url: DatabaseUrl,
    clock: Clock,
    node: Node,
    delivers: bool,
    skew: Skew,
    others: Pool,
    first: First,
    company: Arc<Mutex<Company>>,
    /// The session that holds the lock.
    connection: Option<Db>,
}

impl Watcher {
    fn run(mut self, ended: &Receiver<()>) {
        while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            match self.look() {
                Ok(()) => {}
                // Whoever needs the database says so; here it is tried again.
                Err(StoreError::Unavailable(reason)) => tracing::debug!(reason, "the other nodes cannot be seen"),
                Err(error) => tracing::warn!(%error, "the other nodes cannot be seen"),
            }
            self.others.give_way();
        }
    }

    fn look(&mut self) -> Result<(), StoreError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.enter()?,
        };
        let looked = transact(&mut connection, |connection| self.look_for_others(connection));
        let is_lost = looked.as_ref().is_err_and(error::is_lost) || connection.is_broken();
        self.connection = Some(if is_lost {
            let node = self.node.number;
            tracing::warn!(
                node,
                "this node has lost its lock; the others deliver what it has claimed, unless it is back in two seconds"
            );
            // Not at the next look: a second has gone already.
            drop(connection);
            self.enter()?
        } else {
            connection
        });
        for (node, claims) in looked?.into_iter().filter(|(_, claims)| *claims > 0) {
            tracing::warn!(node, claims, "a node has not held its lock for two seconds, so what it had claimed is due");
        }
        Ok(())
    }

    /// A session that holds this node's lock, with the node in the list.
    fn enter(&self) -> Result<Db, StoreError> {
        let opened = Db::open(&self.url);
        self.first.note(&opened);
        let mut connection = opened.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        connection.go_by_indexes()?;
        let Node { number, clock: _ } = self.node;
        if !lock(&mut connection, "pg_try_advisory_lock", number)? {
            return Err(StoreError::Unavailable("the session before still holds this node's lock".into()));
        }
        transact(&mut connection, |connection| {
            diesel::delete(nodes::table.find(number)).execute(connection)?;
            let row = (nodes::number.eq(number), nodes::delivers.eq(self.delivers));
            diesel::insert_into(nodes::table).values(row).execute(connection)
        })?;
        tracing::info!(node = number, "this node holds its lock");
        Ok(connection)
    }

    /// Releases what nodes that are gone have claimed; returns their numbers, and how much it was.
    fn look_for_others(&mut self, connection: &mut Db) -> QueryResult<Vec<(i32, usize)>> {
        let now = self.now(connection)?.as_micros();
        let others = nodes::table.filter(nodes::number.ne(self.node.number));
        let mut gone = Vec::new();
        for (number, delivers, missing_since) in others.load::<(i32, bool, Option<i64>)>(connection)? {
            // Held until this transaction ends, so that one node at a time takes care of it.
            if !lock(connection, "pg_try_advisory_xact_lock", number)? {
                let mut company = self.company.lock();
                company.any = Some(Instant::now());
                if delivers {
                    company.delivering = company.any;
                }
                continue;
            }
            match missing_since {
                None => {
                    let missing = diesel::update(nodes::table.find(number));
                    missing.set(nodes::missing_since.eq(now)).execute(connection)?;
                }
                Some(since) if since.saturating_add(GRACE) > now => {}
                // Its claims have ended by themselves: it could not be released, and need not be any more.
                Some(since) if since.saturating_add(LEASE_MICROS) <= now => {
                    diesel::delete(nodes::table.find(number)).execute(connection)?;
                }
                Some(_) => {
                    let due_at = self.node.clock.now(connection, self.clock.now())?;
                    gone.push((number, release_claims(connection, number, due_at)?));
                    diesel::delete(nodes::table.find(number)).execute(connection)?;
                }
            }
        }
        Ok(gone)
    }

    /// The time by the database's clock, held against this node's.
    fn now(&mut self, connection: &mut Db) -> QueryResult<Timestamp> {
        let before = self.clock.now();
        let now = DueClock::Database.now(connection, before)?;
        self.skew.note(before, now, self.clock.now());
        Ok(now)
    }
}

fn lock(connection: &mut Db, function: &str, number: i32) -> QueryResult<bool> {
    diesel::select(sql::<Bool>(&format!("{function}({LOCKS}, {number})"))).get_result(connection)
}
