//! `cargo xtask openapi`: writes the committed document anew. A test holds it against what the server serves.

use std::fs;

use anyhow::Result;

use crate::{command, project, server, step::note};

/// Writes the document, and says whether it has changed.
pub(crate) fn run() -> Result<()> {
    let path = project::root().join("openapi/openapi.json");
    let served = command::output(command::program(server::debug()?).arg("openapi"))?;
    if fs::read_to_string(&path).is_ok_and(|committed| committed == served) {
        note("openapi/openapi.json is what the server serves");
        return Ok(());
    }
    fs::write(&path, served)?;
    note("openapi/openapi.json was written; look at the change and commit it");
    Ok(())
}
