//! Compiles the portal in again whenever it was built anew. In the dev profile the server reads its files when it is asked for them: only
//! where they lie must be known when it is compiled.

const DIST: &str = "../web/dist";

fn main() {
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let watched = release || !std::path::Path::new(DIST).exists();
    println!("cargo::rerun-if-changed={}", if watched { DIST } else { "build.rs" });
}
