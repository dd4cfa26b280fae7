//! What can be asked of the bench.

use crate::scenarios::Scenario;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Measures the server from outside: scenarios S1 to S7 and the raw limits beside them
#[derive(Parser)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: RunOptions,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Receive webhooks until standard input ends; the scenarios start it themselves
    Sink,
    /// Fill a database with deliveries, and measure the pages of the lists over it
    Lists(ListOptions),
}

/// Where the server is, and what it records to.
#[derive(Args)]
pub(crate) struct Place {
    /// Database: `sqlite`, or the postgres:// URL of a server that may be filled; `cargo xtask bench` starts one for `postgres`
    #[arg(long, default_value = "sqlite")]
    pub(crate) database: String,
    /// The server's program [default: hookwright beside the bench's own program]
    #[arg(long)]
    pub(crate) server: Option<PathBuf>,
    /// Folder on the disk to measure; a folder made in it is removed at the end [default: beside the bench's own program]
    #[arg(long)]
    pub(crate) folder: Option<PathBuf>,
}

/// The settings of the scenarios.
#[derive(Args)]
pub(crate) struct RunOptions {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Only these scenarios, separated by commas: S1,S3
    #[arg(long, value_delimiter = ',')]
    pub(crate) only: Vec<Scenario>,
    /// Multiplies events and durations: 0.1 for a quick look
    #[arg(long, default_value_t = 1.0)]
    pub(crate) scale: f64,
    /// How often S5 kills the server
    #[arg(long, default_value_t = 3)]
    pub(crate) kills: u32,
    /// Writes the results as JSON to this file too
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

/// The settings of the measurement of lists.
#[derive(Args)]
pub(crate) struct ListOptions {
    #[command(flatten)]
    pub(crate) place: Place,
    /// How many deliveries the database shall hold
    #[arg(long, default_value_t = 10_000_000)]
    pub(crate) deliveries: u64,
    /// SQLite: keep the database as this file, and use it again if it is there
    #[arg(long)]
    pub(crate) keep: Option<PathBuf>,
    /// Writes the results as JSON to this file too
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}
