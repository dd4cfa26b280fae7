//! The hand-over of fresh deliveries in memory, from the writer to the dispatcher.
//!
//! Memory is bounded, for each webhook and in all: what finds no room falls due in the database, and is claimed from there when there
//! is room again. So a receiver that hangs fills its own room and nobody else's.

use super::{Claimed, webhooks::Pace};
use shared::Id;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::mpsc;

/// How many deliveries may wait in memory, in all.
const DELIVERIES: usize = 16_384;
/// How many bytes their payloads may have, in all.
const BYTES: usize = 64 << 20;
/// How long a delivery may wait for its turn in memory and be attempted: clearly shorter than a claim holds.
const HELD: Duration = Duration::from_secs(40);
/// The room of a webhook about which nothing is known yet.
const UNKNOWN: usize = 16;
/// No room takes more than this part of what is free,
const PART_OF_FREE: usize = 8;
/// or more places than that part of all,
const LARGEST: usize = DELIVERIES / PART_OF_FREE;
/// and so many places are kept for receivers that cope: those that fail must not take all, however many they are.
const FOR_HEALTHY: usize = DELIVERIES / 4;

/// The two ends of the hand-over.
pub fn hand_over() -> (HandOver, HandedOver) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let rooms = Rooms::default();
    (HandOver { rooms: rooms.clone(), sender }, HandedOver { rooms, receiver })
}

/// The writer's end.
#[derive(Clone)]
pub struct HandOver {
    rooms: Rooms,
    sender: mpsc::UnboundedSender<Claimed>,
}

/// The dispatcher's end.
pub struct HandedOver {
    /// The room that there is.
    pub rooms: Rooms,
    /// What was handed over. Its length is bounded by the room.
    pub receiver: mpsc::UnboundedReceiver<Claimed>,
}

/// The place of one delivery in memory; given back when it is dropped unused.
pub(super) struct Place {
    end: HandOver,
    webhook_id: Id,
    bytes: usize,
    used: bool,
}

impl HandOver {
    /// A place for a fresh delivery, or none: then it must fall due.
    pub(super) fn reserve(&self, webhook_id: Id, pace: Pace, bytes: usize) -> Option<Place> {
        let window = if pace.failing { 1 } else { pace.max_concurrency };
        let size = room(window, pace.timeout(), pace);
        let reserved = self.rooms.state().reserve(webhook_id, size, pace.failing, bytes);
        reserved.then(|| Place { end: self.clone(), webhook_id, bytes, used: false })
    }
}

impl Place {
    /// Hands the delivery over. `false`: the dispatcher has ended and takes nothing any more.
    pub(super) fn hand_over(mut self, claimed: Claimed) -> bool {
        self.used = self.end.sender.send(claimed).is_ok();
        self.used
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.used {
            self.end.rooms.leave(self.webhook_id, self.bytes);
        }
    }
}

/// How many deliveries may wait in memory for a webhook of which `window` attempts may be under way, each of which takes about `turn`: as
/// many as get their turn before their claim ends.
pub fn room(window: u32, turn: Duration, pace: Pace) -> usize {
    let waits = HELD.saturating_sub(pace.timeout());
    let turns = waits.as_micros() / turn.as_micros().max(1);
    let by_rate = pace.rate_limit.map_or(u128::MAX, |limit| u128::from(limit) * u128::from(HELD.as_secs() / 2));
    let size = (u128::from(window) * turns.max(1)).min(by_rate).max(1);
    usize::try_from(size).unwrap_or(LARGEST).min(LARGEST)
}

/// How much room there is in memory, by webhook.
#[derive(Clone, Default)]
pub struct Rooms(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    taken: usize,
    bytes: usize,
    rooms: HashMap<Id, Room>,
    /// Counts the shares that were given.
    turn: u64,
    /// Whether some room that is half empty or more belongs to a webhook with more in the database.
    wanting: bool,
    /// Whether nothing more is taken.
    closed: bool,
}

struct Room {
    size: usize,
    taken: usize,
    /// Whether deliveries to this webhook may be due in the database.
    behind: bool,
    /// Whether its receiver gets probes only.
    probing: bool,
    /// When it got its last share.
    served: u64,
}

impl Room {
    fn new(size: usize, probing: bool) -> Self {
        Self { size, taken: 0, behind: false, probing, served: 0 }
    }

    /// How many places this room may take of those that are free.
    fn part_of(&self, free: usize) -> usize {
        free.saturating_sub(if self.probing { FOR_HEALTHY } else { 0 }).div_ceil(PART_OF_FREE)
    }

    /// Fresh deliveries leave half of the room to what is due in the database, or that would never get its turn.
    fn takes_fresh(&self, free: usize) -> bool {
        let size = if self.behind { self.size / 2 } else { self.size };
        self.taken < size.min(self.part_of(free))
    }

    fn wants(&self) -> bool {
        self.behind && self.taken * 2 <= self.size
    }
}

impl Rooms {
    fn state(&self) -> MutexGuard<'_, State> {
        // Every change of the state is whole before anything in it can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A delivery has left memory: it is being attempted, or was given back.
    pub fn leave(&self, webhook_id: Id, bytes: usize) {
        let state = &mut *self.state();
        state.taken = state.taken.saturating_sub(1);
        state.bytes = state.bytes.saturating_sub(bytes);
        if let Some(room) = state.rooms.get_mut(&webhook_id) {
            room.taken = room.taken.saturating_sub(1);
            state.wanting |= room.wants();
        }
    }

    /// From now on so many deliveries may wait for that webhook. `probing`: its receiver gets probes only.
    pub fn resize(&self, webhook_id: Id, size: usize, probing: bool) {
        let state = &mut *self.state();
        if let Some(room) = state.rooms.get_mut(&webhook_id) {
            (room.size, room.probing) = (size, probing);
            state.wanting |= room.wants();
        }
    }

    /// Deliveries to these webhooks are due in the database.
    pub fn note_behind(&self, webhook_ids: impl IntoIterator<Item = Id>) {
        let state = &mut *self.state();
        for webhook_id in webhook_ids {
            let room = state.rooms.entry(webhook_id).or_insert_with(|| Room::new(UNKNOWN, false));
            room.behind = true;
            state.wanting |= room.wants();
        }
    }

    /// Nothing of that webhook is in memory any more.
    pub fn forget(&self, webhook_id: Id) {
        let state = &mut *self.state();
        if state.rooms.get(&webhook_id).is_some_and(|room| room.taken == 0 && !room.behind) {
            state.rooms.remove(&webhook_id);
        }
    }

    /// Whether [`Rooms::shares`] would find something.
    pub fn wanting(&self) -> bool {
        let state = self.state();
        state.wanting && !state.closed && state.taken < DELIVERIES && state.bytes < BYTES
    }

    /// Takes room for at most `limit` deliveries that are due in the database, in equal shares by webhook; who has waited longest for a
    /// share comes first. Say with [`Rooms::use_share`] what became of each.
    pub fn shares(&self, limit: usize) -> Vec<(Id, usize)> {
        let state = &mut *self.state();
        let free = DELIVERIES.saturating_sub(state.taken);
        let limit = limit.min(free);
        if limit == 0 || state.closed {
            return Vec::new();
        }
        let may = |room: &Room| room.wants() && room.part_of(free) > 0;
        let mut wanting: Vec<_> = state.rooms.iter_mut().filter(|(_, room)| may(room)).collect();
        state.wanting = wanting.len() > limit;
        if wanting.len() > limit {
            wanting.select_nth_unstable_by_key(limit, |(_, room)| room.served);
        }
        let each = (limit / wanting.len().max(1)).max(1);
        let give = |(&webhook_id, room): (&Id, &mut Room)| {
            let share = each.min(room.size - room.taken).min(room.part_of(free));
            state.turn += 1;
            state.taken += share;
            room.taken += share;
            room.behind = false;
            room.served = state.turn;
            (webhook_id, share)
        };
        wanting.into_iter().take(limit).map(give).collect()
    }

    /// Of a share, `used` deliveries with so many bytes were claimed. When that is all of it, there may be more.
    pub fn use_share(&self, webhook_id: Id, share: usize, used: usize, bytes: usize) {
        let state = &mut *self.state();
        state.taken = state.taken.saturating_sub(share - used);
        state.bytes += bytes;
        if let Some(room) = state.rooms.get_mut(&webhook_id) {
            room.taken = room.taken.saturating_sub(share - used);
            room.behind |= used == share;
            state.wanting |= room.wants();
            if room.taken == 0 && !room.behind {
                state.rooms.remove(&webhook_id);
            }
        }
    }

    /// Takes nothing more: what is published from now on falls due.
    pub fn close(&self) {
        self.state().closed = true;
    }

    /// How many deliveries wait in memory.
    pub fn waiting(&self) -> usize {
        self.state().taken
    }
}

impl State {
    fn reserve(&mut self, webhook_id: Id, size: usize, probing: bool, bytes: usize) -> bool {
        if self.closed {
            return false;
        }
        let free = if self.bytes + bytes > BYTES { 0 } else { DELIVERIES.saturating_sub(self.taken) };
        let room = self.rooms.entry(webhook_id).or_insert_with(|| Room::new(size, probing));
        if !room.takes_fresh(free) {
            room.behind = true;
            self.wanting |= room.wants();
            return false;
        }
        room.taken += 1;
        self.taken += 1;
        self.bytes += bytes;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Id = Id::from_bytes([1; 16]);
    const TWO: Id = Id::from_bytes([2; 16]);
    const PACE: Pace = Pace { max_concurrency: 2, rate_limit: None, timeout_ms: 10_000, failing: false };

    /// Reserves until there is no more room, and keeps the places.
    fn fill(hand_over: &HandOver, webhook_id: Id) -> Vec<Place> {
        std::iter::from_fn(|| hand_over.reserve(webhook_id, PACE, 1)).collect()
    }

    #[test]
    fn a_room_holds_what_gets_its_turn_before_the_claim_ends() {
        let pace = |timeout_ms, rate_limit| Pace { max_concurrency: 16, rate_limit, timeout_ms, failing: false };
        let (fast, slow) = (Duration::from_millis(1), Duration::from_secs(2));
        assert_eq!(room(16, slow, pace(2_000, None)), 16 * 19);
        assert_eq!(room(1, slow * 15, pace(30_000, None)), 1);
        assert_eq!(room(16, slow * 5, pace(10_000, None)), 16 * 3);
        assert_eq!(room(16, slow, pace(10_000, None)), 16 * 15);
        assert_eq!(room(16, slow, pace(2_000, Some(1))), 20);
        assert_eq!(room(16, fast, pace(2_000, None)), LARGEST);
        assert_eq!(room(1, Duration::ZERO, pace(60_000, None)), 1);
    }

    #[test]
    fn a_full_room_is_full_for_its_own_webhook_only() {
        let (hand_over, _end) = hand_over();
        let places = fill(&hand_over, ONE);
        assert_eq!(places.len(), room(2, PACE.timeout(), PACE));
        assert_eq!(fill(&hand_over, TWO).len(), places.len());
    }

    #[test]
    fn a_place_that_is_not_used_is_free_again() {
        let (hand_over, end) = hand_over();
        drop(fill(&hand_over, ONE));
        assert_eq!(end.rooms.waiting(), 0);
        assert!(hand_over.reserve(ONE, PACE, 1).is_some());
    }

    #[test]
    fn what_found_no_room_is_asked_for_when_half_of_it_is_free_and_fresh_ones_take_the_other_half_only() {
        let (hand_over, end) = hand_over();
        let mut places = fill(&hand_over, ONE);
        assert!(!end.rooms.wanting());
        let half = places.len() / 2;
        places.truncate(half);
        assert!(end.rooms.wanting());
        assert!(hand_over.reserve(ONE, PACE, 1).is_none());
        assert_eq!(end.rooms.shares(256), [(ONE, half)]);
        assert!(!end.rooms.wanting());
        end.rooms.use_share(ONE, half, 1, 1);
        assert_eq!(end.rooms.waiting(), half + 1);
        assert!(hand_over.reserve(ONE, PACE, 1).is_some(), "nothing is behind any more");
    }

    #[test]
    fn webhooks_that_are_behind_get_equal_shares() {
        let rooms = Rooms::default();
        rooms.note_behind([ONE, TWO]);
        let mut shares = rooms.shares(10);
        shares.sort_unstable();
        assert_eq!(shares, [(ONE, 5), (TWO, 5)]);
        rooms.use_share(ONE, 5, 5, 5);
        rooms.use_share(TWO, 5, 0, 0);
        assert!(rooms.wanting(), "the share that was used up means that there may be more");
        assert_eq!(rooms.shares(10), [(ONE, 10)]);
    }

    #[test]
    fn whoever_has_waited_longest_for_a_share_comes_first() {
        let rooms = Rooms::default();
        let mut served = std::collections::BTreeMap::<Id, usize>::new();
        rooms.note_behind((0..5).map(|n| Id::from_bytes([n; 16])));
        for _ in 0..5 {
            for (id, share) in rooms.shares(2) {
                *served.entry(id).or_default() += share;
                rooms.use_share(id, share, share, 0);
            }
        }
        assert_eq!(served.into_values().collect::<Vec<_>>(), [2; 5]);
    }

    #[test]
    fn receivers_that_fail_leave_room_to_others() {
        let (hand_over, _end) = hand_over();
        let webhook = |n: u64| Id::from_parts(n, 0);
        let failing = Pace { failing: true, timeout_ms: 2_000, ..PACE };
        let mut places = Vec::new();
        for n in 0..5_000 {
            places.extend(std::iter::from_fn(|| hand_over.reserve(webhook(n), failing, 1)));
        }
        assert_eq!(places.len(), DELIVERIES - FOR_HEALTHY);
        assert_eq!(fill(&hand_over, webhook(9_000)).len(), room(2, PACE.timeout(), PACE));
    }

    #[test]
    fn more_webhooks_than_a_claim_takes_get_their_turn_after_one_another() {
        let rooms = Rooms::default();
        rooms.note_behind((0..6).map(|n| Id::from_bytes([n; 16])));
        let first = rooms.shares(4);
        assert_eq!(first.len(), 4);
        first.iter().for_each(|&(id, share)| rooms.use_share(id, share, 0, 0));
        assert!(rooms.wanting());
        assert_eq!(rooms.shares(4).len(), 2);
    }
}
