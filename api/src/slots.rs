//! Slots that tenants share: each can have some, however many others want.

use parking_lot::Mutex;
use shared::Id;
use std::sync::Arc;

/// Slots for what only so many may do at once.
pub(crate) struct Slots {
    most: usize,
    taken: Taken,
}

/// Whose slots are taken, once for each.
type Taken = Arc<Mutex<Vec<Id>>>;

/// A slot, until it is dropped.
pub struct Slot {
    tenant_id: Id,
    taken: Taken,
}

impl Slots {
    /// So many slots, of which none is taken.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, taken: Arc::default() }
    }

    /// One more slot for that tenant, if it has fewer than are left.
    pub(crate) fn take(&self, tenant_id: Id) -> Option<Slot> {
        let mut taken = self.taken.lock();
        let of_tenant = taken.iter().filter(|of| **of == tenant_id).count();
        (of_tenant < self.most - taken.len()).then(|| {
            taken.push(tenant_id);
            Slot { tenant_id, taken: Arc::clone(&self.taken) }
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.taken.lock();
        if let Some(slot) = taken.iter().position(|of| *of == self.tenant_id) {
            taken.swap_remove(slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_leaves_as_many_to_others_as_it_has() {
        let (slots, greedy, other) = (Slots::new(8), Id::floor(1), Id::floor(2));
        let mut taken: Vec<_> = std::iter::from_fn(|| slots.take(greedy)).collect();
        assert_eq!(taken.len(), 4);
        let others: Vec<_> = std::iter::from_fn(|| slots.take(other)).collect();
        assert_eq!(others.len(), 2);
        assert!(slots.take(greedy).is_none());
        drop(others);
        taken.clear();
        assert!(slots.take(greedy).is_some());
    }
}
