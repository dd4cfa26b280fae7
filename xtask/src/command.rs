//! Starting other programs: cargo above all.

use std::{
    env,
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    process::{Command, Stdio},
    thread,
};

use anyhow::{Context, Result, bail};

use crate::project;

/// A program that runs in the project's folder.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(project::root());
    forget_own_package(&mut command);
    command
}

/// The cargo that built xtask, with `arguments`.
pub(crate) fn cargo<I>(arguments: I) -> Command
where
    I: IntoIterator,
    I::Item: AsRef<OsStr>,
{
    let mut command = program(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.env("CARGO_TARGET_DIR", project::target()).args(arguments);
    command
}

/// `cargo run` tells xtask about its own package through the environment. Build scripts that watch these variables (ring's
/// does) would see other values than under a plain `cargo build`, and everything above them would be compiled anew each time.
fn forget_own_package(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let own = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_PACKAGE"];
        if own.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
}

/// Runs `command` with its output shown.
///
/// # Errors
/// When it cannot be started, or ends with anything but success; the command stands in the error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Runs `command` and returns what it wrote to its standard output; its standard error is shown.
///
/// # Errors
/// As [`run`].
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        bail!("`{shown}` failed ({})", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` did not print UTF-8"))
}

/// What a program that was listened to wrote, and whether it succeeded.
pub(crate) struct Heard {
    pub(crate) text: String,
    pub(crate) success: bool,
}

/// Runs `command` with its output shown as it comes, and keeps a copy of it. A failing program is no error here.
pub(crate) fn listen(command: &mut Command) -> Result<Heard> {
    let shown = shown(command);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{shown}`"))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // Both are read at once: a program whose other pipe is full stands still.
    let text = thread::scope(|scope| {
        let errors = scope.spawn(|| stderr.map(|pipe| copy_lines(pipe, std::io::stderr())).unwrap_or_default());
        let lines = stdout.map(|pipe| copy_lines(pipe, std::io::stdout())).unwrap_or_default();
        lines + &errors.join().unwrap_or_default()
    });
    let success = child.wait()?.success();
    if !success {
        println!("`{shown}` failed");
    }
    Ok(Heard { text, success })
}

fn copy_lines(from: impl Read, mut to: impl Write) -> String {
    let mut from = BufReader::new(from);
    let (mut all, mut line) = (String::new(), Vec::new());
    while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        // A closed terminal must not end the tests.
        let _ = to.write_all(&line).and_then(|()| to.flush());
        all.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
    all
}

/// The command as one could type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:@,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_so_that_it_can_be_typed() {
        let mut command = Command::new("cargo");
        command.args(["test", "--", "it's"]);
        assert_eq!(shown(&command), r"cargo test -- 'it'\''s'");
    }

    #[test]
    fn a_failing_command_is_named_in_the_error() {
        let error = run(program("sh").args(["-c", "exit 3"])).expect_err("it exits with 3");
        assert!(error.to_string().starts_with("`sh -c 'exit 3'` failed"), "{error}");
    }

    #[test]
    fn both_outputs_are_heard() {
        let heard = listen(program("sh").args(["-c", "echo out; echo err >&2; exit 1"])).expect("sh starts");
        assert!(heard.text.contains("out\n") && heard.text.contains("err\n") && !heard.success);
    }
}
