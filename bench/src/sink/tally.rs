//! What has arrived, by group of receivers.

use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// What arrived at a group of receivers.
#[derive(Default)]
pub(super) struct Group {
    requests: u64,
    /// How often each delivery arrived, by receiver and event.
    arrivals: HashMap<(u32, u64), u32>,
    webhook_ids: HashSet<Box<[u8]>>,
    /// From publishing to the first arrival, in microseconds.
    latencies: Vec<u32>,
    at_once: u64,
    most_at_once: u64,
    last_first_arrival: u64,
}

/// What the groups have received.
#[derive(Default)]
pub(super) struct Tally {
    groups: HashMap<String, Group>,
}

/// What a group has received, in a few numbers. Latencies in microseconds, instants in microseconds since 1970.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct GroupReport {
    /// Requests in all.
    pub(crate) requests: u64,
    /// Deliveries, each counted once.
    pub(crate) deliveries: u64,
    /// Different `webhook-id` headers: more than `deliveries` would mean that a repetition cannot be told as one.
    pub(crate) webhook_ids: u64,
    /// From publishing to the first arrival.
    pub(crate) p50: u32,
    pub(crate) p99: u32,
    pub(crate) longest: u32,
    /// The most requests that were unanswered at one time.
    pub(crate) most_at_once: u64,
    /// When the last delivery arrived for the first time.
    pub(crate) last_first_arrival: u64,
}

/// What stands in the body of an event of the load generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    /// The event's number.
    pub(super) number: u64,
    /// When it was published, in microseconds since 1970.
    pub(super) at: u64,
}

impl Marks {
    /// Finds `"n":…,"at":…` in the body.
    pub(super) fn of(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        let (_, rest) = text.split_once(r#""data":{"n":"#)?;
        let (number, rest) = rest.split_once(r#","at":"#)?;
        let (at, _) = rest.split_once(',')?;
        Some(Self { number: number.parse().ok()?, at: at.parse().ok()? })
    }
}

impl Tally {
    fn group(&mut self, name: &str) -> &mut Group {
        self.groups.entry(name.into()).or_default()
    }

    /// A request has arrived; its answer is due.
    pub(super) fn begin(&mut self, name: &str, receiver: u32, marks: Marks, webhook_id: Option<&[u8]>, now: u64) {
        let group = self.group(name);
        group.requests += 1;
        group.at_once += 1;
        group.most_at_once = group.most_at_once.max(group.at_once);
        if let Some(id) = webhook_id
            && !group.webhook_ids.contains(id)
        {
            group.webhook_ids.insert(id.into());
        }
        let arrivals = group.arrivals.entry((receiver, marks.number)).or_default();
        *arrivals += 1;
        if *arrivals == 1 {
            group.latencies.push(u32::try_from(now.saturating_sub(marks.at)).unwrap_or(u32::MAX));
            group.last_first_arrival = now;
        }
    }

    /// A request was answered, or whoever sent it has gone.
    pub(super) fn end(&mut self, name: &str) {
        let group = self.group(name);
        group.at_once = group.at_once.saturating_sub(1);
    }

    /// Forgets everything but what is under way.
    pub(super) fn reset(&mut self) {
        for group in self.groups.values_mut() {
            *group = Group { at_once: group.at_once, ..Group::default() };
        }
    }

    pub(super) fn report(&self, name: &str) -> GroupReport {
        self.groups.get(name).map(Group::report).unwrap_or_default()
    }

    /// How many deliveries a group has received.
    pub(super) fn progress(&self, name: &str) -> usize {
        self.groups.get(name).map_or(0, |group| group.arrivals.len())
    }

    /// The receiver and event of each delivery of a group.
    pub(super) fn seen(&self, name: &str) -> Vec<(u32, u64)> {
        self.groups.get(name).map(|group| group.arrivals.keys().copied().collect()).unwrap_or_default()
    }
}

impl Group {
    fn report(&self) -> GroupReport {
        let mut latencies = self.latencies.clone();
        let [p50, p99, longest] = crate::figures::quantiles(&mut latencies, [0.5, 0.99, 1.0]);
        GroupReport {
            requests: self.requests,
            deliveries: self.arrivals.len() as u64,
            webhook_ids: self.webhook_ids.len() as u64,
            p50,
            p99,
            longest,
            most_at_once: self.most_at_once,
            last_first_arrival: self.last_first_arrival,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repetition_is_no_second_delivery() {
        let mut tally = Tally::default();
        let marks = |number| Marks { number, at: 1_000 };
        tally.begin("all", 1, marks(7), Some(b"a"), 3_000);
        tally.begin("all", 1, marks(7), Some(b"a"), 9_000);
        tally.begin("all", 2, marks(7), Some(b"b"), 5_000);
        tally.end("all");
        let report = tally.report("all");
        assert_eq!((report.requests, report.deliveries, report.webhook_ids), (3, 2, 2));
        assert_eq!((report.p50, report.longest, report.last_first_arrival), (2_000, 4_000, 5_000));
        assert_eq!(report.most_at_once, 3);
    }

    #[test]
    fn a_reset_keeps_what_is_under_way() {
        let mut tally = Tally::default();
        tally.begin("all", 1, Marks { number: 1, at: 0 }, None, 1);
        tally.reset();
        tally.begin("all", 1, Marks { number: 2, at: 0 }, None, 1);
        assert_eq!(tally.report("all").most_at_once, 2);
        assert_eq!(tally.seen("all"), [(1, 2)]);
    }

    #[test]
    fn the_marks_of_a_generated_event_are_found() {
        let event = crate::load::event("ALL", 42, 1_751_997_679_622_000);
        assert_eq!(Marks::of(event.as_bytes()), Some(Marks { number: 42, at: 1_751_997_679_622_000 }));
        assert_eq!(Marks::of(b"{}"), None);
    }
}
