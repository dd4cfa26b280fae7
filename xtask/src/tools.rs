//! What the verbs need and a fresh machine may lack. Each is installed when it is first needed, and says so.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    command, project,
    step::{note, step},
};

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
pub(crate) fn trunk() -> Result<Command> {
    cargo_tool("trunk", "0.21.14")
}

/// cargo-deny, which looks at licences and sources of dependencies.
pub(crate) fn deny() -> Result<Command> {
    cargo_tool("cargo-deny", "0.20.2")
}

/// cargo-machete, which finds dependencies that nothing uses.
pub(crate) fn machete() -> Result<Command> {
    let mut machete = cargo_tool("cargo-machete", "0.9.1")?;
    // With `CARGO` it takes itself for a subcommand of cargo, and its first argument for its name.
    machete.env_remove("CARGO");
    Ok(machete)
}

/// typos, which finds misspelt words.
pub(crate) fn typos() -> Result<Command> {
    pip_tool("typos", "1.52.0")
}

/// schemathesis, which makes requests from an OpenAPI document.
pub(crate) fn schemathesis() -> Result<Command> {
    pip_tool("schemathesis", "4.32.5")
}

/// Lighthouse, which judges how pages load.
pub(crate) fn lighthouse() -> Result<PathBuf> {
    const PROGRAM: &str = "node_modules/.bin/lighthouse";
    let folder = tool("lighthouse", "12.8.2", PROGRAM, |folder, package| {
        let mut npm = command::program("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(folder).arg(package.join("@"));
        command::run(&mut npm).context("it is installed with npm; Node.js 20 or newer is needed")
    })?;
    Ok(folder.join(PROGRAM))
}

/// A tool that is built into the target folder, unoptimized: it runs for seconds, and is built for minutes. Cargo keeps account of them:
/// it does nothing where this version is, and replaces another.
fn cargo_tool(name: &str, version: &str) -> Result<Command> {
    let folder = tools();
    let mut install =
        command::cargo(["install", "--quiet", "--debug", "--locked", name, "--version", version, "--root"]);
    install.env("CARGO_PROFILE_DEV_DEBUG", "0");
    step(&format!("{name} {version} (built once into the target folder, which takes some minutes)"), || {
        command::run(install.arg(&folder))
    })?;
    Ok(command::program(folder.join("bin").join(name)))
}

fn pip_tool(name: &str, version: &str) -> Result<Command> {
    let program = format!("bin/{name}");
    let folder = tool(name, version, &program, |folder, package| {
        let mut pip = command::program("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--target"]).arg(folder).arg(package.join("=="));
        command::run(&mut pip).context("it is installed with pip; python3 with pip is needed")
    })?;
    let mut tool = command::program(folder.join(program));
    tool.env("PYTHONPATH", folder);
    Ok(tool)
}

/// The folder of that version of a tool, where `install` puts its program once.
fn tool<F>(name: &str, version: &str, program: &str, install: F) -> Result<PathBuf>
where
    F: FnOnce(&Path, [&str; 2]) -> Result<()>,
{
    let folder = tools().join(name).join(version);
    if !folder.join(program).exists() {
        fs::create_dir_all(&folder)?;
        step(&format!("installing {name} {version} into the target folder"), || install(&folder, [name, version]))?;
    }
    Ok(folder)
}

fn tools() -> PathBuf {
    project::target().join("tools")
}

/// Says what is missing of what no test can do without, before anything is built.
pub(crate) fn check() -> Result<()> {
    for (program, what) in [("npm", "Node.js 20 or newer with npm"), ("python3", "Python 3 with pip")] {
        if project::in_path(program).is_none() {
            bail!("the tests need {what}; install it with your system's package manager");
        }
    }
    Ok(())
}

/// The packages of the browser tests.
pub(crate) fn e2e_packages() -> Result<()> {
    check()?;
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

/// A Chromium for the browser tests: `CHROMIUM`, one of the system, or one that is installed now. The one that has no window is quicker by a
/// fifth, if a whole one is not needed.
pub(crate) fn chromium(whole: bool) -> Result<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM") {
        return Ok(path.into());
    }
    let known = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
    let wanted = if whole { &known[1..] } else { &known };
    let find = || wanted.iter().find_map(|name| project::in_path(name));
    if let Some(found) = find() {
        return Ok(found);
    }
    apt_install(wanted[0])
        .or_else(|_| apt_install("chromium"))
        .context("install Chromium by hand, or name one in the variable CHROMIUM")?;
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
