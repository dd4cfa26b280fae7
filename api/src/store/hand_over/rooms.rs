//! How much room there is in memory, and for whom.

use crate::store::webhooks::Pace;
use parking_lot::Mutex;
use shared::Id;
use std::{collections::HashMap, sync::Arc, time::Duration};

/// How many deliveries may wait in memory, in all.
pub(super) const DELIVERIES: usize = 32_768;
/// How many bytes their payloads may have, in all.
pub(super) const BYTES: usize = 64 << 20;
/// How long a delivery may wait for its turn in memory and be attempted: clearly shorter than a claim holds.
const HELD: Duration = Duration::from_secs(40);
/// The room of a webhook about which nothing is known yet.
const UNKNOWN: usize = 16;
/// No room takes more than this part of what is free, places or bytes.
const PART_OF_FREE: usize = 8;
/// No room has more places than this.
pub(super) const LARGEST: usize = DELIVERIES / PART_OF_FREE;
/// So many tests of a webhook are taken beyond its room.
pub(super) const TESTS: usize = 16;
/// This part of all is kept for receivers that cope: those that fail must not take all, however many they are.
pub(super) const PART_FOR_HEALTHY: usize = 4;
/// This part of all is kept for those that fail: however much waits for the others, they must learn that they cope again.
pub(super) const PART_FOR_PROBES: usize = 16;

/// How many deliveries may wait in memory for a webhook of which `window` attempts may be under way, each of which takes about
/// `mean_duration`: as many as get their turn before their claim ends.
pub fn room(window: u32, mean_duration: Duration, pace: Pace) -> usize {
    let waits = HELD.saturating_sub(pace.timeout());
    let turns = waits.as_micros() / mean_duration.as_micros().max(1);
    let by_rate = pace.rate_limit.map_or(u128::MAX, |limit| u128::from(limit) * u128::from(HELD.as_secs() / 2));
    let size = (u128::from(window) * turns.max(1)).min(by_rate).max(1);
    usize::try_from(size).unwrap_or(LARGEST).min(LARGEST)
}

/// Whom a place is for.
#[derive(Clone, Copy)]
pub(in crate::store) enum PlaceFor {
    /// The delivery of an event.
    Event,
    /// A test: a few find a place beyond their webhook's room.
    Test,
}

/// How much of a webhook's that is due in the database may be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Whose it is.
    pub webhook_id: Id,
    /// How many deliveries at most.
    pub most: usize,
    /// Whether only tests are claimed: they come before all else, also while the webhook rests or is inactive.
    pub only_tests: bool,
}

/// How much room there is in memory, by webhook.
#[derive(Clone, Default)]
pub struct Rooms(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    taken: usize,
    bytes: usize,
    /// What of it the rooms have whose receivers get probes only.
    probing: Memory,
    rooms: HashMap<Id, Room>,
    /// Counts the shares that were given.
    given: u64,
    /// Whether some room may want what is due in the database: it is half empty or more, or tests are among it.
    wanting: bool,
    /// Whether nothing more is taken.
    closed: bool,
}

struct Room {
    /// How many deliveries may wait; none while its webhook rests.
    size: usize,
    taken: usize,
    /// How many bytes the payloads of those in it have.
    bytes: usize,
    /// How many bytes a payload of those that came last has on the average.
    mean: usize,
    /// Whether deliveries to this webhook may be due in the database.
    behind: bool,
    /// Whether tests of it may be.
    tests: bool,
    /// Whether its receiver gets probes only.
    probing: bool,
    /// When it got its last share.
    served: u64,
}

/// So much of the memory.
#[derive(Clone, Copy, Default)]
struct Memory {
    places: usize,
    bytes: usize,
}

/// What is not taken of the memory.
#[derive(Clone, Copy)]
struct Free {
    all: Memory,
    /// What of it the rooms may have whose receivers cope.
    for_healthy: Memory,
    /// What those may have whose receivers get probes only.
    for_probes: Memory,
}

impl State {
    fn free(&self) -> Free {
        let left = |all: usize, kept_part: usize, taken: usize| (all - all / kept_part).saturating_sub(taken);
        let (taken, bytes, probing) = (self.taken, self.bytes, self.probing);
        Free {
            all: Memory { places: DELIVERIES.saturating_sub(taken), bytes: BYTES.saturating_sub(bytes) },
            for_healthy: Memory {
                places: left(DELIVERIES, PART_FOR_PROBES, taken.saturating_sub(probing.places)),
                bytes: left(BYTES, PART_FOR_PROBES, bytes.saturating_sub(probing.bytes)),
            },
            for_probes: Memory {
                places: left(DELIVERIES, PART_FOR_HEALTHY, probing.places),
                bytes: left(BYTES, PART_FOR_HEALTHY, probing.bytes),
            },
        }
    }

    /// Changes a room, and counts what it has among that of receivers that get probes only, where its receiver is one.
    fn change(&mut self, webhook_id: Id, change: impl FnOnce(&mut Room)) {
        if let Some(room) = self.rooms.get_mut(&webhook_id) {
            let before = room.probing();
            change(room);
            let after = room.probing();
            self.probing.places = self.probing.places - before.places + after.places;
            self.probing.bytes = self.probing.bytes - before.bytes + after.bytes;
            self.wanting |= room.wants();
        }
    }
}

impl Room {
    fn new(size: usize, probing: bool) -> Self {
        Self { size, taken: 0, bytes: 0, mean: 0, behind: false, tests: false, probing, served: 0 }
    }

    /// What it has, if its receiver gets probes only.
    fn probing(&self) -> Memory {
        if self.probing { Memory { places: self.taken, bytes: self.bytes } } else { Memory::default() }
    }

    /// How much this room may have of what is free.
    fn part_of(&self, free: Free) -> Memory {
        let left = if self.probing { free.for_probes } else { free.for_healthy };
        Memory {
            places: free.all.places.div_ceil(PART_OF_FREE).min(left.places),
            bytes: free.all.bytes.div_ceil(PART_OF_FREE).min(left.bytes),
        }
    }

    /// Fresh deliveries leave half of the room to what is due in the database, or that would never get its turn.
    fn takes_fresh(&self, free: Free, bytes: usize) -> bool {
        let size = if self.behind { self.size / 2 } else { self.size };
        let part = self.part_of(free);
        self.taken < size.min(part.places) && self.bytes + bytes <= part.bytes
    }

    /// Tests do not wait behind what is there already.
    fn takes_test(&self, free: Free, bytes: usize) -> bool {
        self.taken < self.size + TESTS && free.all.places > 0 && bytes <= free.all.bytes
    }

    fn wants_tests(&self) -> bool {
        self.tests && self.taken < self.size + TESTS
    }

    fn wants_others(&self) -> bool {
        self.behind && self.size > 0 && self.taken * 2 <= self.size && self.bytes * 2 <= BYTES / PART_OF_FREE
    }

    fn wants(&self) -> bool {
        self.wants_tests() || self.wants_others()
    }

    /// Whether there is nothing to know of it.
    fn is_idle(&self) -> bool {
        self.size > 0 && self.taken == 0 && !self.behind && !self.tests
    }

    /// How many that are due in the database it may take, if their payloads are like those that came last. Tests first, and a few of them
    /// whatever is there already.
    fn share(&self, free: Free) -> usize {
        let (places, part) = if self.wants_tests() {
            ((self.size + TESTS - self.taken).min(TESTS), free.all)
        } else {
            let Memory { places, bytes } = self.part_of(free);
            (self.size.saturating_sub(self.taken), Memory { places, bytes: bytes.saturating_sub(self.bytes) })
        };
        places.min(part.places).min(part.bytes.div_ceil(self.mean.max(1)))
    }

    /// What is noted of tests, or of all else, that may be due in the database.
    fn due(&mut self, tests: bool) -> &mut bool {
        if tests { &mut self.tests } else { &mut self.behind }
    }

    fn add(&mut self, deliveries: usize, bytes: usize) {
        self.taken += deliveries;
        self.bytes += bytes;
        self.mean = bytes.checked_div(deliveries).unwrap_or(self.mean);
    }
}

impl Rooms {
    /// Takes a place for a delivery of so many bytes. `false`: there is none.
    pub(super) fn reserve(&self, whom: PlaceFor, webhook_id: Id, pace: Pace, bytes: usize) -> bool {
        let state = &mut *self.0.lock();
        if state.closed {
            return false;
        }
        let free = state.free();
        let room = state.rooms.entry(webhook_id).or_insert_with(|| {
            let size = room(pace.window(), pace.timeout(), pace);
            Room::new(size, pace.failing)
        });
        let takes = match whom {
            PlaceFor::Event => room.takes_fresh(free, bytes),
            PlaceFor::Test => room.takes_test(free, bytes),
        };
        if !takes {
            *room.due(matches!(whom, PlaceFor::Test)) = true;
            state.wanting |= room.wants();
            return false;
        }
        state.change(webhook_id, |room| room.add(1, bytes));
        state.taken += 1;
        state.bytes += bytes;
        true
    }

    /// A delivery has left memory: it is being attempted, or was given back.
    pub fn leave(&self, webhook_id: Id, bytes: usize) {
        let state = &mut *self.0.lock();
        state.taken = state.taken.saturating_sub(1);
        state.bytes = state.bytes.saturating_sub(bytes);
        state.change(webhook_id, |room| {
            room.taken = room.taken.saturating_sub(1);
            room.bytes = room.bytes.saturating_sub(bytes);
        });
    }

    /// From now on so many deliveries may wait for that webhook; none: it rests. `probing`: its receiver gets probes only.
    pub fn resize(&self, webhook_id: Id, size: usize, probing: bool) {
        self.0.lock().change(webhook_id, |room| (room.size, room.probing) = (size, probing));
    }

    /// Deliveries to these webhooks are due in the database; with each, whether tests are.
    pub fn note_behind(&self, found: impl IntoIterator<Item = (Id, bool)>) {
        let state = &mut *self.0.lock();
        for (webhook_id, tests) in found {
            let room = state.rooms.entry(webhook_id).or_insert_with(|| Room::new(UNKNOWN, false));
            room.behind = true;
            room.tests |= tests;
            state.wanting |= room.wants();
        }
    }

    /// Nothing of that webhook is in memory any more.
    pub fn forget(&self, webhook_id: Id) {
        let state = &mut *self.0.lock();
        if state.rooms.get(&webhook_id).is_some_and(Room::is_idle) {
            state.rooms.remove(&webhook_id);
        }
    }

    /// Whether [`Rooms::shares`] would find something.
    pub fn wanting(&self) -> bool {
        let state = self.0.lock();
        state.wanting && !state.closed && state.taken < DELIVERIES && state.bytes < BYTES
    }

    /// Takes room for at most `limit` deliveries that are due in the database, in equal shares by webhook; who has waited longest for a
    /// share comes first. Say with [`Rooms::use_share`] what became of each.
    pub fn shares(&self, limit: usize) -> Vec<Share> {
        let state = &mut *self.0.lock();
        let free = state.free();
        let limit = limit.min(free.all.places);
        if limit == 0 || state.closed {
            return Vec::new();
        }
        let may = |room: &Room| room.wants() && room.share(free) > 0;
        let mut wanting: Vec<_> = state.rooms.iter_mut().filter(|(_, room)| may(room)).collect();
        state.wanting = wanting.len() > limit;
        if wanting.len() > limit {
            wanting.select_nth_unstable_by_key(limit, |(_, room)| room.served);
        }
        let each = (limit / wanting.len().max(1)).max(1);
        let give = |(&webhook_id, room): (&Id, &mut Room)| {
            let (most, only_tests) = (each.min(room.share(free)), room.wants_tests());
            state.given += 1;
            state.taken += most;
            state.probing.places += if room.probing { most } else { 0 };
            room.taken += most;
            *room.due(only_tests) = false;
            room.served = state.given;
            Share { webhook_id, most, only_tests }
        };
        wanting.into_iter().take(limit).map(give).collect()
    }

    /// Of a share, `used` deliveries with so many bytes were claimed. When that is all of it, there may be more.
    pub fn use_share(&self, share: Share, used: usize, bytes: usize) {
        let Share { webhook_id, most, only_tests } = share;
        let state = &mut *self.0.lock();
        state.taken = state.taken.saturating_sub(most - used);
        state.bytes += bytes;
        state.change(webhook_id, |room| {
            room.taken = room.taken.saturating_sub(most);
            room.add(used, bytes);
            *room.due(only_tests) |= used == most;
        });
        if state.rooms.get(&webhook_id).is_some_and(Room::is_idle) {
            state.rooms.remove(&webhook_id);
        }
    }

    /// Takes nothing more: what is published from now on falls due.
    pub fn close(&self) {
        self.0.lock().closed = true;
    }

    /// How many deliveries wait in memory.
    pub fn waiting(&self) -> usize {
        self.0.lock().taken
    }
}
