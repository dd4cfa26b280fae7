//! The hand-over of fresh deliveries in memory, from the writer to the dispatcher.
//!
//! Memory is bounded, for each webhook and in all: what finds no room falls due in the database, and is claimed from there when there
//! is room again. So a receiver that hangs fills its own room and nobody else's.

mod rests;
mod rooms;

pub use rests::{Resting, Rests};
pub(super) use rooms::PlaceFor;
pub use rooms::{Rooms, Share, room};

use super::{Claimed, webhooks::Pace};
use shared::Id;
use tokio::sync::mpsc::{self, error::SendError};

/// The two ends of the hand-over.
pub fn hand_over() -> (HandOver, HandedOver) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let (rooms, rests) = (Rooms::default(), Rests::default());
    (HandOver { rooms: rooms.clone(), rests: rests.clone(), sender }, HandedOver { rooms, rests, receiver })
}

/// The writer's end.
#[derive(Clone)]
pub struct HandOver {
    rooms: Rooms,
    pub(super) rests: Rests,
    sender: mpsc::UnboundedSender<Told>,
}

/// The dispatcher's end.
pub struct HandedOver {
    /// The room that there is.
    pub rooms: Rooms,
    /// The webhooks that rest.
    pub rests: Rests,
    /// What the dispatcher is told. The number of deliveries in it is bounded by the room.
    pub receiver: mpsc::UnboundedReceiver<Told>,
}

/// What the store tells the dispatcher.
#[derive(Clone, Debug)]
pub enum Told {
    /// There are fresh deliveries, which are claimed.
    Fresh(Vec<Claimed>),
    /// Somebody has changed that webhook.
    Edited(Id),
}

/// The place of one delivery in memory; given back when it is dropped unused.
pub(super) struct Reservation {
    end: HandOver,
    webhook_id: Id,
    bytes: usize,
    used: bool,
}

impl HandOver {
    /// A place for a fresh delivery, or none: then it must fall due.
    pub(super) fn reserve(&self, whom: PlaceFor, webhook_id: Id, pace: Pace, bytes: usize) -> Option<Reservation> {
        let reserved = self.rooms.reserve(whom, webhook_id, pace, bytes);
        reserved.then(|| Reservation { end: self.clone(), webhook_id, bytes, used: false })
    }

    /// Hands over deliveries for which there are places, together, so that the dispatcher is woken once. Returns their ids and attempts where it
    /// has ended and takes nothing any more.
    pub(super) fn hand_over(&self, fresh: Vec<(Reservation, Claimed)>) -> Vec<(Id, u32)> {
        if fresh.is_empty() {
            return Vec::new();
        }
        let (places, claimed): (Vec<_>, _) = fresh.into_iter().unzip();
        if let Err(SendError(Told::Fresh(refused))) = self.sender.send(Told::Fresh(claimed)) {
            return refused.iter().map(|claimed| (claimed.delivery_id, claimed.attempt_count)).collect();
        }
        places.into_iter().for_each(Reservation::keep);
        Vec::new()
    }

    /// Somebody has changed that webhook: if it rests, that is over. `false`: it did not rest.
    pub(super) fn edited(&self, webhook_id: Id) -> bool {
        // First, as the lane may begin another rest as soon as it hears of the change.
        let rested = self.rests.end(webhook_id);
        // It fails where nobody delivers.
        let _ = self.sender.send(Told::Edited(webhook_id));
        rested
    }
}

impl Reservation {
    /// Somebody has the place.
    fn keep(mut self) {
        self.used = true;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if !self.used {
            self.end.rooms.leave(self.webhook_id, self.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rooms::{BYTES, DELIVERIES, LARGEST, PART_FOR_HEALTHY, PART_FOR_PROBES, TESTS};
    use std::time::Duration;

    const ONE: Id = Id::from_bytes([1; 16]);
    const TWO: Id = Id::from_bytes([2; 16]);
    const PACE: Pace = Pace { max_concurrency: 2, rate_limit: None, timeout_ms: 10_000, failing: false };

    /// Reserves until there is no more room, and keeps the places.
    fn fill(hand_over: &HandOver, webhook_id: Id) -> Vec<Reservation> {
        fill_with(hand_over, webhook_id, PACE, 1)
    }

    fn share(webhook_id: Id, most: usize) -> Share {
        Share { webhook_id, most, only_tests: false }
    }

    fn of_tests(webhook_id: Id, most: usize) -> Share {
        Share { only_tests: true, ..share(webhook_id, most) }
    }

    fn fill_with(hand_over: &HandOver, webhook_id: Id, pace: Pace, bytes: usize) -> Vec<Reservation> {
        std::iter::from_fn(|| hand_over.reserve(PlaceFor::Event, webhook_id, pace, bytes)).collect()
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
    fn a_few_tests_find_a_place_beyond_a_full_room() {
        let (hand_over, end) = hand_over();
        let _places = fill(&hand_over, ONE);
        let mut tests: Vec<_> =
            std::iter::from_fn(|| hand_over.reserve(PlaceFor::Test, ONE, PACE, 1)).take(100).collect();
        assert_eq!(tests.len(), TESTS);
        assert!(!end.rooms.wanting());
        tests.pop();
        assert_eq!(end.rooms.shares(256), [of_tests(ONE, 1)], "what found no place comes when there is one");
        assert!(hand_over.reserve(PlaceFor::Test, TWO, PACE, BYTES).is_none(), "more than all that there is");
    }

    #[test]
    fn a_full_room_asks_for_a_few_tests_and_for_nothing_else() {
        let (hand_over, end) = hand_over();
        let _places = fill(&hand_over, ONE);
        end.rooms.note_behind([(ONE, false)]);
        assert!(!end.rooms.wanting());
        end.rooms.note_behind([(ONE, true)]);
        assert!(end.rooms.wanting());
        assert_eq!(end.rooms.shares(256), [of_tests(ONE, TESTS)]);
        end.rooms.use_share(of_tests(ONE, TESTS), TESTS, TESTS);
        assert!(!end.rooms.wanting(), "there may be more, but no place for them");
        end.rooms.leave(ONE, 1);
        assert!(end.rooms.wanting());
        assert_eq!(end.rooms.shares(256), [of_tests(ONE, 1)]);
        end.rooms.use_share(of_tests(ONE, 1), 0, 0);
        end.rooms.leave(ONE, 1);
        assert!(!end.rooms.wanting(), "there were no more");
    }

    #[test]
    fn the_tests_of_a_webhook_that_fails_are_asked_for_also_where_others_have_taken_much() {
        let (hand_over, end) = hand_over();
        let wide = Pace { max_concurrency: 512, ..PACE };
        let others = (0..12).map(|number| Id::from_bytes([100 + number; 16]));
        let _places: Vec<_> = others.flat_map(|id| fill_with(&hand_over, id, wide, 256 << 10)).collect();
        let _known = hand_over.reserve(PlaceFor::Test, ONE, Pace { failing: true, ..PACE }, 1);
        end.rooms.note_behind([(ONE, true)]);
        assert_eq!(end.rooms.shares(256).len(), 1);
    }

    #[test]
    fn the_room_of_a_webhook_that_rests_asks_for_tests_and_when_that_is_over_for_all() {
        let rooms = Rooms::default();
        rooms.note_behind([(ONE, true), (TWO, false)]);
        rooms.resize(ONE, 0, false);
        rooms.resize(TWO, 0, false);
        assert_eq!(rooms.shares(256), [of_tests(ONE, TESTS)]);
        rooms.use_share(of_tests(ONE, TESTS), 3, 3);
        assert_eq!((rooms.waiting(), rooms.wanting()), (3, false));
        rooms.resize(ONE, 10, false);
        assert!(rooms.wanting());
        assert_eq!(rooms.shares(256), [share(ONE, 7)]);
    }

    #[test]
    fn a_place_that_is_not_used_is_free_again() {
        let (hand_over, end) = hand_over();
        drop(fill(&hand_over, ONE));
        assert_eq!(end.rooms.waiting(), 0);
        assert!(hand_over.reserve(PlaceFor::Event, ONE, PACE, 1).is_some());
    }

    #[test]
    fn what_found_no_room_is_asked_for_when_half_of_it_is_free_and_fresh_ones_take_the_other_half_only() {
        let (hand_over, end) = hand_over();
        let mut places = fill(&hand_over, ONE);
        assert!(!end.rooms.wanting());
        let half = places.len() / 2;
        places.truncate(half);
        assert!(end.rooms.wanting());
        assert!(hand_over.reserve(PlaceFor::Event, ONE, PACE, 1).is_none());
        assert_eq!(end.rooms.shares(256), [share(ONE, half)]);
        assert!(!end.rooms.wanting());
        end.rooms.use_share(share(ONE, half), 1, 1);
        assert_eq!(end.rooms.waiting(), half + 1);
        assert!(hand_over.reserve(PlaceFor::Event, ONE, PACE, 1).is_some(), "nothing is behind any more");
    }

    #[test]
    fn webhooks_that_are_behind_get_equal_shares() {
        let rooms = Rooms::default();
        rooms.note_behind([(ONE, false), (TWO, false)]);
        let mut shares = rooms.shares(10);
        shares.sort_unstable_by_key(|share| share.webhook_id);
        assert_eq!(shares, [share(ONE, 5), share(TWO, 5)]);
        rooms.use_share(shares[0], 5, 5);
        rooms.use_share(shares[1], 0, 0);
        assert!(rooms.wanting(), "the share that was used up means that there may be more");
        assert_eq!(rooms.shares(10), [share(ONE, 10)]);
    }

    #[test]
    fn whoever_has_waited_longest_for_a_share_comes_first() {
        let rooms = Rooms::default();
        let mut served = std::collections::BTreeMap::<Id, usize>::new();
        rooms.note_behind((0..5).map(|n| (Id::from_bytes([n; 16]), false)));
        for _ in 0..5 {
            for share in rooms.shares(2) {
                *served.entry(share.webhook_id).or_default() += share.most;
                rooms.use_share(share, share.most, 0);
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
            places.extend(fill_with(&hand_over, webhook(n), failing, 1));
        }
        assert_eq!(places.len(), DELIVERIES - DELIVERIES / PART_FOR_HEALTHY);
        assert_eq!(fill(&hand_over, webhook(9_000)).len(), room(2, PACE.timeout(), PACE));
    }

    #[test]
    fn receivers_that_fail_find_room_however_much_waits_for_others_and_give_it_back_when_they_cope() {
        let (hand_over, end) = hand_over();
        let wide = Pace { max_concurrency: 512, ..PACE };
        let others = (0..200).map(|number| Id::from_parts(number, 0));
        let mut places: Vec<_> = others.flat_map(|id| fill_with(&hand_over, id, wide, 1)).collect();
        assert_eq!(places.len(), DELIVERIES - DELIVERIES / PART_FOR_PROBES);
        let probes = fill_with(&hand_over, ONE, Pace { failing: true, ..PACE }, 1);
        assert_eq!(probes.len(), room(1, PACE.timeout(), PACE));
        end.rooms.note_behind([(TWO, false)]);
        end.rooms.resize(TWO, 10, true);
        assert_eq!(end.rooms.shares(256), [share(TWO, 10)], "also for what is due");
        end.rooms.use_share(share(TWO, 10), 0, 0);
        assert!(fill(&hand_over, Id::from_bytes([3; 16])).is_empty(), "what copes has its part");
        end.rooms.resize(ONE, room(1, PACE.timeout(), PACE), false);
        places.truncate(places.len() - probes.len());
        assert!(fill(&hand_over, Id::from_bytes([3; 16])).is_empty(), "and one that copes again counts there");
        drop((places, probes));
        assert_eq!(fill(&hand_over, TWO).len(), room(2, PACE.timeout(), PACE));
    }

    #[test]
    fn large_payloads_to_one_webhook_leave_room_to_others() {
        const LARGE: usize = 256 << 10;
        let (hand_over, end) = hand_over();
        let wide = Pace { max_concurrency: 512, ..PACE };
        let eighth = BYTES / 8 / LARGE;
        let mut places = fill_with(&hand_over, ONE, wide, LARGE);
        assert!((eighth / 2..=eighth).contains(&places.len()), "{}", places.len());
        let others = fill(&hand_over, TWO);
        assert_eq!(others.len(), room(2, PACE.timeout(), PACE));
        places.truncate(eighth / 2 + 1);
        assert!(!end.rooms.wanting(), "what is due is asked for when half of the bytes are free");
        drop(places);
        assert_eq!(end.rooms.shares(256), [share(ONE, eighth)], "as many as fit, if they are like those before");
    }

    #[test]
    fn more_webhooks_than_a_claim_takes_get_their_turn_after_one_another() {
        let rooms = Rooms::default();
        rooms.note_behind((0..6).map(|n| (Id::from_bytes([n; 16]), false)));
        let first = rooms.shares(4);
        assert_eq!(first.len(), 4);
        first.into_iter().for_each(|share| rooms.use_share(share, 0, 0));
        assert!(rooms.wanting());
        assert_eq!(rooms.shares(4).len(), 2);
    }
}
