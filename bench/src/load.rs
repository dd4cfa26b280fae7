//! The load generator: publishes events over HTTP with keep-alive, as fast as it is answered or at a steady rate.

use crate::{
    clock, figures,
    http::{Connection, compose},
};
use anyhow::{Context as _, Result, bail};
use shared::Published;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{task::JoinSet, time::Instant};

/// The size of an event in bytes: what the other systems of the field were measured with.
const EVENT_BYTES: usize = 1_024;
/// How long an event is tried again until it is accepted.
const PATIENCE: Duration = Duration::from_secs(60);
/// The rest before a refused event is tried again, or one whose server is away.
const REST: Duration = Duration::from_millis(10);

/// Where events are published.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) key: String,
}

/// What to publish: `count` events of that type, numbered from `first`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) kind: &'static str,
    pub(crate) first: u64,
    pub(crate) count: u64,
}

/// What came of a load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// Events that were answered with 202; all of them, or the load has failed.
    pub(crate) accepted: u64,
    /// Answers that told to come back later.
    pub(crate) refused: u64,
    /// From sending an event to its 202, in microseconds.
    pub(crate) latencies: Vec<u32>,
    /// In microseconds since 1970.
    pub(crate) began: u64,
    pub(crate) took: Duration,
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.latencies.extend(other.latencies);
    }

    /// Accepted events in a second.
    pub(crate) fn rate(&self) -> f64 {
        figures::rate(self.accepted, self.took)
    }
}

/// The event of that number: a CloudEvent of [`EVENT_BYTES`] that tells the sink when it was published.
pub(crate) fn event(kind: &str, number: u64, at: u64) -> String {
    let mut event = format!(
        r#"{{"specversion":"1.0","id":"{number}","source":"BENCH","type":"{kind}","datacontenttype":"application/json","data":{{"n":{number},"at":{at},"filler":""#
    );
    const END: &str = r#""}}"#;
    while event.len() + END.len() < EVENT_BYTES {
        event.push('x');
    }
    event + END
}

/// Publishes with so many callers, each waiting for its answer. `progress` counts what is accepted.
pub(crate) async fn as_answered(
    target: &Target,
    load: Load,
    callers: u64,
    progress: Option<Arc<AtomicU64>>,
) -> Result<Outcome> {
    let (next, progress) = (Arc::new(AtomicU64::new(0)), progress.unwrap_or_default());
    let mut tasks = JoinSet::new();
    let (began, start) = (clock::micros(), Instant::now());
    for _ in 0..callers {
        let (next, progress) = (Arc::clone(&next), Arc::clone(&progress));
        let mut publisher = Publisher::new(target.clone());
        tasks.spawn(async move {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= load.count {
                    return Ok(publisher.outcome);
                }
                publisher.publish(load.kind, load.first + at).await?;
                progress.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let mut outcome = Outcome { began, ..Outcome::default() };
    while let Some(done) = tasks.join_next().await {
        let done: Result<Outcome> = done?;
        outcome.add(done?);
    }
    outcome.took = start.elapsed();
    Ok(outcome)
}

/// Publishes so many events a second, whatever the answers take: no event waits for a connection. Latencies count from the sending,
/// as the timer's own lateness (a millisecond) would hide what is measured.
pub(crate) async fn at_rate(target: &Target, load: Load, per_second: u32) -> Result<Outcome> {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / per_second);
    let (mut idle, mut tasks) = (Vec::new(), JoinSet::<Result<Publisher>>::new());
    let (began, start) = (clock::micros(), Instant::now());
    for number in load.first..load.first + load.count {
        ticks.tick().await;
        while let Some(done) = tasks.try_join_next() {
            idle.push(done??);
        }
        let mut publisher = idle.pop().unwrap_or_else(|| Publisher::new(target.clone()));
        tasks.spawn(async move {
            publisher.publish(load.kind, number).await?;
            Ok(publisher)
        });
    }
    while let Some(done) = tasks.join_next().await {
        idle.push(done??);
    }
    let mut outcome = Outcome { began, took: start.elapsed(), ..Outcome::default() };
    idle.into_iter().for_each(|publisher| outcome.add(publisher.outcome));
    Ok(outcome)
}

/// One caller with its connection.
struct Publisher {
    target: Target,
    connection: Option<Connection>,
    outcome: Outcome,
}

impl Publisher {
    fn new(target: Target) -> Self {
        Self { target, connection: None, outcome: Outcome::default() }
    }

    /// Publishes an event, the same again until it is accepted: publishing is idempotent.
    async fn publish(&mut self, kind: &str, number: u64) -> Result<()> {
        let start = Instant::now();
        let event = event(kind, number, clock::micros());
        let Target { address, key } = &self.target;
        let request = compose("POST", "/api/v1/events", *address, key, Some(&event));
        while start.elapsed() < PATIENCE {
            let Ok(answer) = self.send(&request).await else {
                self.connection = None;
                tokio::time::sleep(REST).await;
                continue;
            };
            match answer.status {
                202 => {
                    let _: Published = serde_json::from_slice(&answer.body).context("the answer to an event")?;
                    self.outcome.accepted += 1;
                    self.outcome.latencies.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
                    return Ok(());
                }
                429 | 503 => {
                    self.outcome.refused += 1;
                    tokio::time::sleep(REST).await;
                }
                status => bail!("an event was answered with {status}: {}", answer.text()),
            }
        }
        bail!("event {number} was not accepted within {PATIENCE:?}")
    }

    async fn send(&mut self, request: &[u8]) -> std::io::Result<crate::http::Answer> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(Connection::open(self.target.address).await?),
        };
        connection.send(request).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_its_size_and_is_json() {
        let event = event("ALL", u64::from(u32::MAX), 1_751_997_679_622_000);
        assert_eq!(event.len(), EVENT_BYTES);
        let value: serde_json::Value = serde_json::from_str(&event).unwrap();
        assert_eq!(value["data"]["n"], u32::MAX);
    }
}
