//! The raw limits of the machine: what the figures are held against, measured in the same run.

use crate::{
    clock,
    database::{Database, Databases, Kind},
    figures::{Figure, quantiles, rate, scaled},
    load,
    scenarios::{Measured, Row},
    server::{Program, Server},
    sink_process::Sink,
};
use anyhow::{Context as _, Result};
use hookwright::{
    clock::Clock,
    store::{Accepted, DEFAULT_TENANT, NewEvent, Options, Store, hand_over},
};
use shared::{Id, Timestamp};
use std::{
    io::Write as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{sync::Mutex, task::JoinSet};

const CALLERS: u64 = 64;

/// Measures raw limits.
pub(crate) struct Raw {
    client: reqwest::Client,
}

/// What the client reaches without a database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientLimit {
    pub(crate) per_s: f64,
    cpu_us: f64,
}

impl ClientLimit {
    /// The limit of two measurements, one on either side of what is held against it.
    pub(crate) fn with(self, other: Self) -> Self {
        Self { per_s: f64::midpoint(self.per_s, other.per_s), cpu_us: f64::midpoint(self.cpu_us, other.cpu_us) }
    }

    /// Shown as a line of the table.
    pub(crate) fn row(self, name: &str) -> Row {
        Row { delivered_per_s: self.per_s, server_cpu_s: self.cpu_us / 1e3, ..Row::named(name) }
    }
}

impl Raw {
    pub(crate) fn new() -> Result<Self> {
        // The client wants one even if it is never asked for TLS. Fails when it is already installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self { client: reqwest::Client::builder().http1_only().no_proxy().build()? })
    }

    /// POSTs events to the sink with the client that the server uses, and headers as many as the server's.
    pub(crate) async fn client(&self, sink: &Sink, count: u64) -> Result<ClientLimit> {
        let next = Arc::new(AtomicU64::new(0));
        let url = sink.url("ok", "raw", 1);
        let cpu = crate::process::cpu(std::process::id())?;
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for _ in 0..CALLERS {
            let (next, client, url) = (Arc::clone(&next), self.client.clone(), url.clone());
            tasks.spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return anyhow::Ok(());
                    }
                    let request = client
                        .post(&url)
                        .header("content-type", "application/json")
                        .header("user-agent", "bench")
                        .header(
                            "x-webhook-signature",
                            "0608cf9263550bcdb2e8a50c518f0a524c003c6b1fd4a418ecc61c0c8d174b2f",
                        )
                        .header("webhook-id", format!("{number:026}"))
                        .header("webhook-timestamp", "1751997679")
                        .header("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
                        .body(load::event("RAW", number, clock::micros()));
                    request.send().await?.error_for_status()?.bytes().await?;
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        let cpu = crate::process::cpu(std::process::id())?.saturating_sub(cpu);
        Ok(ClientLimit { per_s: rate(count, start.elapsed()), cpu_us: cpu.as_secs_f64() * 1e6 / count as f64 })
    }

    /// How long the disk takes to keep four more KiB, in milliseconds: the median of `fdatasync`.
    pub(crate) fn sync_ms(&self, folder: &Path) -> Result<f64> {
        let path = folder.join("sync");
        let mut file = std::fs::File::create(&path)?;
        let mut times = Vec::new();
        for _ in 0..200 {
            file.write_all(&[7; 4096])?;
            let start = Instant::now();
            file.sync_data()?;
            times.push(u32::try_from(start.elapsed().as_micros())?);
        }
        std::fs::remove_file(path)?;
        let [median] = quantiles(&mut times, [0.5]);
        Ok(crate::figures::ms(median))
    }

    /// Records events with one delivery each through the server's own writer, without HTTP: each in a commit of its own, and all that
    /// wait together.
    pub(crate) async fn commits(
        &self,
        program: &Program,
        databases: &Databases,
        sink: &Sink,
        scale: f64,
    ) -> Result<Measured> {
        let sync = self.sync_ms(databases.folder())?;
        let scaled = |count| scaled(count, scale, CALLERS * 8);
        let single = commit(program, databases, sink, scaled(4_000), Commit::Single).await?;
        let group = commit(program, databases, sink, scaled(20_000), Commit::Group).await?;
        let times = match databases.kind() {
            Kind::Sqlite => 10.0,
            Kind::Postgres => 1.3,
        };
        let figure = Figure::at_least(
            "group commit of one commit per event",
            group.accepted_per_s / single.accepted_per_s,
            times,
            "times",
        );
        let disk = Row { publish_p50_ms: sync, ..Row::named("raw: fdatasync") };
        Ok(Measured { rows: vec![disk, single, group], figures: vec![figure] })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Commit {
    Single,
    Group,
}

async fn commit(program: &Program, databases: &Databases, sink: &Sink, count: u64, how: Commit) -> Result<Row> {
    let database = databases.fresh()?;
    // The server makes the schema and the webhook; then it is gone.
    let mut server = Server::start(program, databases, database.clone()).await?;
    server.webhook(&sink.url("ok", "raw", 1), None).await?;
    server.kill()?;
    drop(server);
    let (name, writers) = match (how, database.kind) {
        // SQLite has one writer at a time, PostgreSQL commits side by side.
        (Commit::Single, Kind::Sqlite) => ("raw: one commit per event", 1),
        (Commit::Single, Kind::Postgres) => ("raw: one commit per event", 16),
        (Commit::Group, _) => ("raw: group commit", 1),
    };
    let writers = (0..writers).map(|_| Ok((open(&database)?, Arc::new(Mutex::new(()))))).collect::<Result<Vec<_>>>()?;
    let next = Arc::new(AtomicU64::new(0));
    let pid = std::process::id();
    let (cpu, database_cpu, start) = (crate::process::cpu(pid)?, databases.cpu()?, Instant::now());
    let mut tasks = JoinSet::new();
    for caller in 0..CALLERS {
        let (store, turn) = writers[caller as usize % writers.len()].clone();
        let next = Arc::clone(&next);
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return anyhow::Ok(latencies);
                }
                let start = Instant::now();
                let _turn = match how {
                    Commit::Single => Some(turn.lock().await),
                    Commit::Group => None,
                };
                let accepted = store.publish(new_event(number)).await?;
                anyhow::ensure!(matches!(accepted, Accepted::Recorded { matched: 1, .. }), "recorded as {accepted:?}");
                latencies.push(u32::try_from(start.elapsed().as_micros())?);
            }
        });
    }
    let mut latencies = Vec::new();
    while let Some(done) = tasks.join_next().await {
        latencies.extend(done??);
    }
    let took = start.elapsed();
    let per_thousand = |cpu: Duration| cpu.as_secs_f64() * 1e3 / count as f64;
    let (cpu, database_cpu) =
        (crate::process::cpu(pid)?.saturating_sub(cpu), databases.cpu()?.saturating_sub(database_cpu));
    drop(writers);
    databases.remove(&database)?;
    let [p50, p99] = quantiles(&mut latencies, [0.5, 0.99]);
    Ok(Row {
        accepted_per_s: rate(count, took),
        publish_p50_ms: crate::figures::ms(p50),
        publish_p99_ms: crate::figures::ms(p99),
        server_cpu_s: per_thousand(cpu),
        database_cpu_s: per_thousand(database_cpu),
        ..Row::named(name)
    })
}

/// The server's store. Nobody takes what it would hand over, so the deliveries stay due.
fn open(database: &Database) -> Result<Store> {
    let (hand_over, handed_over) = hand_over();
    handed_over.rooms.close();
    let url = database.url.parse().map_err(anyhow::Error::msg)?;
    let options = Options::new(Clock::system());
    Store::open(&url, &options, &Arc::default(), &hand_over, &Arc::default()).context("cannot open the store")
}

fn new_event(number: u64) -> NewEvent {
    let at = clock::micros();
    let now = Timestamp::from_micros(i64::try_from(at).unwrap_or(i64::MAX));
    NewEvent {
        id: Id::from_parts(now.unix_ms(), u128::from(number)),
        tenant_id: DEFAULT_TENANT,
        source: "BENCH".into(),
        kind: "RAW".into(),
        ce_id: number.to_string(),
        time: now,
        created_at: now,
        payload: load::event("RAW", number, at),
    }
}
