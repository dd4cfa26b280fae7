//! `hookwright rekey`

use super::{beside::Beside, database::Database, print_line};
use crate::{
    app,
    config::keys,
    rekey,
    secrets::{KeyFile, Sealer},
    store::{self, DEFAULT_TENANT},
};
use shared::{ActorKind, AuditAction, AuditEntry};
use std::{
    error::Error,
    process::ExitCode,
    time::{Duration, Instant},
};

/// How often it is told how far it is.
const TOLD_EVERY: Duration = Duration::from_secs(5);

/// The arguments of `hookwright rekey`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    database: Database,

    /// The new key; the servers must know it and the previous ones. Of several nodes give each the new key among the previous ones first, and
    /// only then as its own: what one encrypts, the others must be able to decrypt. Without it, a new key is put into the key file beside the
    /// SQLite file. While there is such a file, no server may be running
    #[arg(long, env = "HOOKWRIGHT_ENCRYPTION_KEY", hide_env_values = true)]
    encryption_key: Option<String>,

    /// The keys before it, separated by commas
    #[arg(long, env = "HOOKWRIGHT_ENCRYPTION_KEY_PREVIOUS", value_delimiter = ',', hide_env_values = true)]
    encryption_key_previous: Vec<String>,
}

/// Seals everything again with the new key.
pub(super) async fn run(args: Args) -> Result<ExitCode, Box<dyn Error>> {
    let Args { database, encryption_key, encryption_key_previous } = args;
    let beside = Beside::open(&database.url)?;
    let file = database.url.file().map(|path| (KeyFile::beside(path), path)).filter(|(file, _)| file.exists());
    // A server that runs on its key file would go on sealing with that key, and open nothing that is sealed with the new one.
    let _lock = file.as_ref().map(|(_, path)| app::lock(path)).transpose()?;
    let sealer = match (&encryption_key, &file) {
        (Some(key), _) => Sealer::from_hex(key, keys(&encryption_key_previous))?,
        (None, Some((file, _))) => file.add_key()?,
        (None, None) => return Err("set HOOKWRIGHT_ENCRYPTION_KEY to the new key".into()),
    };
    let mut told_at = Instant::now();
    let progress = |rekey::Resealed { webhooks, attempts }| {
        if told_at.elapsed() >= TOLD_EVERY {
            told_at = Instant::now();
            // Whoever reads it no more does not end it.
            let _ = print_line(format!(
                "so far: the secrets of {webhooks} webhooks and the headers of {attempts} attempts; if it is interrupted, run it again, and it goes on from there"
            ));
        }
    };
    let rekey::Resealed { webhooks, attempts } = rekey::reseal_all(&beside.store, &sealer, progress).await?;
    if let (None, Some((file, _))) = (&encryption_key, &file) {
        file.forget_previous()?;
    }
    let id = beside.ids.next(beside.clock.now());
    let entry = AuditEntry::by_itself(id, ActorKind::CommandLine, AuditAction::EncryptionKeyChanged, "", "");
    beside.store.write(move |db| store::audit::append(db, DEFAULT_TENANT, &entry)).await?;
    print_line(format!("encrypted again: the secrets of {webhooks} webhooks and the headers of {attempts} attempts"))?;
    if let (Some(_), Some((file, _))) = (encryption_key, file) {
        print_line(format!(
            "{file} is no longer used; start the server with HOOKWRIGHT_ENCRYPTION_KEY set to the new key"
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
