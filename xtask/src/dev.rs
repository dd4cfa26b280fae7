//! `cargo xtask dev`: the server with reload, beside `trunk serve` for the portal.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Child,
    thread::sleep,
    time::{Duration, SystemTime},
};

use anyhow::Result;

use crate::{command, project, run::newcomer, server, step::note, tools};

const LOOK: Duration = Duration::from_millis(500);
/// What the server is made of.
const SOURCES: [&str; 4] = ["api/src", "api/Cargo.toml", "shared/src", "migrations"];

/// Serves until Ctrl-C, which ends everything that was started here.
pub(crate) fn run() -> Result<()> {
    tools::wasm_target()?;
    let mut trunk = tools::trunk()?;
    let path = path_with_bindgen()?;
    note("portal: http://127.0.0.1:8081 (reloads by itself), API: http://127.0.0.1:8080");
    let mut portal = trunk.arg("serve").env("PATH", path).spawn()?;
    let mut running: Option<Child> = None;
    let mut built = None;
    loop {
        let latest = latest();
        if built != Some(latest) {
            built = Some(latest);
            if let Some(mut old) = running.take() {
                old.kill()?;
                old.wait()?;
            }
            // A build that fails has said why; the next change starts another one.
            if let Ok(binary) = server::debug() {
                running = Some(newcomer(&binary).spawn()?);
            }
        }
        if portal.try_wait()?.is_some() {
            anyhow::bail!("trunk serve has ended");
        }
        sleep(LOOK);
    }
}

/// The `PATH` on which trunk finds our own wasm-bindgen first.
fn path_with_bindgen() -> Result<OsString> {
    command::run(&mut command::cargo(["build", "-q", "-p", "xtask", "--bin", "trunk-bindgen"]))?;
    let folder = project::target().join("tools/trunk");
    fs::create_dir_all(&folder)?;
    fs::copy(project::target().join("debug/trunk-bindgen"), folder.join("wasm-bindgen"))?;
    let path = env::var_os("PATH").unwrap_or_default();
    Ok(env::join_paths([folder].into_iter().chain(env::split_paths(&path)))?)
}

/// How many source files there are, and when one was last written.
fn latest() -> (usize, Option<SystemTime>) {
    let files: Vec<_> = SOURCES.iter().flat_map(|path| files_below(&project::root().join(path))).collect();
    let newest = files.iter().filter_map(|file| fs::metadata(file).ok()?.modified().ok()).max();
    (files.len(), newest)
}

fn files_below(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.flat_map(|entry| files_below(&entry.path())).collect()
}
