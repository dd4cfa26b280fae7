//! S4 and S7: what one bad webhook does to the others.

use super::{Bench, Measured};
use crate::{
    figures::Figure,
    load::{self, Load},
};
use anyhow::Result;

const GROUP: &str = "healthy";

/// S4: nine webhooks answer at once; the tenth hangs, and then gets 400 events a second besides.
pub(super) async fn one_of_ten_hangs(bench: &Bench) -> Result<Measured> {
    const WEBHOOKS: u32 = 9;
    const PER_SECOND: u32 = 40;
    const FLOOD: u32 = 400;
    let server = bench.server().await?;
    server.webhooks(bench.sink.urls("ok", GROUP, WEBHOOKS), Some("ALL")).await?;
    let publishing = |phase| bench.publish(&server, "ALL", phase, PER_SECOND);
    let alone = bench.measure(&server, "S4 nine webhooks", GROUP, WEBHOOKS.into(), publishing(0)).await?;
    for kind in ["ALL", "FLOOD"] {
        server.webhook(&bench.sink.url("never", "hanging", 1), Some(kind)).await?;
    }
    let hanging = bench.measure(&server, "S4 and one that hangs", GROUP, WEBHOOKS.into(), publishing(1)).await?;
    let both = async {
        let (healthy, flood) = tokio::join!(publishing(2), bench.publish(&server, "FLOOD", 9, FLOOD));
        flood?;
        healthy
    };
    let flooded = bench.measure(&server, "S4 and it gets 400/s", GROUP, WEBHOOKS.into(), both).await?;
    bench.end(server)?;
    let times = |row: &super::Row| row.end_to_end_p99_ms / alone.end_to_end_p99_ms;
    let figures = vec![
        Figure::at_most("S4 healthy p99, one of ten hangs", times(&hanging), 2.0, "times"),
        Figure::at_most("S4 healthy p99, it gets 400 events/s", times(&flooded), 2.0, "times"),
    ];
    Ok(Measured { rows: vec![alone, hanging, flooded], figures })
}

/// S7: a receiver hangs until 100,000 deliveries wait for it, then answers after 20 ms; beside it another gets 200 events a second.
pub(super) async fn backlog(bench: &Bench) -> Result<Measured> {
    const PER_SECOND: u32 = 200;
    /// The default cap of attempts to one webhook at one time.
    const CAP: f64 = 16.0;
    /// Within noise: what the p99 of the same load differs by from one time to the next.
    const NOISE: f64 = 1.5;
    let server = bench.server().await?;
    bench.sink.gate(false).await?;
    server.webhook(&bench.sink.url("ok", GROUP, 1), Some("ALL")).await?;
    server.webhook(&bench.sink.url("gate", "behind", 1), Some("BACKLOG")).await?;
    let publishing = |phase| bench.publish(&server, "ALL", phase, PER_SECOND);
    let alone = bench.measure(&server, "S7 one webhook", GROUP, 1, publishing(0)).await?;
    let waiting = Load { kind: "BACKLOG", first: 9_000_000, count: bench.scaled(100_000) };
    let filled = load::as_answered(server.target(), waiting, 64, None).await?;
    eprintln!("    backlog of {} after {:.1} s", filled.accepted, filled.took.as_secs_f64());
    server.settle().await?;
    bench.databases.flush()?;
    let beside = bench.measure(&server, "S7 beside a backlog", GROUP, 1, publishing(1)).await?;
    bench.sink.gate(true).await?;
    let draining = bench.measure(&server, "S7 while it drains", GROUP, 1, publishing(2)).await?;
    let cap = bench.sink.report("behind").await?.most_at_once as f64;
    bench.end(server)?;
    let times = |row: &super::Row| row.end_to_end_p99_ms / alone.end_to_end_p99_ms;
    let figures = vec![
        Figure::at_most("S7 others' p99 beside a backlog", times(&beside), NOISE, "times"),
        Figure::at_most("S7 others' p99 while it drains", times(&draining), NOISE, "times"),
        Figure::at_most("S7 attempts at once to the receiver that is back", cap, CAP, ""),
    ];
    Ok(Measured { rows: vec![alone, beside, draining], figures })
}
