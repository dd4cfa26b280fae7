//! `cargo xtask bench`: builds server and bench as they ship, and runs the bench.

use anyhow::Result;

use crate::{command, postgres::Postgres, project, step::step};

/// Runs the bench with those arguments; `--database postgres` is a PostgreSQL that is started for it.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    step("building server and bench", || {
        command::run(&mut command::cargo(["build", "--release", "-p", "api", "-p", "bench"]))
    })?;
    let release = project::target().join("release");
    let value = |name: &str| arguments.windows(2).find(|pair| pair[0] == name).map(|pair| pair[1].as_str());
    // The disk that the bench measures has to be PostgreSQL's too.
    let folder = project::root().join(value("--folder").map_or_else(|| release.join("bench-data"), Into::into));
    let wanted = value("--database") == Some("postgres");
    let postgres = wanted.then(|| Postgres::for_bench(&folder)).transpose()?;
    let arguments = arguments.iter().map(|argument| match &postgres {
        Some(postgres) if argument == "postgres" => &postgres.url,
        _ => argument,
    });
    command::run(command::program(release.join("bench")).args(arguments))
}
