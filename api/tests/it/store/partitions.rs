//! Days on PostgreSQL.

use super::*;
use crate::database::without_postgres;
use diesel::{QueryableByName, RunQueryDsl as _, sql_types::Text};
use hookwright::store::{Purged, Slice, events};

const DAY: i64 = 86_400;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

impl TestStore {
    /// The first column `name` of what a query finds.
    async fn names(&self, query: &'static str) -> Vec<String> {
        let rows = self.read(move |db| diesel::sql_query(query).load::<Name>(db)).await;
        rows.into_iter().map(|row| row.name).collect()
    }

    async fn days(&self, table: &'static str) -> Vec<String> {
        let all = self
            .names("SELECT relname::text AS name FROM pg_class WHERE relispartition AND relkind = 'r' ORDER BY 1")
            .await;
        let days = all.iter().filter_map(|name| name.strip_prefix(table)?.strip_prefix('_'));
        days.map(str::to_owned).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_made_from_yesterday_to_a_week_ahead() {
    if without_postgres() {
        return;
    }
    let store = TestStore::open(Backend::Postgres);
    for table in ["events", "deliveries", "attempts"] {
        let days = store.days(table).await;
        assert_eq!(
            (days.len(), &*days[0], &*days[8], &*days[9]),
            (10, "2025_07_07", "2025_07_15", "default"),
            "{table}"
        );
    }
}

/// Over many days, that takes seconds for what runs for some milliseconds.
#[tokio::test(flavor = "multi_thread")]
async fn no_statement_is_compiled_to_machine_code() {
    if without_postgres() {
        return;
    }
    let store = TestStore::open(Backend::Postgres);
    assert_eq!(store.names("SELECT current_setting('jit') AS name").await, ["off"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_lies_in_the_day_of_its_id() {
    if without_postgres() {
        return;
    }
    let mut store = TestStore::open(Backend::Postgres);
    store.webhook(&[]).await;
    let claimed = store.handed_over("A.B", "1").await;
    // Settled on another day, the attempt lies with its delivery.
    store.clock.advance_seconds(2 * DAY);
    store.settle(&claimed, 500).await;
    let places = "SELECT tableoid::regclass::text AS name FROM events UNION ALL \
                  SELECT tableoid::regclass::text FROM deliveries UNION ALL SELECT tableoid::regclass::text FROM attempts";
    assert_eq!(store.names(places).await, ["events_2025_07_08", "deliveries_2025_07_08", "attempts_2025_07_08"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fits_no_day_is_kept_and_moved_when_its_day_is_made() {
    if without_postgres() {
        return;
    }
    let mut store = TestStore::open(Backend::Postgres);
    store.webhook(&[]).await;
    store.clock.advance_seconds(30 * DAY);
    let claimed = store.handed_over("A.B", "1").await;
    let place = "SELECT tableoid::regclass::text AS name FROM deliveries";
    assert_eq!(store.names(place).await, ["deliveries_default"]);
    assert!(matches!(store.publish("A.B", "1").await, Accepted::Duplicate { .. }));
    store.purge(START).await;
    assert_eq!(store.names(place).await, ["deliveries_2025_08_07"]);
    store.settle(&claimed, 200).await;
    assert!(matches!(store.publish("A.B", "1").await, Accepted::Duplicate { .. }));
    assert_eq!(store.delivery(claimed.delivery_id).await.status, DeliveryStatus::Delivered);
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_days_are_dropped_once_they_are_past_the_retention_time() {
    if without_postgres() {
        return;
    }
    let mut store = TestStore::open(Backend::Postgres);
    store.webhook(&[]).await;
    let old = store.handed_over("A.B", "old").await;
    store.settle(&old, 200).await;
    store.clock.advance_seconds(2 * DAY);
    store.publish("A.B", "new").await;
    let half_a_day_in = START.plus_seconds(DAY / 2);
    store.purge(half_a_day_in).await;
    assert_eq!(store.days("events").await[0], "2025_07_09", "the day of the bound itself is kept");
    assert_eq!(store.days("attempts").await[0], "2025_07_09");
    let left = store.read(|db| events::list(db, DEFAULT_TENANT, &Default::default(), Slice::first(9))).await.items;
    assert_eq!(left.iter().map(|event| &*event.ce_id).collect::<Vec<_>>(), ["new"]);
    assert_eq!(store.names("SELECT ce_id AS name FROM event_keys").await, ["new"]);
    recorded(store.publish("A.B", "old").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_old_for_any_day_is_purged_from_the_default_partition() {
    if without_postgres() {
        return;
    }
    let store = TestStore::open(Backend::Postgres);
    store.webhook(&[]).await;
    store.publish("A.B", "now").await;
    let ids = Arc::<Ids>::default();
    let (other, _fresh) = open(&store.database.url(), &Options::new(store.clock.clone()), &ids);
    let behind = START.plus_seconds(-60 * DAY);
    let event = store.event("A.B", "from a node whose clock is behind");
    let event = NewEvent { id: ids.next(behind), time: behind, created_at: behind, ..event };
    recorded(other.publish(event).await.unwrap());
    assert_eq!(store.names("SELECT ce_id AS name FROM events_default").await.len(), 1);
    let purged = store.purge(START.plus_seconds(-30 * DAY)).await;
    assert_eq!(purged, Purged::Rows(3), "an event, its delivery and its key");
    assert_eq!(store.names("SELECT ce_id AS name FROM events").await, ["now"]);
}
