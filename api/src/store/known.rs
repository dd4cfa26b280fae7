//! The webhooks that attempts have read lately, where nobody but this process changes any.

use super::webhooks::WebhookRow;
use shared::Id;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// For how long a row is known at most: that is when it counts what somebody changes in the file by hand.
const KEPT: Duration = Duration::from_secs(1);

/// Counts the writes that may have changed a webhook. Each is noted after its commit and before its answer, so whoever has that answer
/// finds nothing that was read before.
#[derive(Clone, Debug, Default)]
pub(super) struct Edits(Arc<AtomicU64>);

impl Edits {
    /// A write may have changed a webhook.
    pub(super) fn note(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn count(&self) -> Count {
        Count(self.0.load(Ordering::SeqCst))
    }
}

/// How many edits there had been.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count(u64);

/// What was read since the last edit.
#[derive(Clone, Debug)]
pub(super) struct Known {
    edits: Edits,
    read: Arc<Mutex<Read>>,
}

#[derive(Debug)]
struct Read {
    after: Count,
    since: Instant,
    rows: HashMap<(Id, Id), Arc<WebhookRow>>,
}

impl Known {
    pub(super) fn new(edits: Edits) -> Self {
        let nothing = Read { after: edits.count(), since: Instant::now(), rows: HashMap::new() };
        Self { edits, read: Arc::new(Mutex::new(nothing)) }
    }

    /// What to tell [`Known::keep`] about a read that begins now.
    pub(super) fn count(&self) -> Count {
        self.edits.count()
    }

    /// The tenant's webhook, if it is known as it is now.
    pub(super) fn find(&self, tenant_id: Id, webhook_id: Id) -> Option<Arc<WebhookRow>> {
        let read = self.read();
        let valid = read.after == self.count() && read.since.elapsed() < KEPT;
        read.rows.get(&(tenant_id, webhook_id)).filter(|_| valid).map(Arc::clone)
    }

    /// Keeps a row that was read after so many edits.
    pub(super) fn keep(&self, row: &Arc<WebhookRow>, after: Count) {
        let mut read = self.read();
        if read.after != after || read.since.elapsed() >= KEPT {
            *read = Read { after, since: Instant::now(), rows: HashMap::new() };
        }
        read.rows.insert((row.tenant_id, row.id), Arc::clone(row));
    }

    fn read(&self) -> MutexGuard<'_, Read> {
        // Every change is whole before anything in it can panic.
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{AuthenticationType, EventMode, EventSelection, Timestamp, WebhookStatus};

    const ID: Id = Id::from_bytes([7; 16]);

    fn row() -> Arc<WebhookRow> {
        let at = Timestamp::from_micros(0);
        Arc::new(WebhookRow {
            id: ID,
            tenant_id: ID,
            url: String::new(),
            description: String::new(),
            status: WebhookStatus::Active,
            inactive_reason: None,
            secret_sealed: Vec::new(),
            secret_set_at: at,
            auth_type: AuthenticationType::None,
            auth_name: String::new(),
            auth_sealed: None,
            credentials_changed_at: at,
            selection: EventSelection { mode: EventMode::All, types: Vec::new() },
            timeout_ms: 0,
            retry_schedule: Vec::new(),
            version: 1,
            created_at: at,
            updated_at: at,
            deleted_at: None,
            max_concurrency: 1,
            rate_limit: None,
            failing_since: None,
            failure_streak: 0,
            previous_secret_sealed: None,
            previous_secret_until: None,
            updated_by: None,
        })
    }

    #[test]
    fn a_row_is_known_until_an_edit() {
        let edits = Edits::default();
        let known = Known::new(edits.clone());
        assert_eq!(known.find(ID, ID), None);
        known.keep(&row(), known.count());
        assert_eq!(known.find(ID, ID), Some(row()));
        assert_eq!(known.find(Id::from_bytes([8; 16]), ID), None, "another tenant's");
        edits.note();
        assert_eq!(known.find(ID, ID), None);
        known.keep(&row(), known.count());
        assert_eq!(known.find(ID, ID), Some(row()));
    }

    #[test]
    fn a_row_that_an_edit_has_overtaken_while_it_was_read_is_not_known() {
        let edits = Edits::default();
        let known = Known::new(edits.clone());
        let began = known.count();
        edits.note();
        known.keep(&row(), began);
        assert_eq!(known.find(ID, ID), None);
    }

    #[test]
    fn what_is_changed_by_hand_counts_a_little_later() {
        let known = Known::new(Edits::default());
        known.keep(&row(), known.count());
        known.read().since = Instant::now() - KEPT;
        assert_eq!(known.find(ID, ID), None);
    }
}
