//! The results, as a table for people and as JSON for programs.

use crate::{
    database::Kind,
    figures::{Figure, Side},
    machine::Machine,
    scenarios::Row,
};
use anyhow::Result;
use serde::Serialize;
use std::{fs, path::Path};

/// Everything that a run came to.
#[derive(Debug, Serialize)]
pub(crate) struct Results {
    pub(crate) machine: Machine,
    pub(crate) database: Kind,
    pub(crate) scale: f64,
    pub(crate) rows: Vec<Row>,
    pub(crate) figures: Vec<Figure>,
}

const HEAD: [&str; 12] = [
    "",
    "accepted/s",
    "delivered/s",
    "publish p50",
    "p99 ms",
    "end to end p50",
    "p99 ms",
    "CPU s/1,000",
    "database's",
    "peak MiB",
    "lost",
    "twice",
];

impl Row {
    /// A line with nothing measured yet.
    pub(crate) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    fn cells(&self) -> [String; HEAD.len()] {
        // What was not measured is left empty.
        let number = |value: f64, digits: usize| {
            if value == 0.0 { String::new() } else { format!("{value:.digits$}") }
        };
        [
            self.name.clone(),
            number(self.accepted_per_s, 0),
            number(self.delivered_per_s, 0),
            number(self.publish_p50_ms, 2),
            number(self.publish_p99_ms, 2),
            number(self.end_to_end_p50_ms, 2),
            number(self.end_to_end_p99_ms, 2),
            number(self.server_cpu_s, 3),
            number(self.database_cpu_s, 3),
            number(self.peak_memory_mib, 0),
            self.lost.to_string(),
            self.duplicated.to_string(),
        ]
    }
}

/// Says while the run goes on what a line came to.
pub(crate) fn progress(row: &Row) {
    eprintln!("    {}", row.cells().join(" | "));
}

/// Prints the tables, as Markdown so that they can be quoted.
pub(crate) fn print(results: &Results) {
    let Results { machine: Machine { processor, cores, memory_mib, kernel }, database, scale, rows, figures } = results;
    println!("\n{processor}, {cores} cores, {memory_mib} MiB, Linux {kernel}; {database:?}; scale {scale}\n");
    let head = HEAD.map(str::to_owned);
    table(std::iter::once(head).chain(rows.iter().map(Row::cells)).collect());
    println!();
    let head = ["figure", "measured", "to reach", ""].map(str::to_owned);
    table(std::iter::once(head).chain(figures.iter().map(cells)).collect());
}

fn cells(figure: &Figure) -> [String; 4] {
    let Figure { name, value, limit, side, unit, pass } = figure;
    let side = if *side == Side::AtLeast { "≥" } else { "≤" };
    let limit = format!("{side} {} {unit}", short(*limit));
    let measured = format!("{} {unit}", short(*value));
    [name.clone(), measured.trim().into(), limit.trim().into(), if *pass { "pass" } else { "MISS" }.into()]
}

fn short(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// The first row is the head; the first column stands left, the others right.
fn table<const N: usize>(rows: Vec<[String; N]>) {
    let widths: [usize; N] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default());
    for (at, row) in rows.iter().enumerate() {
        let cells: Vec<_> = row
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(column, (cell, width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            })
            .collect();
        println!("| {} |", cells.join(" | "));
        if at == 0 {
            let lines: Vec<_> = widths
                .iter()
                .enumerate()
                .map(|(column, &width)| match column {
                    0 => "-".repeat(width.max(1)),
                    _ => format!("{}:", "-".repeat(width.saturating_sub(1).max(1))),
                })
                .collect();
            println!("| {} |", lines.join(" | "));
        }
    }
}

/// Writes anything as JSON.
pub(crate) fn write(results: &impl Serialize, path: &Path) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(path, serde_json::to_string_pretty(results)? + "\n")?)
}
