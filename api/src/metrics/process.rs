//! What Prometheus' own libraries tell of a process, by the names that dashboards know.

use prometheus_client::{
    metrics::gauge::Gauge,
    registry::{Registry, Unit},
};
use shared::Timestamp;
use std::{fs, sync::atomic::AtomicU64};

/// The figures of this process.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) registry: Registry,
    memory: Gauge,
    files: Gauge,
}

impl Process {
    /// Those of a process that has started then. Where the system does not tell of it, as only Linux does, just that.
    pub(super) fn new(started: Timestamp) -> Self {
        let mut registry = Registry::with_prefix("process");
        let (memory, files) = (Gauge::default(), Gauge::default());
        let start = Gauge::<f64, AtomicU64>::default();
        start.set(started.since(Timestamp::from_micros(0)).as_secs_f64());
        registry.register_with_unit("start_time", "When the server started, since 1970", Unit::Seconds, start);
        if resident_bytes().is_some() {
            registry.register_with_unit("resident_memory", "Memory in use", Unit::Bytes, memory.clone());
        }
        if open_files().is_some() {
            registry.register("open_fds", "Open files and connections", files.clone());
        }
        Self { registry, memory, files }
    }

    /// Asks the system. Blocks the thread: with many connections it takes some milliseconds.
    pub(super) fn measure(&self) {
        if let Some(bytes) = resident_bytes() {
            self.memory.set(bytes);
        }
        if let Some(files) = open_files() {
            self.files.set(files);
        }
    }
}

fn resident_bytes() -> Option<i64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: i64 = resident.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1_024)
}

/// The folder that is read for it is one of them, and does not count.
fn open_files() -> Option<i64> {
    let files = fs::read_dir("/proc/self/fd").ok()?.count();
    i64::try_from(files.saturating_sub(1)).ok()
}
