//! The webhooks that attempts have read lately, known for a moment, so that not each attempt reads its own.
//!
//! An edit counts for every attempt that starts after its answer. For that, what was read before an edit of this process is not known any
//! more when the edit is answered; and where other nodes edit too, an edit is answered only when no node knows anything from before.

use super::webhooks::WebhookRow;
use parking_lot::Mutex;
use shared::Id;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// For how long a row is known where several nodes edit: each edit is answered so much later.
const AMONG_NODES: Duration = Duration::from_millis(20);
/// For how long where only this process edits. Its edits are noted, so this is for what somebody changes in the file by hand.
const ALONE: Duration = Duration::from_secs(1);

/// Counts the writes of this process that may have changed a webhook. Each is noted after its commit and before its answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Edits(Arc<AtomicU64>);

impl Edits {
    /// A write may have changed a webhook.
    pub(super) fn note(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// When a read began.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadStart {
    /// How many edits there had been.
    edits: u64,
    at: Instant,
}

/// What was read since the last edit, a moment ago.
#[derive(Clone, Debug)]
pub(super) struct Known {
    edits: Edits,
    kept: Duration,
    read: Arc<Mutex<Read>>,
}

#[derive(Debug)]
struct Read {
    /// When the first of these reads began.
    began: ReadStart,
    rows: HashMap<(Id, Id), Arc<WebhookRow>>,
}

impl Known {
    /// Nothing yet. `shared`: other nodes may edit as well.
    pub(super) fn new(edits: Edits, shared: bool) -> Self {
        let nothing = Read { began: ReadStart { edits: edits.count(), at: Instant::now() }, rows: HashMap::new() };
        let kept = if shared { AMONG_NODES } else { ALONE };
        Self { edits, kept, read: Arc::new(Mutex::new(nothing)) }
    }

    /// What to tell [`Known::keep`] about a read that begins now.
    pub(super) fn begin(&self) -> ReadStart {
        ReadStart { edits: self.edits.count(), at: Instant::now() }
    }

    /// The tenant's webhook, if it is known.
    pub(super) fn find(&self, tenant_id: Id, webhook_id: Id) -> Option<Arc<WebhookRow>> {
        let read = self.read.lock();
        read.rows.get(&(tenant_id, webhook_id)).filter(|_| self.holds(read.began)).map(Arc::clone)
    }

    /// Keeps the row that came of a read.
    pub(super) fn keep(&self, row: &Arc<WebhookRow>, began: ReadStart) {
        let mut read = self.read.lock();
        if read.began.edits != began.edits || !self.holds(read.began) {
            *read = Read { began, rows: HashMap::new() };
        }
        read.rows.insert((row.tenant_id, row.id), Arc::clone(row));
    }

    /// Returns when no node knows anything any more that was read before.
    pub(super) async fn forgotten(&self) {
        tokio::time::sleep(self.kept).await;
    }

    /// Whether what such a read found still holds.
    fn holds(&self, began: ReadStart) -> bool {
        began.edits == self.edits.count() && began.at.elapsed() < self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::Timestamp;

    const ID: Id = Id::from_bytes([7; 16]);

    fn row() -> Arc<WebhookRow> {
        Arc::new(WebhookRow::new(ID, ID, Timestamp::from_micros(0)))
    }

    #[test]
    fn a_row_is_known_until_an_edit() {
        let edits = Edits::default();
        let known = Known::new(edits.clone(), false);
        assert_eq!(known.find(ID, ID), None);
        known.keep(&row(), known.begin());
        assert_eq!(known.find(ID, ID), Some(row()));
        assert_eq!(known.find(Id::from_bytes([8; 16]), ID), None, "another tenant's");
        edits.note();
        assert_eq!(known.find(ID, ID), None);
        known.keep(&row(), known.begin());
        assert_eq!(known.find(ID, ID), Some(row()));
    }

    #[test]
    fn a_row_that_an_edit_has_overtaken_while_it_was_read_is_not_known() {
        let edits = Edits::default();
        let known = Known::new(edits.clone(), false);
        let began = known.begin();
        edits.note();
        known.keep(&row(), began);
        assert_eq!(known.find(ID, ID), None);
    }

    #[test]
    fn a_row_is_known_for_a_moment_after_its_read_began() {
        let long_ago = |known: &Known| ReadStart { at: Instant::now() - known.kept, ..known.begin() };
        for shared in [true, false] {
            let known = Known::new(Edits::default(), shared);
            known.keep(&row(), known.begin());
            let began = long_ago(&known);
            known.read.lock().began = began;
            assert_eq!(known.find(ID, ID), None);
            known.keep(&row(), long_ago(&known));
            assert_eq!(known.find(ID, ID), None, "it took long to read");
        }
    }

    #[tokio::test]
    async fn an_edit_is_answered_when_nothing_from_before_is_known() {
        let known = Known::new(Edits::default(), true);
        known.keep(&row(), known.begin());
        known.forgotten().await;
        assert_eq!(known.find(ID, ID), None);
    }
}
