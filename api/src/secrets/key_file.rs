//! The key file beside a SQLite file: a key on each line, the current one first. Only its owner can read it.

use super::{KeyError, Sealer};
use std::{
    fmt, fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

/// The key file of a database.
#[derive(Clone, Debug)]
pub struct KeyFile(PathBuf);

impl fmt::Display for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

impl KeyFile {
    /// The file beside that database. It has all of its name: the databases of one folder have keys of their own.
    pub fn beside(database: &Path) -> Self {
        Self(database.with_added_extension("key"))
    }

    /// Whether there is one.
    pub fn exists(&self) -> bool {
        self.0.exists()
    }

    /// The sealer of its keys. If it is missing, it is made with a random key, unless `needed`: something was sealed already.
    pub fn read(&self, needed: bool) -> Result<Sealer, KeyError> {
        match fs::read_to_string(&self.0) {
            Ok(text) => {
                self.warn_if_open();
                let mut keys = text.lines().filter(|line| !line.trim().is_empty());
                Sealer::from_hex(keys.next().unwrap_or_default(), keys)
                    .map_err(|_| KeyError::FileMalformed(self.0.display().to_string()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && needed => {
                Err(KeyError::FileMissing(self.0.display().to_string()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.write(&[hex::encode(rand::random::<[u8; 32]>())])?;
                self.read(true)
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Others may have been let in by how a copy of it was made.
    fn warn_if_open(&self) {
        #[cfg(unix)]
        if fs::metadata(&self.0).is_ok_and(|file| std::os::unix::fs::MetadataExt::mode(&file) & 0o077 != 0) {
            tracing::warn!(file = %self.0.display(), "others than its owner may read the encryption key; run: chmod 600");
        }
    }

    /// Puts a new random key before those that are there.
    pub fn add_key(&self) -> Result<Sealer, KeyError> {
        let text = fs::read_to_string(&self.0).map_err(|error| self.failed(error))?;
        let mut keys = vec![hex::encode(rand::random::<[u8; 32]>())];
        keys.extend(text.lines().map(str::to_owned));
        self.write(&keys)?;
        self.read(true)
    }

    /// Takes out every key but the current one.
    pub fn forget_previous(&self) -> Result<(), KeyError> {
        let text = fs::read_to_string(&self.0).map_err(|error| self.failed(error))?;
        let keys: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).take(1).map(str::to_owned).collect();
        self.write(&keys)
    }

    /// Written beside and renamed, so that at no moment there is half a file.
    fn write(&self, keys: &[String]) -> Result<(), KeyError> {
        let fresh = self.0.with_added_extension("new");
        let write = || {
            let mut options = fs::OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&fresh)?;
            writeln!(file, "{}", keys.join("\n"))?;
            file.sync_all()?;
            fs::rename(&fresh, &self.0)?;
            // What is sealed with a new key must not outlive it.
            #[cfg(unix)]
            if let Some(folder) = self.0.canonicalize()?.parent() {
                fs::File::open(folder)?.sync_all()?;
            }
            Ok(())
        };
        write().map_err(|error| self.failed(error))
    }

    fn failed(&self, error: io::Error) -> KeyError {
        KeyError::File(self.0.display().to_string(), error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::Place;
    use shared::Id;

    const PLACE: Place = Place::WebhookSecret(Id::from_bytes([1; 16]));

    #[test]
    fn a_key_file_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::beside(&folder.path().join("hookwright.db"));
        assert!(matches!(file.read(true), Err(KeyError::FileMissing(_))), "what it opened would be lost");
        let sealed = file.read(false).unwrap().seal(PLACE, b"x");
        assert_eq!(file.read(true).unwrap().open(PLACE, &sealed), Ok(b"x".to_vec()));
        let path = folder.path().join("hookwright.db.key");
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
        fs::write(&path, "short").unwrap();
        // Advice to make another key would cost the secrets.
        assert!(matches!(file.read(true), Err(KeyError::FileMalformed(_))));
    }

    #[test]
    fn a_new_key_comes_first_and_the_old_ones_stay_until_they_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::beside(&folder.path().join("hookwright.db"));
        let sealed = file.read(false).unwrap().seal(PLACE, b"x");
        let both = file.add_key().unwrap();
        assert_eq!(both.open(PLACE, &sealed), Ok(b"x".to_vec()));
        let resealed = both.reseal(PLACE, PLACE, &sealed).unwrap();
        file.forget_previous().unwrap();
        let alone = file.read(true).unwrap();
        assert_eq!(alone.open(PLACE, &resealed), Ok(b"x".to_vec()));
        assert!(alone.open(PLACE, &sealed).is_err());
    }
}
