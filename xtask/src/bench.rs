//! `cargo xtask bench`: builds server and bench as they ship, and runs the bench.

use anyhow::Result;

use crate::{command, project, step::step};

/// Runs the bench with those arguments.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    step("building server and bench", || {
        command::run(&mut command::cargo(["build", "--release", "-p", "api", "-p", "bench"]))
    })?;
    command::run(command::program(project::target().join("release/bench")).args(arguments))
}
