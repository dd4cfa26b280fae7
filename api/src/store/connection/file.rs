//! Whether a SQLite file is still the one that was opened, and how much room it has and takes.

use super::DatabaseUrl;
use crate::store::StoreError;
use std::{ffi::OsString, fs, io, path::PathBuf};

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

    /// How many bytes it has, with its write-ahead log, which a reader that stays can keep growing.
    pub(in crate::store) fn bytes(&self) -> i64 {
        let mut log = OsString::from(&self.path);
        log.push("-wal");
        let log = PathBuf::from(log);
        let bytes = [&self.path, &log].map(|path| fs::metadata(path).map_or(0, |metadata| metadata.len()));
        bytes.into_iter().sum::<u64>().try_into().unwrap_or(i64::MAX)
    }

    /// How many bytes are free on its disk for this user.
    #[cfg(unix)]
    pub(in crate::store) fn disk_free(&self) -> Option<i64> {
        let disk = rustix::fs::statvfs(&self.path).ok()?;
        disk.f_bavail.saturating_mul(disk.f_frsize).try_into().ok()
    }

    #[cfg(not(unix))]
    pub(in crate::store) fn disk_free(&self) -> Option<i64> {
        None
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
