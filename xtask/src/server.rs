//! Compiling the server.

use std::{env, path::PathBuf};

use anyhow::Result;

use crate::{command, project, step::step};

/// Builds the server for a try; returns where it lies.
///
/// All packages together choose the features of what they depend on, as they do for the tests: else a quarter of that is compiled twice.
pub(crate) fn debug() -> Result<PathBuf> {
    compiled("debug", &["build", "--workspace", "--bin", "hookwright"])
}

/// Returns where the server lies that `cargo test` has just compiled. It has failpoints, which do nothing unless they are asked for.
pub(crate) fn of_the_tests() -> Result<PathBuf> {
    Ok(path("debug"))
}

/// Builds the server as it is used; returns where it lies.
pub(crate) fn release() -> Result<PathBuf> {
    compiled("release", &["build", "--release", "-p", "api"])
}

fn compiled(folder: &str, build: &[&str]) -> Result<PathBuf> {
    step("server: compiling", || command::run(&mut command::cargo(build)))?;
    Ok(path(folder))
}

fn path(folder: &str) -> PathBuf {
    project::target().join(folder).join("hookwright").with_extension(env::consts::EXE_EXTENSION)
}
