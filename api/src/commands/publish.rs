//! `hookwright send`

use super::print_line;
use crate::{catalogue, clock::Clock, config::written, ids::Ids};
use serde_json::Value;
use std::{error::Error, fs, path::PathBuf, process::ExitCode, time::Duration};
use url::Url;

const WITHIN: Duration = Duration::from_secs(30);

/// The arguments of `hookwright send`.
#[derive(clap::Args)]
pub struct Args {
    /// Name of the catalogue's event type whose example is published, such as TRANSACTION.TRANSACTIONSTATUSUPDATED
    #[arg(
        value_name = "SOURCE.TYPE",
        default_value = "COMMUNICATION.COMMUNICATIONCREATEDEVENT",
        conflicts_with = "file"
    )]
    event_type: String,

    /// Publish the CloudEvent (JSON) in this file instead
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Address of the server
    #[arg(long, env = "HOOKWRIGHT_URL", default_value = "http://127.0.0.1:8080", value_parser = server)]
    url: Url,

    /// API key that may publish; make one with: hookwright key add --name me --role publisher
    #[arg(long, env = "HOOKWRIGHT_API_KEY", hide_env_values = true)]
    api_key: String,
}

fn server(text: &str) -> Result<Url, String> {
    let example = "http://127.0.0.1:8080";
    let url: Url = written(example)(text)?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err(format!("write it as {example}")) }
}

/// Publishes one event and says who wanted it.
pub(super) async fn run(args: Args) -> Result<ExitCode, Box<dyn Error>> {
    let body = match &args.file {
        Some(path) => fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?,
        None => example(&args.event_type)?.into_bytes(),
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().timeout(WITHIN).build()?;
    let url = format!("{}/api/v1/events", args.url.as_str().trim_end_matches('/'));
    let request = client.post(&url).bearer_auth(&args.api_key).header("content-type", "application/cloudevents+json");
    let response = request.body(body).send().await.map_err(|error| {
        let cause =
            if error.is_connect() { "nothing answers there; is the server running?".into() } else { error.to_string() };
        format!("cannot publish to {url}: {cause}")
    })?;
    let status = response.status();
    let answer: Value = serde_json::from_slice(&response.bytes().await?).unwrap_or_default();
    if !status.is_success() {
        return Err(
            format!("the server answered {status}: {}", answer["detail"].as_str().unwrap_or("no explanation")).into()
        );
    }
    let id = answer["id"].as_str().unwrap_or_default();
    match answer["matched"].as_u64().unwrap_or_default() {
        0 => print_line(format!("published {id}; no active webhook wants it"))?,
        1 => print_line(format!("published {id} for 1 webhook"))?,
        matched => print_line(format!("published {id} for {matched} webhooks"))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The catalogue's example of that event type, with an id and a time of its own.
fn example(name: &str) -> Result<String, Box<dyn Error>> {
    let now = Clock::system().now();
    let id = Ids::default().next(now).to_string();
    if let Some(event) = catalogue::event(name, &id, &now.to_string())? {
        return Ok(event);
    }
    let names: Vec<_> =
        catalogue::example()?.iter().map(|known| format!("  {}.{}", known.source, known.kind)).collect();
    Err(format!("the example catalogue has no {name}; it has\n{}", names.join("\n")).into())
}
