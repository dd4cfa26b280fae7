//! How fast a lane goes: how many attempts may be under way (slow start), how soon the next may begin (rate limit), and until when its
//! receiver wants none.

use crate::{
    delivery::{retry::LONGEST_REST, settlement::Reception},
    store::{Pace, room},
};
use shared::Timestamp;
use std::time::Duration;

/// Rate limits are held over this long, in microseconds: so much may be made up at once after a pause.
const BURST: i64 = 100_000;
const SECOND: i64 = 1_000_000;
/// How long an attempt takes is an average over about so many.
const SMOOTHED: u32 = 8;

/// The flow of one lane.
///
/// The window says how many attempts may be under way. It begins with all that the webhook allows, or with a single probe if the
/// webhook's last attempt failed. Each that shows trouble halves it, down to a probe; each answer adds one, so that it doubles with each
/// round of attempts: a receiver that comes back is not flooded.
pub(super) struct Flow {
    pace: Pace,
    window: u32,
    /// Whether the receiver struggled at last.
    struggles: bool,
    /// How long an attempt takes, smoothed. At first, as long as it may.
    mean_duration: Duration,
    /// When the next attempt may begin, by the rate limit.
    next_at: Timestamp,
    /// Until when the receiver wants none.
    rests_until: Timestamp,
}

impl Flow {
    pub(super) fn new(pace: Pace) -> Self {
        Self {
            pace,
            window: pace.window(),
            struggles: pace.failing,
            mean_duration: pace.timeout(),
            next_at: Timestamp::from_micros(0),
            rests_until: Timestamp::from_micros(0),
        }
    }

    /// What counts from now on.
    pub(super) fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
        self.window = self.window.clamp(1, pace.max_concurrency.max(1));
    }

    /// An attempt took that long, and told that of its receiver.
    pub(super) fn learn(&mut self, reception: Reception, took: Duration) {
        self.window = match reception {
            Reception::Copes => (self.window + 1).min(self.pace.max_concurrency.max(1)),
            Reception::Struggles => (self.window / 2).max(1),
            Reception::Unknown => return,
        };
        self.struggles = reception == Reception::Struggles;
        self.mean_duration = (self.mean_duration * (SMOOTHED - 1) + took) / SMOOTHED;
    }

    /// The receiver wants no attempt until then.
    pub(super) fn rest(&mut self, until: Timestamp) {
        self.rests_until = self.rests_until.max(until);
    }

    /// What the receiver wanted counts no more.
    pub(super) fn end_rest(&mut self) {
        self.rests_until = Timestamp::from_micros(0);
    }

    /// Whether a rest has come to its end, once for each.
    pub(super) fn ends_rest(&mut self, now: Timestamp) -> bool {
        let is_over = self.rests_until.as_micros() != 0 && self.rests_until <= now;
        if is_over {
            self.end_rest();
        }
        is_over
    }

    /// Until when the receiver wants no attempt; not later than `now` if it wants them.
    pub(super) fn rests_until(&mut self, now: Timestamp) -> Timestamp {
        // Where the clock was set back, the longest rest counts from now.
        self.rests_until = self.rests_until.min(now.plus(LONGEST_REST));
        self.rests_until
    }

    /// Whether the receiver is in trouble, so that it gets one attempt at a time.
    pub(super) fn is_probing(&self) -> bool {
        self.window == 1 && self.struggles
    }

    /// Whether one more may be under way.
    pub(super) fn has_room(&self, running: usize) -> bool {
        running < self.window as usize
    }

    /// When the next attempt may begin; not later than `now` if at once.
    pub(super) fn opens_at(&mut self, now: Timestamp) -> Timestamp {
        let Some(interval) = self.interval() else { return now };
        // Where the clock was set back, the limit counts from now.
        self.next_at = self.next_at.min(now.plus_micros(interval));
        self.next_at
    }

    /// From when on its limits say no more than those of a new flow.
    pub(super) fn forgets_at(&mut self, now: Timestamp) -> Timestamp {
        let made_up = self.interval().map_or(0, |interval| (BURST - interval).max(0));
        self.opens_at(now).plus_micros(made_up).max(self.rests_until(now))
    }

    /// An attempt begins.
    pub(super) fn begin(&mut self, now: Timestamp) {
        if let Some(interval) = self.interval() {
            let made_up = now.plus_micros(-(BURST - interval).max(0));
            self.next_at = self.opens_at(now).max(made_up).plus_micros(interval);
        }
    }

    /// How many deliveries may wait in memory.
    pub(super) fn room(&self) -> usize {
        room(self.window, self.mean_duration, self.pace)
    }

    /// How long the next attempt may take.
    pub(super) fn timeout(&self) -> Duration {
        self.pace.timeout()
    }

    /// The time from one attempt to the next, in microseconds: at most a second.
    fn interval(&self) -> Option<i64> {
        self.pace.rate_limit.map(|limit| SECOND / i64::from(limit.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_751_997_680_000_000);
    const PACE: Pace = Pace { max_concurrency: 16, rate_limit: None, timeout_ms: 2_000, failing: false };
    const SOON: Duration = Duration::from_millis(5);

    fn windows(flow: &mut Flow, receptions: impl IntoIterator<Item = Reception>) -> Vec<u32> {
        let learn = |reception| {
            flow.learn(reception, SOON);
            flow.window
        };
        receptions.into_iter().map(learn).collect()
    }

    #[test]
    fn trouble_halves_the_window_down_to_a_probe() {
        let mut flow = Flow::new(PACE);
        assert_eq!(windows(&mut flow, [Reception::Struggles; 5]), [8, 4, 2, 1, 1]);
    }

    #[test]
    fn a_failing_webhook_begins_with_a_probe_and_doubles_with_each_round() {
        let mut flow = Flow::new(Pace { failing: true, ..PACE });
        let mut rounds = Vec::new();
        while flow.window < 16 {
            rounds.push(flow.window);
            (0..flow.window).for_each(|_| flow.learn(Reception::Copes, SOON));
        }
        assert_eq!(rounds, [1, 2, 4, 8]);
        assert_eq!(windows(&mut flow, [Reception::Copes, Reception::Unknown]), [16, 16]);
    }

    #[test]
    fn more_may_wait_for_a_receiver_that_is_fast_and_one_slow_answer_changes_little() {
        let mut flow = Flow::new(PACE);
        let unknown = flow.room();
        windows(&mut flow, [Reception::Copes; 50]);
        assert!(flow.room() > unknown * 4, "{} and {unknown}", flow.room());
        let fast = flow.room();
        flow.learn(Reception::Unknown, PACE.timeout());
        assert_eq!(flow.room(), fast);
        flow.learn(Reception::Copes, PACE.timeout());
        assert!(flow.room() > fast / 2, "{} and {fast}", flow.room());
        (0..50).for_each(|_| flow.learn(Reception::Copes, PACE.timeout()));
        assert_eq!(flow.room(), unknown);
    }

    /// How many may begin at that instant.
    fn begun(flow: &mut Flow, now: Timestamp) -> usize {
        let mut begun = 0;
        while flow.opens_at(now) <= now && begun < 1_000 {
            flow.begin(now);
            begun += 1;
        }
        begun
    }

    #[test]
    fn a_rate_limit_holds_also_after_a_pause_and_when_the_clock_is_set_back() {
        let mut slow = Flow::new(Pace { rate_limit: Some(2), ..PACE });
        assert_eq!(begun(&mut slow, START), 1);
        assert_eq!(begun(&mut slow, START.plus_micros(499_999)), 0);
        assert_eq!(begun(&mut slow, START.plus_micros(500_000)), 1);
        assert_eq!(begun(&mut slow, START.plus_seconds(60)), 1);
        assert_eq!(begun(&mut slow, START.plus_seconds(-3_600)), 0);
        assert_eq!(begun(&mut slow, START.plus_seconds(-3_600).plus_micros(499_999)), 0);
        assert_eq!(begun(&mut slow, START.plus_seconds(-3_600).plus_micros(500_000)), 1);
        let mut fast = Flow::new(Pace { rate_limit: Some(100), ..PACE });
        assert_eq!(begun(&mut fast, START), 10);
        assert_eq!(begun(&mut fast, START.plus_micros(50_000)), 5);
    }

    #[test]
    fn an_edit_counts_at_once() {
        let mut flow = Flow::new(PACE);
        flow.set_pace(Pace { max_concurrency: 3, rate_limit: Some(1), ..PACE });
        assert!(flow.has_room(2) && !flow.has_room(3));
        flow.begin(START);
        assert_eq!(flow.opens_at(START), START.plus_seconds(1));
    }

    #[test]
    fn one_that_may_have_a_single_attempt_probes_only_in_trouble() {
        let mut flow = Flow::new(Pace { max_concurrency: 1, ..PACE });
        assert!(!flow.is_probing());
        flow.learn(Reception::Struggles, SOON);
        assert!(flow.is_probing());
        flow.learn(Reception::Unknown, SOON);
        assert!(flow.is_probing(), "nothing was sent");
        flow.learn(Reception::Copes, SOON);
        assert!(!flow.is_probing());
        assert!(Flow::new(Pace { max_concurrency: 1, failing: true, ..PACE }).is_probing());
    }
}
