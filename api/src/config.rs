//! The settings of the server: each is a flag and an environment variable.

use crate::{
    app::{
        Web,
        brand::{Brand, Logo, PortalName},
        tls::{Certificate, TlsError},
    },
    delivery::{
        egress_proxy::EgressProxy,
        guard::AllowHttp,
        request::{self, Identity},
    },
    store::{DatabaseUrl, Deactivate, FAILING_HOURS, MAX_FANOUT},
};
use clap::{Arg, Args};
use ipnet::IpNet;
use shared::{ContentMode, Named as _, NewWebhook, RETRY_SCHEDULE_DETAIL, WebhookDefaults, is_retry_schedule};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};
use url::Url;

/// How long the prefix of a signature may be.
const MAX_PREFIX: usize = 16;

/// The settings of `hookwright serve`.
#[expect(rustdoc::bare_urls, reason = "the comments are the text of --help")]
#[derive(Args, Clone)]
#[command(after_help = SECRETS_HELP)]
pub struct Config {
    /// Where everything is recorded: sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE
    #[arg(long, env = "DATABASE_URL", default_value = "sqlite://hookwright.db", hide_env_values = true)]
    pub database_url: DatabaseUrl,

    /// Connections for reading, and with PostgreSQL for writes that stand alone; there are five more there: two writers, one reader for attempts, one for what is claimed, one for the node's lock
    #[arg(long, env = "HOOKWRIGHT_DATABASE_CONNECTIONS", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub database_connections: u32,

    /// Seconds to wait for PostgreSQL at startup
    #[arg(long, env = "HOOKWRIGHT_DATABASE_WAIT_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=3600))]
    pub database_wait_seconds: u32,

    /// Address and port of the API and the portal, and of /metrics: for this machine, and for API keys of the platform that may read
    #[arg(long, env = "HOOKWRIGHT_LISTEN", default_value = "127.0.0.1:8080", value_parser = address)]
    pub listen: SocketAddr,

    /// Key that encrypts secrets: 64 hexadecimal digits. Without it, a key file is created beside the SQLite file; required with PostgreSQL
    #[arg(long, env = "HOOKWRIGHT_ENCRYPTION_KEY", hide_env_values = true)]
    pub encryption_key: Option<String>,

    /// Previous keys, separated by commas: what they encrypted can still be read; hookwright rekey encrypts it again [default: none]
    #[arg(
        long,
        env = "HOOKWRIGHT_ENCRYPTION_KEY_PREVIOUS",
        value_delimiter = ',',
        requires = "encryption_key",
        hide_env_values = true
    )]
    pub encryption_key_previous: Vec<String>,

    /// Whether payload URLs may be http: false, true, or loopback (only for this machine's own addresses)
    #[arg(long, env = "HOOKWRIGHT_ALLOW_HTTP", default_value = "false")]
    pub allow_http: AllowHttp,

    /// Private networks that may be called, as a list of CIDRs: 10.0.0.0/8,fd00::/8, or for this machine 127.0.0.0/8,::1/128; with one, names inside a network may be used too, and all that they resolve to is checked [default: none]
    #[arg(long, env = "HOOKWRIGHT_ALLOW_NETWORKS", value_delimiter = ',', value_parser = network)]
    pub allow_networks: Vec<IpNet>,

    /// Proxy that requests to receivers leave by: http://PROXY:PORT or http://USER:PASSWORD@PROXY:PORT. It looks up their names, so it must refuse addresses that are not public. HTTPS_PROXY and the like are not looked at [default: none]
    #[arg(long, env = "HOOKWRIGHT_EGRESS_PROXY", value_name = "URL", hide_env_values = true)]
    pub egress_proxy: Option<EgressProxy>,

    /// Header that carries the hexadecimal signature
    #[arg(long, env = "HOOKWRIGHT_SIGNATURE_HEADER", default_value = request::HEX_SIGNATURE, value_parser = signature_header)]
    pub signature_header: String,

    /// What stands before the digits of the hexadecimal signature, such as sha256= [default: nothing]
    #[arg(long, env = "HOOKWRIGHT_SIGNATURE_PREFIX", default_value = "", hide_default_value = true, value_parser = signature_prefix)]
    pub signature_prefix: String,

    /// User-Agent of the requests
    #[arg(
        long,
        env = "HOOKWRIGHT_USER_AGENT",
        default_value = concat!("Hookwright/", env!("CARGO_PKG_VERSION")),
        value_parser = header_value
    )]
    pub user_agent: String,

    /// Days after which events, deliveries and attempts are purged
    #[arg(long, env = "HOOKWRIGHT_RETENTION_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub retention_days: u32,

    /// Default time limit of an attempt, in seconds, for new webhooks that set none; existing webhooks keep theirs
    #[arg(long, env = "HOOKWRIGHT_TIMEOUT_SECONDS", default_value_t = NewWebhook::DEFAULT_TIMEOUT_MS / 1_000, value_parser = clap::value_parser!(u32).range(1..=30))]
    pub timeout_seconds: u32,

    /// Default delays before the automatic retries, in seconds, such as 5,30,120 (`none`: no retries), for new webhooks that set none; existing webhooks keep theirs
    #[arg(long, env = "HOOKWRIGHT_RETRY_SCHEDULE", value_name = "SECONDS", default_value_t)]
    pub retry_schedule: RetrySchedule,

    /// What requests hold of an event, for new webhooks that set nothing: `structured` is the whole event as JSON, `binary` its data alone, with the other attributes in `ce-` headers; existing webhooks keep theirs
    #[arg(long, env = "HOOKWRIGHT_CONTENT_MODE", value_name = "MODE", default_value = ContentMode::default().name(), value_parser = content_mode)]
    pub content_mode: ContentMode,

    /// How many webhooks a tenant may have; existing ones are kept
    #[arg(long, env = "HOOKWRIGHT_WEBHOOKS_PER_TENANT", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_FANOUT)))]
    pub webhooks_per_tenant: u32,

    /// Whether this server delivers. With false it accepts events and shows everything, but refuses tests and resends unless another node delivers; accepted events are delivered once a server with true runs on the same database
    #[arg(long, env = "HOOKWRIGHT_DELIVER", default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    pub deliver: bool,

    /// Seconds to keep working after SIGTERM while /readyz answers 503, so that a load balancer notices
    #[arg(long, env = "HOOKWRIGHT_DRAIN_SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=600))]
    pub drain_seconds: u32,

    /// Fill an empty catalogue of event types with the example, for all tenants
    #[arg(long, env = "HOOKWRIGHT_EXAMPLE_CATALOGUE", default_value_t = false, action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    pub example_catalogue: bool,

    /// After how many hours in which every attempt has failed, 20 or more in a row, a webhook is deactivated: from 24 to 8760 (`never`: not by itself). A retry schedule that lasts longer than this ends early; 410 deactivates in any case
    #[arg(long, env = "HOOKWRIGHT_DEACTIVATE_AFTER_HOURS", value_name = "HOURS", default_value = "24", value_parser = deactivate)]
    pub deactivate_after_hours: Deactivate,

    /// Name, id or external id of the tenant whose webhooks are told when a webhook of any tenant is failing, was deactivated or has recovered, and when the last attempt of a delivery has failed, by the events HOOKWRIGHT.WEBHOOKFAILING, HOOKWRIGHT.WEBHOOKDEACTIVATED, HOOKWRIGHT.WEBHOOKRECOVERED and HOOKWRIGHT.DELIVERYFAILED; one that is not there is made at the start, as long as there is neither another tenant nor a webhook [default: nobody is told]
    #[arg(long, env = "HOOKWRIGHT_ALERTS_TENANT", value_name = "TENANT")]
    pub alerts_tenant: Option<String>,

    /// File with the server's certificate and those that vouch for it (PEM): then it speaks TLS itself. SIGHUP reads the files again
    #[arg(long, env = "HOOKWRIGHT_TLS_CERTIFICATE", value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,

    /// File with the certificate's private key (PEM)
    #[arg(long, env = "HOOKWRIGHT_TLS_KEY", value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,

    /// Address that browsers reach the portal by, such as https://hooks.example.com; links are made of it
    #[arg(long, env = "HOOKWRIGHT_PUBLIC_URL", value_parser = server_url("https://hooks.example.com"))]
    pub public_url: Option<Url>,

    /// Proxies in front of this server, as a list of CIDRs, whose X-Forwarded-For is believed [default: none]
    #[arg(long, env = "HOOKWRIGHT_TRUSTED_PROXIES", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,

    /// Sites that may show the portal in a frame, as a list of origins: https://app.example.com [default: none]
    #[arg(long, env = "HOOKWRIGHT_EMBED_ORIGINS", value_delimiter = ',', value_parser = origin)]
    pub embed_origins: Vec<String>,

    /// What the portal is called where customers see it [default: Hookwright]
    #[arg(long, env = "HOOKWRIGHT_PORTAL_NAME", value_name = "NAME")]
    pub portal_name: Option<PortalName>,

    /// Picture beside that name and in the browser's tab: a .svg, .png or .webp file of 256 KiB at most [default: a hook]
    #[arg(long, env = "HOOKWRIGHT_PORTAL_LOGO", value_name = "FILE")]
    pub portal_logo: Option<Logo>,

    /// Page of the platform that opens the portal by portal links: visitors whose session has ended are shown the way there [default: none]
    #[arg(long, env = "HOOKWRIGHT_PORTAL_RETURN_URL", value_name = "URL", value_parser = page_url)]
    pub portal_return_url: Option<Url>,

    /// Sites whose pages may call the API with an API key, as a list of origins (CORS): https://app.example.com [default: none]
    #[arg(long, env = "HOOKWRIGHT_CORS_ORIGINS", value_delimiter = ',', value_parser = origin)]
    pub cors_origins: Vec<String>,

    /// Name servers that payload URLs are resolved by, as a list: 10.0.0.2:53 [default: those of this machine]
    #[arg(long, env = "HOOKWRIGHT_NAME_SERVERS", value_delimiter = ',', value_parser = written::<SocketAddr>("10.0.0.2:53"))]
    pub name_servers: Vec<SocketAddr>,

    /// E-mail address of the first admin, created at startup if there is no operator of the platform or of the first tenant yet; without it, the first start prints a link to set up
    #[arg(long, env = "HOOKWRIGHT_ADMIN_EMAIL", requires = "admin_password")]
    pub admin_email: Option<String>,

    /// Password of the first admin
    #[arg(long, env = "HOOKWRIGHT_ADMIN_PASSWORD", requires = "admin_email", hide_env_values = true)]
    pub admin_password: Option<String>,

    /// API key of an admin of the platform, for programs that need one from the first start on, as `hookwright key new` prints it; recorded at startup unless it is known, and once revoked it stays so [default: none]
    #[arg(long, env = "HOOKWRIGHT_PLATFORM_KEY", value_name = "KEY", hide_env_values = true)]
    pub platform_key: Option<String>,

    /// What is logged: a level (error, warn, info, debug, trace), or levels by part of the program: info,hookwright::delivery=debug.
    /// actix_http=off silences requests that are not valid HTTP; rustls_platform_verifier=off silences receivers' invalid certificates
    #[arg(long, env = "HOOKWRIGHT_LOG", default_value = "info,actix_http=off,actix_server=warn,rustls_platform_verifier=off", value_parser = log_filter)]
    pub log: String,

    /// How log lines are written
    #[arg(long, env = "HOOKWRIGHT_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// As text, with colours on a terminal.
    Text,
    /// Each as a JSON object.
    Json,
}

/// How a schedule without a retry is written.
const NO_RETRIES: &str = "none";

/// The delays before the automatic retries, in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetrySchedule(Vec<u32>);

impl Default for RetrySchedule {
    fn default() -> Self {
        Self(WebhookDefaults::default().retry_schedule)
    }
}

impl fmt::Display for RetrySchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(u32::to_string).collect::<Vec<_>>().join(","))
    }
}

impl FromStr for RetrySchedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let delays = text.split(',').filter(|_| text != NO_RETRIES);
        let delays = delays.map(written("5,30,120")).collect::<Result<Vec<u32>, _>>()?;
        if is_retry_schedule(&delays) { Ok(Self(delays)) } else { Err(RETRY_SCHEDULE_DETAIL.into()) }
    }
}

/// The settings that are secret, each with the variable that may name a file with it instead: the environment of a process stands in
/// crash reports, and in what containers tell about themselves.
const SECRETS: [(&str, &str); 6] = [
    ("DATABASE_URL", "DATABASE_URL_FILE"),
    ("HOOKWRIGHT_ENCRYPTION_KEY", "HOOKWRIGHT_ENCRYPTION_KEY_FILE"),
    ("HOOKWRIGHT_ENCRYPTION_KEY_PREVIOUS", "HOOKWRIGHT_ENCRYPTION_KEY_PREVIOUS_FILE"),
    ("HOOKWRIGHT_ADMIN_PASSWORD", "HOOKWRIGHT_ADMIN_PASSWORD_FILE"),
    ("HOOKWRIGHT_PLATFORM_KEY", "HOOKWRIGHT_PLATFORM_KEY_FILE"),
    ("HOOKWRIGHT_EGRESS_PROXY", "HOOKWRIGHT_EGRESS_PROXY_FILE"),
];

/// What `--help` says about them.
const SECRETS_HELP: &str = "What is secret may stand in a file that a variable names: DATABASE_URL_FILE, HOOKWRIGHT_ENCRYPTION_KEY_FILE, \
HOOKWRIGHT_ENCRYPTION_KEY_PREVIOUS_FILE, HOOKWRIGHT_ADMIN_PASSWORD_FILE, HOOKWRIGHT_PLATFORM_KEY_FILE, HOOKWRIGHT_EGRESS_PROXY_FILE. \
A newline at its end does not count";

/// Lets each secret setting be read from the file that its other variable names. A flag goes before both.
pub fn with_secrets_from_files(command: clap::Command) -> clap::Command {
    command.mut_args(from_file).mut_subcommands(with_secrets_from_files)
}

fn from_file(argument: Arg) -> Arg {
    let is_set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let secret = |(name, _): &&(&str, &str)| argument.get_env().is_some_and(|variable| variable == *name);
    let Some(&(name, file)) = SECRETS.iter().find(secret) else { return argument };
    let Some(path) = is_set(file) else { return argument };
    let twice = is_set(name).is_some();
    // clap takes the path for the value; here it becomes what the file holds. Only the command that wants it reads the file.
    let content = move |text: &str| -> Result<String, String> {
        if path != *text {
            return Ok(text.to_owned());
        }
        if twice {
            return Err(format!("{name} is set, too: unset one of the two"));
        }
        let content = std::fs::read_to_string(text).map_err(|error| format!("the file cannot be read: {error}"))?;
        let line = content.strip_suffix('\n').unwrap_or(&content);
        match line.strip_suffix('\r').unwrap_or(line) {
            "" => Err("the file is empty".into()),
            secret => Ok(secret.to_owned()),
        }
    };
    let argument = argument.env(file).value_delimiter(None);
    match name {
        "DATABASE_URL" => argument.value_parser(move |text: &str| content(text)?.parse::<DatabaseUrl>()),
        "HOOKWRIGHT_EGRESS_PROXY" => argument.value_parser(move |text: &str| {
            let proxy = content(text)?.parse::<EgressProxy>();
            proxy.map_err(str::to_owned)
        }),
        _ => argument.value_parser(content),
    }
}

/// The keys in such a list: from a file all of them come in one.
pub(crate) fn keys(listed: &[String]) -> impl Iterator<Item = &str> {
    listed.iter().flat_map(|keys| keys.split(',')).map(str::trim)
}

/// Variables of other commands, which may stand beside the server's.
const OF_OTHER_COMMANDS: [&str; 4] =
    ["HOOKWRIGHT_API_KEY", "HOOKWRIGHT_PASSWORD", "HOOKWRIGHT_SECRET", "HOOKWRIGHT_URL"];

/// Says which of the environment's variables look like settings and are none, if any do: a name with a typo would do nothing, and nobody would know.
pub fn unknown_variables() -> Option<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let serve = Config::augment_args(clap::Command::new("serve"));
    let settings = serve.get_arguments().filter_map(|argument| argument.get_env()?.to_str());
    let files = SECRETS.iter().map(|(_, file)| *file);
    let known: Vec<_> = settings.chain(files).chain(OF_OTHER_COMMANDS).collect();
    let unknown = names.filter(|name| name.starts_with(PREFIX) && !known.contains(&name.as_str()));
    let shown = unknown.map(|name| {
        let likeness = |known: &&&str| strsim::damerau_levenshtein(plain(&name), plain(known));
        match known.iter().min_by_key(likeness).filter(|known| likeness(known) <= 3) {
            Some(known) => format!("{name} (did you mean {known}?)"),
            None => name,
        }
    });
    let shown: Vec<_> = shown.collect();
    let all = || format!("unknown settings, ignored: {}; for the list: hookwright serve --help", shown.join(", "));
    (!shown.is_empty()).then(all)
}

const PREFIX: &str = "HOOKWRIGHT_";

fn plain(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

impl Config {
    /// What receivers see.
    pub fn identity(&self) -> Identity {
        Identity {
            signature_header: self.signature_header.clone(),
            signature_prefix: self.signature_prefix.clone(),
            user_agent: self.user_agent.clone(),
        }
    }

    /// What webhooks have that are created without it.
    pub fn webhook_defaults(&self) -> WebhookDefaults {
        let RetrySchedule(retry_schedule) = self.retry_schedule.clone();
        WebhookDefaults { timeout_ms: self.timeout_seconds * 1_000, retry_schedule, content_mode: self.content_mode }
    }

    /// How the server stands in the web, when it listens at that address.
    pub fn web(&self, address: SocketAddr) -> Result<Web, TlsError> {
        let files = self.tls_certificate.clone().zip(self.tls_key.clone());
        Ok(Web {
            public_url: self.public_url.clone(),
            loopback_only: address.ip().is_loopback(),
            tls: files.map(|(certificates, key)| Certificate::read(certificates, key)).transpose()?,
            trusted_proxies: self.trusted_proxies.clone(),
            embed_origins: self.embed_origins.clone(),
            cors_origins: self.cors_origins.clone(),
            brand: Brand {
                name: self.portal_name.clone(),
                logo: self.portal_logo.clone(),
                return_url: self.portal_return_url.clone(),
            },
        })
    }
}

/// Reads a setting whose type has no words for people: they are shown how it is written.
pub(crate) fn written<T: FromStr>(example: &'static str) -> impl Fn(&str) -> Result<T, String> + Clone {
    // A list may have a space after each comma.
    move |text| text.trim().parse().map_err(|_| format!("write it as {example}"))
}

/// An address and a port; a port alone is one of this machine.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix("localhost:").unwrap_or(text);
    port.parse().map(|port| (Ipv4Addr::LOCALHOST, port).into()).or_else(|_| written("127.0.0.1:8080")(text))
}

/// A network, or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    text.trim().parse().map(|address: IpAddr| address.into()).or_else(|_| written("10.0.0.0/8")(text))
}

/// How long a webhook may fail at the most, in hours, before it is deactivated: a year.
const MOST_FAILING_HOURS: u32 = 8_760;

/// A day at the least: less would take an outage of a night for the end of a receiver.
fn deactivate(text: &str) -> Result<Deactivate, String> {
    let bounds = FAILING_HOURS..=MOST_FAILING_HOURS;
    match text.trim() {
        "never" => Ok(Deactivate::Never),
        hours => {
            hours.parse().ok().filter(|hours| bounds.contains(hours)).map(Deactivate::AfterHours).ok_or_else(|| {
                format!("write a number of hours from {FAILING_HOURS} to {MOST_FAILING_HOURS}, or never")
            })
        }
    }
}

/// The URL of a server: where it is, and nothing else.
pub(crate) fn server_url(example: &'static str) -> impl Fn(&str) -> Result<Url, String> + Clone {
    move |text| {
        let url: Url = written(example)(text)?;
        let is_bare = url.as_str().trim_end_matches('/') == url.origin().ascii_serialization();
        if matches!(url.scheme(), "http" | "https") && is_bare {
            Ok(url)
        } else {
            Err(format!("write it as {example}, without a path"))
        }
    }
}

/// A page of another server.
fn page_url(text: &str) -> Result<Url, String> {
    const EXAMPLE: &str = "https://app.example.com/settings/webhooks";
    let url: Url = written(EXAMPLE)(text)?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err(format!("write it as {EXAMPLE}")) }
}

/// An origin goes into headers as it is, so it must be nothing else.
fn origin(text: &str) -> Result<String, String> {
    let origin = written::<Url>("https://app.example.com")(text)?.origin();
    let same = origin.is_tuple() && origin.ascii_serialization() == text.trim().trim_end_matches('/');
    if same { Ok(origin.ascii_serialization()) } else { Err("write it as https://app.example.com".into()) }
}

/// A word that is no level would be taken for a part of the program, and of all others nothing would be logged.
fn log_filter(text: &str) -> Result<String, String> {
    let is_level = |word: &str| word.parse::<tracing_subscriber::filter::LevelFilter>().is_ok();
    if let Some(word) = text.split(',').find(|part| !part.contains(['=', '[']) && !is_level(part.trim())) {
        return Err(format!("{word:?} is not a level; write it as info,hookwright::delivery=debug"));
    }
    tracing_subscriber::EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

fn content_mode(text: &str) -> Result<ContentMode, String> {
    let names = ContentMode::ALL.map(ContentMode::name).join(" or ");
    ContentMode::named(text).ok_or_else(|| format!("write it as {names}"))
}

/// No header that has another meaning already.
fn signature_header(text: &str) -> Result<String, String> {
    let taken = shared::is_reserved_header(text) || text.eq_ignore_ascii_case("authorization");
    match http::HeaderName::try_from(text) {
        Ok(_) if !taken => Ok(text.to_owned()),
        Ok(_) => Err("this header has another meaning; choose one such as X-Webhook-Signature".into()),
        Err(_) => Err("no header has such a name; write it as X-Webhook-Signature".into()),
    }
}

/// What every language writes in quotes as it stands: receivers' code shows it.
pub(crate) fn signature_prefix(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"=:._-".contains(&byte);
    if text.len() <= MAX_PREFIX && text.bytes().all(is_plain) {
        return Ok(text.to_owned());
    }
    Err(format!("write it as sha256= or v0=, with at most {MAX_PREFIX} letters, digits and = : . _ -"))
}

fn header_value(text: &str) -> Result<String, String> {
    http::HeaderValue::try_from(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}
