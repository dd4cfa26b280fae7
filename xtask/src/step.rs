//! Says what is being done, and afterwards how long it took.

use std::time::{Duration, Instant};

use anyhow::Result;

/// Does `work` under the heading `what`, such as `portal: building`.
pub(crate) fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("==> {what}");
    let start = Instant::now();
    let done = work();
    let word = if done.is_ok() { "" } else { "failed after " };
    println!("==> {what} … {word}{}", seconds(start.elapsed()));
    done
}

/// Says something that needs no time.
pub(crate) fn note(what: &str) {
    println!("==> {what}");
}

/// A duration as a person reads it: `0.4 s`, `42.1 s`, `2 m 05 s`.
fn seconds(time: Duration) -> String {
    let whole = time.as_secs();
    if whole < 60 { format!("{:.1} s", time.as_secs_f64()) } else { format!("{} m {:02} s", whole / 60, whole % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_well() {
        assert_eq!(seconds(Duration::from_millis(420)), "0.4 s");
        assert_eq!(seconds(Duration::from_millis(42_120)), "42.1 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 m 05 s");
    }
}
