//! The `hookwright` command.

use clap::{
    CommandFactory as _, FromArgMatches as _, Parser,
    error::{ContextKind, ContextValue, ErrorKind},
};
use hookwright::{
    commands::{self, Command},
    config::with_secrets_from_files,
};
use std::{ffi::OsStr, process::ExitCode};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Sends webhooks: takes events, signs them, delivers them, records every attempt.
#[derive(Parser)]
#[command(name = "hookwright", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    hookwright::failpoint::from_environment();
    let known = without_empty_variables(with_secrets_from_files(Cli::command()));
    let parsed = known.clone().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let Cli { command } = parsed.unwrap_or_else(|error| with_variable(without_password(error), &known).exit());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(commands::threads()).enable_all().build();
    let done = runtime.map_err(Into::into).and_then(|runtime| {
        let done = runtime.block_on(commands::run(command));
        // Not its threads: one may wait for a database that answers no more.
        runtime.shutdown_background();
        done
    });
    done.unwrap_or_else(|error| {
        eprintln!("hookwright: {error}");
        ExitCode::FAILURE
    })
}

/// A variable that is empty is not set: templates of settings leave such ones behind.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    command
        .mut_args(|argument| if argument.get_env().is_some_and(is_empty) { argument.env(None) } else { argument })
        .mut_subcommands(without_empty_variables)
}

/// A value that is not understood may come from a variable, which its message names then. So does one that is missing, and no usage line
/// asks for a password on the command line.
fn with_variable(mut error: clap::Error, known: &clap::Command) -> clap::Error {
    if let (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(missing))) =
        (error.kind(), error.get(ContextKind::InvalidArg))
    {
        let of = |flag: &String| variable(known, flag.split(' ').next().unwrap_or_default());
        let variables: Vec<_> = missing.iter().filter_map(of).map(|name| name.display().to_string()).collect();
        if !variables.is_empty() {
            let tip = format!("as a variable: {}", variables.join(", "));
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
            error.remove(ContextKind::Usage);
        }
        return error;
    }
    let flag = error.get(ContextKind::InvalidArg).map(ToString::to_string).unwrap_or_default();
    let flag = flag.split(' ').next().unwrap_or_default();
    let typed = std::env::args().any(|argument| argument.split('=').next() == Some(flag));
    if let Some(variable) = variable(known, flag).filter(|name| !typed && std::env::var_os(name).is_some()) {
        let tip = format!("the value comes from the variable {}", variable.display());
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// The variable that is read where a flag such as `--listen` is not there.
fn variable<'a>(command: &'a clap::Command, flag: &str) -> Option<&'a OsStr> {
    let named = |argument: &&clap::Arg| argument.get_long().is_some_and(|long| flag.strip_prefix("--") == Some(long));
    let own = command.get_arguments().find(named).and_then(clap::Arg::get_env);
    own.or_else(|| command.get_subcommands().find_map(|command| variable(command, flag)))
}

/// The URLs of a database and of a proxy may hold a password, so what is said about one that is not understood does not repeat it.
fn without_password(mut error: clap::Error) -> clap::Error {
    let has_password = |flag: &&str| ["--database-url", "--egress-proxy"].contains(flag);
    let of = |argument: &ContextValue| argument.to_string().split(' ').next().as_ref().is_some_and(has_password);
    if error.get(ContextKind::InvalidArg).is_some_and(of) {
        error.insert(ContextKind::InvalidValue, ContextValue::String("…".into()));
    }
    error
}
