//! `cargo xtask test`: every test.

use std::{fs, panic::resume_unwind, thread};

use anyhow::{Result, bail};

use crate::{
    command, e2e,
    postgres::{self, Postgres},
    project, schemathesis, server,
    step::step,
    tools, web,
};

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u32,
    failed: u32,
}

/// Runs the tests of the workspace, holds the answers against the OpenAPI document, then runs those in the browser; the last line counts
/// all tests.
pub(crate) fn run() -> Result<()> {
    tools::check()?;
    tools::wasm_target()?;
    let compiled = compile()?;
    let postgres = Postgres::for_tests()?;
    let rust = step("tests of the workspace", || {
        let mut test = command::cargo(["test", "--workspace", "--no-fail-fast"]);
        // Nothing is left out here, whatever a developer leaves out by hand.
        command::listen(test.env(postgres::VARIABLE, &postgres.url).env_remove("HOOKWRIGHT_SKIP_POSTGRES"))
    })?;
    drop(postgres);
    if !compiled {
        tell(&rust.text);
        bail!("what does not compile was not tested, and neither were the server's answers and the portal");
    }
    let answers = schemathesis::run(server::of_the_tests, &[]);
    // Nobody looks at traces here; whoever looks for a failure runs that test again: `cargo xtask e2e`.
    let browser = e2e::run(server::of_the_tests, &["--trace=off".to_owned()]);
    tell(&(rust.text + browser.as_ref().map_or("", |heard| &heard.text)));
    answers?;
    if browser?.success && rust.success { Ok(()) } else { bail!("a test failed, or did not compile") }
}

/// Compiles the portal and the tests side by side: one of two processors has nothing to do for half of the time of each. `false`: not all
/// tests could be compiled, which is told again when they are run, and is no reason to leave out the others.
fn compile() -> Result<bool> {
    // The server's tests look at the portal, which must have its place when they are compiled.
    fs::create_dir_all(project::dist())?;
    thread::scope(|scope| {
        let portal = scope.spawn(web::build);
        let tests = step("tests of the workspace: compiling", || {
            command::run(&mut command::cargo(["test", "--workspace", "--no-run"]))
        });
        portal.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        Ok(tests.is_ok())
    })
}

fn tell(text: &str) {
    let Counts { passed, failed } = counted(text);
    println!("\n{passed} passed, {failed} failed");
}

/// Adds up `test result: ok. 5 passed; 0 failed; …` of cargo and `  12 passed (3.4s)` of Playwright.
fn counted(text: &str) -> Counts {
    let mut counts = Counts::default();
    for line in text.lines() {
        let line = line.trim().trim_start_matches("test result: ok. ").trim_start_matches("test result: FAILED. ");
        for part in line.split("; ") {
            let Some((number, word)) = part.split_once(' ') else { continue };
            let Ok(number) = number.parse::<u32>() else { continue };
            match word.split(' ').next() {
                Some("passed") => counts.passed += number,
                Some("failed") => counts.failed += number,
                _ => {}
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_both_runners_are_added_up() {
        let text = "running 2 tests\ntest a ... ok\ntest result: ok. 38 passed; 0 failed; 0 ignored\n\
                    test result: FAILED. 1 passed; 2 failed; 0 ignored\n  1 failed\n  12 passed (3.4s)\n";
        assert_eq!(counted(text), Counts { passed: 51, failed: 3 });
    }
}
