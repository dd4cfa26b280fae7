//! Whether a SQLite file is still the one that was opened.

use super::DatabaseUrl;
use crate::store::StoreError;
use std::{fs, io, path::PathBuf};

/// The file of an open database.
#[derive(Clone, Debug)]
pub(in crate::store) struct DatabaseFile {
    path: PathBuf,
    identity: Identity,
}

/// Device and number of a file.
type Identity = (u64, u64);

impl DatabaseFile {
    /// The file of a database that was just opened; nothing where it is a server's.
    pub(in crate::store) fn of(url: &DatabaseUrl) -> io::Result<Option<Self>> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                Ok(Some(Self { path: path.clone(), identity: identity(&fs::metadata(path)?) }))
            }
            DatabaseUrl::Postgres(_) => Ok(None),
        }
    }

    /// Fails where the file was removed or replaced: what is written to the one that is open would be gone with this process.
    pub(in crate::store) fn check(&self) -> Result<(), StoreError> {
        match fs::metadata(&self.path) {
            Ok(metadata) if identity(&metadata) == self.identity => Ok(()),
            _ => {
                let path = self.path.display();
                Err(StoreError::Unavailable(format!(
                    "{path} was removed or replaced; put it back, or start the server again"
                )))
            }
        }
    }
}

#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> Identity {
    Identity::default()
}
