//! `cargo xtask bench`: measures the server from outside, as a publisher and a receiver see it.
//!
//! Server, sink and load generator are processes of their own on one machine. Absolute numbers say as much about that machine as
//! about the server, so every figure that is judged is a ratio within one run: the raw limits are measured beside the scenarios.

mod clock;
mod database;
mod figures;
mod http;
mod lists;
mod load;
mod machine;
mod options;
mod process;
mod raw;
mod report;
mod run;
mod scenarios;
mod server;
mod sink;
mod sink_process;

use anyhow::{Result, bail};
use clap::Parser as _;
use options::{Command, Options};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> Result<ExitCode> {
    let Options { command, run } = Options::parse();
    match command {
        // One thread: what the sink costs is taken from the server and the generator.
        Some(Command::Sink) => sink::serve().map(|()| ExitCode::SUCCESS),
        Some(Command::Lists(options)) => in_runtime(lists::run(options)),
        None => in_runtime(run::run(run)),
    }
}

fn in_runtime(work: impl Future<Output = Result<bool>>) -> Result<ExitCode> {
    let passed = tokio::runtime::Runtime::new()?.block_on(async {
        tokio::select! {
            passed = work => passed,
            stopped = stopped() => stopped,
        }
    })?;
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Ends a run early in such a way that the processes which it has started end too.
async fn stopped() -> Result<bool> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    bail!("stopped")
}
