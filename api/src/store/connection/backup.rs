//! A copy of the database while it is in use.

use super::{DatabaseUrl, Db, make_private};
use diesel::{connection::SimpleConnection as _, prelude::*, sql_types::Text};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// A backup could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// PostgreSQL has its own tools.
    #[error("PostgreSQL is backed up with its own tools: pg_dump \"$DATABASE_URL\" --format=custom --file=FILE")]
    Postgres,
    /// There is nothing to copy.
    #[error("there is no database at {0}")]
    Missing(PathBuf),
    /// There is no folder for the target.
    #[error("there is no folder {0}")]
    NoFolder(PathBuf),
    /// The target is there already.
    #[error("{0} is there already; a backup overwrites nothing")]
    Exists(PathBuf),
    /// The copy failed.
    #[error("the database could not be copied: {0}")]
    Copy(String),
    /// The file system failed.
    #[error(transparent)]
    File(#[from] io::Error),
}

#[derive(QueryableByName)]
struct Check {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

/// Copies a SQLite file to `target` while others go on reading and writing it; everything that was committed before is in the copy.
/// The copy gets its name when it is whole, checked and on disk.
pub fn backup(url: &DatabaseUrl, target: &Path) -> Result<(), BackupError> {
    let DatabaseUrl::Sqlite(source) = url else {
        return Err(BackupError::Postgres);
    };
    if !source.exists() {
        return Err(BackupError::Missing(source.clone()));
    }
    if target.exists() {
        return Err(BackupError::Exists(target.to_owned()));
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.exists() {
        return Err(BackupError::NoFolder(folder.to_owned()));
    }
    let partial = target.with_added_extension("partial");
    // What an interrupted backup left behind.
    if partial.exists() {
        fs::remove_file(&partial)?;
    }
    let done = copy(url, &partial).and_then(|()| give_name(&partial, target));
    if done.is_err() && partial.exists() {
        fs::remove_file(&partial)?;
    }
    done?;
    Ok(File::open(folder)?.sync_all()?)
}

/// Gives the copy its name, unless somebody has taken that meanwhile.
fn give_name(partial: &Path, target: &Path) -> Result<(), BackupError> {
    // SQLite does not wait for the disk here.
    File::open(partial)?.sync_all()?;
    match fs::hard_link(partial, target) {
        Ok(()) => Ok(fs::remove_file(partial)?),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(BackupError::Exists(target.to_owned())),
        // Not every file system has such links.
        Err(_) if target.exists() => Err(BackupError::Exists(target.to_owned())),
        Err(_) => Ok(fs::rename(partial, target)?),
    }
}

fn copy(url: &DatabaseUrl, partial: &Path) -> Result<(), BackupError> {
    let failed = |error: diesel::result::Error| BackupError::Copy(error.to_string());
    let mut connection = Db::open(url).map_err(|error| BackupError::Copy(format!("opening it: {error}")))?;
    make_private(partial);
    diesel::sql_query("VACUUM INTO ?")
        .bind::<Text, _>(partial.to_string_lossy().into_owned())
        .execute(&mut connection)
        .map_err(|error| BackupError::Copy(format!("copying it: {error}")))?;
    let mut copy = SqliteConnection::establish(&partial.to_string_lossy())
        .map_err(|error| BackupError::Copy(error.to_string()))?;
    copy.batch_execute("PRAGMA query_only = ON").map_err(failed)?;
    let found = diesel::sql_query("PRAGMA integrity_check").load::<Check>(&mut copy).map_err(failed)?;
    match found.as_slice() {
        [only] if only.integrity_check == "ok" => Ok(()),
        other => {
            Err(BackupError::Copy(other.iter().map(|row| row.integrity_check.as_str()).collect::<Vec<_>>().join("; ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_came_meanwhile_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let (partial, target) = (folder.path().join("partial"), folder.path().join("target"));
        fs::write(&partial, "copy").unwrap();
        fs::write(&target, "somebody's").unwrap();
        assert!(matches!(give_name(&partial, &target), Err(BackupError::Exists(_))));
        assert_eq!(fs::read_to_string(&target).unwrap(), "somebody's");
        fs::remove_file(&target).unwrap();
        give_name(&partial, &target).unwrap();
        assert_eq!((fs::read_to_string(&target).unwrap().as_str(), partial.exists()), ("copy", false));
    }
}
