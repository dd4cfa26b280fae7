//! The scenarios, and what they have in common.

mod crowd;
mod kill;
mod neighbour;
mod plain;

use crate::{
    database::Databases,
    figures::{Figure, ms, rate, scaled},
    load::{self, Load, Outcome},
    raw::Raw,
    server::{Program, Server, Usage},
    sink_process::Sink,
};
use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;
use std::time::Duration;

/// How long nothing may arrive before what is missing counts as lost. Longer than a retry's first delay and a claim's lease.
const PATIENCE: Duration = Duration::from_secs(60);

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub(crate) enum Scenario {
    /// One webhook, 20,000 events at concurrency 64
    S1,
    /// Each event to ten webhooks
    S2,
    /// Latency at 200 events a second
    S3,
    /// One webhook of ten hangs, then also gets 400 events a second
    S4,
    /// The server is killed in mid-load
    S5,
    /// Half of 100 webhooks hang
    S6,
    /// One webhook has a backlog of 100,000
    S7,
}

impl Scenario {
    pub(crate) const ALL: [Self; 7] = [Self::S1, Self::S2, Self::S3, Self::S4, Self::S5, Self::S6, Self::S7];

    /// Measures it.
    pub(crate) async fn run(self, bench: &Bench) -> Result<Measured> {
        match self {
            Self::S1 => plain::one_webhook(bench).await,
            Self::S2 => plain::fan_out(bench).await,
            Self::S3 => plain::latency(bench).await,
            Self::S4 => neighbour::one_of_ten_hangs(bench).await,
            Self::S5 => kill::in_mid_load(bench).await,
            Self::S6 => crowd::half_hang(bench).await,
            Self::S7 => neighbour::backlog(bench).await,
        }
    }
}

/// What the scenarios are measured with.
pub(crate) struct Bench {
    pub(crate) program: Program,
    pub(crate) databases: Databases,
    pub(crate) sink: Sink,
    pub(crate) raw: Raw,
    pub(crate) scale: f64,
    pub(crate) kills: u32,
}

/// What a scenario came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    pub(crate) rows: Vec<Row>,
    pub(crate) figures: Vec<Figure>,
}

/// One line of the table. Times in milliseconds, rates in a second.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) accepted_per_s: f64,
    pub(crate) delivered_per_s: f64,
    pub(crate) publish_p50_ms: f64,
    pub(crate) publish_p99_ms: f64,
    pub(crate) end_to_end_p50_ms: f64,
    pub(crate) end_to_end_p99_ms: f64,
    /// CPU seconds per 1,000 deliveries: the server's, and the database's own processes'.
    pub(crate) server_cpu_s: f64,
    pub(crate) database_cpu_s: f64,
    pub(crate) peak_memory_mib: f64,
    pub(crate) lost: u64,
    pub(crate) duplicated: u64,
    /// Publishes that were told to come back later.
    pub(crate) refused: u64,
}

impl Row {
    /// CPU per delivery in microseconds, the database's included.
    fn cpu_us(&self) -> f64 {
        (self.server_cpu_s + self.database_cpu_s) * 1e3
    }
}

impl Bench {
    /// A server on a database of its own.
    async fn server(&self) -> Result<Server<'_>> {
        Server::start(&self.program, &self.databases, self.databases.fresh()?).await
    }

    /// Ends the server and removes its database.
    fn end(&self, mut server: Server<'_>) -> Result<()> {
        server.kill()?;
        self.databases.remove(&server.database)
    }

    /// So many, by the run's scale; never less than a hundred.
    fn scaled(&self, count: u64) -> u64 {
        scaled(count, self.scale, 100)
    }

    /// So many seconds, by the run's scale; never less than four.
    fn seconds(&self, seconds: u64) -> u64 {
        scaled(seconds, self.scale, 4)
    }

    /// Publishes so many events a second, for as long as what is compared with one another takes. Each phase has events of its own.
    async fn publish(&self, server: &Server<'_>, kind: &'static str, phase: u64, per_second: u32) -> Result<Outcome> {
        let load = Load { kind, first: phase * 1_000_000, count: u64::from(per_second) * self.seconds(15) };
        load::at_rate(server.target(), load, per_second).await
    }

    /// Measures the deliveries to one group of receivers under a load. Each event of it goes to so many of the group's webhooks.
    async fn measure(
        &self,
        server: &Server<'_>,
        name: &str,
        group: &str,
        webhooks: u64,
        load: impl Future<Output = Result<Outcome>>,
    ) -> Result<Row> {
        self.sink.reset().await?;
        let before = server.usage()?;
        let outcome = load.await?;
        self.sink.wait_for(group, outcome.accepted * webhooks, PATIENCE).await?;
        server.settle().await?;
        self.row(server, name, group, webhooks, outcome, server.usage()?.since(before)).await
    }

    async fn row(
        &self,
        server: &Server<'_>,
        name: &str,
        group: &str,
        webhooks: u64,
        mut outcome: Outcome,
        used: Usage,
    ) -> Result<Row> {
        let arrived = self.sink.report(group).await?;
        let [publish_p50, publish_p99] = crate::figures::quantiles(&mut outcome.latencies, [0.5, 0.99]);
        let took = Duration::from_micros(arrived.last_first_arrival.saturating_sub(outcome.began));
        let per_thousand = |cpu: Duration| cpu.as_secs_f64() * 1e3 / arrived.deliveries.max(1) as f64;
        Ok(Row {
            name: name.to_owned(),
            accepted_per_s: outcome.rate(),
            delivered_per_s: rate(arrived.deliveries, took),
            publish_p50_ms: ms(publish_p50),
            publish_p99_ms: ms(publish_p99),
            end_to_end_p50_ms: ms(arrived.p50),
            end_to_end_p99_ms: ms(arrived.p99),
            server_cpu_s: per_thousand(used.server),
            database_cpu_s: per_thousand(used.database),
            peak_memory_mib: server.peak_memory_mib()?,
            lost: (outcome.accepted * webhooks).saturating_sub(arrived.deliveries),
            // What has another id than the first time is no repetition that a receiver could tell.
            duplicated: arrived.requests - arrived.deliveries + arrived.webhook_ids.saturating_sub(arrived.deliveries),
            refused: outcome.refused,
        })
    }
}
