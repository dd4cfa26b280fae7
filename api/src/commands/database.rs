//! `hookwright backup` and `hookwright migrate`

use super::print_line;
use crate::{
    clock::Clock,
    secrets::KeyFile,
    store::{self, DatabaseUrl},
};
use clap::Args;
use std::{error::Error, path::PathBuf, process::ExitCode};

/// Which database.
#[derive(Args)]
pub struct Database {
    /// The database: sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE
    #[arg(
        long = "database-url",
        env = "DATABASE_URL",
        default_value = "sqlite://hookwright.db",
        hide_env_values = true
    )]
    pub(super) url: DatabaseUrl,
}

/// What `hookwright backup` is told.
#[derive(Args)]
pub struct Backup {
    /// The file to write; it must not be there yet
    file: PathBuf,

    #[command(flatten)]
    database: Database,
}

/// Copies the database while a server uses it.
pub(super) fn backup(args: &Backup) -> Result<ExitCode, Box<dyn Error>> {
    let Backup { file, database: Database { url } } = args;
    store::backup(url, file)?;
    let key = url.file().map(KeyFile::beside).filter(KeyFile::exists);
    let key = key.map_or_else(|| "HOOKWRIGHT_ENCRYPTION_KEY".to_owned(), |file| format!("the key file {file}"));
    print_line(format!(
        "{} is a complete copy. Back up {key} too, in another place: without it the secrets cannot be decrypted.",
        file.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Brings the schema up to date.
pub(super) fn migrate(database: &Database) -> Result<ExitCode, Box<dyn Error>> {
    match store::migrate(&database.url, Clock::system().now())? {
        0 => print_line("The schema is up to date.")?,
        steps => print_line(format!("The schema is up to date now; steps taken: {steps}."))?,
    }
    Ok(ExitCode::SUCCESS)
}
