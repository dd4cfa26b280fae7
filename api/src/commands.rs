//! What the `hookwright` command can do.

mod beside;
mod database;
mod health;
mod key;
mod listen;
mod operator;
mod rekey;
mod send;
mod serve;
mod verify;

use crate::{
    config::{Config, unknown_variables},
    openapi,
};
use clap::Subcommand;
use std::{
    error::Error,
    io::{self, Read as _, Write as _},
    process::ExitCode,
};

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Serve the API and the portal, and deliver events
    Serve(Box<Config>),
    /// Receive webhooks on this machine: print what arrives and whether its signatures are valid
    Listen(listen::Args),
    /// Publish an event: an example of the catalogue, or a file
    Send(send::Args),
    /// Check a body and its signature against a secret
    Verify(verify::Args),
    /// Ask whether a server can work, as the health check of a container does
    Health(health::Args),
    /// Copy the database to a file while the server runs (SQLite; PostgreSQL has pg_dump)
    Backup(database::Backup),
    /// Bring the database's schema up to date, as the server does when it starts
    Migrate(database::Database),
    /// Create API keys; works while the server is running
    #[command(subcommand)]
    Key(key::Command),
    /// Create operators and set their passwords; works while the server is running
    #[command(subcommand)]
    Operator(operator::Command),
    /// Encrypt all secrets again with a new encryption key; if it is interrupted, run it again
    Rekey(rekey::Args),
    /// Print the OpenAPI document
    Openapi,
}

/// Runs a command to its end.
pub async fn run(command: Command) -> Result<ExitCode, Box<dyn Error>> {
    // The server says it in its log.
    if let (false, Some(told)) = (matches!(command, Command::Serve(_)), unknown_variables()) {
        eprintln!("hookwright: {told}");
    }
    match command {
        Command::Serve(config) => serve::run(*config).await,
        Command::Listen(args) => listen::run(args).await,
        Command::Send(args) => send::run(args).await,
        Command::Verify(args) => verify::run(&args),
        Command::Health(args) => health::run(args).await,
        Command::Backup(args) => database::backup(&args),
        Command::Migrate(database) => database::migrate(&database),
        Command::Key(command) => key::run(command).await,
        Command::Operator(command) => operator::run(command).await,
        Command::Rekey(args) => rekey::run(args).await,
        Command::Openapi => {
            print(openapi::json(&openapi::document()))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// How many threads make attempts, and as many answer HTTP: one for every two processors, which they share with the writers. With one for
/// each, a delivery costs up to a seventh more, as they wake each other all the time (measured on two).
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |processors| processors.get().div_ceil(2))
}

/// Prints to standard output. Whoever reads it may have seen enough and gone, as `head` does: that is no failure.
fn print(text: impl AsRef<str>) -> io::Result<()> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_ref().as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

/// What is in a file, or comes on the standard input for `-`.
fn read(path: &std::path::Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read =
        if path.as_os_str() == "-" { io::stdin().read_to_end(&mut bytes).map(|_| bytes) } else { std::fs::read(path) };
    read.map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// Prints a line like [`print()`].
fn print_line(line: impl AsRef<str>) -> io::Result<()> {
    print(format!("{}\n", line.as_ref()))
}
