//! `cargo xtask run`: the main job, for somebody who has just cloned the project.

use anyhow::Result;
use std::{env, path::Path, process::Command};

use crate::{command, server, step::note, web};

/// What a newcomer's server may do that another one may not, unless it is told otherwise: call receivers on this machine, without TLS.
const NEWCOMER: [(&str, &str); 3] = [
    ("HOOKWRIGHT_ALLOW_HTTP", "loopback"),
    ("HOOKWRIGHT_ALLOW_NETWORKS", "127.0.0.0/8,::1/128"),
    ("HOOKWRIGHT_EXAMPLE_CATALOGUE", "true"),
];

/// The server of a newcomer.
pub(crate) fn newcomer(binary: &Path) -> Command {
    let mut server = command::program(binary);
    server.arg("serve").envs(NEWCOMER.into_iter().filter(|(name, _)| env::var_os(name).is_none()));
    server
}

/// Builds everything and becomes the server.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    web::build()?;
    let binary = server::release()?;
    note("server: starting on SQLite (hookwright.db, unless DATABASE_URL says otherwise); stop with Ctrl-C");
    let mut server = newcomer(&binary);
    server.args(arguments);
    become_program(server)
}

/// Ctrl-C goes to the server itself, which then stops cleanly.
#[cfg(unix)]
fn become_program(mut command: Command) -> Result<()> {
    Err(std::os::unix::process::CommandExt::exec(&mut command).into())
}

#[cfg(not(unix))]
fn become_program(mut command: Command) -> Result<()> {
    command::run(&mut command)
}
