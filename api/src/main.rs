//! The `hookwright` command.

use api::commands::{self, Command};
use clap::{
    Parser,
    error::{ContextKind, ContextValue},
};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Sends webhooks: takes events, signs them, delivers them, records every attempt.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[tokio::main]
async fn main() -> ExitCode {
    api::failpoint::from_environment();
    match commands::run(Cli::try_parse().unwrap_or_else(|error| without_password(error).exit()).command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("hookwright: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A database's URL may hold a password, so what is said about one that is not understood does not repeat it.
fn without_password(mut error: clap::Error) -> clap::Error {
    let of = |argument: &ContextValue| argument.to_string().starts_with("--database-url");
    if error.get(ContextKind::InvalidArg).is_some_and(of) {
        error.insert(ContextKind::InvalidValue, ContextValue::String("…".into()));
    }
    error
}
