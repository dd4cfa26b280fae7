//! The `hookwright` command.

use api::commands::{self, Command};
use clap::Parser;
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
    match commands::run(Cli::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("hookwright: {error}");
            ExitCode::FAILURE
        }
    }
}
