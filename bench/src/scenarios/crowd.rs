//! S6: half of the webhooks hang.

use super::{Bench, Measured};
use crate::{
    figures::Figure,
    load::{self, Load},
};
use anyhow::Result;

const GROUP: &str = "healthy";
const WEBHOOKS: u32 = 50;
const PER_SECOND: u32 = 10;

/// Fifty webhooks answer at once; then fifty more get the same events and never answer.
pub(super) async fn half_hang(bench: &Bench) -> Result<Measured> {
    let server = bench.server().await?;
    for number in 1..=WEBHOOKS {
        server.webhook(&bench.sink.url("ok", GROUP, number), None).await?;
    }
    let load =
        |phase: u64| Load { kind: "ALL", first: phase * 1_000_000, count: u64::from(PER_SECOND) * bench.seconds(15) };
    let publishing = |phase: u64| load::at_rate(server.target(), load(phase), PER_SECOND);
    let measure = async |name, phase| bench.measure(&server, name, GROUP, WEBHOOKS.into(), publishing(phase)).await;
    let alone = measure("S6 fifty webhooks", 0).await?;
    for number in 1..=WEBHOOKS {
        server.webhook(&bench.sink.url("never", "hanging", number), None).await?;
    }
    let beside = measure("S6 and fifty that hang", 1).await?;
    bench.end(server)?;
    let figures = vec![
        Figure::at_most(
            "S6 healthy p99, half of 100 hang",
            beside.end_to_end_p99_ms / alone.end_to_end_p99_ms,
            2.0,
            "times",
        ),
        Figure::at_most("S6 healthy p99", beside.end_to_end_p99_ms, 1_000.0, "ms"),
        Figure::at_most("S6 lost to the healthy ones", beside.lost as f64, 0.0, ""),
    ];
    Ok(Measured { rows: vec![alone, beside], figures })
}
