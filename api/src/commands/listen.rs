//! `hookwright listen`

use super::{print, print_line, verify};
use crate::{
    clock::Clock,
    config::signature_prefix,
    delivery::{request, signature::Secret},
};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, http::StatusCode, web};
use std::{error::Error, fmt::Write as _, net::Ipv4Addr, process::ExitCode, sync::Arc, time::Duration};

/// The largest body that is taken.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// The arguments of `hookwright listen`.
#[derive(clap::Args, Clone)]
pub struct Args {
    /// Port on 127.0.0.1 to listen on
    #[arg(long, default_value_t = 9000)]
    port: u16,

    /// The webhook's secret: a request whose signatures are invalid is answered with 401. Without it they are not checked
    #[arg(long, env = "HOOKWRIGHT_SECRET", hide_env_values = true)]
    secret: Option<String>,

    /// HTTP status to answer with
    #[arg(long, default_value = "200", value_parser = clap::value_parser!(u16).range(200..=599))]
    status: u16,

    /// Milliseconds to wait before the answer
    #[arg(long, default_value_t = 0)]
    delay_ms: u64,

    /// Header that carries the hexadecimal signature
    #[arg(long, env = "HOOKWRIGHT_SIGNATURE_HEADER", default_value = request::HEX_SIGNATURE)]
    signature_header: String,

    /// What stands before its digits, such as sha256= [default: nothing]
    #[arg(long, env = "HOOKWRIGHT_SIGNATURE_PREFIX", default_value = "", hide_default_value = true, value_parser = signature_prefix)]
    signature_prefix: String,
}

/// Prints what arrives and whether each signature holds, until Ctrl-C.
pub(super) async fn run(args: Args) -> Result<ExitCode, Box<dyn Error>> {
    let port = args.port;
    let args = Arc::new(args);
    let served = Arc::clone(&args);
    let server = HttpServer::new(move || {
        let args = Arc::clone(&served);
        App::new().app_data(web::PayloadConfig::new(BODY_LIMIT)).default_service(web::to(
            move |request: HttpRequest, body: web::Bytes| receive(Arc::clone(&args), request, body),
        ))
    });
    let server = server
        .workers(1)
        .bind((Ipv4Addr::LOCALHOST, port))
        .map_err(|error| format!("cannot listen on 127.0.0.1:{port}: {error}; choose another with --port"))?;
    for address in server.addrs() {
        print_line(format!("listening on http://{address}/, answering {}; stop with Ctrl-C", args.status))?;
    }
    if args.secret.is_none() {
        print_line("signatures are not checked; give the webhook's secret with --secret")?;
    }
    server.run().await?;
    Ok(ExitCode::SUCCESS)
}

async fn receive(args: Arc<Args>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let (text, status) = shown(&args, &request, &body);
    if let Err(error) = print(text) {
        eprintln!("cannot print what arrived: {error}");
    }
    tokio::time::sleep(Duration::from_millis(args.delay_ms)).await;
    HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::OK)).finish()
}

/// The request as text, and the status of the answer. In one piece, so that requests that arrive together do not mix. Control characters
/// are shown escaped: what arrives must not steer the terminal.
fn shown(args: &Args, request: &HttpRequest, body: &[u8]) -> (String, u16) {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let now = Clock::system().now();
    let mut text = format!("\n{now} {} {}\n", request.method(), plain(&request.uri().to_string()));
    let mut headers: Vec<_> = request.headers().iter().collect();
    headers.sort_by_key(|(name, _)| name.as_str());
    for (name, value) in headers {
        let _ = writeln!(text, "  {name}: {}", plain(&String::from_utf8_lossy(value.as_bytes())));
    }
    let _ = writeln!(text, "  {} bytes: {}", body.len(), plain(&String::from_utf8_lossy(body)));
    let mut status = args.status;
    if let Some(secret) = &args.secret {
        let secret = Secret::new(secret.clone());
        let Args { signature_header, signature_prefix, .. } = args;
        let verdicts = verify::verdicts(&secret, signature_header, signature_prefix, header, body, now);
        for (header, verdict) in verdicts {
            let _ = writeln!(text, "  {header}: {}", verdict.words());
        }
        let holds = verdicts.map(|(_, verdict)| verdict.holds());
        if status < 300 && (holds.contains(&Some(false)) || !holds.contains(&Some(true))) {
            status = 401;
        }
    }
    let _ = writeln!(text, "  answered {status}");
    (text, status)
}

fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' { plain.extend(c.escape_default()) } else { plain.push(c) }
    }
    plain
}
