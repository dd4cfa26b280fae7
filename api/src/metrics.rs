//! What the server counts, for Prometheus. No label names a tenant, a webhook or a receiver: their number has no bound.

mod process;

use crate::store::{Accepted, webhooks::States};
use process::Process;
use prometheus_client::{
    encoding::text,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
        info::Info,
    },
    registry::{Registry, Unit},
};
use shared::{Failure, InactiveReason, Phases, Timestamp};
use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration,
};

/// The type of what [`Metrics::text`] returns.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How often the queue is measured at most: a long queue takes some milliseconds to count.
const MEASURED_EVERY_US: u64 = 1_000_000;

/// A label with one of a few names.
type Label = [(&'static str, &'static str); 1];
type Histograms = Family<Label, Histogram, fn() -> Histogram>;

/// What becomes of an event.
const RESULTS: [&str; 5] = ["recorded", "duplicate", "conflict", "too_many_webhooks", "refused"];
/// Where a delivery waits.
const PLACES: [&str; 2] = ["memory", "database"];
/// Why the server deactivates a webhook.
const DEACTIVATED: [InactiveReason; 2] = [InactiveReason::Failing, InactiveReason::Gone];

/// What is counted. Counting never waits for anybody longer than a moment.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    process: Option<Process>,
    /// When the queue was last measured, in microseconds.
    measured_at: AtomicI64,
    events: Family<Label, Counter>,
    deliveries: Family<Label, Counter>,
    batch: Histogram,
    commit: Histogram,
    delivered: Counter,
    failed: Family<Label, Counter>,
    phases: Histograms,
    answers: Family<[(&'static str, u64); 1], Counter>,
    deactivated: Family<Label, Counter>,
    exhausted: Counter,
    publish: Histogram,
    webhooks: Family<Label, Gauge>,
    /// What was purged: rows, and on PostgreSQL also days of a table.
    pub purged: Counter,
    /// Whether the database answered when it was last measured.
    pub database_up: Gauge,
    /// Webhooks with a delivery in memory, or whose rate limit still counts.
    pub lanes: Gauge,
    /// Webhooks that rest, as their receivers have asked.
    pub resting: Gauge,
    /// Attempts under way.
    pub in_flight: Gauge,
    /// Attempts whose end cannot be recorded yet, and deliveries that cannot be given back, as the database is away.
    pub unrecorded: Gauge,
    /// Deliveries that wait in memory.
    pub waiting: Gauge,
    /// Writes that wait for the writer.
    pub writes: Gauge,
    /// Deliveries that are due in the database.
    pub due: Gauge,
    /// How long the oldest of them has been due, in seconds.
    pub oldest: Gauge<f64, AtomicU64>,
    /// How long the oldest transaction of PostgreSQL has been open, in seconds.
    pub oldest_transaction: Gauge<f64, AtomicU64>,
    /// Rows of deliveries that PostgreSQL has not cleaned up.
    pub dead_rows: Gauge,
    /// How many bytes the database has.
    pub database_bytes: Gauge,
    /// How many bytes are free on the disk of a database that is a file.
    pub disk_free: Gauge,
    /// How far this node's clock is ahead of PostgreSQL's, in seconds.
    pub clock_skew: Gauge<f64, AtomicU64>,
}

/// A number of things, as a gauge takes it.
pub(crate) fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// From 100 µs to 52 s, each twice the one before.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.000_1, 2.0, 20))
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("hookwright");
        let metrics = Self {
            measured_at: AtomicI64::new(0),
            events: Family::default(),
            deliveries: Family::default(),
            batch: Histogram::new(exponential_buckets(1.0, 2.0, 10)),
            commit: seconds(),
            delivered: Counter::default(),
            failed: Family::default(),
            phases: Family::new_with_constructor(seconds),
            answers: Family::default(),
            deactivated: Family::default(),
            exhausted: Counter::default(),
            publish: seconds(),
            webhooks: Family::default(),
            purged: Counter::default(),
            database_up: Gauge::default(),
            lanes: Gauge::default(),
            resting: Gauge::default(),
            in_flight: Gauge::default(),
            unrecorded: Gauge::default(),
            waiting: Gauge::default(),
            writes: Gauge::default(),
            due: Gauge::default(),
            oldest: Gauge::default(),
            oldest_transaction: Gauge::default(),
            dead_rows: Gauge::default(),
            database_bytes: Gauge::default(),
            disk_free: Gauge::default(),
            clock_skew: Gauge::default(),
            registry: Registry::default(),
            process: None,
        };
        metrics.begin_with_zero();
        let m = &metrics;
        registry.register("events", "Events published, by what became of them", m.events.clone());
        registry.register("deliveries", "Deliveries made, by where they wait for their attempt", m.deliveries.clone());
        registry.register("commit_batch_size", "Writes that were committed together", m.batch.clone());
        registry.register_with_unit("commit", "Time of a transaction of the writer", Unit::Seconds, m.commit.clone());
        registry.register("attempts_delivered", "Attempts that the receiver answered with 2xx", m.delivered.clone());
        registry.register("attempts_failed", "Attempts that failed, by kind", m.failed.clone());
        registry.register_with_unit("attempt", "Time of the attempts, by phase", Unit::Seconds, m.phases.clone());
        registry.register("http_requests", "Requests to this server, by status of the answer", m.answers.clone());
        let help = "Deliveries whose last attempt has failed: nothing is tried again by itself";
        registry.register("deliveries_exhausted", help, m.exhausted.clone());
        let help = "Time from a request that publishes to its answer, where that is 202";
        registry.register_with_unit("publish", help, Unit::Seconds, m.publish.clone());
        let help = "Webhooks of all tenants: active, active but failing in their latest attempts, and inactive";
        registry.register("webhooks", help, m.webhooks.clone());
        let help = "Webhooks that the server deactivated, by reason";
        registry.register("webhooks_deactivated", help, m.deactivated.clone());
        let help = "What was purged after its retention time: rows, and on PostgreSQL also days of a table, each of which counts as one";
        registry.register("purged", help, m.purged.clone());
        let help = "Whether the database answered when it was last measured: 1 or 0; while it is 0, the figures from there are those of before";
        registry.register("database_up", help, m.database_up.clone());
        registry.register(
            "lanes",
            "Webhooks with deliveries in memory, or whose rate limit still counts",
            m.lanes.clone(),
        );
        let help = "Webhooks that rest, as their receivers have asked with a 429 or a 503 and Retry-After";
        registry.register("lanes_resting", help, m.resting.clone());
        registry.register("attempts_in_flight", "Attempts under way", m.in_flight.clone());
        let help = "Attempts whose end cannot be recorded yet, and deliveries that cannot be given back, as the database is away";
        registry.register("attempts_unrecorded", help, m.unrecorded.clone());
        registry.register("deliveries_in_memory", "Deliveries that wait in memory for their turn", m.waiting.clone());
        registry.register("writes_waiting", "Writes that wait for the writer", m.writes.clone());
        registry.register("deliveries_due", "Deliveries that are due in the database", m.due.clone());
        let help = "How long the oldest delivery in the database has been due";
        registry.register_with_unit("oldest_due_age", help, Unit::Seconds, m.oldest.clone());
        let help = "How long the oldest transaction has been open, which keeps PostgreSQL from cleaning up";
        registry.register_with_unit("oldest_transaction_age", help, Unit::Seconds, m.oldest_transaction.clone());
        registry.register("dead_rows", "Rows of deliveries that PostgreSQL has not cleaned up", m.dead_rows.clone());
        let help = "Size of the database; of a SQLite file with its write-ahead log";
        registry.register_with_unit("database", help, Unit::Bytes, m.database_bytes.clone());
        let help = "How far this node's clock is ahead of PostgreSQL's; negative when it is behind";
        registry.register_with_unit("clock_skew", help, Unit::Seconds, m.clock_skew.clone());
        Self { registry, ..metrics }
    }
}

impl Metrics {
    /// What is counted of a server that has started then, with its version, that kind of database, and where that is a file, its disk.
    pub fn of_server(started: Timestamp, database: &'static str, is_file: bool) -> Self {
        let mut metrics = Self { process: Some(Process::new(started)), ..Self::default() };
        if is_file {
            // Until it is known: a small number would wake somebody.
            metrics.disk_free.set(i64::MAX);
            let help = "What is free on the disk of the database's file";
            metrics.registry.register_with_unit("disk_free", help, Unit::Bytes, metrics.disk_free.clone());
        }
        let build = Info::new([("version", env!("CARGO_PKG_VERSION")), ("database", database)]);
        metrics.registry.register("build", "The version of this program, and its kind of database", build);
        metrics
    }

    /// What has not happened yet is there too: of a counter that begins with its first event, Prometheus would not see that as a rise.
    fn begin_with_zero(&self) {
        RESULTS.iter().for_each(|result| drop(self.events.get_or_create(&[("result", result)])));
        PLACES.iter().for_each(|place| drop(self.deliveries.get_or_create(&[("place", place)])));
        Failure::ALL.iter().for_each(|failure| drop(self.failed.get_or_create(&[("failure", failure.name())])));
        DEACTIVATED.iter().for_each(|reason| drop(self.deactivated.get_or_create(&[("reason", reason.name())])));
    }

    /// Everything in the text format of OpenMetrics, which Prometheus reads.
    pub fn text(&self) -> String {
        let mut all = String::new();
        // Writing to a String does not fail.
        let _ = text::encode_registry(&mut all, &self.registry);
        if let Some(process) = &self.process {
            let _ = text::encode_registry(&mut all, &process.registry);
        }
        let _ = text::encode_eof(&mut all);
        all
    }

    /// Asks the system about this process. Blocks the thread.
    pub fn measure_process(&self) {
        if let Some(process) = &self.process {
            process.measure();
        }
    }

    /// How many webhooks of all tenants there are in each state.
    pub fn webhooks(&self, States { active, failing, inactive }: States) {
        for (state, count) in [("active", active), ("failing", failing), ("inactive", inactive)] {
            self.webhooks.get_or_create(&[("state", state)]).set(count);
        }
    }

    /// Whether the queue shall be measured again: once a second is enough, however many ask.
    pub fn shall_measure(&self, now: Timestamp) -> bool {
        let now = now.as_micros();
        let before = self.measured_at.load(Ordering::Relaxed);
        let is_due = now.abs_diff(before) >= MEASURED_EVERY_US;
        is_due && self.measured_at.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// The writer committed so many writes in so long. `deliveries`: handed over in memory, and fallen due.
    pub fn committed(&self, writes: usize, took: Duration, accepted: &[Accepted], deliveries: (u64, u64)) {
        self.batch.observe(u32::try_from(writes).map_or(f64::MAX, f64::from));
        self.commit.observe(took.as_secs_f64());
        for accepted in accepted {
            let result = match accepted {
                Accepted::Recorded { .. } => "recorded",
                Accepted::Duplicate { .. } => "duplicate",
                Accepted::Conflict { .. } => "conflict",
                Accepted::TooManyWebhooks => "too_many_webhooks",
            };
            self.event(result);
        }
        let (handed_over, due) = deliveries;
        for (place, count) in [("memory", handed_over), ("database", due)] {
            if count > 0 {
                self.deliveries.get_or_create(&[("place", place)]).inc_by(count);
            }
        }
    }

    /// An event was refused, as too many writes wait or the database takes none.
    pub fn refused(&self) {
        self.event("refused");
    }

    fn event(&self, result: &'static str) {
        self.events.get_or_create(&[("result", result)]).inc();
    }

    /// An attempt ended. `waited`: how long the delivery waited in memory for its turn.
    pub fn attempted(&self, failure: Option<Failure>, waited: Duration, took: Duration, phases: Phases) {
        if let Some(failure) = failure {
            self.failed(failure);
        } else {
            self.delivered.inc();
        }
        self.phase("wait", waited);
        self.phase("total", took);
        let Phases { dns_us, connect_us, first_byte_us, body_us } = phases;
        for (name, micros) in
            [("dns", dns_us), ("connect", connect_us), ("first_byte", first_byte_us), ("body", body_us)]
        {
            if let Some(micros) = micros {
                self.phase(name, Duration::from_micros(micros));
            }
        }
    }

    /// An attempt failed of which no time is known: nothing was sent, or it was under way when its process died, this one or another node's.
    pub fn failed(&self, failure: Failure) {
        self.failed.get_or_create(&[("failure", failure.name())]).inc();
    }

    fn phase(&self, name: &'static str, took: Duration) {
        self.phases.get_or_create(&[("phase", name)]).observe(took.as_secs_f64());
    }

    /// So many deliveries have no attempt left, and have not arrived.
    pub fn exhausted(&self, deliveries: u64) {
        self.exhausted.inc_by(deliveries);
    }

    /// What was published was taken so long after its request had come.
    pub fn published(&self, took: Duration) {
        self.publish.observe(took.as_secs_f64());
    }

    /// The server has deactivated a webhook.
    pub fn deactivated(&self, reason: InactiveReason) {
        self.deactivated.get_or_create(&[("reason", reason.name())]).inc();
    }

    /// A request was answered with that status.
    pub fn answered(&self, status: u16) {
        self.answers.get_or_create(&[("status", status.into())]).inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_is_measured_once_a_second() {
        let metrics = Metrics::default();
        let asked = [5_000_000, 5_999_999, 6_000_000, 1_000_000, 1_000_001];
        let measured = asked.map(|micros| metrics.shall_measure(Timestamp::from_micros(micros)));
        assert_eq!(measured, [true, false, true, true, false], "also when the clock is set back");
    }

    #[test]
    fn what_has_not_happened_yet_is_counted_too() {
        let text = Metrics::default().text();
        for line in [
            "hookwright_events_total{result=\"recorded\"} 0",
            "hookwright_events_total{result=\"refused\"} 0",
            "hookwright_deliveries_total{place=\"database\"} 0",
            "hookwright_attempts_failed_total{failure=\"interrupted\"} 0",
            "hookwright_webhooks_deactivated_total{reason=\"gone\"} 0",
            "hookwright_purged_total 0",
            "hookwright_deliveries_exhausted_total 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
    }

    #[test]
    fn what_was_counted_stands_in_the_text() {
        let metrics = Metrics::default();
        metrics.committed(3, Duration::from_millis(1), &[Accepted::TooManyWebhooks], (2, 1));
        let phases = Phases { first_byte_us: Some(900), ..Phases::default() };
        metrics.attempted(Some(Failure::Timeout), Duration::ZERO, Duration::from_secs(2), phases);
        metrics.answered(202);
        let text = metrics.text();
        for line in [
            "hookwright_events_total{result=\"too_many_webhooks\"} 1",
            "hookwright_deliveries_total{place=\"memory\"} 2",
            "hookwright_deliveries_total{place=\"database\"} 1",
            "hookwright_commit_batch_size_sum 3.0",
            "hookwright_attempts_failed_total{failure=\"timeout\"} 1",
            "hookwright_attempt_seconds_count{phase=\"first_byte\"} 1",
            "hookwright_http_requests_total{status=\"202\"} 1",
            "hookwright_attempts_delivered_total 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
    }
}
