//! Which webhooks rest becatheir receivers have asked for it, as far as this process has learnt it.

use parking_lot::Mutex;
use shared::{Id, Timestamp};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// The rests: the dispatcher says when one begins, and whoever shows webhooks and deliveries asks. Of others nothing is kept.
#[derive(Clone, Default)]
pub struct Rests(Arc<Mutex<HashMap<Id, Rest>>>);

struct Rest {
    until: Timestamp,
    /// The deliveries that are claimed and wait for the end. The room in memory bounds them.
    waiting: HashSet<Id>,
}

/// The rests as they are at an instant.
#[derive(Clone)]
pub struct Resting {
    rests: Rests,
    now: Timestamp,
}

impl Rests {
    /// A webhook rests until then, and these of its deliveries wait in memory.
    pub fn set(&self, webhook_id: Id, until: Timestamp, waiting: impl IntoIterator<Item = Id>) {
        let waiting = waiting.into_iter().collect();
        self.0.lock().insert(webhook_id, Rest { until, waiting });
    }

    /// A delivery that is claimed waits too, if its webhook rests.
    pub fn wait(&self, webhook_id: Id, delivery_id: Id) {
        if let Some(rest) = self.0.lock().get_mut(&webhook_id) {
            rest.waiting.insert(delivery_id);
        }
    }

    /// The rest of a webhook has ended. `false`: there was none.
    pub fn end(&self, webhook_id: Id) -> bool {
        self.0.lock().remove(&webhook_id).is_some()
    }

    /// The rests as they are at that instant.
    pub fn at(&self, now: Timestamp) -> Resting {
        Resting { rests: self.clone(), now }
    }
}

impl Resting {
    /// That instant.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Until when a webhook rests, if it does.
    pub fn until(&self, webhook_id: Id) -> Option<Timestamp> {
        self.rests.0.lock().get(&webhook_id).map(|rest| rest.until).filter(|until| *until > self.now)
    }

    /// How many webhooks rest.
    pub fn count(&self) -> usize {
        self.rests.0.lock().values().filter(|rest| rest.until > self.now).count()
    }

    /// Whether a delivery that is claimed waits for the end of its webhook's rest.
    pub fn holds(&self, webhook_id: Id, delivery_id: Id) -> bool {
        self.rests.0.lock().get(&webhook_id).is_some_and(|rest| rest.waiting.contains(&delivery_id))
    }
}
