//! Builds the portal into `web/dist`: what the server carries and serves.
//!
//! Reads the same `web/index.html` as Trunk, needs no installed tool, and its wasm-bindgen is always the one in `Cargo.lock`.

mod dist;
mod page;

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::{command, project, step::step, tools};
use page::File;

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm-release";

/// The most that a kind of file may weigh, compressed with brotli, in bytes.
const BUDGETS: [(&str, usize); 3] = [(".wasm", 450 * 1024), (".js", 12 * 1024), (".css", 10 * 1024)];

/// Builds the portal. Files that stay the same are not touched, so that the server is not built again for nothing.
pub(crate) fn build() -> Result<()> {
    tools::wasm_target()?;
    step("portal: compiling to WebAssembly", || {
        command::run(&mut command::cargo(["build", "-p", "web", "--target", TARGET, "--profile", PROFILE]))
    })?;
    let bound = step("portal: making the JavaScript that loads it", bind)?;
    step("portal: writing web/dist", || {
        let files = page::assemble(&project::root().join("web"), &bound)?;
        let sizes = dist::write(&project::dist(), &files)?;
        hold_budgets(&sizes)
    })
}

/// Runs wasm-bindgen, and returns the folder with what it made.
fn bind() -> Result<PathBuf> {
    let wasm = project::target().join(TARGET).join(PROFILE).join("web.wasm");
    let out = project::target().join("portal");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    Bindgen::new()
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .input_path(wasm)
        .out_name("web")
        .generate(&out)
        .context("wasm-bindgen failed")?;
    Ok(out)
}

/// Says what each kind of file weighs, and fails when one is over its budget.
fn hold_budgets(sizes: &[(String, usize)]) -> Result<()> {
    for (ending, budget) in BUDGETS {
        let size: usize = sizes.iter().filter(|(name, _)| name.ends_with(ending)).map(|(_, size)| size).sum();
        println!("    {ending}: {} of {} KiB (brotli)", size.div_ceil(1024), budget / 1024);
        if size > budget {
            bail!("the portal's {ending} files are over their budget: {size} bytes of {budget}");
        }
    }
    Ok(())
}
