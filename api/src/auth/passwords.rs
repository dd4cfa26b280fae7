//! Passwords: argon2id with the least cost that OWASP recommends (19 MiB, 2 passes, 1 lane), away from the threads that answer
//! requests, and only two at a time: on a small machine a burst of sign-ins must not take all of it.

use crate::problem::Error;
use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, PasswordVerifier as _, Version};
use shared::{Code, FieldError, MAX_PASSWORD_BYTES};
use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};
use tokio::sync::Semaphore;

const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const AT_ONCE: usize = 2;
/// How long somebody waits for their turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// What an unknown user's password is compared with, so that the answer takes as long as for a known one.
static NOBODY: LazyLock<String> = LazyLock::new(|| hashed("nobody has this password").unwrap_or_default());

/// Hashes and verifies passwords. Clones take turns together.
#[derive(Clone)]
pub struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Passwords {
    /// The hash to record, in the PHC string format.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        self.in_turn(move || hashed(&password)).await?.map_err(Error::internal)
    }

    /// Whether that is the password of the hash. Without a hash the same work is done, and the answer is no.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Error> {
        self.in_turn(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.clone());
            let parsed = PasswordHash::new(&hash);
            let right = parsed.is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok());
            right && known
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.0).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            let detail = "Too many sign-ins at once. Try again in a moment.";
            return Err(Error::later(Code::TooManyRequests, detail, PATIENCE.as_secs()));
        };
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(Error::internal)
    }
}

fn argon2() -> Argon2<'static> {
    #[expect(clippy::expect_used, reason = "the figures are within the bounds")]
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("within bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hashed(password: &str) -> Result<String, argon2::password_hash::Error> {
    let salt: [u8; 16] = rand::random();
    Ok(argon2().hash_password_with_salt(password.as_bytes(), &salt)?.to_string())
}

/// Refuses a password that nobody can have before any work is done on it.
pub(crate) fn check_length(password: &str, pointer: &str) -> Result<(), Error> {
    if password.len() <= MAX_PASSWORD_BYTES {
        return Ok(());
    }
    let detail = "A password can have at most 1,024 bytes.";
    Err(Error::invalid(vec![FieldError::new(pointer, Code::PasswordInvalid, detail)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_verifies_against_its_hash_only() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("wrong horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), Some("no hash".into())).await.unwrap());
        assert_ne!(passwords.hash("correct horse".into()).await.unwrap(), hash);
    }

    #[tokio::test]
    async fn nobody_has_no_password_and_makes_as_much_work_as_anybody() {
        let passwords = Passwords::default();
        assert!(!passwords.verify("nobody has this password".into(), None).await.unwrap());
        assert!(NOBODY.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", *NOBODY);
        // It takes its turn like a known one.
        let _turns = passwords.0.acquire_many(2).await.unwrap();
        let waits = tokio::time::timeout(Duration::from_millis(20), passwords.verify("x".into(), None)).await;
        assert!(waits.is_err());
    }
}
