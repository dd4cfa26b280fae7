//! Several nodes on one PostgreSQL.

use super::*;
use crate::{database::without_postgres, processes::until};
use hookwright::store::attempts;
use std::collections::{HashSet, VecDeque};

/// Stores of several nodes on one database, with clocks of their own.
fn nodes(database: &TestDatabase, clock: &Clock, count: usize) -> Vec<(Store, HandedOver)> {
    (0..count).map(|_| open(&database.url(), &Options::new(clock.clone()), &Arc::default())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn four_nodes_share_ten_thousand_deliveries_and_never_take_the_same() {
    if without_postgres() {
        return;
    }
    let first = TestStore::open(Backend::Postgres);
    first.hand_nothing_over();
    for _ in 0..20 {
        first.webhook(&[]).await;
    }
    let publishing = (0..500).map(|n| first.store.publish(first.event("A.B", &n.to_string())));
    futures_util::future::join_all(publishing).await.into_iter().for_each(|accepted| _ = recorded(accepted.unwrap()));
    let now = first.now();
    let claiming = nodes(&first.database, &first.clock, 4).into_iter().map(|(store, _fresh)| {
        tokio::spawn(async move {
            let mut claimed = Vec::new();
            loop {
                let due = claim(&store, now, 5).await;
                if due.is_empty() {
                    return claimed;
                }
                claimed.extend(due.into_iter().map(|due| due.delivery_id));
            }
        })
    });
    let claimed = futures_util::future::join_all(claiming).await;
    let shares: Vec<_> = claimed.into_iter().map(Result::unwrap).collect();
    let all: HashSet<_> = shares.iter().flatten().copied().collect();
    assert_eq!(all.len(), 10_000);
    assert_eq!(shares.iter().map(Vec::len).sum::<usize>(), 10_000, "no delivery was claimed twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_publish_the_same_event_record_it_once() {
    if without_postgres() {
        return;
    }
    let first = TestStore::open(Backend::Postgres);
    first.webhook(&[]).await;
    let other = nodes(&first.database, &first.clock, 1).remove(0).0;
    // Each in another order, so that the two could wait for each other.
    let forth = (0..300).map(|n| first.store.publish(first.event("A.B", &n.to_string())));
    let back = (0..300).rev().map(|n| other.publish(first.event("A.B", &n.to_string())));
    let (forth, back) = tokio::join!(futures_util::future::join_all(forth), futures_util::future::join_all(back));
    let accepted: Vec<_> = forth.into_iter().chain(back).map(Result::unwrap).collect();
    let new = accepted.iter().filter(|accepted| matches!(accepted, Accepted::Recorded { .. })).count();
    let again = accepted.iter().filter(|accepted| matches!(accepted, Accepted::Duplicate { .. })).count();
    assert_eq!((new, again), (300, 300));
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_together_on_an_empty_database_all_come_up() {
    if without_postgres() {
        return;
    }
    let database = TestDatabase::bare(Backend::Postgres);
    let opening = (0..4).map(|_| {
        let url = database.url();
        tokio::task::spawn_blocking(move || open(&url, &Options::new(Clock::standing_at(START)), &Arc::default()))
    });
    for opened in futures_util::future::join_all(opening).await {
        let (store, _fresh) = opened.unwrap();
        store.ping().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_clock_is_ahead_takes_nothing_before_its_time() {
    if without_postgres() {
        return;
    }
    let database = TestDatabase::new(Backend::Postgres);
    let clock = Clock::system();
    let ids = Arc::<Ids>::default();
    let (store, fresh) = open(&database.url(), &Options::new(clock.clone()), &ids);
    let mut right =
        TestStore { store, clock: Clock::standing_at(clock.now()), ids, fresh, taken: VecDeque::new(), database };
    let webhook = right.webhook(&[]).await;
    let claimed = right.handed_over("A.B", "1").await;
    let ahead = clock.now().plus_seconds(600);
    assert!(
        claim(&right.store, ahead, 10).await.is_empty()
            && right.store.claim_due(ahead, vec![share(webhook, 10)]).await.unwrap().is_empty(),
        "the claim holds by the database's clock"
    );
    // Its settlement says ten minutes from now, and means five seconds after its own now.
    let settlement = Settlement { due_at: Some(ahead.plus_seconds(5)), at: ahead, ..right.answered(&claimed, 500) };
    assert!(right.store.settle(settlement).await.unwrap());
    let due_at = right.delivery(claimed.delivery_id).await.next_attempt_at.unwrap();
    assert!(due_at < clock.now().plus_seconds(6) && due_at > clock.now().plus_seconds(-60), "{due_at}");
    assert!(
        claim(&right.store, ahead, 10).await.is_empty()
            && right.store.claim_due(ahead, vec![share(webhook, 10)]).await.unwrap().is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_node_had_claimed_is_due_when_it_is_gone() {
    if without_postgres() {
        return;
    }
    let (gone, other, _) = with_a_claim().await;
    let TestStore { store, database: _database, clock, .. } = gone;
    drop(store);
    let due = until(async || {
        let due = claim(&other, clock.now(), 10).await;
        if due.is_empty() { Err("what it had claimed is not due") } else { Ok(due) }
    })
    .await;
    assert_eq!((due.len(), due[0].attempt_count), (1, 1));
    let id = due[0].delivery_id;
    let attempts = other.read(move |db| attempts::of_delivery(db, id)).await.unwrap();
    assert_eq!((attempts[0].failure, attempts[0].started_at), (Some(Failure::Interrupted), clock.now()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_session_was_lost_is_not_taken_for_gone() {
    if without_postgres() {
        return;
    }
    let (cut, other, claimed) = with_a_claim().await;
    cut.database.run(
        "SELECT pg_terminate_backend(min(pid), 5000) FROM pg_locks WHERE locktype = 'advisory' AND database = \
         (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    let locks = "SELECT count(*) FROM pg_locks JOIN nodes ON objid::int = number AND missing_since IS NULL WHERE locktype = 'advisory'";
    until(async || if cut.database.count(locks) == 2 { Ok(()) } else { Err("it does not lock its number again") })
        .await;
    assert_eq!(claim(&other, cut.now(), 10).await.len(), 0);
    cut.settle(&claimed, 200).await;
}

/// As where it could not be released: that reads all that is open, and was tried again each second.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_has_long_been_gone_is_forgotten_without_a_look_at_what_it_had_claimed() {
    if without_postgres() {
        return;
    }
    let (store, _other, _) = with_a_claim().await;
    store.database.run(
        "UPDATE deliveries SET claimed = 7; INSERT INTO nodes (number, delivers, missing_since) VALUES (7, true, 1)",
    );
    let listed = "SELECT count(*) FROM nodes WHERE number = 7";
    until(async || if store.database.count(listed) == 0 { Ok(()) } else { Err("it is still on the list") }).await;
    let kept = format!("SELECT count(*) FROM deliveries WHERE claimed = 7 AND due_at > {}", store.now().as_micros());
    assert_eq!(store.database.count(&kept), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_back_twice_stays_with_who_has_claimed_it_since() {
    if without_postgres() {
        return;
    }
    let (store, other, claimed) = with_a_claim().await;
    let claims = vec![(claimed.delivery_id, claimed.attempt_count)];
    store.store.release(claims.clone(), store.now()).await.unwrap();
    assert_eq!(claim(&other, store.now(), 10).await.len(), 1);
    // As by who got no answer the first time.
    store.store.release(claims, store.now()).await.unwrap();
    assert_eq!(claim(&other, store.now(), 10).await.len(), 0, "it is still claimed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_knows_whether_others_deliver() {
    if without_postgres() {
        return;
    }
    let first = TestStore::open(Backend::Postgres);
    let _silent = nodes(&first.database, &first.clock, 1);
    until(async || if first.store.has_company() { Ok(()) } else { Err("it does not see the other one") }).await;
    assert!(!first.store.others_deliver());
    let options = Options { delivers: true, ..Options::new(first.clock.clone()) };
    let _delivering = open(&first.database.url(), &options, &Arc::default());
    until(async || if first.store.others_deliver() { Ok(()) } else { Err("it does not see who delivers") }).await;
}

/// A node that has claimed a delivery, another one, and the claim.
async fn with_a_claim() -> (TestStore, Store, Claimed) {
    let mut first = TestStore::open(Backend::Postgres);
    let other = nodes(&first.database, &first.clock, 1).remove(0).0;
    first.webhook(&[]).await;
    let claimed = first.handed_over("A.B", "1").await;
    assert_eq!(claim(&other, first.now(), 10).await.len(), 0);
    (first, other, claimed)
}
