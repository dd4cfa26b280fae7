//! `cargo xtask check`: what CI checks beside the tests.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Result, bail};

use crate::{command, project, step::step, tools};

/// A check and its name.
type Check = (&'static str, fn() -> Result<()>);

const CHECKS: &[Check] = &[
    ("fmt", || command::run(&mut command::cargo(["fmt", "--all", "--check"]))),
    ("clippy", clippy),
    ("clippy-wasm", clippy_wasm),
    ("doc", doc),
    ("direction", direction),
    ("inline", inline),
    ("typos", || command::run(&mut tools::typos()?)),
    ("machete", || command::run(&mut tools::machete()?)),
    ("deny", deny),
];

/// Runs the checks of those names, or all; every one runs even if another fails.
pub(crate) fn run(names: &[String]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| !CHECKS.iter().any(|(known, _)| known == name)) {
        let known: Vec<_> = CHECKS.iter().map(|(name, _)| *name).collect();
        bail!("there is no check `{unknown}`; there are {}", known.join(", "));
    }
    let mut failed = Vec::new();
    for (name, check) in CHECKS.iter().filter(|(name, _)| names.is_empty() || names.iter().any(|wanted| wanted == name))
    {
        if let Err(error) = step(&format!("check {name}"), check) {
            eprintln!("{error:#}");
            failed.push(*name);
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

fn clippy() -> Result<()> {
    command::run(&mut command::cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn clippy_wasm() -> Result<()> {
    tools::wasm_target()?;
    let clippy = "clippy -p web --target wasm32-unknown-unknown --features split -- -D warnings";
    command::run(&mut command::cargo(clippy.split(' ')))
}

fn doc() -> Result<()> {
    let mut doc = command::cargo(["doc", "--workspace", "--no-deps", "--document-private-items", "--exclude", "bench"]);
    command::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

/// The portal must not come to depend on the server's world, nor on what makes it heavy.
fn direction() -> Result<()> {
    let tree = "tree -p web --target wasm32-unknown-unknown -e normal --prefix none --format {p}";
    let tree = command::output(&mut command::cargo(tree.split(' ')))?;
    // Not regex: leptos itself names it, and does not call it; what is not called is not in what ships.
    let banned = ["api", "diesel", "actix-web", "tokio", "reqwest", "chrono"];
    let found: BTreeSet<_> =
        tree.lines().filter_map(|line| line.split(' ').next()).filter(|name| banned.contains(name)).collect();
    if found.is_empty() { Ok(()) } else { bail!("web depends on {found:?}") }
}

/// Nothing of the portal is inline: its Content-Security-Policy would block it.
fn inline() -> Result<()> {
    let mut found = Vec::new();
    look(&project::root().join("web"), &mut found)?;
    if found.is_empty() { Ok(()) } else { bail!("inline style, script or HTML:\n{}", found.join("\n")) }
}

fn look(path: &Path, found: &mut Vec<String>) -> Result<()> {
    if path.is_dir() {
        if path != project::dist() {
            for entry in fs::read_dir(path)? {
                look(&entry?.path(), found)?;
            }
        }
        return Ok(());
    }
    let text = fs::read_to_string(path)?;
    for (number, line) in text.lines().enumerate() {
        if ["style=", "inner_html", "<Style", "<style", "onclick="].iter().any(|banned| line.contains(banned)) {
            found.push(format!("{}:{}: {}", project::relative(path), number + 1, line.trim()));
        }
    }
    Ok(())
}

/// Licences, sources and double crates. Advisories need a database that is fetched: `cargo deny check advisories`.
fn deny() -> Result<()> {
    command::run(tools::deny()?.args(["--workspace", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]))
}
