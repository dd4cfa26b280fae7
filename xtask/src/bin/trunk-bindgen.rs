//! What trunk runs as `wasm-bindgen`: the library that `cargo xtask web` uses too. So it is always of the version in `Cargo.lock`, with
//! which the portal is compiled, and nothing has to be installed or fetched for it. (The compiler refuses a crate of that name: `dev` gives
//! the program its name.)

use anyhow::{Context as _, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut bindgen = Bindgen::new();
    let mut folder = None;
    for argument in std::env::args().skip(1) {
        match argument.split_once('=').unwrap_or((&argument, "")) {
            ("--version", _) => {
                println!("wasm-bindgen {}", wasm_bindgen_shared::version());
                return Ok(());
            }
            ("--target", "web") => drop(bindgen.web(true)?),
            ("--out-dir", path) => folder = Some(path.to_owned()),
            ("--out-name", name) => drop(bindgen.out_name(name)),
            ("--no-typescript", _) => drop(bindgen.typescript(false)),
            (file, "") if !file.starts_with('-') => drop(bindgen.input_path(file)),
            _ => bail!("trunk asks for {argument}, which xtask/src/bin/trunk-bindgen.rs does not know"),
        }
    }
    bindgen.generate(folder.context("trunk named no --out-dir")?)
}
