//! Lanes: whose turn it is. Each webhook has a lane of its own, so that a receiver that hangs holds up nobody else.

use crate::store::Claimed;
use shared::Id;
use std::collections::{HashMap, HashSet, VecDeque};

/// How many attempts may run at once, in all and to one webhook, and how many deliveries may wait in one lane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caps {
    pub(super) running: usize,
    pub(super) running_per_webhook: usize,
    pub(super) waiting_per_webhook: usize,
}

/// The deliveries that this process has claimed, by webhook.
pub(super) struct Lanes {
    caps: Caps,
    lanes: HashMap<Id, Lane>,
    /// The webhooks with a delivery that may start now, in the order of their turns.
    ready: VecDeque<Id>,
    running: usize,
}

#[derive(Default)]
struct Lane {
    waiting: VecDeque<Claimed>,
    running: usize,
    ready: bool,
}

impl Lanes {
    pub(super) fn new(caps: Caps) -> Self {
        Self { caps, lanes: HashMap::new(), ready: VecDeque::new(), running: 0 }
    }

    /// Puts a delivery at the end of its webhook's lane, or gives it back when the lane is full.
    pub(super) fn push(&mut self, claimed: Claimed) -> Result<(), Claimed> {
        let webhook_id = claimed.webhook_id;
        let lane = self.lanes.entry(webhook_id).or_default();
        if lane.waiting.len() >= self.caps.waiting_per_webhook {
            return Err(claimed);
        }
        lane.waiting.push_back(claimed);
        self.line_up(webhook_id);
        Ok(())
    }

    /// The delivery whose turn it is, if one may start now.
    pub(super) fn next(&mut self) -> Option<Claimed> {
        if self.running >= self.caps.running {
            return None;
        }
        let webhook_id = self.ready.pop_front()?;
        let lane = self.lanes.get_mut(&webhook_id)?;
        lane.ready = false;
        let claimed = lane.waiting.pop_front()?;
        lane.running += 1;
        self.running += 1;
        self.line_up(webhook_id);
        Some(claimed)
    }

    /// An attempt to that webhook has ended.
    pub(super) fn done(&mut self, webhook_id: Id) {
        self.running -= 1;
        if let Some(lane) = self.lanes.get_mut(&webhook_id) {
            lane.running -= 1;
            if lane.running == 0 && lane.waiting.is_empty() {
                self.lanes.remove(&webhook_id);
            } else {
                self.line_up(webhook_id);
            }
        }
    }

    /// The webhooks whose lanes are half full or more: nothing more shall be claimed for them now.
    pub(super) fn crowded(&self) -> HashSet<Id> {
        let crowded = |lane: &Lane| lane.waiting.len() * 2 >= self.caps.waiting_per_webhook;
        self.lanes.iter().filter(|(_, lane)| crowded(lane)).map(|(&id, _)| id).collect()
    }

    /// Everything that waits, when no more shall start.
    pub(super) fn drain(&mut self) -> Vec<Claimed> {
        self.ready.clear();
        self.lanes.values_mut().flat_map(|lane| lane.waiting.drain(..)).collect()
    }

    fn line_up(&mut self, webhook_id: Id) {
        let Some(lane) = self.lanes.get_mut(&webhook_id) else {
            return;
        };
        if !lane.ready && !lane.waiting.is_empty() && lane.running < self.caps.running_per_webhook {
            lane.ready = true;
            self.ready.push_back(webhook_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::NextAttempt;
    use shared::Timestamp;

    const CAPS: Caps = Caps { running: 5, running_per_webhook: 2, waiting_per_webhook: 3 };

    fn claimed(webhook: u8) -> Claimed {
        Claimed {
            delivery_id: Id::from_bytes([9; 16]),
            tenant_id: Id::from_bytes([0; 16]),
            webhook_id: Id::from_bytes([webhook; 16]),
            payload: bytes::Bytes::new(),
            attempt_count: 0,
            retry_index: 0,
            next: NextAttempt::Scheduled,
            lease_until: Timestamp::from_micros(0),
        }
    }

    fn started(lanes: &mut Lanes) -> Vec<u8> {
        std::iter::from_fn(|| lanes.next()).map(|claimed| claimed.webhook_id.to_bytes()[0]).collect()
    }

    #[test]
    fn webhooks_take_turns_and_none_takes_more_than_its_share() {
        let mut lanes = Lanes::new(CAPS);
        for webhook in [1, 1, 1, 2, 3] {
            lanes.push(claimed(webhook)).unwrap();
        }
        assert_eq!(started(&mut lanes), [1, 2, 3, 1]);
        lanes.done(Id::from_bytes([1; 16]));
        assert_eq!(started(&mut lanes), [1]);
    }

    #[test]
    fn no_more_run_than_the_cap_allows() {
        let mut lanes = Lanes::new(CAPS);
        (1..=8).for_each(|webhook| lanes.push(claimed(webhook)).unwrap());
        assert_eq!(started(&mut lanes), [1, 2, 3, 4, 5]);
        lanes.done(Id::from_bytes([4; 16]));
        assert_eq!(started(&mut lanes), [6]);
    }

    #[test]
    fn a_full_lane_gives_back_and_is_told_apart() {
        let mut lanes = Lanes::new(CAPS);
        (0..3).for_each(|_| lanes.push(claimed(1)).unwrap());
        lanes.push(claimed(2)).unwrap();
        assert!(lanes.push(claimed(1)).is_err());
        assert_eq!(lanes.crowded(), HashSet::from([Id::from_bytes([1; 16])]));
        assert_eq!(lanes.drain().len(), 4);
        assert_eq!(started(&mut lanes), [0; 0]);
    }

    #[test]
    fn an_idle_lane_is_forgotten() {
        let mut lanes = Lanes::new(CAPS);
        lanes.push(claimed(1)).unwrap();
        assert_eq!(started(&mut lanes), [1]);
        lanes.done(Id::from_bytes([1; 16]));
        assert!(lanes.lanes.is_empty());
    }
}
