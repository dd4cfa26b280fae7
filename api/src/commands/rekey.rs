//! `hookwright rekey`

use super::{beside::Beside, print_line};
use crate::{
    app,
    auth::audit::{self, Target},
    rekey,
    secrets::{KeyFile, Sealer},
    store::{self, DEFAULT_TENANT, DatabaseUrl},
};
use shared::ActorKind;
use std::{error::Error, process::ExitCode};

/// The arguments of `hookwright rekey`.
#[derive(clap::Args)]
pub struct Args {
    /// The server's database
    #[arg(long, env = "DATABASE_URL", default_value = "sqlite://hookwright.db", hide_env_values = true)]
    database_url: DatabaseUrl,

    /// The new key; the servers must know it and the previous ones. Without it, a new key is put into the key file beside the SQLite
    /// file, and no server may be running
    #[arg(long, env = "HOOKWRIGHT_ENCRYPTION_KEY", hide_env_values = true)]
    encryption_key: Option<String>,

    /// The keys before it, separated by commas
    #[arg(long, env = "HOOKWRIGHT_ENCRYPTION_KEY_PREVIOUS", value_delimiter = ',', hide_env_values = true)]
    encryption_key_previous: Vec<String>,
}

/// Seals everything again with the new key.
pub(super) async fn run(args: Args) -> Result<ExitCode, Box<dyn Error>> {
    let Args { database_url, encryption_key, encryption_key_previous } = args;
    let (sealer, file) = match (&encryption_key, &database_url) {
        (Some(key), _) => (Sealer::from_hex(key, encryption_key_previous.iter().map(String::as_str))?, None),
        (None, DatabaseUrl::Sqlite(path)) => {
            // A running server would go on sealing with the key that is taken out at the end.
            let lock = app::lock(path)?;
            let file = KeyFile::beside(path);
            (file.add_key()?, Some((file, lock)))
        }
        (None, DatabaseUrl::Postgres(_)) => return Err("set HOOKWRIGHT_ENCRYPTION_KEY to the new key".into()),
    };
    let beside = Beside::open(&database_url)?;
    let rekey::Resealed { webhooks, attempts } = rekey::reseal_all(&beside.store, &sealer).await?;
    if let Some((file, _lock)) = file {
        file.forget_previous()?;
    }
    let id = beside.ids.next(beside.clock.now());
    let entry = audit::by_itself(id, ActorKind::CommandLine, Target::EncryptionKey, "changed", "", "");
    beside.store.write(move |db| store::audit::append(db, DEFAULT_TENANT, &entry)).await?;
    print_line(format!("sealed again: the secrets of {webhooks} webhooks and the headers of {attempts} attempts"))?;
    Ok(ExitCode::SUCCESS)
}
