//! `cargo xtask openapi`: keeps the committed document what the server serves.

use std::fs;

use anyhow::{Result, bail};

use crate::{command, project, server, step::note, verb};

/// Writes the document, or only compares it with `--check`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    verb::only_known(arguments, &["--check"])?;
    let path = project::root().join("openapi/openapi.json");
    let served = command::output(command::program(server::debug()?).arg("openapi"))?;
    if fs::read_to_string(&path).is_ok_and(|committed| committed == served) {
        note("openapi/openapi.json is what the server serves");
        return Ok(());
    }
    if arguments.is_empty() {
        fs::write(&path, served)?;
        note("openapi/openapi.json was written; look at the change and commit it");
        return Ok(());
    }
    bail!("openapi/openapi.json is not what the server serves; adopt the change with: cargo xtask openapi")
}
