//! A run: the raw limits, the scenarios, and what they came to.

use crate::{
    database::Databases,
    machine::Machine,
    options::RunOptions,
    raw::Raw,
    report::{self, Results},
    scenarios::{Bench, Measured, Scenario},
    server::Program,
    sink_process::Sink,
};
use anyhow::{Context as _, Result};
use std::time::Duration;

/// No scenario may take longer, at scale 1 and but for S5: each kill may add [`LIMIT_OF_KILL`].
const LIMIT: Duration = Duration::from_secs(15 * 60);
const LIMIT_OF_KILL: Duration = Duration::from_secs(30);

/// Measures, prints, and tells whether every figure passed.
pub(crate) async fn run(options: RunOptions) -> Result<bool> {
    let RunOptions { place, only, scale, kills, out } = options;
    let databases = Databases::open(&place)?;
    let mut results =
        Results { machine: Machine::here(), database: databases.kind(), scale, rows: Vec::new(), figures: Vec::new() };
    let bench = Bench {
        program: Program::find(place.server)?,
        databases,
        sink: Sink::start()?,
        raw: Raw::new()?,
        scale,
        kills,
    };
    let limit = LIMIT.mul_f64(scale.max(1.0)) + LIMIT_OF_KILL * kills;
    let mut note = |Measured { rows, figures }: Measured| {
        rows.iter().for_each(report::progress);
        results.rows.extend(rows);
        results.figures.extend(figures);
    };
    eprintln!("raw limits");
    note(bench.raw.commits(&bench.program, &bench.databases, &bench.sink, scale).await?);
    for scenario in Scenario::ALL.into_iter().filter(|scenario| only.is_empty() || only.contains(scenario)) {
        eprintln!("{scenario:?}");
        let measured = tokio::time::timeout(limit, scenario.run(&bench)).await;
        note(measured.with_context(|| format!("{scenario:?} took longer than {limit:?}"))??);
    }
    report::print(&results);
    if let Some(out) = out {
        report::write(&results, &out)?;
    }
    Ok(results.figures.iter().all(|figure| figure.pass))
}
