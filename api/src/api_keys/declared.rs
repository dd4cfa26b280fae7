//! The API key that a setting declares, so that programs have one from the first start on.

use super::{present, row};
use crate::{
    app::App,
    audit,
    auth::token,
    store::{self, DEFAULT_TENANT, StoreError, Unwritten, api_keys, sessions::TokenHash},
};
use shared::{ActorKind, AuditAction, AuditEntry, Id, NewApiKey, Role};

/// The key's name, which says where it comes from.
const NAME: &str = "HOOKWRIGHT_PLATFORM_KEY";

/// What is known of a declared key: not its secret.
pub struct DeclaredKey {
    id: Id,
    secret_hash: TokenHash,
}

/// Why a declared key is none.
#[derive(Debug, thiserror::Error)]
pub enum DeclaredKeyError {
    /// It was thought up, or is not whole.
    #[error(
        "HOOKWRIGHT_PLATFORM_KEY is not an API key: it is written as hw_, an id, _ and 64 random lower-case hexadecimal digits; make one with: \
         hookwright key new"
    )]
    Malformed,
    /// The id is taken.
    #[error(
        "HOOKWRIGHT_PLATFORM_KEY: the API key {0} is recorded already, with another secret or other rights; make a new one with: \
         hookwright key new"
    )]
    Another(Id),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DeclaredKey {
    /// Reads the setting.
    pub fn parse(text: &str) -> Result<Self, DeclaredKeyError> {
        let (id, secret_hash) = token::read_random_api_key(text).ok_or(DeclaredKeyError::Malformed)?;
        Ok(Self { id, secret_hash })
    }
}

/// Records the key as one of an admin of the platform, unless it is recorded already: one that was revoked, or has expired, stays so.
pub async fn record(app: &App, key: &DeclaredKey) -> Result<(), DeclaredKeyError> {
    let recorded = match record_once(app, key).await {
        // Another node was faster: now it is there.
        Err(StoreError::Taken) => record_once(app, key).await,
        recorded => recorded,
    };
    if !recorded?? {
        tracing::warn!(id = %key.id, "HOOKWRIGHT_PLATFORM_KEY is revoked or has expired, and stays so; make a new one with: hookwright key new");
    }
    Ok(())
}

/// `false`: it was revoked, or has expired.
async fn record_once(app: &App, key: &DeclaredKey) -> Result<Result<bool, DeclaredKeyError>, StoreError> {
    let &DeclaredKey { id, secret_hash } = key;
    let now = app.clock.now();
    let new = NewApiKey { name: NAME.to_owned(), role: Role::Admin, expires_at: None, platform: true };
    let row = row(id, secret_hash, now, DEFAULT_TENANT, new);
    let entry = AuditEntry::by_itself(app.ids.next(now), ActorKind::System, AuditAction::ApiKeyCreated, id, NAME);
    let entry = audit::with_change(entry, None, Some(&present(row.clone())));
    let recorded = app.store.write(store::refusable(move |db| match api_keys::find(db, id)? {
        None => {
            api_keys::insert(db, &row, &entry)?;
            Ok(true)
        }
        Some(known) if known.secret_hash == secret_hash && known.platform && known.role == Role::Admin => {
            Ok(known.revoked_at.is_none() && known.expires_at.is_none_or(|at| at > now))
        }
        Some(_) => Err(Unwritten::Refused(DeclaredKeyError::Another(id))),
    }));
    recorded.await
}
