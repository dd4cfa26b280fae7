//! The store, on both databases: what is true of one is true of the other.

mod claim;
mod durability;
mod files;
mod lists;
mod nodes;
mod outage;
mod partitions;
mod plans;
mod publish;
mod retention;
mod schema;
mod settle;
mod silence;
mod stats;
mod webhooks;

use crate::{
    database::{Backend, TestDatabase},
    harness::START,
};
use diesel::QueryResult;
use hookwright::{
    clock::Clock,
    ids::Ids,
    store::{
        self, Accepted, Claimed, DEFAULT_TENANT, DatabaseUrl, Db, EraseRefused, HandedOver, NewEvent, NextAttempt,
        Options, Purged, Resting, Rests, Settlement, Share, Store, Told, Verdict,
        attempts::AttemptRow,
        deliveries::{self, ResendRefused},
        webhooks::WebhookRow,
    },
};
use shared::{
    ActorKind, AuditAction, AuditActor, AuditEntry, AuditTarget, AuthenticationType, DeliveryStatus, DeliverySummary,
    EventSelection, Failure, Id, Phases, Timestamp, Trigger, WebhookStatus,
};
use std::{collections::VecDeque, sync::Arc};

/// No webhook rests.
fn nobody_rests() -> Resting {
    Rests::default().at(START)
}

/// A store on a database of its own, a clock that stands, and the end of the hand-over.
pub(crate) struct TestStore {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) ids: Arc<Ids>,
    pub(crate) fresh: HandedOver,
    /// What was handed over together and not taken yet.
    taken: VecDeque<Claimed>,
    pub(crate) database: TestDatabase,
}

impl TestStore {
    pub(crate) fn open(backend: Backend) -> Self {
        Self::open_on(TestDatabase::new(backend))
    }

    pub(crate) fn open_on(database: TestDatabase) -> Self {
        let (clock, ids) = (Clock::standing_at(START), Arc::<Ids>::default());
        let options = Options { delivers: true, ..Options::new(clock.clone()) };
        let (store, fresh) = open(&database.url(), &options, &ids);
        Self { store, clock, ids, fresh, taken: VecDeque::new(), database }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Purges what was taken before then.
    pub(crate) async fn purge(&self, before: Timestamp) -> Purged {
        self.store.purge(before, self.now()).await.unwrap()
    }

    /// A webhook for those types, or for everything.
    pub(crate) async fn webhook(&self, types: &[&str]) -> Id {
        let row = self.webhook_row(types);
        let id = row.id;
        self.write(move |db| hookwright::store::webhooks::insert(db, &row)).await;
        id
    }

    pub(crate) fn webhook_row(&self, types: &[&str]) -> WebhookRow {
        let now = self.now();
        let types: Vec<String> = types.iter().map(|&name| name.to_owned()).collect();
        let selection = if types.is_empty() {
            serde_json::json!({"mode": "all"})
        } else {
            serde_json::json!({"mode": "selected", "types": types})
        };
        WebhookRow {
            url: "https://receiver.example/hook".into(),
            secret_sealed: vec![1],
            selection: serde_json::from_value::<EventSelection>(selection).unwrap(),
            retry_schedule: vec![5, 30],
            ..WebhookRow::new(self.ids.next(now), DEFAULT_TENANT, now)
        }
    }

    /// An event `SOURCE.TYPE` of now, not published yet.
    pub(crate) fn event(&self, event_type: &str, ce_id: &str) -> NewEvent {
        let now = self.now();
        let (source, kind) = event_type.split_once('.').unwrap();
        NewEvent {
            id: self.ids.next(now),
            tenant_id: DEFAULT_TENANT,
            source: source.into(),
            kind: kind.into(),
            ce_id: ce_id.into(),
            time: now,
            created_at: now,
            payload: format!(r#"{{"id":"{ce_id}","n":1e400}}"#),
        }
    }

    pub(crate) async fn publish(&self, event_type: &str, ce_id: &str) -> Accepted {
        self.store.publish(self.event(event_type, ce_id)).await.unwrap()
    }

    /// Publishes an event for one webhook and takes the delivery that was handed over.
    pub(crate) async fn handed_over(&mut self, event_type: &str, ce_id: &str) -> Claimed {
        self.publish(event_type, ce_id).await;
        self.take_fresh().unwrap()
    }

    /// The next delivery that was handed over.
    pub(crate) fn take_fresh(&mut self) -> Option<Claimed> {
        if self.taken.is_empty() {
            let Told::Fresh(all) = self.fresh.receiver.try_recv().ok()? else { panic!("nobody has changed a webhook") };
            self.taken.extend(all);
        }
        let claimed = self.taken.pop_front()?;
        self.fresh.rooms.leave(claimed.webhook_id, claimed.payload.len());
        Some(claimed)
    }

    /// Lets nothing be handed over any more: what is published falls due.
    pub(crate) fn hand_nothing_over(&self) {
        self.fresh.rooms.close();
    }

    /// Claims up to so many deliveries of each webhook that has something due.
    pub(crate) async fn claim(&self, each: usize) -> Vec<Claimed> {
        claim(&self.store, self.now(), each).await
    }

    pub(crate) async fn delivery(&self, id: Id) -> DeliverySummary {
        self.read(move |db| deliveries::find(db, DEFAULT_TENANT, id, &nobody_rests())).await.unwrap()
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Db) -> QueryResult<T> + Send + 'static,
    ) -> T {
        self.store.read(query).await.unwrap()
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Db) -> QueryResult<T> + Send + 'static,
    ) -> T {
        self.store.write(work).await.unwrap()
    }

    /// Sends a delivery again.
    pub(crate) async fn resend(&self, id: Id, next: NextAttempt) -> Result<DeliverySummary, ResendRefused> {
        let entry = self.entry(AuditAction::DeliveryResent, id);
        self.store.resend(DEFAULT_TENANT, id, next, self.now(), entry).await.unwrap()
    }

    /// Erases the content of a delivery's event.
    pub(crate) async fn erase(&self, delivery: Id) -> Result<(), EraseRefused> {
        let event = self.delivery(delivery).await.event_id;
        let entry = self.entry(AuditAction::EventErased, event);
        self.store.erase(DEFAULT_TENANT, event, self.now(), entry).await.unwrap()
    }

    fn entry(&self, action: AuditAction, id: Id) -> AuditEntry {
        AuditEntry {
            id: self.ids.next(self.now()),
            at: self.now(),
            actor: AuditActor { kind: ActorKind::System, id: None, name: String::new() },
            action,
            target: AuditTarget { kind: action.target().into(), id: id.to_string(), name: String::new() },
            address: None,
            request_id: None,
            before: None,
            after: None,
        }
    }

    /// What an attempt that was answered so comes to; after a failure the next one is due in 5 seconds.
    pub(crate) fn answered(&self, claimed: &Claimed, status_code: u16) -> Settlement {
        let failure = (status_code >= 300).then_some(Failure::HttpStatus);
        let now = self.now();
        Settlement {
            delivery_id: claimed.delivery_id,
            webhook_id: claimed.webhook_id,
            attempt_count: claimed.attempt_count,
            status: if failure.is_some() { DeliveryStatus::Retrying } else { DeliveryStatus::Delivered },
            due_at: failure.map(|_| now.plus_seconds(5)),
            next: NextAttempt::Scheduled,
            retry_index: claimed.retry_index + u32::from(failure.is_some()),
            failure,
            attempt: Some(self.attempt(claimed, status_code)),
            verdict: if failure.is_some() { Verdict::Failed } else { Verdict::Well },
            at: now,
        }
    }

    pub(crate) fn attempt(&self, claimed: &Claimed, status_code: u16) -> AttemptRow {
        AttemptRow {
            number: claimed.attempt_count + 1,
            trigger: Trigger::Scheduled,
            started_at: self.now(),
            duration_us: 1_500,
            phases: Phases::default(),
            url: "https://receiver.example/hook".into(),
            failure: (status_code >= 300).then_some(Failure::HttpStatus),
            error: None,
            request_headers_sealed: vec![7, 0, 7],
            status_code: Some(status_code),
            response_headers: vec![],
            response_body: Some(b"\xff\x00answer".to_vec()),
            truncated: false,
            webhook_version: Some(1),
        }
    }

    /// Settles a claimed delivery as answered so; it must hold.
    pub(crate) async fn settle(&self, claimed: &Claimed, status_code: u16) {
        assert!(self.store.settle(self.answered(claimed, status_code)).await.unwrap());
    }

    /// Settles a claimed delivery as failed for good.
    pub(crate) async fn fail(&self, claimed: &Claimed, status_code: u16) {
        let settlement =
            Settlement { status: DeliveryStatus::Failed, due_at: None, ..self.answered(claimed, status_code) };
        assert!(self.store.settle(settlement).await.unwrap());
    }
}

/// Opens a store as a process of its own would, with the end of its hand-over.
pub(crate) fn open(url: &DatabaseUrl, options: &Options, ids: &Arc<Ids>) -> (Store, HandedOver) {
    let (hand_over, fresh) = store::hand_over();
    (Store::open(url, options, ids, &hand_over, &Arc::default()).unwrap(), fresh)
}

/// Claims up to so many deliveries of each webhook that has something due.
pub(crate) async fn claim(store: &Store, now: Timestamp, each: usize) -> Vec<Claimed> {
    let found = store.due_webhooks(DEFAULT_TENANT, now).await.unwrap();
    store.claim_due(now, found.into_iter().map(|(webhook, _)| share(webhook, each)).collect()).await.unwrap()
}

/// A share of whatever is due to that webhook.
pub(crate) fn share(webhook_id: Id, most: usize) -> Share {
    Share { webhook_id, most, only_tests: false }
}

/// The id that an event got.
#[track_caller]
pub(crate) fn recorded(accepted: Accepted) -> Id {
    match accepted {
        Accepted::Recorded { id, .. } => id,
        other => panic!("{other:?}"),
    }
}
