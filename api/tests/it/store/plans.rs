//! How the databases find what the hot queries ask for: a scan of everything would be right, and slow at ten million rows.

use super::*;
use crate::{database::on_both, processes::until};
use diesel::{
    QueryableByName, RunQueryDsl as _,
    connection::{Connection as _, InstrumentationEvent, SimpleConnection as _},
    sql_types::Text,
};
use hookwright::store::{
    Slice,
    deliveries::DeliveryFilter,
    events::{self, EventFilter},
    tenants::{self, TenantFilter},
};
use std::sync::Mutex;

const DELIVERIES: u32 = 12_000;
const WEBHOOKS: u32 = 100;
/// For a question about order: few rows are sorted as well, and what is asked is whether an index can give them in their order.
const UNSORTED: &str = "SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off";
/// For a question about finding.
const AS_USUAL: &str = "SET enable_seqscan = off";

/// A database with many deliveries to many webhooks, a few of them failed or waiting; and the first webhook.
async fn seeded(backend: Backend) -> (TestStore, Id) {
    let store = TestStore::open(backend);
    let mut webhooks = Vec::new();
    for _ in 0..WEBHOOKS {
        webhooks.push(store.webhook(&["NONE.OF"]).await);
    }
    let first = hex(START.unix_ms());
    let keys = webhooks.iter().map(|id| format!("'{}'", ids_hex(*id))).collect::<Vec<_>>().join(", ");
    let columns = "id, tenant_id, event_id, webhook_id, event_type, status, attempt_count, retry_index, next_trigger, claimed, due_at, failure, created_at";
    // Rows as by ten thousand events: 90 % delivered, 9 % failed, 1 % waiting.
    let sql = match backend {
        Backend::Sqlite => format!(
            "WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < {DELIVERIES})
             INSERT INTO deliveries ({columns})
             SELECT unhex('{first}' || printf('%020x', n)), zeroblob(16), unhex('{first}' || printf('%020x', n / 3)),
                 unhex(json_extract(json_array({keys}), '$[' || (n % {WEBHOOKS}) || ']')),
                 'A.B' || n % 19, CASE WHEN n % 101 = 0 THEN 0 WHEN n % 101 < 10 THEN 3 ELSE 2 END, 1, 0, 'scheduled', 0,
                 CASE WHEN n % 101 = 0 THEN n END,
                 CASE WHEN n % 101 BETWEEN 1 AND 9 THEN 'timeout' END, n
             FROM n"
        ),
        Backend::Postgres => format!(
            "INSERT INTO deliveries ({columns})
             SELECT decode('{first}' || lpad(to_hex(n), 20, '0'), 'hex'), decode(repeat('00', 16), 'hex'),
                 decode('{first}' || lpad(to_hex(n / 3), 20, '0'), 'hex'), decode((ARRAY[{keys}])[n % {WEBHOOKS} + 1], 'hex'),
                 'A.B' || n % 19, CASE WHEN n % 101 = 0 THEN 0 WHEN n % 101 < 10 THEN 3 ELSE 2 END, 1, 0, 'scheduled', 0,
                 CASE WHEN n % 101 = 0 THEN n END,
                 CASE WHEN n % 101 BETWEEN 1 AND 9 THEN 'timeout' END, n
             FROM generate_series(0, {DELIVERIES}) n; ANALYZE"
        ),
    };
    store.write(move |db| db.batch_execute(&sql)).await;
    (store, webhooks[0])
}

fn hex(unix_ms: u64) -> String {
    ids_hex(Id::floor(unix_ms))[..12].to_owned()
}

fn ids_hex(id: Id) -> String {
    id.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    #[diesel(column_name = "detail")]
    sqlite: String,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    #[diesel(column_name = "QUERY PLAN")]
    postgres: String,
}

/// How the database would find what `query` asks for: the plans of all statements it runs.
async fn plan<T: Send + 'static>(
    store: &TestStore,
    settings: &'static str,
    query: impl FnOnce(&mut Db) -> QueryResult<T> + Send + 'static,
) -> String {
    let backend = store.database.backend;
    let explain = move |db: &mut Db| {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        db.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                sink.lock().unwrap().push(query.to_string());
            }
        });
        query(db)?;
        db.set_instrumentation(|_: InstrumentationEvent<'_>| {});
        let (mut plan, mut local) = (String::new(), String::new());
        for sql in std::mem::take(&mut *seen.lock().unwrap()) {
            let sql = sql.split(" -- binds").next().unwrap();
            if sql.starts_with("BEGIN") || sql.starts_with("COMMIT") {
                continue;
            }
            if sql.starts_with("SET LOCAL") {
                local = sql.replace("SET LOCAL", "SET");
                continue;
            }
            plan += &match backend {
                Backend::Sqlite => {
                    let steps = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load::<Step>(db)?;
                    steps.into_iter().map(|step| step.sqlite + "\n").collect::<String>()
                }
                Backend::Postgres => {
                    // A range of ids must have ends, or the planner sees that nothing can be in it.
                    let bind = |n: u32| match sql {
                        _ if sql.contains(&format!("\"id\" < ${n}")) => r"'\xff'",
                        _ if sql.contains(&format!("\"id\" >= ${n}")) => r"'\x00'",
                        _ => "NULL",
                    };
                    let binds = (1..).take_while(|n| sql.contains(&format!("${n}"))).map(bind).collect::<Vec<_>>();
                    let given = if binds.is_empty() { String::new() } else { format!("({})", binds.join(", ")) };
                    let prepare = format!(
                        "SET plan_cache_mode = force_generic_plan; {settings}; {local}; PREPARE explained AS {sql}"
                    );
                    db.batch_execute(&prepare)?;
                    let lines = diesel::sql_query(format!("EXPLAIN EXECUTE explained{given}")).load::<Line>(db)?;
                    db.batch_execute("DEALLOCATE explained; RESET ALL")?;
                    lines.into_iter().map(|line| line.postgres + "\n").collect::<String>()
                }
            };
        }
        Ok(plan)
    };
    store.read(explain).await
}

/// That the plan uses this index of deliveries and sorts nothing.
#[track_caller]
fn uses(plan: &str, backend: Backend, sqlite: &str, postgres: &str) {
    finds_few(plan, backend, sqlite, postgres);
    assert!(!plan.contains("USE TEMP B-TREE") && !plan.contains("Sort  ("), "it sorts:\n{plan}");
}

/// That the plan uses this index of deliveries, on PostgreSQL that of the day with the rows. A few rows it may sort.
#[track_caller]
fn finds_few(plan: &str, backend: Backend, sqlite: &str, postgres: &str) {
    let index =
        if backend == Backend::Sqlite { sqlite.to_owned() } else { format!("deliveries_2025_07_08_{postgres}") };
    assert!(plan.contains(&index), "not by {index}:\n{plan}");
}

on_both! {
    async fn each_list_of_deliveries_is_read_from_its_index(backend) {
        let (store, webhook) = seeded(backend).await;
        let all = || DeliveryFilter { webhook_id: Some(webhook), ..DeliveryFilter::default() };
        let list = async |filter: DeliveryFilter, before: Option<Id>| {
            plan(&store, UNSORTED, move |db| deliveries::list(db, DEFAULT_TENANT, &filter, Slice { before, limit: 50 }, &nobody_rests())).await
        };
        let before = Some(store.ids.next(store.now()));
        for before in [None, before] {
            // PostgreSQL may as well take the primary key where one tenant has nearly all rows.
            uses(&list(DeliveryFilter::default(), before).await, backend, "deliveries_of_tenant", "");
            uses(&list(all(), before).await, backend, "deliveries_of_webhook (", "webhook_id_id_idx ");
            let of_few = [DeliveryStatus::Pending, DeliveryStatus::Retrying, DeliveryStatus::Failed, DeliveryStatus::Cancelled];
            for statuses in of_few.map(|status| vec![status]).into_iter().chain([of_few.to_vec()]) {
                let few = DeliveryFilter { statuses, ..all() };
                uses(&list(few, before).await, backend, "deliveries_by_status (", "webhook_id_status_id_idx");
            }
            let failed = vec![DeliveryStatus::Failed];
            let of_type = DeliveryFilter { statuses: failed, event_type: Some("A.B7".into()), ..all() };
            let by_type = "webhook_id_status_event_type_id_idx";
            uses(&list(of_type, before).await, backend, "deliveries_failed_by_type", by_type);
            let timed_out = DeliveryFilter { failure: Some(Failure::Timeout), ..all() };
            finds_few(&list(timed_out, before).await, backend, "deliveries_by_failure", "webhook_id_failure_id_idx");
            let of_type = DeliveryFilter { event_type: Some("A.B7".into()), ..all() };
            uses(&list(of_type, before).await, backend, "deliveries_of_webhook_and_type", "webhook_id_event_type_id_idx");
            let refused = DeliveryFilter { status_code: Some(500), ..all() };
            finds_few(&list(refused, before).await, backend, "deliveries_by_code (", "webhook_id_status_code_id_idx");

            // As above.
            for status in of_few {
                let few = DeliveryFilter { statuses: vec![status], ..DeliveryFilter::default() };
                uses(&list(few, before).await, backend, "deliveries_by_status_of_tenant", "");
            }
            let failed = vec![DeliveryStatus::Failed];
            let of_type = DeliveryFilter { statuses: failed, event_type: Some("A.B7".into()), ..DeliveryFilter::default() };
            uses(&list(of_type, before).await, backend, "deliveries_by_status_of_tenant", "");
            let timed_out = DeliveryFilter { failure: Some(Failure::Timeout), ..DeliveryFilter::default() };
            let by_failure = "deliveries_by_failure_of_tenant";
            finds_few(&list(timed_out, before).await, backend, by_failure, "");
            let refused = DeliveryFilter { status_code: Some(500), ..DeliveryFilter::default() };
            let by_code = "deliveries_by_code_of_tenant";
            finds_few(&list(refused, before).await, backend, by_code, "");
        }
        // Which index finds a window is a matter of its width, which PostgreSQL does not know here; a day is not read whole for it.
        let window = DeliveryFilter { from: Some(START), to: Some(START.plus_seconds(60)), ..all() };
        let window = list(window, None).await;
        match backend {
            Backend::Sqlite => uses(&window, backend, "deliveries_of_webhook (", ""),
            Backend::Postgres => uses(&window, backend, "", ""),
        }
        for filter in [all(), DeliveryFilter::default()] {
            let plan = list(filter, None).await;
            assert!(!plan.contains("events"), "a list reads no payloads:\n{plan}");
        }
    }
}

on_both! {
    async fn the_deliveries_of_an_event_are_found_by_its_id(backend) {
        let (store, _) = seeded(backend).await;
        let event = Id::floor(START.unix_ms());
        let plan = plan(&store, AS_USUAL, move |db| events::deliveries_of(db, event)).await;
        assert!(plan.contains(if backend == Backend::Sqlite { "deliveries_of_event" } else { "event_id_idx" }), "{plan}");
    }
}

on_both! {
    async fn what_its_publisher_gave_an_id_is_found_by_it(backend) {
        let (store, webhook) = seeded(backend).await;
        store.publish("NONE.OF", "order-1").await;
        let ce_id = || Some("order-1".to_owned());
        let filter = EventFilter { ce_id: ce_id(), ..EventFilter::default() };
        let mut plans = vec![plan(&store, AS_USUAL, move |db| events::list(db, DEFAULT_TENANT, &filter, Slice::first(50))).await];
        for webhook_id in [None, Some(webhook)] {
            let filter = DeliveryFilter { webhook_id, ce_id: ce_id(), ..DeliveryFilter::default() };
            plans.push(plan(&store, AS_USUAL, move |db| deliveries::list(db, DEFAULT_TENANT, &filter, Slice::first(50), &nobody_rests())).await);
        }
        for plan in plans {
            for whole in ["SCAN", "(tenant_id=?)", "(webhook_id=?)", "Seq Scan", "Filter: (event_id"] {
                assert!(!plan.contains(whole), "{whole}:\n{plan}");
            }
        }
    }
}

on_both! {
    async fn a_search_for_a_text_reads_the_events_of_its_deliveries_only(backend) {
        let (store, webhook) = seeded(backend).await;
        // An id that names nothing is a text like any other.
        let texts = ["text".to_owned(), Id::floor(0).to_string()];
        for (webhook_id, text) in [None, Some(webhook)].into_iter().flat_map(|id| texts.clone().map(|text| (id, text))) {
            let filter = DeliveryFilter { webhook_id, search: Some(text), ..DeliveryFilter::default() };
            let settings = "SET enable_bitmapscan = off";
            let plan = plan(&store, settings, move |db| deliveries::list(db, DEFAULT_TENANT, &filter, Slice::first(50), &nobody_rests())).await;
            let by_id = if backend == Backend::Sqlite { "SEARCH events USING INDEX" } else { "Index Scan using events_2025_07_08" };
            assert!(plan.contains(by_id), "not by {by_id}:\n{plan}");
            for whole in ["Seq Scan on events", "hashed SubPlan", "SCAN events"] {
                assert!(!plan.contains(whole), "{whole}:\n{plan}");
            }
        }
    }
}

on_both! {
    async fn the_webhooks_of_a_page_of_tenants_are_counted_without_a_look_at_the_others(backend) {
        let (store, _) = seeded(backend).await;
        let plan = plan(&store, AS_USUAL, |db| tenants::count_webhooks(db, &[DEFAULT_TENANT])).await;
        assert!(plan.contains("webhooks_of_tenant"), "{plan}");
    }
}

on_both! {
    async fn tenants_in_trouble_are_found_by_their_own_webhooks(backend) {
        let (store, _) = seeded(backend).await;
        for failing in [true, false] {
            let filter = TenantFilter { failing: Some(failing), ..TenantFilter::default() };
            let plan = plan(&store, AS_USUAL, move |db| tenants::list(db, &filter, Slice::first(50))).await;
            assert!(plan.contains("webhooks_of_tenant"), "{plan}");
        }
    }
}

/// PostgreSQL counts what is open now and then only: a plan made while hardly anything was must not read a backlog that came since, for
/// each attempt that is settled and each look for what is due.
#[tokio::test]
async fn postgres_reads_no_backlog_to_settle_or_to_look_for_what_is_due() {
    const BACKLOG: i64 = 20_000;
    if crate::database::without_postgres() {
        return;
    }
    let mut store = TestStore::open(Backend::Postgres);
    let (behind, fine) = (store.webhook(&["BE.HIND"]).await, store.webhook(&["FI.NE"]).await);
    let rows = move |first: i64, count: i64, status: i16, due_at: &str| {
        format!(
            "INSERT INTO deliveries (id, tenant_id, event_id, webhook_id, event_type, status, attempt_count, retry_index, next_trigger,
                 claimed, due_at, created_at)
             SELECT decode('{day}' || lpad(to_hex(n), 20, '0'), 'hex'), decode(repeat('00', 16), 'hex'),
                 decode('{day}' || lpad(to_hex(n), 20, '0'), 'hex'), decode('{webhook}', 'hex'), 'BE.HIND', {status}, 0, 0, 'scheduled',
                 0, {due_at}, 0
             FROM generate_series({first}, {first} + {count} - 1) n;",
            day = hex(START.unix_ms()),
            webhook = ids_hex(behind),
        )
    };
    store.database.run(&format!("{} ANALYZE", rows(0, BACKLOG, 2, "NULL")));
    store.database.run(&format!("{} SELECT pg_stat_reset()", rows(BACKLOG, BACKLOG, 0, "1")));
    for n in 0..50 {
        let claimed = store.handed_over("FI.NE", &n.to_string()).await;
        assert_eq!(claimed.webhook_id, fine);
        store.settle(&claimed, 200).await;
        assert_eq!(store.store.due_webhooks(DEFAULT_TENANT, store.now()).await.unwrap(), [(behind, false)]);
    }
    // While it is inactive only tests are looked for.
    store.database.run(&format!("UPDATE webhooks SET status = 0 WHERE id = decode('{}', 'hex')", ids_hex(behind)));
    for _ in 0..20 {
        assert_eq!(store.store.due_webhooks(DEFAULT_TENANT, store.now()).await.unwrap(), []);
        for only_tests in [false, true] {
            let shares = vec![Share { only_tests, ..share(behind, 10) }];
            assert_eq!(store.store.claim_due(store.now(), shares).await.unwrap().len(), 0);
        }
    }
    // What a session has read is told when it ends.
    let TestStore { store, database, .. } = store;
    drop(store);
    let others = "SELECT count(*) AS count FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    until(async || if database.count(others) > 0 { Err("a session does not end") } else { Ok(()) }).await;
    let read = database.count(
        "SELECT coalesce(sum(idx_tup_read), 0)::bigint
             + (SELECT coalesce(sum(seq_tup_read), 0)::bigint FROM pg_stat_user_tables WHERE relname LIKE 'deliveries%') AS count
         FROM pg_stat_user_indexes WHERE relname LIKE 'deliveries%'",
    );
    assert!(read > 0 && read < BACKLOG, "{read} entries read to settle and to look 70 times");
}

#[derive(QueryableByName)]
struct Instruction {
    #[diesel(sql_type = Text)]
    opcode: String,
}

/// A predicate of an index may cost more than the row: SQLite makes a table of each list of more than two values, each time.
#[tokio::test]
async fn sqlite_makes_no_table_to_write_a_delivery() {
    let store = TestStore::open(Backend::Sqlite);
    let write = [
        "UPDATE deliveries SET status = ?, due_at = ?, failure = ?, status_code = ? WHERE id = ? AND status < 2",
        "INSERT INTO deliveries (id, tenant_id, event_id, webhook_id, event_type, status, attempt_count, retry_index, next_trigger, claimed,
             created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ];
    for sql in write {
        let explain = move |db: &mut Db| diesel::sql_query(format!("EXPLAIN {sql}")).load::<Instruction>(db);
        let steps: Vec<_> = store.read(explain).await.into_iter().map(|step| step.opcode).collect();
        assert!(steps.contains(&"IdxInsert".to_owned()), "{steps:?}");
        assert!(!steps.contains(&"OpenEphemeral".to_owned()), "{sql}: {steps:?}");
    }
}
