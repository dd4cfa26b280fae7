//! S5: the server is killed in mid-load, again and again.

use super::{Bench, Measured, PATIENCE};
use crate::{
    figures::{Figure, ms},
    load::{self, Load},
    server::{Server, Usage},
};
use anyhow::{Result, bail};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

const GROUP: &str = "all";
const WEBHOOKS: u32 = 4;
const CALLERS: u64 = 32;
/// Events for each kill.
const EVENTS: u64 = 2_000;
/// How many attempts may be under way or unrecorded at one time: so many requests may be repeated after a kill.
const UNRECORDED: u64 = 512;
/// How long a delivery may be held by a claim of a process that has died: the lease and a poll.
const LEASE_MS: f64 = 50_000.0;

/// Deliveries whose number of attempts is not that of their attempts, or whose attempts are not numbered without a hole.
const HOLES: &str = "SELECT count(*) AS count FROM deliveries d WHERE \
    d.attempt_count <> (SELECT count(*) FROM attempts a WHERE a.delivery_id = d.id) OR \
    d.attempt_count <> (SELECT coalesce(max(a.number), 0) FROM attempts a WHERE a.delivery_id = d.id)";

/// One load goes on through all kills: what is not answered is published again until it is.
pub(super) async fn in_mid_load(bench: &Bench) -> Result<Measured> {
    let mut server = bench.server().await?;
    server.webhooks(bench.sink.urls("ok", GROUP, WEBHOOKS), None).await?;
    bench.sink.reset().await?;
    let each = bench.scaled(EVENTS);
    let load = Load { kind: "ALL", first: 0, count: each * u64::from(bench.kills + 1) };
    let progress = Arc::<AtomicU64>::default();
    let target = server.target().clone();
    let counted = Arc::clone(&progress);
    let loading = tokio::spawn(async move { load::as_answered(&target, load, CALLERS, Some(counted)).await });
    let back = kill_at_each(bench.kills, each, &progress, &mut server).await?;
    let outcome = loading.await??;
    let expected = outcome.accepted * u64::from(WEBHOOKS);
    bench.sink.wait_for(GROUP, expected, PATIENCE).await?;
    server.settle().await?;
    let holes = server.database.count(HOLES)?;
    let seen = bench.sink.seen(GROUP).await?;
    let acknowledged = (0..load.count).flat_map(|event| (1..=WEBHOOKS).map(move |webhook| (webhook, event)));
    let lost = acknowledged.filter(|delivery| !seen.contains(delivery)).count();
    let longest = bench.sink.report(GROUP).await?.longest;
    // The CPU time of processes that were killed is gone.
    let row = bench.row(&server, "S5 kill -9 in mid-load", GROUP, WEBHOOKS.into(), outcome, Usage::default()).await?;
    bench.end(server)?;
    let kills = u64::from(bench.kills);
    let figures = vec![
        Figure::at_most(format!("S5 acknowledged and lost, {kills} kills"), lost as f64, 0.0, ""),
        Figure::at_most(
            "S5 duplicated, against attempts not yet on record",
            row.duplicated as f64,
            (UNRECORDED * kills) as f64,
            "",
        ),
        Figure::at_most("S5 longest wait of a delivery", ms(longest), LEASE_MS, "ms"),
        Figure::at_most("S5 deliveries with holes in their attempts", holes as f64, 0.0, ""),
        Figure::at_most("S5 longest time until it answered again", back.as_secs_f64(), 5.0, "s"),
    ];
    Ok(Measured { rows: vec![row], figures })
}

/// Kills the server in the middle of each share of the load, and returns the longest time that it took to come back.
async fn kill_at_each(kills: u32, each: u64, progress: &AtomicU64, server: &mut Server<'_>) -> Result<Duration> {
    let mut longest = Duration::ZERO;
    for kill in 1..=u64::from(kills) {
        let start = Instant::now();
        while progress.load(Ordering::Relaxed) < each * kill {
            if start.elapsed() > PATIENCE {
                bail!("the load stands still at {} events", progress.load(Ordering::Relaxed));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.kill()?;
        longest = longest.max(server.restart().await?);
    }
    Ok(longest)
}
