//! What the verbs need and a fresh machine may lack. Each is installed when it is first needed, and says so.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{
    command, project,
    step::{note, step},
};

const TRUNK: (&str, &str) = ("trunk", "0.21.14");
const DENY: (&str, &str) = ("cargo-deny", "0.20.2");
const MACHETE: (&str, &str) = ("cargo-machete", "0.9.1");
const TYPOS: &str = "1.52.0";
const SCHEMATHESIS: &str = "4.32.5";
const LIGHTHOUSE: &str = "12.8.2";

/// The compiler's target for the portal.
pub(crate) fn wasm_target() -> Result<()> {
    let sysroot = command::output(command::program("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib/wasm32-unknown-unknown").exists() {
        return Ok(());
    }
    step("installing the compiler's WebAssembly target", || {
        command::run(command::program("rustup").args(["target", "add", "wasm32-unknown-unknown"]))
            .context("without rustup, install the target wasm32-unknown-unknown of your Rust by hand")
    })
}

/// Trunk, for `cargo xtask dev`.
pub(crate) fn trunk() -> Result<PathBuf> {
    cargo_tool(TRUNK)
}

/// cargo-deny, which looks at licences and sources of dependencies.
pub(crate) fn deny() -> Result<PathBuf> {
    cargo_tool(DENY)
}

/// cargo-machete, which finds dependencies that nothing uses.
pub(crate) fn machete() -> Result<PathBuf> {
    cargo_tool(MACHETE)
}

/// The tool from `PATH`, or one that is built once into the target folder.
fn cargo_tool((name, version): (&str, &str)) -> Result<PathBuf> {
    let own = project::target().join("tools");
    let built = own.join("bin").join(name);
    if let Some(found) = project::in_path(name).or_else(|| built.exists().then(|| built.clone())) {
        return Ok(found);
    }
    step(&format!("installing {name} {version} into the target folder (once; takes some minutes)"), || {
        let mut install = command::cargo(["install", "--quiet", "--locked", name, "--version", version, "--root"]);
        command::run(install.arg(&own))
    })?;
    Ok(built)
}

/// typos, which finds misspelt words.
pub(crate) fn typos() -> Result<PathBuf> {
    if let Some(found) = project::in_path("typos") {
        return Ok(found);
    }
    let folder = project::target().join("tools/typos");
    let installed = folder.join("bin/typos");
    if !installed.exists() {
        step("installing typos into the target folder", || {
            let wanted = format!("typos=={TYPOS}");
            command::run(
                command::program("python3")
                    .args(["-m", "pip", "install", "--quiet", "--target"])
                    .arg(&folder)
                    .arg(wanted),
            )
            .context("it is installed with pip; python3 with pip is needed")
        })?;
    }
    Ok(installed)
}

/// A program of Python packages.
pub(crate) struct PythonProgram {
    /// What to run.
    pub(crate) program: PathBuf,
    /// Where its packages are.
    pub(crate) packages: PathBuf,
}

/// schemathesis, which makes requests from an OpenAPI document.
pub(crate) fn schemathesis() -> Result<PythonProgram> {
    let packages = project::target().join("tools/schemathesis").join(SCHEMATHESIS);
    let program = packages.join("bin/schemathesis");
    if !program.exists() {
        step(&format!("installing schemathesis {SCHEMATHESIS} into the target folder"), || {
            let wanted = format!("schemathesis=={SCHEMATHESIS}");
            let mut pip = command::program("python3");
            pip.args(["-m", "pip", "install", "--quiet", "--target"]).arg(&packages).arg(wanted);
            command::run(&mut pip).context("it is installed with pip; python3 with pip is needed")
        })?;
    }
    Ok(PythonProgram { program, packages })
}

/// The packages of the browser tests.
pub(crate) fn e2e_packages() -> Result<()> {
    if project::in_path("npm").is_none() {
        bail!("the browser tests need Node.js 20 or newer with npm; install it with your system's package manager");
    }
    let folder = project::root().join("e2e");
    let wanted = fs::read(folder.join("package-lock.json"))?;
    // npm leaves its own copy of what it has installed; the stamp is simpler to compare.
    let stamp = folder.join("node_modules/.installed");
    if fs::read(&stamp).ok().as_ref() == Some(&wanted) {
        return Ok(());
    }
    step("installing the packages of the browser tests", || {
        let mut npm = command::program("npm");
        // The browser is the system's.
        npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        command::run(npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder))
    })?;
    Ok(fs::write(stamp, wanted)?)
}

/// Lighthouse, which judges how pages load.
pub(crate) fn lighthouse() -> Result<PathBuf> {
    let folder = project::target().join("tools/lighthouse").join(LIGHTHOUSE);
    let program = folder.join("node_modules/.bin/lighthouse");
    if !program.exists() {
        fs::create_dir_all(&folder)?;
        step(&format!("installing lighthouse {LIGHTHOUSE} into the target folder"), || {
            let mut npm = command::program("npm");
            npm.args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(&folder);
            command::run(npm.arg(format!("lighthouse@{LIGHTHOUSE}")))
                .context("it is installed with npm; Node.js 20 or newer is needed")
        })?;
    }
    Ok(program)
}

/// A Chromium for the browser tests: `CHROMIUM`, one of the system, or one that is installed now.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM") {
        return Ok(path.into());
    }
    let find = || ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| project::in_path(name));
    if let Some(found) = find() {
        return Ok(found);
    }
    apt_install("chromium").context("install Chromium by hand, or name one in the variable CHROMIUM")?;
    find().context("no Chromium was found; install one, or name it in the variable CHROMIUM")
}

/// Installs a package where the system has apt-get; elsewhere it does nothing.
pub(crate) fn apt_install(package: &str) -> Result<()> {
    if project::in_path("apt-get").is_none() {
        return Ok(());
    }
    step(&format!("installing {package} with apt-get"), || {
        apt(&["update", "-q"])?;
        apt(&["install", "-y", "-q", "--no-install-recommends", package])
    })
}

fn apt(arguments: &[&str]) -> Result<()> {
    let mut command = if env::var("USER").is_ok_and(|user| user != "root") && project::in_path("sudo").is_some() {
        let mut sudo = command::program("sudo");
        sudo.arg("apt-get");
        sudo
    } else {
        command::program("apt-get")
    };
    note(&format!("apt-get {}", arguments.join(" ")));
    // Another package manager may be at work.
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["-o", "DPkg::Lock::Timeout=300"]).args(arguments);
    command::run(&mut command)
}
