//! Builds the portal into `web/dist`: what the server carries and serves.
//!
//! Reads the same `web/index.html` as Trunk, needs no installed tool, and its wasm-bindgen is always the one in `Cargo.lock`.
//! Unlike Trunk it cuts the portal: what the first page needs comes alone, then the files of `web/src/pages/later.rs`.

#[cfg(test)]
mod contrast;
mod dist;
mod page;
mod parts;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::{command, project, step::step, tools};
use page::File;

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm-release";

/// What may weigh how much, compressed with brotli, in bytes: all files whose names end like this. The first page waits for
/// `web_bg.wasm`, and for no other part of the code.
const BUDGETS: [(&str, usize); 4] =
    [("web_bg.wasm", 325 * 1024), (".wasm", 743 * 1024), (".js", 10 * 1024), (".css", 10 * 1024)];

/// Browsers compile a function when it is first called, while the page waits, and each costs about the same. At `opt-level = "z"` nothing
/// is inlined that makes the file a byte longer; with this a list calls a quarter fewer functions, and the files grow by 3 %.
const INLINE: &str = "llvm-args=-inline-threshold=40";

/// Builds the portal. Files that stay the same are not touched, so that the server is not built again for nothing.
pub(crate) fn build() -> Result<()> {
    tools::wasm_target()?;
    step("portal: compiling to WebAssembly", || {
        let build = ["rustc", "-p", "web", "--target", TARGET, "--profile", PROFILE, "--features", "split"];
        // What refers to what: without it nothing can be cut.
        let link = ["--", "-C", "link-arg=--emit-relocs", "-C", INLINE];
        command::run(&mut command::cargo(build.into_iter().chain(link)))
    })?;
    let bound = step("portal: making the JavaScript that loads it", bind)?;
    step("portal: writing web/dist", || {
        let files = page::assemble(&project::root().join("web"), &bound)?;
        let sizes = dist::write(&project::dist(), &files)?;
        hold_budgets(&sizes)
    })
}

/// Cuts what was compiled, runs wasm-bindgen on the first file, and returns the folder with all that came of it.
fn bind() -> Result<PathBuf> {
    let compiled = project::target().join(TARGET).join(PROFILE).join("web.wasm");
    let first = compiled.with_file_name("first.wasm");
    let out = project::target().join("portal");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    let whole = fs::read(compiled)?;
    let mut options = wasm_split_cli_support::Options::new(&whole);
    options.output_dir = &out;
    options.main_out_path = &first;
    options.main_module = "./web.js";
    options.link_name = options.main_module;
    let cut = wasm_split_cli_support::transform(options).map_err(|error| anyhow!("cutting failed: {error:?}"))?;
    // As wasm-bindgen does below: nobody reads the names of functions here.
    let mut unnamed = walrus::ModuleConfig::new();
    unnamed.generate_name_section(false).generate_producers_section(false);
    for later in cut.split_modules {
        let mut module = unnamed.parse_file(&later)?;
        // Each has got a way to every function that it might call, and every type.
        module.customs.remove_raw("target_features");
        walrus::passes::gc::run(&mut module);
        module.emit_wasm_file(&later)?;
    }
    let script = out.join("web.js");
    let loaders = fs::read_to_string(&script)?;
    Bindgen::new()
        .web(true)?
        .typescript(false)
        // The other files call what the first one exports.
        .keep_lld_exports(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .input_path(first)
        .out_name("web")
        .generate(&out)
        .context("wasm-bindgen failed")?;
    let mut glue = fs::read_to_string(&script)?;
    shorten(&out.join("web_bg.wasm"), &unnamed, &mut glue)?;
    // What loads the other files goes into the same script, so that the first page has one request less. The script imports itself.
    let loaders = loaders.replace("import { initSync } from \"./web.js\";", "");
    fs::write(&script, glue + &loaders)?;
    Ok(out)
}

/// Numbers what the first file imports from its script: the names that wasm-bindgen gives them end with hashes, which do not compress.
fn shorten(first: &Path, unnamed: &walrus::ModuleConfig, script: &mut String) -> Result<()> {
    let mut module = unnamed.parse_file(first)?;
    let ours = module.imports.iter_mut().filter(|import| import.module == "./web_bg.js");
    let mut shortened = 0;
    for (number, import) in ours.enumerate() {
        // A name that stands at several places cannot be told from others by itself, and stays.
        if script.matches(&import.name).count() == 1 {
            let short = format!("i{number}");
            *script = script.replace(&import.name, &short);
            import.name = short;
            shortened += 1;
        }
    }
    if shortened == 0 {
        bail!("wasm-bindgen writes its imports in another way: none could be shortened");
    }
    module.emit_wasm_file(first)
}

/// Says what the files weigh, and fails when they are over their budget.
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
