//! Lanes: whose turn it is. Each webhook has a lane of its own, so that a receiver that hangs holds up nobody else.

mod flow;

use crate::{
    delivery::attempt::{self, Ended, Rest},
    store::{Claimed, LEASE, Rests, Rooms},
};
use flow::Flow;
use shared::{Id, Timestamp};
use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    time::Duration,
};

/// A lane may take at most this part of the slots that are free: then some are always free for others, however many receivers hang.
const PART_OF_FREE: usize = 4;
/// This part of the slots is kept for receivers that cope: those that get probes only must not take all, however many they are.
const PART_FOR_HEALTHY: usize = 4;
/// This part is kept for those that get probes only: they must learn that they cope again, and their tests be tried, however much goes to
/// the others.
const PART_FOR_PROBES: usize = 16;
/// A lane that is parked is looked at again after this at most: no rate limit parks it for longer, and a rest may have ended. So often what
/// waits is looked through, too, for what has waited too long.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The deliveries that this process has claimed, by webhook.
///
/// A webhook's own limit counts the attempts that are under way. A slot is held longer, until the attempt is recorded: how fast a webhook
/// goes does not depend on a commit after each, and what is not on record yet is bounded.
pub(super) struct Lanes {
    /// How many attempts may be under way or unrecorded, in all.
    slots: usize,
    /// How many attempts are under way.
    running: usize,
    /// How many have ended and are being recorded.
    unrecorded: usize,
    /// How many of these slots are held by webhooks whose receivers get probes only.
    probing: usize,
    lanes: HashMap<Id, Lane>,
    /// The webhooks with a delivery that may start now, in the order of their turns.
    ready: VecDeque<Id>,
    /// The webhooks whose next delivery may start later, by their rate limit or as their receiver asked; also those of which none waits.
    parked: BTreeSet<(Timestamp, Id)>,
    /// What waited so long that its claim might end during the attempt, and what has no room any more.
    surplus: Vec<Claimed>,
    /// When all lanes were last looked through for that.
    looked_at: Timestamp,
    rooms: Rooms,
    rests: Rests,
    /// The webhooks whose rest has begun or ended.
    changed_rests: Vec<Id>,
}

struct Lane {
    waiting: VecDeque<Claimed>,
    running: usize,
    unrecorded: usize,
    /// How many of its slots are counted as held by one that probes: all or none.
    probing: usize,
    standing: Standing,
    flow: Flow,
    /// When somebody has changed the webhook, if that was while the lane was there.
    edited_at: Timestamp,
}

impl Lane {
    /// How many slots it holds.
    fn held(&self) -> usize {
        self.running + self.unrecorded
    }

    /// When the first that waits may begin; not later than `now` if at once. Tests come first, and ask whether the receiver is there again.
    fn opens_at(&mut self, now: Timestamp) -> Timestamp {
        let by_rate = self.flow.opens_at(now);
        let tests = self.waiting.front().is_some_and(|first| first.next.is_test());
        if tests { by_rate } else { by_rate.max(self.flow.rests_until(now)) }
    }

    /// Whether a delivery that is claimed so long may wait for the end of the rest.
    fn outlasts_rest(&mut self, lease_until: Timestamp, now: Timestamp) -> bool {
        let rests_until = self.flow.rests_until(now);
        let fits = |begins| attempt::fits_claim(lease_until, self.flow.timeout(), begins);
        rests_until <= now || [now, rests_until].into_iter().all(fits)
    }

    /// How many deliveries may wait.
    fn room(&mut self, now: Timestamp) -> usize {
        if self.outlasts_rest(now.plus(LEASE), now) { self.flow.room() } else { 0 }
    }
}

/// Where a lane stands in line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Nowhere: nothing waits, or as many attempts are under way as may be.
    Out,
    /// In `ready`.
    Ready,
    /// In `parked`, until then; with or without something that waits.
    Parked(Timestamp),
}

impl Lanes {
    pub(super) fn new(slots: usize, rooms: Rooms, rests: Rests) -> Self {
        Self {
            slots,
            running: 0,
            unrecorded: 0,
            probing: 0,
            lanes: HashMap::new(),
            ready: VecDeque::new(),
            parked: BTreeSet::new(),
            surplus: Vec::new(),
            looked_at: Timestamp::from_micros(0),
            rooms,
            rests,
            changed_rests: Vec::new(),
        }
    }

    /// Puts a delivery, for which room was taken, at the end of its webhook's lane.
    pub(super) fn push(&mut self, claimed: Claimed, now: Timestamp) {
        let (webhook_id, pace) = (claimed.webhook_id, claimed.pace);
        let lane = self.lanes.entry(webhook_id).or_insert_with(|| Lane {
            waiting: VecDeque::new(),
            running: 0,
            unrecorded: 0,
            probing: 0,
            standing: Standing::Out,
            flow: Flow::new(pace),
            edited_at: Timestamp::from_micros(0),
        });
        if lane.running == 0 && lane.waiting.is_empty() {
            // Nothing newer is known: attempts that have ended tell what counts.
            lane.flow.set_pace(pace);
            self.rooms.resize(webhook_id, lane.room(now), lane.flow.is_probing());
        }
        if claimed.next.is_test() {
            let tests = lane.waiting.partition_point(|waiting| waiting.next.is_test());
            lane.waiting.insert(tests, claimed);
        } else if lane.outlasts_rest(claimed.lease_until, now) {
            if lane.flow.rests_until(now) > now {
                self.rests.wait(webhook_id, claimed.delivery_id);
            }
            lane.waiting.push_back(claimed);
        } else {
            self.rooms.leave(webhook_id, claimed.payload.len());
            self.surplus.push(claimed);
            return;
        }
        self.line_up_anew(webhook_id, now);
    }

    /// The delivery whose turn it is, if one may start now.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<Claimed> {
        self.wake(now);
        for _ in 0..self.ready.len() {
            let free = self.slots.saturating_sub(self.running + self.unrecorded);
            if free == 0 {
                return None;
            }
            let webhook_id = self.ready.pop_front()?;
            let Some(lane) = self.lanes.get_mut(&webhook_id) else { continue };
            if !lane.flow.has_room(lane.running) {
                // Fewer may be under way than when it lined up. It lines up again when one of them ends.
                lane.standing = Standing::Out;
                continue;
            }
            let (held, kept) = if lane.flow.is_probing() {
                (self.probing, self.slots / PART_FOR_HEALTHY)
            } else {
                (self.slots - free - self.probing, self.slots / PART_FOR_PROBES)
            };
            if held >= self.slots - kept || (lane.held() > 0 && lane.held() * PART_OF_FREE >= free) {
                self.ready.push_back(webhook_id);
                continue;
            }
            lane.standing = Standing::Out;
            let timeout = lane.flow.timeout();
            while lane.opens_at(now) <= now
                && let Some(claimed) = lane.waiting.pop_front()
            {
                self.rooms.leave(webhook_id, claimed.payload.len());
                if !attempt::fits_claim(claimed.lease_until, timeout, now) {
                    self.surplus.push(claimed);
                    continue;
                }
                lane.flow.begin(now);
                lane.running += 1;
                self.running += 1;
                self.count_probing(webhook_id);
                self.line_up(webhook_id, now);
                return Some(claimed);
            }
            self.line_up(webhook_id, now);
            self.forget_if_idle(webhook_id, now);
        }
        None
    }

    /// An attempt has ended; its webhook goes on as it showed. Say with [`Lanes::recorded`] when it is on record.
    pub(super) fn ended(&mut self, ended: &Ended, now: Timestamp) {
        let &Ended { webhook_id, pace, reception, took, rest, .. } = ended;
        self.running = self.running.saturating_sub(1);
        self.unrecorded += 1;
        self.end_rest_if_over(webhook_id, now);
        let Some(lane) = self.lanes.get_mut(&webhook_id) else {
            return;
        };
        lane.running = lane.running.saturating_sub(1);
        lane.unrecorded += 1;
        if let Some(pace) = pace {
            lane.flow.set_pace(pace);
        }
        lane.flow.learn(reception, took);
        // What was asked for by the settings of before counts no more; but for a clock that was set back meanwhile.
        lane.edited_at = lane.edited_at.min(now);
        if let Some(Rest { until, .. }) = rest.filter(|rest| rest.began >= lane.edited_at) {
            lane.flow.rest(until);
            self.changed_rests.push(webhook_id);
        }
        let room = lane.room(now);
        self.rooms.resize(webhook_id, room, lane.flow.is_probing());
        // For a receiver that has become slow, or rests longer than claims hold, the memory is not kept.
        if rest.is_some() || lane.waiting.len() > room {
            for claimed in std::mem::take(&mut lane.waiting) {
                let fits = lane.waiting.len() < room && lane.outlasts_rest(claimed.lease_until, now);
                if fits || claimed.next.is_test() {
                    lane.waiting.push_back(claimed);
                } else {
                    self.rooms.leave(webhook_id, claimed.payload.len());
                    self.surplus.push(claimed);
                }
            }
        }
        let rests_until = lane.flow.rests_until(now);
        if rests_until > now {
            let waiting = lane.waiting.iter().filter(|claimed| !claimed.next.is_test());
            self.rests.set(webhook_id, rests_until, waiting.map(|claimed| claimed.delivery_id));
        }
        self.count_probing(webhook_id);
        self.line_up_anew(webhook_id, now);
    }

    /// Somebody has changed a webhook: what its receiver asked for before counts no more.
    pub(super) fn edited(&mut self, webhook_id: Id, now: Timestamp) {
        if let Some(lane) = self.lanes.get_mut(&webhook_id) {
            lane.edited_at = now;
            lane.flow.end_rest();
            if self.rests.end(webhook_id) {
                self.changed_rests.push(webhook_id);
            }
            self.rooms.resize(webhook_id, lane.room(now), lane.flow.is_probing());
            self.line_up_anew(webhook_id, now);
            self.forget_if_idle(webhook_id, now);
        }
    }

    /// Of an attempt to that webhook that has ended, all is on record that will be.
    pub(super) fn recorded(&mut self, webhook_id: Id, now: Timestamp) {
        self.unrecorded = self.unrecorded.saturating_sub(1);
        if let Some(lane) = self.lanes.get_mut(&webhook_id) {
            lane.unrecorded = lane.unrecorded.saturating_sub(1);
        }
        self.count_probing(webhook_id);
        self.forget_if_idle(webhook_id, now);
    }

    /// What cannot wait here any longer since the last time: somebody shall give it back.
    pub(super) fn take_surplus(&mut self) -> Vec<Claimed> {
        std::mem::take(&mut self.surplus)
    }

    /// The webhooks whose rest has begun or ended since the last time.
    pub(super) fn take_changed_rests(&mut self) -> Vec<Id> {
        std::mem::take(&mut self.changed_rests)
    }

    /// How long until a lane is to be looked at that is parked.
    pub(super) fn next_look(&self, now: Timestamp) -> Option<Duration> {
        let (at, _) = self.parked.first()?;
        Some(at.since(now).min(LOOK_EVERY))
    }

    /// Everything that waits, when no more shall start.
    pub(super) fn drain(&mut self) -> Vec<Claimed> {
        self.ready.clear();
        self.parked.clear();
        let waiting = self.lanes.values_mut().flat_map(|lane| lane.waiting.drain(..));
        waiting.chain(self.surplus.drain(..)).collect()
    }

    /// How many webhooks have a lane, and how many attempts are under way.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.lanes.len(), self.running)
    }

    /// Counts the slots of a lane among those of receivers that get probes only, where its receiver is one now, and else not.
    fn count_probing(&mut self, webhook_id: Id) {
        if let Some(lane) = self.lanes.get_mut(&webhook_id) {
            let held = if lane.flow.is_probing() { lane.held() } else { 0 };
            self.probing = self.probing - lane.probing + held;
            lane.probing = held;
        }
    }

    fn line_up(&mut self, webhook_id: Id, now: Timestamp) {
        let Some(lane) = self.lanes.get_mut(&webhook_id) else {
            return;
        };
        if lane.standing != Standing::Out || lane.waiting.is_empty() || !lane.flow.has_room(lane.running) {
            return;
        }
        let opens_at = lane.opens_at(now);
        if opens_at <= now {
            lane.standing = Standing::Ready;
            self.ready.push_back(webhook_id);
        } else {
            self.park(opens_at, webhook_id, now);
        }
    }

    /// Like [`Lanes::line_up`], also for a lane that is parked: it may go on now.
    fn line_up_anew(&mut self, webhook_id: Id, now: Timestamp) {
        self.step_out(webhook_id);
        self.line_up(webhook_id, now);
    }

    /// Parks a lane, which is in no line, until then.
    fn park(&mut self, at: Timestamp, webhook_id: Id, now: Timestamp) {
        if let Some(lane) = self.lanes.get_mut(&webhook_id) {
            let at = at.min(now.plus(LOOK_EVERY));
            lane.standing = Standing::Parked(at);
            self.parked.insert((at, webhook_id));
        }
    }

    /// Takes a lane out of its line, unless it has something that may start now.
    fn step_out(&mut self, webhook_id: Id) {
        let Some(lane) = self.lanes.get_mut(&webhook_id) else { return };
        match lane.standing {
            Standing::Parked(at) => {
                self.parked.remove(&(at, webhook_id));
            }
            Standing::Ready if lane.waiting.is_empty() => self.ready.retain(|ready| *ready != webhook_id),
            Standing::Ready | Standing::Out => return,
        }
        lane.standing = Standing::Out;
    }

    /// Gives up, once in a while, what has waited too long, also where no slot becomes free for its lane: whoever claims it after its claim
    /// takes it for what was interrupted.
    fn give_up_stale(&mut self, now: Timestamp) {
        if (self.looked_at..self.looked_at.plus(LOOK_EVERY)).contains(&now) {
            return;
        }
        self.looked_at = now;
        let mut emptied = Vec::new();
        for (&webhook_id, lane) in &mut self.lanes {
            let timeout = lane.flow.timeout();
            let fits = |claimed: &Claimed| attempt::fits_claim(claimed.lease_until, timeout, now);
            if lane.waiting.iter().all(fits) {
                continue;
            }
            let (waiting, stale): (Vec<_>, Vec<_>) = lane.waiting.drain(..).partition(fits);
            lane.waiting.extend(waiting);
            stale.iter().for_each(|claimed| self.rooms.leave(webhook_id, claimed.payload.len()));
            self.surplus.extend(stale);
            emptied.extend(lane.waiting.is_empty().then_some(webhook_id));
        }
        emptied.into_iter().for_each(|webhook_id| self.forget_if_idle(webhook_id, now));
    }

    fn wake(&mut self, now: Timestamp) {
        self.give_up_stale(now);
        // Where the clock was set back, what is parked until far in the future is looked at again.
        let is_due = |at: Timestamp| at <= now || at > now.plus(LOOK_EVERY);
        while let Some(&(at, webhook_id)) = self.parked.first().filter(|(at, _)| is_due(*at)) {
            self.parked.remove(&(at, webhook_id));
            self.end_rest_if_over(webhook_id, now);
            if let Some(lane) = self.lanes.get_mut(&webhook_id) {
                lane.standing = Standing::Out;
                self.rooms.resize(webhook_id, lane.room(now), lane.flow.is_probing());
                self.line_up(webhook_id, now);
                self.forget_if_idle(webhook_id, now);
            }
        }
    }

    fn end_rest_if_over(&mut self, webhook_id: Id, now: Timestamp) {
        if self.lanes.get_mut(&webhook_id).is_some_and(|lane| lane.flow.ends_rest(now)) {
            self.rests.end(webhook_id);
            self.changed_rests.push(webhook_id);
        }
    }

    /// What a lane has learnt about its receiver is kept until it is on record, and as long as its rate limit or its rest counts for what
    /// comes next.
    fn forget_if_idle(&mut self, webhook_id: Id, now: Timestamp) {
        let is_idle = |lane: &Lane| lane.held() == 0 && lane.waiting.is_empty();
        if !self.lanes.get(&webhook_id).is_some_and(is_idle) {
            return;
        }
        self.step_out(webhook_id);
        self.end_rest_if_over(webhook_id, now);
        let Some(lane) = self.lanes.get_mut(&webhook_id) else { return };
        let forgets_at = lane.flow.forgets_at(now);
        if forgets_at > now {
            return self.park(forgets_at, webhook_id, now);
        }
        self.rooms.resize(webhook_id, lane.flow.room(), lane.flow.is_probing());
        self.lanes.remove(&webhook_id);
        self.rooms.forget(webhook_id);
    }
}

#[cfg(test)]
mod tests;
