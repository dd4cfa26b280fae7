use super::*;
use crate::delivery::settlement::Reception;
use crate::store::{NextAttempt, Pace};

const NOW: Timestamp = Timestamp::from_micros(1_751_997_680_000_000);
const PACE: Pace = Pace { max_concurrency: 2, rate_limit: None, timeout_ms: 2_000, failing: false };

fn id(webhook: u8) -> Id {
    Id::from_bytes([webhook; 16])
}

fn paced(webhook: u8, pace: Pace) -> Claimed {
    Claimed {
        delivery_id: Id::from_bytes([9; 16]),
        tenant_id: Id::from_bytes([0; 16]),
        webhook_id: id(webhook),
        payload: bytes::Bytes::new(),
        attempt_count: 0,
        retry_index: 0,
        next: NextAttempt::Scheduled,
        lease_until: NOW.plus_seconds(45),
        pace,
        interrupted: false,
    }
}

fn claimed(webhook: u8) -> Claimed {
    paced(webhook, PACE)
}

fn lanes(slots: usize, webhooks: impl IntoIterator<Item = u8>) -> Lanes {
    let mut lanes = Lanes::new(slots, Rooms::default(), Rests::default());
    webhooks.into_iter().for_each(|webhook| lanes.push(claimed(webhook), NOW));
    lanes
}

fn started(lanes: &mut Lanes, now: Timestamp) -> Vec<u8> {
    std::iter::from_fn(|| lanes.next(now)).map(|claimed| claimed.webhook_id.to_bytes()[0]).collect()
}

/// A fast attempt that has ended.
fn showing(webhook_id: Id, pace: Option<Pace>, reception: Reception) -> Ended {
    Ended { pace, reception, took: Duration::from_millis(5), ..Ended::nothing(webhook_id) }
}

/// An attempt has ended, and is recorded at once.
fn done(lanes: &mut Lanes, webhook_id: Id, pace: Option<Pace>, reception: Reception, now: Timestamp) {
    lanes.ended(&showing(webhook_id, pace, reception), now);
    lanes.recorded(webhook_id, now);
}

#[test]
fn webhooks_take_turns_and_none_takes_more_than_its_share() {
    let mut lanes = lanes(100, [1, 1, 1, 2, 3]);
    assert_eq!(started(&mut lanes, NOW), [1, 2, 3, 1]);
    done(&mut lanes, id(1), None, Reception::Copes, NOW);
    assert_eq!(started(&mut lanes, NOW), [1]);
}

#[test]
fn no_more_run_than_there_are_slots() {
    let mut lanes = lanes(5, 1..=8);
    assert_eq!(started(&mut lanes, NOW), [1, 2, 3, 4, 5]);
    done(&mut lanes, id(4), None, Reception::Copes, NOW);
    assert_eq!(started(&mut lanes, NOW), [6]);
}

#[test]
fn a_webhook_goes_on_while_its_attempts_are_being_recorded_and_leaves_slots_to_others_all_the_same() {
    let mut lanes = lanes(64, [1; 30]);
    let mut ended = 0;
    loop {
        let begun = started(&mut lanes, NOW).len();
        if begun == 0 {
            break;
        }
        (0..begun).for_each(|_| lanes.ended(&showing(id(1), None, Reception::Copes), NOW));
        ended += begun;
    }
    assert_eq!(ended, 13, "a quarter of what is free");
    lanes.push(claimed(2), NOW);
    assert_eq!(started(&mut lanes, NOW), [2]);
    lanes.recorded(id(1), NOW);
    assert_eq!(started(&mut lanes, NOW), [1]);
}

#[test]
fn a_lane_knows_how_its_receiver_copes_until_that_is_recorded() {
    let wide = Pace { max_concurrency: 16, ..PACE };
    let mut lanes = Lanes::new(100, Rooms::default(), Rests::default());
    lanes.push(paced(1, wide), NOW);
    assert_eq!(started(&mut lanes, NOW), [1]);
    lanes.ended(&showing(id(1), None, Reception::Struggles), NOW);
    (0..16).for_each(|_| lanes.push(paced(1, wide), NOW));
    assert_eq!(started(&mut lanes, NOW).len(), 8, "what was published meanwhile knows nothing of the failure");
    assert_eq!(lanes.counts(), (1, 8));
}

#[test]
fn what_has_no_room_behind_a_receiver_that_has_become_slow_is_given_back() {
    let mut lanes = lanes(100, [1]);
    (0..60).for_each(|_| lanes.ended(&showing(id(1), None, Reception::Copes), NOW));
    (0..200).for_each(|_| lanes.push(claimed(1), NOW));
    lanes.ended(&showing(id(1), None, Reception::Copes), NOW);
    assert_eq!(lanes.take_surplus().len(), 0);
    let slow = Ended { took: Duration::from_secs(2), ..showing(id(1), None, Reception::Struggles) };
    (0..20).for_each(|_| lanes.ended(&slow, NOW));
    assert_eq!(lanes.take_surplus().len(), 201 - 20);
}

#[test]
fn a_lane_that_is_emptied_while_it_stands_in_line_keeps_nobody_from_starting() {
    let mut lanes = lanes(2, [1, 1]);
    assert_eq!(started(&mut lanes, NOW), [1], "the second has no slot yet");
    let rest = Some(Rest { began: NOW, until: NOW.plus_seconds(600) });
    lanes.ended(&Ended { rest, ..showing(id(1), None, Reception::Struggles) }, NOW);
    assert_eq!(lanes.take_surplus().len(), 1);
    lanes.recorded(id(1), NOW);
    lanes.edited(id(1), NOW);
    assert_eq!(lanes.counts(), (0, 0), "it is forgotten");
    lanes.push(claimed(2), NOW);
    assert_eq!(started(&mut lanes, NOW), [2]);
}

#[test]
fn receivers_that_hang_leave_slots_to_others() {
    let wide = Pace { max_concurrency: 16, ..PACE };
    let mut lanes = Lanes::new(512, Rooms::default(), Rests::default());
    for _ in 0..16 {
        (0..50).for_each(|webhook| lanes.push(paced(webhook, wide), NOW));
    }
    let hanging = started(&mut lanes, NOW).len();
    assert!((400..512 - 16).contains(&hanging), "{hanging}");
    lanes.push(paced(200, wide), NOW);
    assert_eq!(started(&mut lanes, NOW), [200]);
}

#[test]
fn probes_leave_slots_to_receivers_that_cope() {
    let failing = Pace { max_concurrency: 16, failing: true, ..PACE };
    let mut lanes = Lanes::new(40, Rooms::default(), Rests::default());
    (0..100).for_each(|webhook| lanes.push(paced(webhook, failing), NOW));
    assert_eq!(started(&mut lanes, NOW).len(), 30);
    lanes.push(claimed(200), NOW);
    assert_eq!(started(&mut lanes, NOW), [200]);
}

#[test]
fn receivers_that_cope_leave_slots_to_probes_and_what_probes_hold_is_told_from_the_rest() {
    let wide = Pace { max_concurrency: 16, ..PACE };
    let failing = Pace { failing: true, ..wide };
    let mut lanes = Lanes::new(512, Rooms::default(), Rests::default());
    for _ in 0..16 {
        (0..100).for_each(|webhook| lanes.push(paced(webhook, wide), NOW));
    }
    assert_eq!(started(&mut lanes, NOW).len(), 480);
    (0..2).for_each(|_| lanes.push(paced(200, failing), NOW));
    assert_eq!(started(&mut lanes, NOW), [200]);
    done(&mut lanes, id(200), None, Reception::Copes, NOW);
    assert_eq!(started(&mut lanes, NOW), [0; 0], "it copes, and stands among the others");
    (201..=231).for_each(|webhook| lanes.push(paced(webhook, failing), NOW));
    assert_eq!(started(&mut lanes, NOW).len(), 31);
    done(&mut lanes, id(0), None, Reception::Copes, NOW);
    assert_eq!(started(&mut lanes, NOW).len(), 1, "what probes hold is no part of what the others may");
}

#[test]
fn a_receiver_that_comes_back_gets_a_probe_first() {
    let failing = Pace { max_concurrency: 16, failing: true, ..PACE };
    let mut lanes = Lanes::new(100, Rooms::default(), Rests::default());
    (0..20).for_each(|_| lanes.push(paced(1, failing), NOW));
    let mut rounds = Vec::new();
    loop {
        let round = started(&mut lanes, NOW).len();
        if round == 0 {
            break;
        }
        rounds.push(round);
        (0..round).for_each(|_| done(&mut lanes, id(1), None, Reception::Copes, NOW));
    }
    assert_eq!(rounds, [1, 2, 4, 8, 5]);
}

#[test]
fn a_lane_that_is_in_line_waits_when_fewer_may_be_under_way_by_its_turn() {
    let four = Pace { max_concurrency: 4, ..PACE };
    let mut lanes = Lanes::new(100, Rooms::default(), Rests::default());
    (0..6).for_each(|_| lanes.push(paced(1, four), NOW));
    assert_eq!(started(&mut lanes, NOW), [1; 4]);
    done(&mut lanes, id(1), None, Reception::Copes, NOW);
    // Two of four may go on, and two are under way.
    done(&mut lanes, id(1), None, Reception::Struggles, NOW);
    assert!(started(&mut lanes, NOW).is_empty());
    done(&mut lanes, id(1), None, Reception::Copes, NOW);
    assert_eq!(started(&mut lanes, NOW), [1; 2]);
}

#[test]
fn a_rate_limit_makes_its_lane_rest_and_no_other() {
    let limited = Pace { rate_limit: Some(1), ..PACE };
    let mut lanes = lanes(100, [2]);
    (0..2).for_each(|_| lanes.push(paced(1, limited), NOW));
    assert_eq!(started(&mut lanes, NOW), [2, 1]);
    done(&mut lanes, id(1), None, Reception::Copes, NOW);
    assert_eq!(lanes.next_look(NOW), Some(Duration::from_secs(1)));
    assert_eq!(started(&mut lanes, NOW.plus_micros(999_999)), [0; 0]);
    assert_eq!(started(&mut lanes, NOW.plus_seconds(1)), [1]);
    assert_eq!(lanes.next_look(NOW), None);
}

#[test]
fn a_rate_limit_counts_for_what_comes_later_to_an_empty_lane() {
    let limited = Pace { rate_limit: Some(1), ..PACE };
    let mut lanes = Lanes::new(10, Rooms::default(), Rests::default());
    let after = |ms: i64| NOW.plus_micros(ms * 1_000);
    lanes.push(paced(1, limited), NOW);
    assert_eq!(started(&mut lanes, NOW), [1]);
    done(&mut lanes, id(1), None, Reception::Copes, after(10));
    lanes.push(paced(1, limited), after(100));
    assert_eq!(started(&mut lanes, after(999)), [0; 0]);
    assert_eq!(started(&mut lanes, after(1_000)), [1]);
    done(&mut lanes, id(1), None, Reception::Copes, after(1_010));
    assert_eq!(lanes.counts(), (1, 0), "the limit counts still");
    assert_eq!(lanes.next_look(after(1_500)), Some(Duration::from_millis(500)));
    assert_eq!(started(&mut lanes, after(2_000)), [0; 0]);
    assert_eq!(lanes.counts(), (0, 0));
    // An edit that takes the limit away counts at once.
    lanes.push(paced(1, limited), after(3_000));
    assert_eq!(started(&mut lanes, after(3_000)), [1]);
    done(&mut lanes, id(1), None, Reception::Copes, after(3_010));
    lanes.push(claimed(1), after(3_100));
    assert_eq!(started(&mut lanes, after(3_100)), [1]);
}

#[test]
fn a_rate_limit_is_not_made_up_for_again_each_time_that_a_lane_is_empty() {
    let limited = Pace { rate_limit: Some(50), ..PACE };
    let mut lanes = Lanes::new(100, Rooms::default(), Rests::default());
    let mut begun = 0;
    for round in 0..48 {
        let now = NOW.plus_micros(round * 21_000);
        (0..5).for_each(|_| lanes.push(paced(1, limited), now));
        loop {
            let started = started(&mut lanes, now).len();
            (0..started).for_each(|_| done(&mut lanes, id(1), None, Reception::Copes, now));
            begun += started;
            if started == 0 {
                break;
            }
        }
        // Nothing may wait, so that the lane is empty.
        while let Some(claimed) = lanes.lanes.get_mut(&id(1)).and_then(|lane| lane.waiting.pop_front()) {
            lanes.rooms.leave(id(1), claimed.payload.len());
        }
        // When one more might begin, none is there, and the lane might be forgotten.
        assert_eq!(started(&mut lanes, now.plus_micros(20_500)), [0; 0]);
    }
    assert!((50..=56).contains(&begun), "{begun} in a second");
}

#[test]
fn a_lane_whose_rate_limit_is_taken_away_rests_no_more() {
    let limited = Pace { rate_limit: Some(1), ..PACE };
    let mut lanes = Lanes::new(100, Rooms::default(), Rests::default());
    (0..3).for_each(|_| lanes.push(paced(1, limited), NOW));
    assert_eq!(started(&mut lanes, NOW), [1]);
    done(&mut lanes, id(1), Some(PACE), Reception::Copes, NOW);
    assert_eq!(started(&mut lanes, NOW), [1, 1]);
}

#[test]
fn what_attempts_read_counts_for_what_waits() {
    let mut lanes = lanes(100, [1, 1, 1, 1]);
    assert_eq!(started(&mut lanes, NOW), [1, 1]);
    done(&mut lanes, id(1), Some(Pace { max_concurrency: 1, ..PACE }), Reception::Copes, NOW);
    assert_eq!(started(&mut lanes, NOW), [0; 0], "one is still under way, and no more may be now");
    done(&mut lanes, id(1), None, Reception::Copes, NOW);
    assert_eq!(started(&mut lanes, NOW), [1]);
}

#[test]
fn what_waited_too_long_is_given_back() {
    let mut lanes = lanes(100, [1, 2]);
    assert_eq!(started(&mut lanes, NOW.plus_seconds(44)), [0; 0]);
    assert_eq!(lanes.take_surplus().len(), 2);
    assert_eq!(lanes.counts(), (0, 0));
}

#[test]
fn what_waits_too_long_for_a_slot_or_for_those_before_it_is_given_back_as_long_as_its_claim_holds() {
    let mut lanes = lanes(2, [1, 1, 1, 2, 3]);
    assert_eq!(started(&mut lanes, NOW), [1, 2]);
    assert_eq!(started(&mut lanes, NOW.plus_seconds(33)), [0; 0]);
    assert_eq!(lanes.take_surplus().len(), 0);
    lanes.push(Claimed { lease_until: NOW.plus_seconds(80), ..claimed(1) }, NOW.plus_seconds(33));
    assert_eq!(started(&mut lanes, NOW.plus_seconds(34)), [0; 0]);
    assert_eq!(lanes.take_surplus().len(), 3);
    assert_eq!(lanes.counts(), (2, 2), "nobody waits in the third lane");
    done(&mut lanes, id(1), None, Reception::Copes, NOW.plus_seconds(34));
    assert_eq!(started(&mut lanes, NOW.plus_seconds(34)), [1], "that one has time");
}

#[test]
fn an_idle_lane_is_forgotten_and_a_drained_one_starts_nothing() {
    let mut lanes = lanes(100, [1, 2, 2, 2]);
    assert_eq!(started(&mut lanes, NOW).len(), 3);
    done(&mut lanes, id(1), None, Reception::Copes, NOW);
    assert_eq!(lanes.counts(), (1, 2));
    assert_eq!(lanes.drain().len(), 1);
    done(&mut lanes, id(2), None, Reception::Copes, NOW);
    assert!(started(&mut lanes, NOW).is_empty());
}

fn test_of(webhook: u8) -> Claimed {
    Claimed { next: NextAttempt::Test, ..claimed(webhook) }
}

/// An attempt that began at that instant is answered: not before then.
fn asks_for_rest(lanes: &mut Lanes, webhook: u8, began: Timestamp, until: Timestamp) {
    let rest = Some(Rest { began, until });
    lanes.ended(&Ended { rest, ..showing(id(webhook), None, Reception::Struggles) }, began);
    lanes.recorded(id(webhook), began);
}

#[test]
fn a_lane_whose_receiver_asks_for_a_rest_starts_nothing_but_tests_until_then() {
    let mut lanes = lanes(100, [1, 1, 1, 2]);
    assert_eq!(started(&mut lanes, NOW), [1, 2, 1]);
    asks_for_rest(&mut lanes, 1, NOW, NOW.plus_seconds(20));
    done(&mut lanes, id(1), None, Reception::Copes, NOW);
    assert_eq!(started(&mut lanes, NOW.plus_seconds(19)), [0; 0]);
    let later = Claimed { lease_until: NOW.plus_seconds(60), ..claimed(1) };
    lanes.push(later, NOW.plus_seconds(15));
    lanes.push(test_of(1), NOW.plus_seconds(15));
    assert_eq!(lanes.next(NOW.plus_seconds(15)).map(|claimed| claimed.next), Some(NextAttempt::Test));
    assert_eq!(started(&mut lanes, NOW.plus_seconds(15)), [0; 0]);
    assert_eq!(lanes.take_surplus().len(), 0, "their claims hold until then");
    assert_eq!(started(&mut lanes, NOW.plus_seconds(20)).len(), 1, "one beside the test");
}

#[test]
fn what_would_wait_longer_than_its_claim_holds_is_given_back_and_nothing_is_claimed_meanwhile() {
    let mut lanes = lanes(100, [1]);
    assert_eq!(started(&mut lanes, NOW), [1]);
    (0..3).for_each(|_| lanes.push(claimed(1), NOW));
    lanes.rooms.note_behind([(id(1), false)]);
    assert!(lanes.rooms.wanting());
    asks_for_rest(&mut lanes, 1, NOW, NOW.plus_seconds(3_600));
    assert_eq!(lanes.take_surplus().len(), 3);
    lanes.push(claimed(1), NOW.plus_seconds(1));
    assert_eq!(lanes.take_surplus().len(), 1, "it was claimed a moment before");
    assert_eq!(lanes.rooms.shares(64), []);
    // A claim that is made now would hold until the end of the rest.
    let soon = NOW.plus_seconds(3_600 - 30);
    assert_eq!(started(&mut lanes, soon), [0; 0]);
    assert!(lanes.rooms.wanting() && !lanes.rooms.shares(64).is_empty());
    assert_eq!(started(&mut lanes, NOW.plus_seconds(3_600)), [0; 0]);
    assert_eq!(lanes.counts(), (0, 0));
}

#[test]
fn what_was_claimed_before_the_clock_was_set_back_does_not_wait_for_the_end_of_a_rest() {
    let mut lanes = lanes(100, [1]);
    assert_eq!(started(&mut lanes, NOW), [1]);
    lanes.push(claimed(1), NOW);
    let before = NOW.plus_seconds(-3_600);
    asks_for_rest(&mut lanes, 1, before, before.plus_seconds(30));
    assert_eq!(lanes.take_surplus().len(), 1, "its claim ends in less than a minute, whatever the clock says");
}

#[test]
fn an_edit_ends_a_rest_and_what_was_under_way_begins_none() {
    let mut lanes = lanes(100, [1, 1]);
    let after = |seconds| NOW.plus_seconds(seconds);
    assert_eq!(started(&mut lanes, NOW), [1, 1]);
    asks_for_rest(&mut lanes, 1, NOW, after(3_600));
    lanes.edited(id(1), after(1));
    let rest = Some(Rest { began: NOW, until: after(3_600) });
    lanes.ended(&Ended { rest, ..showing(id(1), None, Reception::Struggles) }, after(1));
    lanes.push(Claimed { lease_until: after(46), ..claimed(1) }, after(1));
    assert_eq!(started(&mut lanes, after(1)), [1]);
    asks_for_rest(&mut lanes, 1, after(1), after(3_600));
    lanes.push(Claimed { lease_until: after(47), ..claimed(1) }, after(2));
    assert_eq!(started(&mut lanes, after(2)), [0; 0]);
}
