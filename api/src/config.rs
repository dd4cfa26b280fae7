//! The settings of the server: each is a flag and an environment variable.

use crate::{
    delivery::{guard::AllowHttp, request::Identity},
    store::DatabaseUrl,
};
use clap::Args;
use ipnet::IpNet;
use std::net::SocketAddr;

/// The settings of `hookwright serve`.
#[derive(Args, Clone)]
pub struct Config {
    /// Where everything is recorded: sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE
    #[arg(long, env = "DATABASE_URL", default_value = "sqlite://hookwright.db", hide_env_values = true)]
    pub database_url: DatabaseUrl,

    /// Address and port of the API and the portal
    #[arg(long, env = "HOOKWRIGHT_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Key that seals secrets: 64 hexadecimal digits. Without it, a key file is made beside the SQLite file; required with PostgreSQL
    #[arg(long, env = "HOOKWRIGHT_ENCRYPTION_KEY", hide_env_values = true)]
    pub encryption_key: Option<String>,

    /// Whether payload URLs may be http: false, true, or loopback (only for this machine's own addresses)
    #[arg(long, env = "HOOKWRIGHT_ALLOW_HTTP", default_value = "false")]
    pub allow_http: AllowHttp,

    /// Private networks that may be called, as a list of CIDRs: 10.0.0.0/8,127.0.0.0/8 [default: none]
    #[arg(long, env = "HOOKWRIGHT_ALLOW_NETWORKS", value_delimiter = ',')]
    pub allow_networks: Vec<IpNet>,

    /// Header that carries the hexadecimal signature
    #[arg(long, env = "HOOKWRIGHT_SIGNATURE_HEADER", default_value = "X-Webhook-Signature", value_parser = header_name)]
    pub signature_header: String,

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

    /// Fill an empty catalogue of event types with the example
    #[arg(long, env = "HOOKWRIGHT_EXAMPLE_CATALOGUE", default_value_t = false, action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    pub example_catalogue: bool,

    /// How log lines are written: text or json
    #[arg(long, env = "HOOKWRIGHT_LOG_FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub log_format: String,
}

impl Config {
    /// What receivers see.
    pub fn identity(&self) -> Identity {
        Identity { signature_header: self.signature_header.clone(), user_agent: self.user_agent.clone() }
    }
}

fn header_name(text: &str) -> Result<String, String> {
    http::HeaderName::try_from(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

fn header_value(text: &str) -> Result<String, String> {
    http::HeaderValue::try_from(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}
