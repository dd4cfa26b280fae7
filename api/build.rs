//! Compiles the portal in again whenever it was built anew; in the dev profile the server reads its files when it is asked for them.

fn main() {
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    println!("cargo::rerun-if-changed={}", if release { "../web/dist" } else { "build.rs" });
}
