//! Opening the store.

use super::{
    Database, DatabaseUrl, Db, HandOver, OpenError, Store,
    alerts::{self, Recipient},
    changes::Changes,
    connection,
    connection::{
        file::DatabaseFile,
        migrations,
        pool::Pool,
        precedence::{Precedence, Rank},
    },
    error,
    figures::Figures,
    health::Deactivate,
    idempotency,
    known::{Edits, Known},
    nodes::{DueClock, Node, Presence},
    queue,
    reader::Reader,
    turns::Turns,
    writer::{Context, Writer},
};
use crate::{clock::Clock, ids::Ids, metrics::Metrics};
use diesel::{QueryResult, RunQueryDsl as _, dsl::sql, sql_types::Text};
use shared::Timestamp;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// How long to rest between two tries to connect at the start.
const RETRY: Duration = Duration::from_millis(500);
/// How long the log is not told again why there is no connection, while the reason stays the same.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The time. Several nodes that share a PostgreSQL go by its clock, unless this one was set by a test.
    pub clock: Clock,
    /// This is the only process on the file, so what is still claimed was left by a dead one and falls due at once, and requests that
    /// are under way are lost.
    pub alone: bool,
    /// How many connections there are for reading, and on PostgreSQL for writes that stand alone; the writers have their own.
    pub connections: u32,
    /// How long to wait for a PostgreSQL that does not answer yet.
    pub patience: Duration,
    /// The name, the id or the external id of the tenant whose webhooks get the alerts.
    pub alerts_tenant: Option<String>,
    /// The address of the portal, without a slash at its end, to which the alerts lead.
    pub portal: Option<String>,
    /// When a webhook that fails is deactivated.
    pub deactivate: Deactivate,
    /// This process sends what is due.
    pub delivers: bool,
    /// A server may be running on the database: where its schema is older than this program, it is left as it is, and not opened.
    pub beside: bool,
}

impl Options {
    /// The defaults: 8 connections, 30 seconds of patience, not alone; it sends nothing.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            alone: false,
            connections: 8,
            patience: Duration::from_secs(30),
            alerts_tenant: None,
            portal: None,
            deactivate: Deactivate::default(),
            delivers: false,
            beside: false,
        }
    }
}

impl Store {
    /// Opens the database and brings its schema up to date. Fresh deliveries are handed over as far as there is room; the others fall
    /// due at once. Blocks the thread.
    pub fn open(
        url: &DatabaseUrl,
        options: &Options,
        ids: &Arc<Ids>,
        hand_over: &HandOver,
        metrics: &Arc<Metrics>,
    ) -> Result<Self, OpenError> {
        let Options { clock, alone, connections, patience, alerts_tenant, portal, deactivate, delivers, beside } =
            options;
        let mut connection = connect(url, *patience)?;
        update(&mut connection, clock.now(), *beside)?;
        if *alone {
            queue::release_all_claims(&mut connection, clock.now())
                .and_then(|_| idempotency::free_lost(&mut connection))
                .map_err(OpenError::failed)?;
        }
        let alerts = match alerts_tenant {
            Some(name) => {
                let prepared = alerts::prepare(&mut connection, name, ids, clock.now());
                let tenant_id = prepared.map_err(OpenError::failed)??;
                Some(Recipient { tenant_id, portal: portal.clone() })
            }
            None => None,
        };
        let precedence = Precedence::default();
        let own_pool = || Pool::open(url, 1, Rank::First(precedence.first())).map_err(OpenError::Connect);
        let pool = Pool::open(url, *connections, Rank::Other(precedence.clone())).map_err(OpenError::Connect)?;
        let (database, node) = match DatabaseFile::of(url).map_err(OpenError::failed)? {
            Some(file) => (Database::File(file), Node::ALONE),
            None => {
                check_language(&mut connection).map_err(OpenError::failed)?;
                let due_clock = if clock.is_system() { DueClock::Database } else { DueClock::Given };
                let (presence, node) =
                    Presence::announce(url, clock, due_clock, *delivers, metrics, &pool, precedence.first())?;
                let dispatching = if *delivers { Some(Arc::new(Mutex::new(own_pool()?))) } else { None };
                (Database::Server { presence: Arc::new(presence), dispatching }, node)
            }
        };
        let changes = Changes::default();
        let context = Context {
            node,
            hand_over: hand_over.clone(),
            alerts,
            deactivate: *deactivate,
            ids: ids.clone(),
            metrics: metrics.clone(),
            changes: changes.clone(),
            edits: Edits::default(),
        };
        let writer = Writer::start(url, database.file(), &precedence, &context)?;
        let known = Known::new(context.edits, database.is_shared());
        // A pool of its own, so that attempts never wait for a connection behind somebody's list.
        let reader = Reader::start(own_pool()?, known).map_err(OpenError::failed)?;
        Ok(Self {
            pool,
            figures: Arc::new(Figures::new(*connections)),
            searches: Arc::new(Turns::of(*connections)),
            database,
            reader,
            writer,
            node,
            hand_over: hand_over.clone(),
            due: Arc::default(),
            changes,
            metrics: metrics.clone(),
        })
    }
}

/// Brings the schema of a database up to date, and returns how many steps that took. Blocks the thread.
pub fn migrate(url: &DatabaseUrl, now: Timestamp) -> Result<usize, OpenError> {
    let mut connection = connect(url, Duration::ZERO)?;
    update(&mut connection, now, false)
}

fn update(connection: &mut Db, now: Timestamp, beside: bool) -> Result<usize, OpenError> {
    let failed =
        |reason: String| if error::is_read_only(&reason) { OpenError::ReadOnly } else { OpenError::Migrate(reason) };
    let steps = migrations::run(connection, beside).map_err(|error| failed(error.to_string()))?;
    connection::transact(connection, |connection| queue::prepare(connection, now))
        .map_err(|error| failed(error.to_string()))?;
    Ok(steps)
}

/// Some errors are known only by their English words.
fn check_language(connection: &mut Db) -> QueryResult<()> {
    let setting = sql::<Text>("current_setting('lc_messages')");
    let lc_messages = diesel::select(setting).get_result::<String>(connection)?;
    if !error::is_english(&lc_messages) {
        tracing::warn!(
            lc_messages,
            "PostgreSQL does not report its errors in English: some that pass by themselves, such as a lock that is not got in time, are taken for mistakes; set its lc_messages to C"
        );
    }
    Ok(())
}

/// Connects, trying again while a server does not answer yet. A file answers at once or never, and a server that refuses who connects
/// would do so again.
fn connect(url: &DatabaseUrl, patience: Duration) -> Result<Db, OpenError> {
    let start = Instant::now();
    let mut told: Option<(String, Instant)> = None;
    loop {
        let error = match Db::open(url) {
            Ok(connection) => return Ok(connection),
            Err(error) => error,
        };
        // The client library's reasons have several lines; whoever reads the log or the terminal gets one.
        let reason = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(path) = url.file() {
            let path = path.display();
            let hint = if reason.contains("unable to open") {
                ", which this user must be able to write, and its folder"
            } else {
                ""
            };
            return Err(OpenError::Connect(format!("{reason}: {path}{hint}")));
        }
        if error::is_refusal(&reason) || start.elapsed() + RETRY > patience {
            return Err(OpenError::Connect(reason));
        }
        if told.as_ref().is_none_or(|(before, at)| *before != reason || at.elapsed() >= TELL_EVERY) {
            tracing::warn!(reason, "the database does not answer yet");
            told = Some((reason, Instant::now()));
        }
        std::thread::sleep(RETRY);
    }
}
