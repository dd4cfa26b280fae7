//! S1 to S3: receivers that answer at once.

use super::{Bench, Measured, Row};
use crate::{
    database::Kind,
    figures::Figure,
    load::{self, Load},
};
use anyhow::Result;

const CALLERS: u64 = 64;
const GROUP: &str = "all";

fn nothing_lost(row: &Row) -> [Figure; 2] {
    let name = |what| format!("{}: {what}", row.name);
    [
        Figure::at_most(name("lost"), row.lost as f64, 0.0, ""),
        Figure::at_most(name("duplicated"), row.duplicated as f64, 0.0, ""),
    ]
}

/// S1: the whole way of an event, once for each.
pub(super) async fn one_webhook(bench: &Bench) -> Result<Measured> {
    let before = bench.raw.client(&bench.sink, bench.scaled(20_000)).await?;
    let server = bench.server().await?;
    server.webhook(&bench.sink.url("ok", GROUP, 1), None).await?;
    let load = Load { kind: "ALL", first: 0, count: bench.scaled(20_000) };
    let name = "S1 one webhook";
    let row = bench.measure(&server, name, GROUP, 1, load::as_answered(server.target(), load, CALLERS, None)).await?;
    bench.end(server)?;
    let raw = before.with(bench.raw.client(&bench.sink, bench.scaled(20_000)).await?);
    let (share, cpu) = match bench.databases.kind() {
        Kind::Sqlite => (0.25, 80.0),
        Kind::Postgres => (0.2, 120.0),
    };
    let mut figures = vec![
        Figure::at_least("S1 delivered/s of the raw limit", row.delivered_per_s / raw.per_s, share, ""),
        Figure::at_most("S1 CPU per delivery", row.cpu_us(), cpu, "µs"),
    ];
    figures.extend(nothing_lost(&row));
    Ok(Measured { rows: vec![raw.row("raw: client to sink"), row], figures })
}

/// S2: one commit and one reading of the event for ten deliveries.
pub(super) async fn fan_out(bench: &Bench) -> Result<Measured> {
    const WEBHOOKS: u32 = 10;
    let before = bench.raw.client(&bench.sink, bench.scaled(20_000)).await?;
    let server = bench.server().await?;
    server.webhooks(bench.sink.urls("ok", GROUP, WEBHOOKS), None).await?;
    let load = Load { kind: "ALL", first: 0, count: bench.scaled(4_000) };
    let publishing = load::as_answered(server.target(), load, CALLERS, None);
    let row = bench.measure(&server, "S2 fan-out to 10", GROUP, WEBHOOKS.into(), publishing).await?;
    bench.end(server)?;
    let raw = before.with(bench.raw.client(&bench.sink, bench.scaled(20_000)).await?);
    let mut figures =
        vec![Figure::at_least("S2 delivered/s of the raw limit", row.delivered_per_s / raw.per_s, 0.4, "")];
    figures.extend(nothing_lost(&row));
    Ok(Measured { rows: vec![row], figures })
}

/// S3: what an event waits for when nothing else waits.
pub(super) async fn latency(bench: &Bench) -> Result<Measured> {
    const PER_SECOND: u32 = 200;
    let sync = bench.raw.sync_ms(bench.databases.folder())?;
    let server = bench.server().await?;
    server.webhook(&bench.sink.url("ok", GROUP, 1), None).await?;
    let load = Load { kind: "ALL", first: 0, count: u64::from(PER_SECOND) * bench.seconds(20) };
    let publishing = load::at_rate(server.target(), load, PER_SECOND);
    let row = bench.measure(&server, "S3 at 200 events/s", GROUP, 1, publishing).await?;
    bench.end(server)?;
    let mut figures = vec![
        Figure::at_most("S3 end to end p50, against 2 fdatasync + 1 ms", row.end_to_end_p50_ms, 2.0 * sync + 1.0, "ms"),
        Figure::at_most("S3 end to end p99", row.end_to_end_p99_ms, 10.0, "ms"),
    ];
    figures.extend(nothing_lost(&row));
    Ok(Measured { rows: vec![row], figures })
}
