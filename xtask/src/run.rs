//! `cargo xtask run`: the main job, for somebody who has just cloned the project.

use anyhow::Result;

use crate::{
    command, project,
    step::{note, step},
    web,
};

/// What a newcomer's server may do that another one may not: call receivers on this machine, without TLS.
pub(crate) const NEWCOMER: [&str; 6] =
    ["--allow-http", "loopback", "--allow-networks", "127.0.0.0/8,::1/128", "--example-catalogue", "true"];

/// Builds everything and becomes the server.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    web::build()?;
    step("server: compiling", || command::run(&mut command::cargo(["build", "--release", "-p", "api"])))?;
    note("server: starting on SQLite (hookwright.db, unless DATABASE_URL says otherwise); stop with Ctrl-C");
    let mut server = command::program(project::server("release"));
    server.arg("serve").args(NEWCOMER).args(arguments);
    become_program(server)
}

/// Ctrl-C goes to the server itself, which then stops cleanly.
#[cfg(unix)]
fn become_program(mut command: std::process::Command) -> Result<()> {
    Err(std::os::unix::process::CommandExt::exec(&mut command).into())
}

#[cfg(not(unix))]
fn become_program(mut command: std::process::Command) -> Result<()> {
    command::run(&mut command)
}
