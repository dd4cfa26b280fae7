//! `cargo xtask e2e`: the browser tests, with the real binary and a real Chromium.

use anyhow::{Result, bail};

use crate::{
    command::{self, Heard},
    project,
    step::step,
    tools, web,
};

/// Builds everything and runs the tests; returns what they printed.
pub(crate) fn run(arguments: &[String]) -> Result<Heard> {
    tools::e2e_packages()?;
    let chromium = tools::chromium()?;
    web::build()?;
    step("server: compiling", || command::run(&mut command::cargo(["build", "-p", "api"])))?;
    let npx = || {
        let mut npx = command::program("npx");
        npx.current_dir(project::root().join("e2e"));
        npx
    };
    step("browser tests: checking their types", || command::run(npx().arg("tsc")))?;
    step("browser tests", || {
        let mut playwright = npx();
        playwright.args(["playwright", "test"]).args(arguments);
        playwright.env("CHROMIUM", chromium).env("HOOKWRIGHT", project::server("debug"));
        let heard = command::listen(&mut playwright)?;
        if !heard.success {
            bail!("a browser test failed");
        }
        Ok(heard)
    })
}
