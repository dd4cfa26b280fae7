//! Webhooks: create, read, list, change, delete.

use super::*;
use crate::database::on_both;
use hookwright::store::{
    Slice, event_types,
    sealed::{self, WebhookSecrets},
    webhooks::{self, WebhookFilter},
};
use shared::NewEventType;

on_both! {
    async fn a_webhook_is_read_as_it_was_written(backend) {
        let store = TestStore::open(backend);
        let mut row = store.webhook_row(&["A.B"]);
        row.auth_type = AuthenticationType::Basic;
        (row.auth_name, row.auth_sealed) = ("user".into(), Some(vec![0, 255, 7]));
        (row.header_names, row.headers_sealed) = (vec!["X-Own".into()], Some(vec![0, 1]));
        row.description = "für \"alles\" 😀".into();
        let (written, id) = (row.clone(), row.id);
        store.write(move |db| webhooks::insert(db, &written)).await;
        assert_eq!(store.read(move |db| webhooks::find(db, DEFAULT_TENANT, id)).await, Some(row));
        // Attempts change this while somebody edits the rest.
        let mut edited = store.read(move |db| webhooks::find(db, DEFAULT_TENANT, id)).await.unwrap();
        (edited.version, edited.in_alarm, edited.description) = (edited.version + 1, true, "edited".into());
        assert!(store.write(move |db| webhooks::update(db, &edited)).await);
        let found = store.read(move |db| webhooks::find(db, DEFAULT_TENANT, id)).await.unwrap();
        assert_eq!((found.in_alarm, found.description.as_str()), (false, "edited"));
        let other_tenant = store.ids.next(store.now());
        assert_eq!(store.read(move |db| webhooks::find(db, other_tenant, id)).await, None);
    }
}

on_both! {
    async fn of_two_who_change_a_version_one_is_told_to_look_again(backend) {
        let store = TestStore::open(backend);
        let id = store.webhook(&[]).await;
        let change = async |url: &'static str| {
            store.write(move |db| {
                let mut row = webhooks::find(db, DEFAULT_TENANT, id)?.unwrap();
                (row.url, row.version) = (url.into(), 2);
                webhooks::update(db, &row)
            }).await
        };
        assert!(change("https://one.example").await);
        assert!(!change("https://other.example").await);
        let row = store.read(move |db| webhooks::find(db, DEFAULT_TENANT, id)).await.unwrap();
        assert_eq!((&*row.url, row.version), ("https://one.example", 2));
        let (now, stale) = (store.now(), WebhookRow { version: 1, ..row.clone() });
        assert!(!store.write(move |db| webhooks::delete(db, &stale, now)).await);
        assert!(store.write(move |db| webhooks::delete(db, &row, now)).await);
    }
}

on_both! {
    async fn what_is_sealed_again_is_not_written_over_what_somebody_has_set_meanwhile(backend) {
        let store = TestStore::open(backend);
        let id = store.webhook(&[]).await;
        let of_webhook = async || store.read(|db| sealed::of_webhooks(db, None, 2)).await.remove(0);
        let read = of_webhook().await;
        store.write(move |db| {
            let mut row = webhooks::find(db, DEFAULT_TENANT, id)?.unwrap();
            (row.headers_sealed, row.version) = (Some(vec![7]), 2);
            webhooks::update(db, &row)
        }).await;
        for (found, resealed) in [(read, false), (of_webhook().await, true)] {
            let new = WebhookSecrets { secret: b"sealed again".to_vec(), ..found };
            store.write(move |db| sealed::replace_of_webhook(db, &new)).await;
            let now = of_webhook().await;
            assert_eq!(now.headers, Some(vec![7]));
            assert_eq!((now.secret == b"sealed again", now.version), (resealed, if resealed { 3 } else { 2 }));
        }
    }
}

on_both! {
    async fn webhooks_are_listed_newest_first_and_found_by_a_part_of_their_url(backend) {
        let store = TestStore::open(backend);
        let mut ids = Vec::new();
        for url in ["https://a.example/One_1", "https://b.example/two", "https://c.example/one%2F1"] {
            let row = WebhookRow { url: url.into(), ..store.webhook_row(&[]) };
            ids.insert(0, row.id);
            store.write(move |db| webhooks::insert(db, &row)).await;
        }
        let list = async |search: Option<&'static str>, before, limit| {
            let filter = WebhookFilter { search: search.map(str::to_owned), ..WebhookFilter::default() };
            let slice = Slice { before, limit };
            let rows = store.read(move |db| webhooks::list(db, DEFAULT_TENANT, &filter, slice)).await;
            rows.items.into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(list(None, None, 2).await, ids[..2]);
        assert_eq!(list(None, Some(ids[1]), 2).await, ids[2..]);
        assert_eq!(list(Some("ONE"), None, 9).await, [ids[0], ids[2]], "in any case");
        assert_eq!(list(Some("e_1"), None, 9).await, [ids[2]], "an underscore is no wildcard");
        assert_eq!(list(Some("%2"), None, 9).await, [ids[0]], "nor is a percent sign");
        assert_eq!(list(Some("\\"), None, 9).await, []);
    }
}

on_both! {
    async fn webhooks_that_want_a_type_are_listed_however_many_others_are_between(backend) {
        let store = TestStore::open(backend);
        let mut wanting = Vec::new();
        for types in [&["A.B"][..], &["A.b"], &[], &["X.Y", "A.B"], &["A.BC"], &["X.A.B"], &["A.B"]] {
            let row = store.webhook_row(types);
            if row.selection.wants_type("A.B") {
                wanting.insert(0, row.id);
            }
            let others: Vec<_> = (0..200).map(|_| store.webhook_row(&["X.Y"])).collect();
            store.write(move |db| others.iter().chain([&row]).try_for_each(|row| webhooks::insert(db, row))).await;
        }
        assert_eq!(wanting.len(), 4, "one wants everything");
        let list = async |before, limit| {
            let filter = WebhookFilter { event_type: Some("A.B".to_owned()), ..WebhookFilter::default() };
            let slice = Slice { before, limit };
            let rows = store.read(move |db| webhooks::list(db, DEFAULT_TENANT, &filter, slice)).await;
            rows.items.into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        for limit in 1..=4 {
            assert_eq!(list(None, limit).await, wanting[..limit as usize]);
        }
        assert_eq!(list(None, 9).await, wanting);
        assert_eq!(list(Some(wanting[1]), 9).await, wanting[2..]);
    }
}

on_both! {
    async fn event_types_are_added_once_changed_and_deleted(backend) {
        let store = TestStore::open(backend);
        let new = |kind: &str, description: &str| NewEventType {
            source: "A".into(), kind: kind.into(), description: description.into(), example: None, schema: None, all_tenants: false,
        };
        let (b, a, again, unknown) = (new("B", "b"), new("A", "a"), new("B", "b2"), new("C", ""));
        assert!(store.write(move |db| event_types::insert(db, DEFAULT_TENANT, &b)).await.is_some());
        assert!(store.write(move |db| event_types::insert(db, DEFAULT_TENANT, &a)).await.is_some());
        let twice = again.clone();
        assert!(store.write(move |db| event_types::insert(db, DEFAULT_TENANT, &twice)).await.is_none());
        assert!(store.write(move |db| event_types::update(db, DEFAULT_TENANT, &again)).await.is_some());
        assert!(store.write(move |db| event_types::update(db, DEFAULT_TENANT, &unknown)).await.is_none());
        let list = async || {
            let all = store.read(|db| event_types::list(db, DEFAULT_TENANT)).await;
            all.into_iter().map(|one| (one.name, one.description)).collect::<Vec<_>>()
        };
        assert_eq!(list().await, [("A.A".into(), "a".into()), ("A.B".into(), "b2".into())]);
        let known = store.read(|db| event_types::find(db, DEFAULT_TENANT, "A.A")).await.unwrap();
        let gone = known.clone();
        assert!(store.write(move |db| event_types::delete(db, DEFAULT_TENANT, &known)).await);
        assert!(!store.write(move |db| event_types::delete(db, DEFAULT_TENANT, &gone)).await);
        assert_eq!(list().await.len(), 1);
    }
}
