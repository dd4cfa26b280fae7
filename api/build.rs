//! Compiles the portal in again whenever it was built anew.

fn main() {
    println!("cargo::rerun-if-changed=../web/dist");
}
