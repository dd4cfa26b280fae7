//! The lists of deliveries and events: each filter, and paging.

use super::*;
use crate::database::on_both;
use diesel::connection::SimpleConnection as _;
use hookwright::store::{
    Rows, Slice,
    deliveries::DeliveryFilter,
    events::{self, EventFilter},
};

/// Two webhooks and deliveries of each kind, a minute apart: to the first ✓ A.B, ✗ 500 A.B, ✗ 404 A.C, waiting A.C; to the second the
/// same events, all of them waiting.
struct Scene {
    store: TestStore,
    webhook: Id,
    deliveries: Vec<Id>,
}

async fn scene(backend: Backend) -> Scene {
    let mut store = TestStore::open(backend);
    let webhook = store.webhook(&[]).await;
    store.webhook(&[]).await;
    let mut deliveries = Vec::new();
    for (n, event_type) in (0..).zip(["A.B", "A.B", "A.C", "A.C"]) {
        store.clock.advance_seconds(60);
        store.publish(event_type, &format!("Event_{n}")).await;
        let mut got = [store.take_fresh().unwrap(), store.take_fresh().unwrap()];
        got.sort_by_key(|claimed| claimed.webhook_id != webhook);
        match n {
            0 => store.settle(&got[0], 200).await,
            1 => store.settle(&got[0], 500).await,
            2 => store.fail(&got[0], 404).await,
            _ => {}
        }
        deliveries.push(got[0].delivery_id);
    }
    Scene { store, webhook, deliveries }
}

impl Scene {
    async fn list(&self, filter: DeliveryFilter) -> Vec<Id> {
        self.page(filter, None, 100).await
    }

    async fn page(&self, filter: DeliveryFilter, before: Option<Id>, limit: u32) -> Vec<Id> {
        let list = move |db: &mut Db| {
            deliveries::list(db, DEFAULT_TENANT, &filter, Slice { before, limit }, &nobody_rests())
                .map(|rows| rows.items)
        };
        self.store.read(list).await.into_iter().map(|delivery| delivery.id).collect()
    }

    fn filter(&self) -> DeliveryFilter {
        DeliveryFilter { webhook_id: Some(self.webhook), ..DeliveryFilter::default() }
    }
}

on_both! {
    async fn deliveries_are_listed_newest_first_a_page_at_a_time(backend) {
        let scene = scene(backend).await;
        let [a, b, c, d] = scene.deliveries[..] else { panic!() };
        assert_eq!(scene.list(scene.filter()).await, [d, c, b, a]);
        assert_eq!(scene.page(scene.filter(), None, 3).await, [d, c, b]);
        assert_eq!(scene.page(scene.filter(), Some(b), 3).await, [a]);
        assert_eq!(scene.list(DeliveryFilter::default()).await.len(), 8);
    }
}

on_both! {
    async fn each_filter_of_deliveries_narrows_the_list(backend) {
        let scene = scene(backend).await;
        let [a, b, c, d] = scene.deliveries[..] else { panic!() };
        let all = || scene.filter();
        let of = |statuses: &[DeliveryStatus]| DeliveryFilter { statuses: statuses.to_vec(), ..all() };
        assert_eq!(scene.list(of(&[DeliveryStatus::Delivered])).await, [a]);
        assert_eq!(scene.list(of(&[DeliveryStatus::Failed])).await, [c]);
        assert_eq!(scene.list(of(&[DeliveryStatus::Failed, DeliveryStatus::Retrying])).await, [c, b]);
        assert_eq!(scene.list(of(&[DeliveryStatus::Pending, DeliveryStatus::Failed])).await, [d, c]);
        assert_eq!(scene.list(of(&[DeliveryStatus::Pending, DeliveryStatus::Cancelled])).await, [d]);
        assert_eq!(scene.list(of(&[DeliveryStatus::Cancelled])).await, []);
        assert_eq!(scene.list(DeliveryFilter { event_type: Some("A.C".into()), ..all() }).await, [d, c]);
        assert_eq!(scene.list(DeliveryFilter { failure: Some(Failure::HttpStatus), ..all() }).await, [c, b]);
        assert_eq!(scene.list(DeliveryFilter { status_code: Some(404), ..all() }).await, [c]);
        let minute = |n: i64| Some(START.plus_seconds(60 * n));
        assert_eq!(scene.list(DeliveryFilter { from: minute(2), to: minute(4), ..all() }).await, [c, b]);
        assert_eq!(scene.list(DeliveryFilter { ce_id: Some("Event_1".into()), ..all() }).await, [b]);
        let both = DeliveryFilter { event_type: Some("A.C".into()), ..of(&[DeliveryStatus::Failed]) };
        assert_eq!(scene.list(both).await, [c]);
        let several = [DeliveryStatus::Delivered, DeliveryStatus::Retrying, DeliveryStatus::Failed];
        assert_eq!(scene.page(of(&several), None, 2).await, [c, b], "the newest of all of them");
        assert_eq!(scene.page(of(&several), Some(b), 2).await, [a]);
        let named = DeliveryFilter { search: Some("event_".into()), ..of(&several) };
        assert_eq!(scene.list(named).await, [c, b, a]);
    }
}

on_both! {
    async fn deliveries_are_found_by_ids_and_by_text(backend) {
        let scene = scene(backend).await;
        let [a, b, c, d] = scene.deliveries[..] else { panic!() };
        let search = async |text: &str| scene.list(DeliveryFilter { search: Some(text.into()), ..scene.filter() }).await;
        assert_eq!(search(&b.to_string()).await, [b]);
        let event = scene.store.delivery(c).await.event_id;
        assert_eq!(search(&event.to_string()).await, [c]);
        assert_eq!(search("Event_3").await, [d], "by the publisher's id");
        assert_eq!(search("event_").await, [d, c, b, a], "in the payload, in any case");
        assert_eq!(search("a.c").await, [d, c]);
        assert_eq!(search("Event%").await, []);
        assert_eq!(search("1E400").await.len(), 4);
        assert_eq!(search(r"\").await, []);
    }
}

on_both! {
    async fn a_publishers_id_that_looks_like_ours_is_found(backend) {
        let store = TestStore::open(backend);
        store.webhook(&[]).await;
        let ce_id = "01JZNK5ZQBNF623MB5KE64GNQB";
        let event = recorded(store.publish("A.B", ce_id).await);
        store.publish("A.B", "other").await;
        let filter = DeliveryFilter { search: Some(ce_id.into()), ..DeliveryFilter::default() };
        let found = store.read(move |db| deliveries::list(db, DEFAULT_TENANT, &filter, Slice::first(9), &nobody_rests())).await.items;
        assert_eq!(found.iter().map(|delivery| delivery.event_id).collect::<Vec<_>>(), [event]);
        let filter = EventFilter { search: Some(ce_id.into()), ..EventFilter::default() };
        let found = store.read(move |db| events::list(db, DEFAULT_TENANT, &filter, Slice::first(9))).await.items;
        assert_eq!(found.iter().map(|event| event.id).collect::<Vec<_>>(), [event]);
    }
}

/// As many deliveries as a search looks at, and their events, all newer than what was published.
async fn bury(store: &TestStore, backend: Backend) {
    let (series, n) = match backend {
        Backend::Sqlite => ("WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 20000)", "n"),
        Backend::Postgres => ("", "generate_series(0, 20000) n"),
    };
    let first = format!("{:012x}", START.unix_ms() + 3_600_000);
    let id = match backend {
        Backend::Sqlite => format!("unhex('{first}' || printf('%020x', n))"),
        Backend::Postgres => format!("decode('{first}' || lpad(to_hex(n), 20, '0'), 'hex')"),
    };
    let sql = format!(
        "{series} INSERT INTO events (id, tenant_id, source, type, ce_id, time, matched, created_at, payload)
             SELECT {id}, tenant_id, source, type, 'newer', time, matched, created_at, '{{}}' FROM (SELECT * FROM events LIMIT 1) AS e, {n};
         {series} INSERT INTO deliveries (id, tenant_id, event_id, webhook_id, event_type, status, attempt_count, retry_index, next_trigger, claimed, created_at)
             SELECT {id}, tenant_id, {id}, webhook_id, event_type, 2, 1, 0, 'scheduled', 0, created_at FROM (SELECT * FROM deliveries LIMIT 1) AS d, {n};"
    );
    store.write(move |db| db.batch_execute(&sql)).await;
}

on_both! {
    async fn a_publishers_id_is_found_however_much_is_newer(backend) {
        let store = TestStore::open(backend);
        store.webhook(&[]).await;
        let event = recorded(store.publish("A.B", "order-4711").await);
        bury(&store, backend).await;
        for (text, found) in [("order-4711", vec![event]), ("-471", vec![])] {
            let filter = DeliveryFilter { search: Some(text.into()), ..DeliveryFilter::default() };
            let list = move |db: &mut Db| deliveries::list(db, DEFAULT_TENANT, &filter, Slice::first(9), &nobody_rests());
            let Rows { items: deliveries, next } = store.read(list).await;
            assert_eq!(deliveries.iter().map(|delivery| delivery.event_id).collect::<Vec<_>>(), found, "{text}");
            assert_eq!(next.is_none(), !found.is_empty(), "a text is searched on for");
            let filter = EventFilter { search: Some(text.into()), ..EventFilter::default() };
            let Rows { items: events, next } = store.read(move |db| events::list(db, DEFAULT_TENANT, &filter, Slice::first(9))).await;
            assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), found, "{text}");
            assert_eq!(next.is_none(), !found.is_empty(), "a text is searched on for");
        }
    }
}

on_both! {
    async fn another_tenant_sees_nothing(backend) {
        let scene = scene(backend).await;
        let (other, filter) = (scene.store.ids.next(START), scene.filter());
        let id = scene.deliveries[0];
        assert!(scene.store.read(move |db| deliveries::list(db, other, &filter, Slice::first(9), &nobody_rests())).await.items.is_empty());
        assert!(scene.store.read(move |db| deliveries::find(db, other, id, &nobody_rests())).await.is_none());
        assert!(scene.store.read(move |db| events::list(db, other, &EventFilter::default(), Slice::first(9))).await.items.is_empty());
    }
}

on_both! {
    async fn each_filter_of_events_narrows_the_list(backend) {
        let store = TestStore::open(backend);
        store.webhook(&["A.B"]).await;
        let mut ids = Vec::new();
        for (n, event_type) in (0..).zip(["A.B", "A.C", "A.B"]) {
            store.clock.advance_seconds(60);
            ids.push(recorded(store.publish(event_type, &format!("Event_{n}")).await));
        }
        let [a, b, c] = ids[..] else { panic!() };
        let list = async |filter: EventFilter, before| {
            let events = store.read(move |db| events::list(db, DEFAULT_TENANT, &filter, Slice { before, limit: 9 })).await.items;
            events.into_iter().map(|event| event.id).collect::<Vec<_>>()
        };
        let all = EventFilter::default;
        assert_eq!(list(all(), None).await, [c, b, a]);
        assert_eq!(list(all(), Some(b)).await, [a]);
        assert_eq!(list(EventFilter { event_type: Some("A.C".into()), ..all() }, None).await, [b]);
        assert_eq!(list(EventFilter { matched: Some(false), ..all() }, None).await, [b]);
        assert_eq!(list(EventFilter { matched: Some(true), ..all() }, None).await, [c, a]);
        let minute = |n: i64| Some(START.plus_seconds(60 * n));
        assert_eq!(list(EventFilter { from: minute(2), to: minute(3), ..all() }, None).await, [b]);
        assert_eq!(list(EventFilter { ce_id: Some("Event_1".into()), ..all() }, None).await, [b]);
        assert_eq!(list(EventFilter { ce_id: Some("Event".into()), ..all() }, None).await, []);
        assert_eq!(list(EventFilter { search: Some(a.to_string()), ..all() }, None).await, [a]);
        assert_eq!(list(EventFilter { search: Some("EVENT_2".into()), ..all() }, None).await, [c]);
        let event = store.read(move |db| events::deliveries_of(db, a)).await;
        assert_eq!(event.len(), 1);
    }
}
