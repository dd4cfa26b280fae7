//! `cargo xtask e2e`: the browser tests, with the real binary and a real Chromium; and what Lighthouse says of the same pages.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    command::{self, Heard},
    project, server,
    step::step,
    tools, web,
};

/// Builds everything and runs the tests with that server. A failing one is no error here.
pub(crate) fn run(server: fn() -> Result<PathBuf>, arguments: &[String]) -> Result<Heard> {
    let mut tests = playwright(tools::chromium(false)?, server)?;
    step("browser tests", || command::listen(tests.args(arguments)))
}

/// `cargo xtask lighthouse`: builds everything as it is used, and has each page judged.
pub(crate) fn lighthouse(arguments: &[String]) -> Result<()> {
    let lighthouse = tools::lighthouse()?;
    let mut judge = playwright(tools::chromium(true)?, server::release)?;
    step("lighthouse", || {
        judge.args(["--config", "lighthouse.config.ts"]).args(arguments).env("LIGHTHOUSE", lighthouse);
        command::run(&mut judge)
    })
}

/// Builds everything; returns Playwright, with that browser and that server.
fn playwright(chromium: PathBuf, server: fn() -> Result<PathBuf>) -> Result<Command> {
    tools::e2e_packages()?;
    web::build()?;
    let server = server()?;
    step("browser tests: checking their types", || command::run(npx().arg("tsc")))?;
    let mut playwright = npx();
    playwright.args(["playwright", "test"]).env("CHROMIUM", chromium).env("HOOKWRIGHT", server);
    Ok(playwright)
}

fn npx() -> Command {
    let mut npx = command::program("npx");
    npx.current_dir(project::root().join("e2e"));
    npx
}
