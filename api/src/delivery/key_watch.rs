//! Whether this server still has the keys of the database: a `hookwright rekey` may have changed them. As long as it lacks one, it claims
//! nothing, and leaves what is due to those that know it.

use crate::{
    secrets::Sealer,
    store::{Store, StoreError, sealed},
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Watches the keys of the database. Clones see the same.
#[derive(Clone)]
pub struct KeyWatch {
    store: Store,
    sealer: Sealer,
    lacks_one: Arc<AtomicBool>,
}

impl KeyWatch {
    /// Watches the keys of that database, all of which this sealer has at first.
    pub fn new(store: Store, sealer: Sealer) -> Self {
        Self { store, sealer, lacks_one: Arc::default() }
    }

    /// Looks whether this server has the keys, and says so when that has changed.
    pub async fn look(&self) -> Result<bool, StoreError> {
        Ok(self.note(&self.store.read(sealed::key_checks).await?))
    }

    /// Like [`KeyWatch::look`], for the dispatcher, which does not wait behind whoever asks.
    pub(super) async fn look_to_dispatch(&self) -> Result<bool, StoreError> {
        Ok(self.note(&self.store.key_checks().await?))
    }

    fn note(&self, checks: &[Vec<u8>]) -> bool {
        let has_all = self.sealer.opens_all(checks);
        match (self.lacks_one.swap(!has_all, Ordering::Relaxed), has_all) {
            (false, false) => tracing::error!(
                "nothing more is claimed: secrets are encrypted with a key that this server does not have; start it with that key, or \
                 with it in HOOKWRIGHT_ENCRYPTION_KEY_PREVIOUS"
            ),
            (true, true) => tracing::info!("this server knows the encryption key of all secrets again"),
            _ => {}
        }
        has_all
    }

    /// Whether it had them at the last look.
    pub(super) fn has_all(&self) -> bool {
        !self.lacks_one.load(Ordering::Relaxed)
    }
}
