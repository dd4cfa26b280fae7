//! The verbs of this repository: `cargo xtask run`, `cargo xtask test` and what they are made of.
//!
//! Everything that a fresh machine lacks is installed by the verb that needs it, so nobody has to read a list of tools first.

mod bench;
mod check;
mod command;
mod dev;
mod e2e;
mod openapi;
mod postgres;
mod project;
mod run;
mod schemathesis;
mod server;
mod step;
mod test;
mod tools;
mod verb;
mod web;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match verb::dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
