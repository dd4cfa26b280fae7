//! Whether the encryption key is the one that has sealed what is there.

use super::OpenAppError;
use crate::{
    secrets::{KeyError, KeyFile, Sealer},
    store::{DatabaseUrl, Store, StoreError, sealed},
};

/// The sealer of that key, or of the key file's, if it is the one that has sealed what is there.
pub(super) fn sealer(store: &Store, url: &DatabaseUrl, given: Option<Sealer>) -> Result<Sealer, OpenAppError> {
    let checks = store.at_start(sealed::key_checks).map_err(failed)?;
    let sealer = match (given, url.file()) {
        (Some(sealer), _) => sealer,
        (None, Some(database)) => KeyFile::beside(database).read(!checks.is_empty())?,
        (None, None) => return Err(OpenAppError::KeyRequired),
    };
    let is_the_one = if checks.is_empty() { is_the_first(store, &sealer)? } else { sealer.opens_all(&checks) };
    if is_the_one { Ok(sealer) } else { Err(KeyError::Other.into()) }
}

/// Records the key as the one of this database, where none was a moment ago. Another node may have been faster, perhaps with another
/// key: then that one counts.
fn is_the_first(store: &Store, sealer: &Sealer) -> Result<bool, OpenAppError> {
    match store.at_start(|db| sealed::add_first_key_check(db, &sealer.key_check())) {
        Ok(()) => Ok(true),
        Err(StoreError::Taken) => {
            let checks = store.at_start(sealed::key_checks).map_err(failed)?;
            Ok(sealer.opens_all(&checks))
        }
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: StoreError) -> OpenAppError {
    OpenAppError::Other(format!("cannot read the database: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Clock,
        store::{self, Options},
    };
    use std::sync::Arc;

    /// Both nodes have found a database without a key; this is what each does then.
    #[test]
    fn of_two_nodes_that_start_together_the_faster_ones_key_counts() {
        let folder = tempfile::tempdir().unwrap();
        let url: DatabaseUrl = format!("sqlite://{}", folder.path().join("hookwright.db").display()).parse().unwrap();
        let (hand_over, _) = store::hand_over();
        let options = Options::new(Clock::system());
        let store = Store::open(&url, &options, &Arc::default(), &hand_over, &Arc::default()).unwrap();
        let key = |byte| Sealer::new([byte; 32]);
        assert!(is_the_first(&store, &key(1)).unwrap());
        assert!(is_the_first(&store, &key(1)).unwrap(), "another node with the same key");
        assert!(!is_the_first(&store, &key(2)).unwrap(), "another node with another key");
        assert!(matches!(sealer(&store, &url, Some(key(2))), Err(OpenAppError::Key(KeyError::Other))));
        assert!(sealer(&store, &url, Some(key(1))).is_ok());
    }
}
