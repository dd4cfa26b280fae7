//! `hookwright serve`

mod process;

use super::print_line;
use crate::{
    api_keys::declared::{self, DeclaredKey},
    app::{App, Settings},
    clock::Clock,
    config::{Config, LogFormat, keys, unknown_variables},
    delivery::guard::{AllowHttp, LOCALHOST, Policy},
    erasing,
    operators::set_up,
    resend_jobs, retention,
    secrets::Sealer,
    server, webhooks,
};
use actix_web::dev::ServerHandle;
use process::{Signals, raise_limits, reload_on_hangup};
use std::{
    error::Error,
    io::IsTerminal as _,
    process::ExitCode,
    time::{Duration, Instant},
};
use tokio::{
    net::TcpSocket,
    sync::watch,
    task::{AbortHandle, JoinHandle, JoinSet},
};
use tracing_subscriber::EnvFilter;

/// How long after the signal the process ends, whatever is still under way.
const STOP_WITHIN: Duration = Duration::from_millis(4_700);
/// How long the answers that are under way have at least, after the deliveries.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);

/// How long clients are told with each answer that their connection ends, at least.
const TOLD_WITHIN: Duration = Duration::from_millis(300);
/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1_024;

/// Why the process ends without a signal.
const PART_ENDED: &str = "a part of the server stopped unexpectedly (see above); restart the server";

/// Serves until SIGTERM or Ctrl-C; what is under way then is finished. A second signal ends at once.
pub(super) async fn run(config: Config) -> Result<ExitCode, Box<dyn Error>> {
    let is_json = config.log_format == LogFormat::Json;
    log_to_stderr(&config.log, config.log_format);
    match serve(config).await {
        // Whoever collects the lines can read no other.
        Err(error) if is_json && tracing::enabled!(tracing::Level::ERROR) => {
            tracing::error!("{error}");
            Ok(ExitCode::FAILURE)
        }
        done => done,
    }
}

async fn serve(config: Config) -> Result<ExitCode, Box<dyn Error>> {
    if let Some(told) = unknown_variables() {
        tracing::warn!("{told}");
    }
    warn_of_what_is_allowed(&config);
    let files = raise_limits();
    tracing::debug!(files, "so many files and connections may be open");
    let mut running = Running::start(config).await?;
    let end = running.until_end().await;
    let done = running.stop(end).await;
    tracing::info!("stopped");
    done
}

/// A server that answers and delivers.
struct Running {
    app: App,
    server: ServerHandle,
    /// Says stop to the dispatcher.
    stop: watch::Sender<bool>,
    dispatching: JoinHandle<()>,
    /// What runs beside it: the HTTP server, and what never ends by itself.
    parts: JoinSet<()>,
    endless: Vec<AbortHandle>,
    signals: Signals,
    /// How long it goes on after the signal, as not ready any more.
    drain: Duration,
}

/// Why a server ends.
enum End {
    /// Somebody has asked it to.
    Signal,
    /// The dispatcher has ended.
    Dispatcher,
    /// Another part has ended.
    Part,
}

impl Running {
    async fn start(config: Config) -> Result<Self, Box<dyn Error>> {
        let listen = config.listen;
        let unusable =
            |error| format!("cannot listen on {listen}: {error}; choose another address or port with --listen");
        let socket = bound(listen).map_err(unusable)?;
        let address = socket.local_addr()?;
        let (deliver, example_catalogue) = (config.deliver, config.example_catalogue);
        let drain = Duration::from_secs(config.drain_seconds.into());
        let admin = config.admin_email.clone().zip(config.admin_password.clone());
        let platform_key = config.platform_key.as_deref().map(DeclaredKey::parse).transpose()?;
        let (database, is_new) = (config.database_url.clone(), config.database_url.is_new_file());
        let (app, dispatcher) = App::open(settings(config, address)?)?;
        // Somebody who has mistyped the path must not look for their webhooks elsewhere.
        let new = if is_new { ", a new file" } else { "" };
        tracing::info!("hookwright {} with {database:?}{new}", env!("CARGO_PKG_VERSION"));
        if example_catalogue {
            app.load_example_catalogue().await?;
        }
        webhooks::warn_of_unsent_headers(&app).await?;
        let signals = Signals::listen()?;
        if let Some(key) = platform_key {
            declared::record(&app, &key).await?;
        }
        let set_up = first_operator(&app, admin).await?;
        let (stop, stopped) = watch::channel(false);
        let mut parts = JoinSet::new();
        let mut endless = vec![parts.spawn(retention::run(app.clone())), parts.spawn(erasing::run(app.clone()))];
        let dispatching = if deliver {
            endless.push(parts.spawn(resend_jobs::run(app.clone())));
            tokio::spawn(dispatcher.run(stopped))
        } else {
            tracing::warn!("nothing is sent: HOOKWRIGHT_DELIVER is false");
            tokio::spawn(dispatcher.stand_by(stopped))
        };
        // Not before: until the database is there, whoever connects is to be refused, and not to wait.
        let listener = socket.listen(BACKLOG).map_err(unusable)?.into_std()?;
        let serving = server::serve(app.clone(), listener, super::threads())?;
        let server = serving.handle();
        tokio::spawn(reload_on_hangup(app.web.tls.clone()));
        parts.spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the HTTP server has ended");
            }
        });
        let base = base(&app, address);
        tracing::info!("the portal is at {base}, the API at {base}/api/v1, its documentation at {base}/api/docs/");
        if let Some(token) = set_up {
            tell_of_set_up(&format!("{base}/set-up#{token}"));
        }
        Ok(Self { app, server, stop, dispatching, parts, endless, signals, drain })
    }

    /// Waits for the end. What accepts events and delivers none would look well from outside.
    async fn until_end(&mut self) -> End {
        tokio::select! {
            () = self.signals.next() => End::Signal,
            _ = &mut self.dispatching => End::Dispatcher,
            Some(_) = self.parts.join_next() => End::Part,
        }
    }

    /// Finishes what is under way.
    async fn stop(mut self, end: End) -> Result<ExitCode, Box<dyn Error>> {
        self.app.drain();
        tokio::spawn(async move {
            self.signals.next().await;
            std::process::exit(1);
        });
        if matches!(end, End::Signal) && !self.drain.is_zero() {
            let seconds = self.drain.as_secs();
            tracing::info!(seconds, "draining: not ready any more, and still at work; once more to stop at once");
            tokio::time::sleep(self.drain).await;
        }
        let began = Instant::now();
        tracing::info!("stopping: what is under way is finished; once more to stop at once");
        let _ = self.stop.send(true);
        self.app.live.close();
        self.endless.iter().for_each(AbortHandle::abort);
        // Requests are answered as long as deliveries end, so that whoever asks hears that this server is not ready any more, and
        // whoever has a connection that it ends.
        let dispatched = async { if matches!(end, End::Dispatcher) { Ok(()) } else { self.dispatching.await } };
        let (dispatched, ()) = tokio::join!(dispatched, tokio::time::sleep(TOLD_WITHIN));
        dispatched?;
        let left = STOP_WITHIN.saturating_sub(began.elapsed()).max(ANSWER_WITHIN);
        if tokio::time::timeout(left, self.server.stop(true)).await.is_err() {
            tracing::warn!("requests were still being answered");
        }
        match end {
            End::Signal => Ok(ExitCode::SUCCESS),
            End::Dispatcher | End::Part => Err(PART_ENDED.into()),
        }
    }
}

/// What was allowed for a try is easily forgotten there, and lets whoever makes webhooks reach further than the public Internet.
fn warn_of_what_is_allowed(config: &Config) {
    if config.allow_http == AllowHttp::Always {
        tracing::warn!(
            "webhooks may be called by http everywhere, so that what is sent can be read and changed on its way: HOOKWRIGHT_ALLOW_HTTP is true"
        );
    }
    if let Some(proxy) = &config.egress_proxy {
        tracing::warn!(
            %proxy,
            "requests to receivers leave by a proxy that looks up their names, so it must refuse addresses that are not public: HOOKWRIGHT_EGRESS_PROXY is set"
        );
    }
    let networks = &config.allow_networks;
    if networks.is_empty() {
        return;
    }
    let is_here = LOCALHOST.iter().any(|address| networks.iter().any(|network| network.contains(address)));
    let where_to = if is_here {
        "this machine itself, and other networks that are not public"
    } else {
        "networks that are not public"
    };
    let networks = networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    tracing::warn!(networks, "webhooks may lead into {where_to}: HOOKWRIGHT_ALLOW_NETWORKS is set");
}

/// Prints the link by which the first operator is made. It is not logged: it must be seen whatever is, and is nothing for those who read
/// logs.
fn tell_of_set_up(link: &str) {
    let printed = print_line(format!(
        "Nobody who runs this server can sign in yet. Create the first operator here within 24 hours (the link works once), or with: hookwright operator add\n\n  {link}\n"
    ));
    if let Err(error) = printed {
        tracing::warn!(%error, "nobody can sign in yet, and the link to set up could not be printed; use: hookwright operator add");
    }
}

/// Makes the first operator, or the token of a link to make it by hand.
async fn first_operator(app: &App, admin: Option<(String, String)>) -> Result<Option<String>, Box<dyn Error>> {
    if let Some((email, password)) = admin {
        set_up::by_settings(app, &email, &password).await?;
    }
    Ok(if set_up::needed(app).await? { Some(set_up::link(app).await?) } else { None })
}

/// The address to open in a browser on this machine.
fn base(app: &App, mut address: std::net::SocketAddr) -> String {
    if let Some(url) = app.web.public() {
        return url;
    }
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    format!("{}://{address}", if app.web.tls.is_some() { "https" } else { "http" })
}

fn settings(config: Config, address: std::net::SocketAddr) -> Result<Settings, Box<dyn Error>> {
    let (identity, webhook_defaults, web) = (config.identity(), config.webhook_defaults(), config.web(address)?);
    let previous = keys(&config.encryption_key_previous);
    let sealer = config.encryption_key.as_deref().map(|key| Sealer::from_hex(key, previous)).transpose()?;
    Ok(Settings {
        database_url: config.database_url,
        connections: config.database_connections,
        patience: Duration::from_secs(config.database_wait_seconds.into()),
        sealer,
        policy: Policy {
            allow_http: config.allow_http,
            allow_networks: config.allow_networks,
            own_addresses: vec![address],
            own_url: web.public_url.clone(),
            ..Policy::default()
        },
        identity,
        webhook_defaults,
        webhooks_per_tenant: config.webhooks_per_tenant,
        retention_seconds: i64::from(config.retention_days) * 86_400,
        alerts_tenant: config.alerts_tenant,
        deactivate: config.deactivate_after_hours,
        clock: Clock::system(),
        web,
        deliver: config.deliver,
        name_servers: config.name_servers,
        egress_proxy: config.egress_proxy,
    })
}

fn log_to_stderr(filter: &str, format: LogFormat) {
    let filter = EnvFilter::new(filter);
    // A line that finds no room, as on a full disk, is lost. To say so in the same place would be a panic.
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false);
    match format {
        LogFormat::Json => lines.json().init(),
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).init(),
    }
}

/// A socket at that address, which nobody can connect to yet.
fn bound(address: std::net::SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // As the standard library does: connections of the process before do not keep the next one from starting.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}
