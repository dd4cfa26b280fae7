//! `cargo xtask e2e`: the browser tests, with the real binary and a real Chromium; and what Lighthouse says of the same pages.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    command::{self, Heard},
    project,
    step::step,
    tools, web,
};

/// Builds everything and runs the tests. A failing one is no error here.
pub(crate) fn run(arguments: &[String]) -> Result<Heard> {
    let chromium = built(&[])?;
    step("browser tests", || command::listen(playwright(chromium, "debug").args(arguments)))
}

/// `cargo xtask lighthouse`: builds everything as it is used, and has each page judged.
pub(crate) fn lighthouse(arguments: &[String]) -> Result<()> {
    let lighthouse = tools::lighthouse()?;
    let chromium = built(&["--release"])?;
    step("lighthouse", || {
        let mut judge = playwright(chromium, "release");
        judge.args(["--config", "lighthouse.config.ts"]).args(arguments).env("LIGHTHOUSE", lighthouse);
        command::run(&mut judge)
    })
}

/// Builds the portal and, with these options, the server; returns the browser.
fn built(options: &[&str]) -> Result<PathBuf> {
    tools::e2e_packages()?;
    let chromium = tools::chromium()?;
    web::build()?;
    step("server: compiling", || command::run(command::cargo(["build", "-p", "api"]).args(options)))?;
    step("browser tests: checking their types", || command::run(npx().arg("tsc")))?;
    Ok(chromium)
}

fn playwright(chromium: PathBuf, profile: &str) -> Command {
    let mut playwright = npx();
    playwright.args(["playwright", "test"]).env("CHROMIUM", chromium).env("HOOKWRIGHT", project::server(profile));
    playwright
}

fn npx() -> Command {
    let mut npx = command::program("npx");
    npx.current_dir(project::root().join("e2e"));
    npx
}
