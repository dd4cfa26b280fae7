//! The `hookwright` command.

use clap::{
    Parser,
    error::{ContextKind, ContextValue},
};
use hookwright::commands::{self, Command};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Sends webhooks: takes events, signs them, delivers them, records every attempt.
#[derive(Parser)]
#[command(name = "hookwright", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    hookwright::failpoint::from_environment();
    let Cli { command } = Cli::try_parse().unwrap_or_else(|error| without_password(error).exit());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads()).enable_all().build();
    let done = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(commands::run(command)));
    done.unwrap_or_else(|error| {
        eprintln!("hookwright: {error}");
        ExitCode::FAILURE
    })
}

/// One for every two processors: the attempts share them with the threads that answer HTTP and with the writers. With one for each, a
/// delivery costs up to a seventh more, as they wake each other all the time (measured on two).
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |processors| processors.get().div_ceil(2))
}

/// A database's URL may hold a password, so what is said about one that is not understood does not repeat it.
fn without_password(mut error: clap::Error) -> clap::Error {
    let of = |argument: &ContextValue| argument.to_string().starts_with("--database-url");
    if error.get(ContextKind::InvalidArg).is_some_and(of) {
        error.insert(ContextKind::InvalidValue, ContextValue::String("…".into()));
    }
    error
}
