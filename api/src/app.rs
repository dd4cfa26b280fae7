//! The application: what its parts share, and how they are put together.

pub mod brand;
mod key_check;
pub mod tls;
mod web;

pub use web::Web;

use crate::{
    auth::Gatekeeper,
    catalogue,
    clock::Clock,
    cursor::CursorKey,
    delivery::{
        attempt::Attempter, dispatcher::Dispatcher, egress_proxy::EgressProxy, guard::Policy, key_watch::KeyWatch,
        request::Identity, resolver::GuardedResolver, scout::Scout, sender::Sender, unrecorded::Unrecorded,
    },
    ids::Ids,
    live::Live,
    metrics::Metrics,
    problem::Error,
    secrets::{KeyError, Sealer},
    store::{
        self, ALERTS_SOURCE, DEFAULT_TENANT, DatabaseUrl, Deactivate, OpenError, Options, Store, StoreError,
        event_types,
    },
};
use shared::{Code, WebhookDefaults};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// What an application is made of.
pub struct Settings {
    /// Where everything is recorded.
    pub database_url: DatabaseUrl,
    /// How many connections the pool has.
    pub connections: u32,
    /// How long to wait at the start for a database that does not answer yet.
    pub patience: Duration,
    /// Seals secrets; without it the key file beside a SQLite file is used.
    pub sealer: Option<Sealer>,
    /// What may be called.
    pub policy: Policy,
    /// What receivers see.
    pub identity: Identity,
    /// What webhooks have that are created without it.
    pub webhook_defaults: WebhookDefaults,
    /// How many webhooks a tenant may have.
    pub webhooks_per_tenant: u32,
    /// After how many seconds events are purged.
    pub retention_seconds: i64,
    /// The name, the id or the external id of the tenant whose webhooks get the alerts.
    pub alerts_tenant: Option<String>,
    /// When a webhook that fails is deactivated.
    pub deactivate: Deactivate,
    /// The time.
    pub clock: Clock,
    /// How the server stands in the web.
    pub web: Web,
    /// Whether anything is sent.
    pub deliver: bool,
    /// What payload URLs are resolved by; empty for the name servers of this machine.
    pub name_servers: Vec<SocketAddr>,
    /// The proxy that requests to receivers leave by.
    pub egress_proxy: Option<EgressProxy>,
}

/// The application could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenAppError {
    /// The database.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The encryption key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// PostgreSQL has no folder for a key file.
    #[error(
        "with PostgreSQL, set HOOKWRIGHT_ENCRYPTION_KEY to 64 hexadecimal digits; make them with: openssl rand -hex 32"
    )]
    KeyRequired,
    /// Another process has the SQLite file.
    #[error("another hookwright already uses this database (its lock file is {0}); stop it first")]
    InUse(String),
    /// The lock file cannot be made, the client for receivers cannot be built, or something else that the text says.
    #[error("{0}")]
    Other(String),
}

/// What the parts of the application share. Clones are the same application.
#[derive(Clone)]
pub struct App {
    /// The record of everything.
    pub store: Store,
    /// Seals and opens secrets.
    pub sealer: Sealer,
    /// Knows where payload URLs lead, and what may be called.
    pub resolver: GuardedResolver,
    /// What receivers see.
    pub identity: Identity,
    /// What webhooks have that are created without it.
    pub webhook_defaults: WebhookDefaults,
    /// How many webhooks a tenant may have.
    pub webhooks_per_tenant: u32,
    /// The time.
    pub clock: Clock,
    /// Makes ids.
    pub ids: Arc<Ids>,
    /// Makes and checks cursors.
    pub cursor_key: CursorKey,
    /// After how many seconds events are purged.
    pub retention_seconds: i64,
    /// Looks at payload URLs.
    pub scout: Arc<Scout>,
    /// The streams of live updates.
    pub live: Arc<Live>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// The attempts that cannot be recorded yet.
    pub unrecorded: Unrecorded,
    /// Whether the sealer has the database's keys.
    pub keys: KeyWatch,
    draining: Arc<AtomicBool>,
    deliver: bool,
    /// What the setting calls the tenant that gets the alerts.
    pub alerts_tenant: Option<String>,
    /// How the server stands in the web.
    pub web: Arc<Web>,
    /// Tells callers apart.
    pub gatekeeper: Gatekeeper,
    /// Held as long as this process uses a SQLite file.
    _lock: Option<Arc<std::fs::File>>,
}

impl App {
    /// Opens the database, and makes the dispatcher of its deliveries; run that, or nothing is sent.
    pub fn open(settings: Settings) -> Result<(Self, Dispatcher), OpenAppError> {
        let Settings {
            database_url,
            connections,
            patience,
            sealer,
            policy,
            identity,
            webhook_defaults,
            webhooks_per_tenant,
            retention_seconds,
            alerts_tenant,
            deactivate,
            clock,
            web,
            deliver,
            name_servers,
            egress_proxy,
        } = settings;
        let lock = database_url.file().map(lock).transpose()?.map(Arc::new);
        if lock.is_none() && sealer.is_none() {
            return Err(OpenAppError::KeyRequired);
        }
        let ids = Arc::<Ids>::default();
        let metrics = Arc::new(Metrics::of_server(clock.now(), database_url.kind(), database_url.file().is_some()));
        let (hand_over, handed_over) = store::hand_over();
        let alone = lock.is_some();
        let options = Options {
            clock: clock.clone(),
            alone,
            connections,
            patience,
            alerts_tenant: alerts_tenant.clone(),
            portal: web.public(),
            deactivate,
            delivers: deliver,
            beside: false,
        };
        let store = Store::open(&database_url, &options, &ids, &hand_over, &metrics)?;
        let sealer = key_check::sealer(&store, &database_url, sealer)?;
        let policy = Policy { by_proxy: egress_proxy.is_some(), ..policy };
        let resolver = GuardedResolver::new(Arc::new(policy), &name_servers, egress_proxy);
        let resolver = resolver.map_err(OpenAppError::Other)?;
        let sender = Sender::new(resolver.clone()).map_err(OpenAppError::Other)?;
        let unrecorded = Unrecorded::default();
        let keys = KeyWatch::new(store.clone(), sealer.clone());
        let attempter = Attempter {
            store: store.clone(),
            sealer: sealer.clone(),
            sender: Arc::new(sender),
            identity: identity.clone(),
            clock: clock.clone(),
            metrics: Arc::clone(&metrics),
            opened: Arc::default(),
            unrecorded: unrecorded.clone(),
            keys: keys.clone(),
            retention_seconds,
        };
        let cursor_key = CursorKey::new(sealer.derive("cursors"));
        let live = Live::new(store.clone(), clock.clone());
        let scout = Arc::new(Scout::new(resolver.clone(), identity.user_agent.clone()));
        let app = Self {
            store,
            sealer,
            resolver,
            identity,
            webhook_defaults,
            webhooks_per_tenant,
            clock,
            ids,
            cursor_key,
            retention_seconds,
            alerts_tenant,
            scout,
            live,
            metrics,
            unrecorded,
            keys,
            draining: Arc::default(),
            deliver,
            web: Arc::new(web),
            gatekeeper: Gatekeeper::default(),
            _lock: lock,
        };
        Ok((app, Dispatcher::new(attempter, handed_over)))
    }

    /// The server is about to stop: from now on it is not ready, and asks its clients to close their connections.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the server is about to stop.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Nobody shall wait for a request of a server that sends none, unless other nodes do.
    pub fn must_deliver(&self) -> Result<(), Error> {
        let detail = "This server was started with HOOKWRIGHT_DELIVER=false and does not deliver. Use one that does.";
        let is_sent = self.deliver || self.store.others_deliver();
        if is_sent { Ok(()) } else { Err(Error::new(Code::NothingIsSent, detail)) }
    }

    /// Fills the catalogue of all tenants with the example, where the default tenant's has no other types than the alerts.
    pub async fn load_example_catalogue(&self) -> Result<(), StoreError> {
        let loaded = self.store.write(|db| {
            if event_types::list(db, DEFAULT_TENANT)?.iter().all(|known| known.source == ALERTS_SOURCE) {
                for event_type in catalogue::example() {
                    event_types::insert(db, DEFAULT_TENANT, &event_type)?;
                }
            }
            Ok(())
        });
        store::unless_taken(loaded.await)
    }
}

/// Only one process may use a SQLite file: what another one has claimed would count as left behind by a dead one.
pub(crate) fn lock(database: &std::path::Path) -> Result<std::fs::File, OpenAppError> {
    // By its real name: a link to the file leads to the same database.
    let path = database.canonicalize().unwrap_or_else(|_| database.to_owned()).with_added_extension("lock");
    let shown = path.display().to_string();
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(false).write(true);
    // Whoever can open it can lock it.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(|error| match database.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.exists() => {
            OpenAppError::Other(format!("there is no folder {}", folder.display()))
        }
        _ => OpenAppError::Other(format!("cannot make the lock file {shown}: {error}")),
    })?;
    file.try_lock().map_err(|_| OpenAppError::InUse(shown))?;
    Ok(file)
}
