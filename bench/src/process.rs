//! What a process has used, as Linux tells in `/proc`.

use anyhow::{Context as _, Result};
use std::{fs, time::Duration};

/// The unit of CPU times in `/proc`: `USER_HZ`, 100 a second on every Linux that Rust's standard library runs on.
const TICK: Duration = Duration::from_millis(10);

struct Stat {
    name: String,
    parent: u32,
    own: Duration,
    /// Of children that have ended and were waited for.
    children: Duration,
}

fn stat(pid: u32) -> Result<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The program's name stands in parentheses and may hold anything.
    let (name, rest) = text.rsplit_once(") ").context("unreadable /proc/PID/stat")?;
    let name = name.split_once('(').map(|(_, name)| name.to_owned()).unwrap_or_default();
    let fields: Vec<&str> = rest.split(' ').collect();
    let field = |at: usize| -> Result<u32> { Ok(fields.get(at).context("a short /proc/PID/stat")?.parse()?) };
    Ok(Stat {
        name,
        parent: field(1)?,
        own: TICK * (field(11)? + field(12)?),
        children: TICK * (field(13)? + field(14)?),
    })
}

/// The CPU time that a process has used in all its threads.
pub(crate) fn cpu(pid: u32) -> Result<Duration> {
    Ok(stat(pid)?.own)
}

/// The CPU time that the threads of a process have used which have not ended, to the nanosecond.
pub(crate) fn cpu_of_threads(pid: u32) -> Result<Duration> {
    let mut all = Duration::ZERO;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end between the listing and the reading.
        let text = fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
        all += Duration::from_nanos(text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default());
    }
    Ok(all)
}

/// The CPU time of a process and all its children, also of those that have ended.
pub(crate) fn cpu_of_family(pid: u32) -> Result<Duration> {
    let parent = stat(pid)?;
    let mut all = parent.own + parent.children;
    for entry in fs::read_dir("/proc")? {
        let Some(child) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // A process may end between the listing and the reading.
        if let Ok(child) = stat(child)
            && child.parent == pid
        {
            all += child.own + child.children;
        }
    }
    Ok(all)
}

/// The parent of that process, if it is one of a PostgreSQL: the number may have been told on another machine.
pub(crate) fn parent_of_postgres(pid: u32) -> Option<u32> {
    stat(pid).ok().filter(|stat| stat.name == "postgres").map(|stat| stat.parent)
}

/// The most memory that a process has held at one time, in bytes.
pub(crate) fn peak_memory(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM in /proc/PID/status")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_reads_itself() {
        let own = std::process::id();
        assert!(peak_memory(own).unwrap() > 1024 * 1024);
        assert!(cpu_of_family(own).unwrap() + TICK >= cpu(own).unwrap());
    }
}
