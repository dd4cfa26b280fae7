//! S6: half of the webhooks hang.

use super::{Bench, Measured};
use crate::figures::Figure;
use anyhow::Result;

const GROUP: &str = "healthy";
const WEBHOOKS: u32 = 50;
const PER_SECOND: u32 = 10;

/// Fifty webhooks answer at once; then fifty more get the same events and never answer.
pub(super) async fn half_hang(bench: &Bench) -> Result<Measured> {
    let server = bench.server().await?;
    server.webhooks(bench.sink.urls("ok", GROUP, WEBHOOKS), None).await?;
    let publishing = |phase| bench.publish(&server, "ALL", phase, PER_SECOND);
    let alone = bench.measure(&server, "S6 fifty webhooks", GROUP, WEBHOOKS.into(), publishing(0)).await?;
    server.webhooks(bench.sink.urls("never", "hanging", WEBHOOKS), None).await?;
    let beside = bench.measure(&server, "S6 and fifty that hang", GROUP, WEBHOOKS.into(), publishing(1)).await?;
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
