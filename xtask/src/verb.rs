//! The table of verbs: what `cargo xtask` can do.

use anyhow::{Result, bail};

use crate::{bench, check, dev, e2e, openapi, postgres, run, schemathesis, server, test, web};

/// One verb of `cargo xtask`.
struct Verb {
    name: &'static str,
    /// What may follow the name.
    arguments: &'static str,
    /// What it does.
    help: &'static str,
    run: fn(&[String]) -> Result<()>,
}

const VERBS: &[Verb] = &[
    Verb {
        name: "run",
        arguments: "[-- arguments of hookwright serve]",
        help: "Build portal and server, and start them on SQLite",
        run: |rest| run::run(passed_on(rest)?),
    },
    Verb {
        name: "test",
        arguments: "",
        help: "Run every test, in the browser too",
        run: |rest| none(rest).and_then(|()| test::run()),
    },
    Verb {
        name: "check",
        arguments: "[names of checks]",
        help: "Check form, lints, documentation, dependencies",
        run: check::run,
    },
    Verb {
        name: "dev",
        arguments: "",
        help: "Serve the API and the portal, and reload both when a file changes",
        run: |rest| none(rest).and_then(|()| dev::run()),
    },
    Verb {
        name: "web",
        arguments: "",
        help: "Build the portal into web/dist, ready for the server to carry",
        run: |rest| none(rest).and_then(|()| web::build()),
    },
    Verb {
        name: "e2e",
        arguments: "[-- arguments of playwright test]",
        help: "Run the browser tests",
        run: |rest| {
            if e2e::run(server::debug, passed_on(rest)?)?.success { Ok(()) } else { bail!("a browser test failed") }
        },
    },
    Verb {
        name: "lighthouse",
        arguments: "[-- arguments of playwright test]",
        help: "Judge how fast the portal's pages load on a slow phone",
        run: |rest| e2e::lighthouse(passed_on(rest)?),
    },
    Verb {
        name: "schemathesis",
        arguments: "[-- arguments of schemathesis run]",
        help: "Hold the server's answers against its OpenAPI document",
        run: |rest| schemathesis::run(server::debug, passed_on(rest)?),
    },
    Verb {
        name: "openapi",
        arguments: "",
        help: "Write openapi/openapi.json as the server serves it",
        run: |rest| none(rest).and_then(|()| openapi::run()),
    },
    Verb {
        name: "postgres",
        arguments: "",
        help: "Start a PostgreSQL for tests, and say where it is, until Ctrl-C",
        run: |rest| none(rest).and_then(|()| postgres::Postgres::run()),
    },
    Verb {
        name: "bench",
        arguments: "[-- arguments of bench]",
        help: "Measure accepted and delivered events per second",
        run: |rest| bench::run(passed_on(rest)?),
    },
];

/// Runs the verb that `arguments` begin with, or prints help.
pub(crate) fn dispatch(arguments: &[String]) -> Result<()> {
    let Some((name, rest)) = arguments.split_first() else {
        print!("{}", overview());
        return Ok(());
    };
    // What stands behind `--` belongs to the program that the verb starts.
    let own = rest.iter().take_while(|argument| *argument != "--");
    if std::iter::once(name).chain(own).any(|argument| matches!(argument.as_str(), "-h" | "--help" | "help")) {
        print!("{}", overview());
        return Ok(());
    }
    match VERBS.iter().find(|verb| verb.name == name) {
        Some(verb) => (verb.run)(rest),
        None => bail!("there is no verb `{name}`\n\n{}", overview()),
    }
}

fn overview() -> String {
    let lines =
        VERBS.iter().map(|verb| format!("  {:<44} {}\n", format!("{} {}", verb.name, verb.arguments), verb.help));
    format!("Usage: cargo xtask <verb>\n\n{}", lines.collect::<String>())
}

/// Refuses arguments of a verb that has none; a misspelt flag must not be silently without effect.
fn none(arguments: &[String]) -> Result<()> {
    match arguments.first() {
        Some(unknown) => bail!("`{unknown}` is not known here; see cargo xtask --help"),
        None => Ok(()),
    }
}

/// What stands behind `--`, for the program that a verb starts.
fn passed_on(arguments: &[String]) -> Result<&[String]> {
    match arguments.split_first() {
        None => Ok(&[]),
        Some((first, rest)) if first == "--" => Ok(rest),
        Some((first, _)) => bail!("`{first}` is not known here; what goes to the program stands behind `--`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn help_is_for_the_verb_and_not_for_what_it_starts() {
        assert!(dispatch(&words("web --help")).is_ok());
        assert!(dispatch(&words("wbe")).is_err());
        assert_eq!(passed_on(&words("-- --help")).expect("stands behind --"), ["--help"]);
    }

    #[test]
    fn an_unknown_flag_is_refused() {
        assert!(none(&[]).is_ok());
        assert!(none(&words("--chekc")).is_err());
        assert!(passed_on(&words("--chekc")).is_err());
    }
}
