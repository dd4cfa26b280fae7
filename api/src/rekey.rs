//! Changing the encryption key: everything that an older key has sealed is sealed again with the current one, a batch at a time, while
//! servers that know both keys go on.

use crate::{
    secrets::{Place, Sealer, Unsealable},
    store::{
        Store, StoreError,
        sealed::{self, WebhookSecrets},
    },
};

/// How many rows one transaction changes, so that nobody waits long for its turn to write.
const BATCH: u32 = 500;

/// The key could not be changed. What was sealed again stays; doing it once more goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum RekeyError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database has a key that is none of these.
    #[error(
        "the secrets in the database were encrypted with another key; give it in HOOKWRIGHT_ENCRYPTION_KEY_PREVIOUS"
    )]
    OtherKey,
    /// A value that none of the keys has sealed.
    #[error(
        "{0} cannot be decrypted with any of the keys; give the key that encrypted it in HOOKWRIGHT_ENCRYPTION_KEY_PREVIOUS"
    )]
    Unsealable(String),
}

/// How many values were sealed again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Of webhooks.
    pub webhooks: u64,
    /// Of attempts.
    pub attempts: u64,
}

/// Seals everything again that the current key has not sealed. Before the first value the database says which key is coming: servers that do
/// not know it leave what is due to others. `told` hears after each batch of attempts how many values there were so far.
pub async fn reseal_all(
    store: &Store,
    sealer: &Sealer,
    mut told: impl FnMut(Resealed),
) -> Result<Resealed, RekeyError> {
    let checks = store.read(sealed::key_checks).await?;
    if !sealer.opens_all(&checks) {
        return Err(RekeyError::OtherKey);
    }
    if !checks.iter().any(|check| sealer.is_current(check)) {
        let check = sealer.key_check();
        store.write(move |db| sealed::add_next_key_check(db, &check)).await?;
    }
    let mut done = Resealed::default();
    // Who has changed a webhook meanwhile has left what was not changed as it was: all are looked through until nothing is left.
    loop {
        let (found, resealed) = reseal_webhooks(store, sealer).await?;
        done.webhooks += resealed;
        if found == 0 {
            break;
        }
    }
    let mut after = None;
    loop {
        let batch = store.read(move |db| sealed::of_attempts(db, after, BATCH)).await?;
        let Some(last) = batch.last() else { break };
        after = Some((last.0, last.1));
        let mut changes = Vec::new();
        for (id, number, old) in batch {
            if old.is_empty() || sealer.is_current(&old) {
                continue;
            }
            let place = Place::RequestHeaders(id, number);
            let unsealable = |_| RekeyError::Unsealable(format!("the attempt {number} of {id}"));
            changes.push((id, number, sealer.reseal(place, place, &old).map_err(unsealable)?));
        }
        done.attempts += changes.len() as u64;
        let replace = move |db: &mut _| {
            changes.iter().try_for_each(|(id, number, new)| sealed::replace_of_attempt(db, *id, *number, new))
        };
        store.write(replace).await?;
        told(done);
    }
    let check = sealer.key_check();
    store.write(move |db| sealed::set_key_check(db, &check)).await?;
    Ok(done)
}

/// Looks through all webhooks once, and tells of how many something had to be sealed again, and of how many it was.
async fn reseal_webhooks(store: &Store, sealer: &Sealer) -> Result<(u64, u64), RekeyError> {
    let (mut found, mut done, mut after) = (0, 0, None);
    loop {
        let batch = store.read(move |db| sealed::of_webhooks(db, after, BATCH)).await?;
        let Some(last) = batch.last() else { return Ok((found, done)) };
        after = Some(last.id);
        let mut changes = Vec::new();
        for old in batch {
            let unsealable = |_| RekeyError::Unsealable(format!("the webhook {}", old.id));
            let new = resealed(sealer, &old).map_err(unsealable)?;
            if new != old {
                changes.push(new);
            }
        }
        found += changes.len() as u64;
        let replace =
            move |db: &mut _| changes.iter().try_fold(0, |done, new| Ok(done + sealed::replace_of_webhook(db, new)?));
        done += store.write(replace).await? as u64;
    }
}

fn resealed(sealer: &Sealer, old: &WebhookSecrets) -> Result<WebhookSecrets, Unsealable> {
    let again = |place: Place, sealed: &Vec<u8>| {
        // Nothing is left of the secret of a webhook that was deleted.
        if sealed.is_empty() || sealer.is_current(sealed) {
            Ok(sealed.clone())
        } else {
            sealer.reseal(place, place, sealed)
        }
    };
    let WebhookSecrets { id, version, secret, authentication, headers, previous } = old;
    Ok(WebhookSecrets {
        id: *id,
        version: *version,
        secret: again(Place::WebhookSecret(*id), secret)?,
        authentication: authentication.as_ref().map(|old| again(Place::WebhookAuthentication(*id), old)).transpose()?,
        headers: headers.as_ref().map(|old| again(Place::WebhookHeaders(*id), old)).transpose()?,
        previous: previous.as_ref().map(|old| again(Place::WebhookPreviousSecret(*id), old)).transpose()?,
    })
}
