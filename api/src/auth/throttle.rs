//! Slows down whoever guesses passwords. Counted in memory, by this process: several nodes let through a few more.

use crate::problem::Error;
use shared::{Code, Timestamp};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

const WINDOW_SECONDS: i64 = 60;
/// Attempts on one account from one address within the window.
const ON_ACCOUNT_FROM_ADDRESS: usize = 5;
/// Attempts from one address within the window; an office may share one.
const FROM_ADDRESS: usize = 20;
/// Attempts on one account within the window, wherever they come from. Higher, so that a stranger cannot easily lock its owner out.
const ON_ACCOUNT: usize = 50;
/// How many counters are kept.
const MOST: usize = 100_000;

/// Counts attempts to sign in.
#[derive(Default)]
pub struct Throttle(Mutex<HashMap<String, Vec<Timestamp>>>);

impl Throttle {
    /// Counts an attempt, and refuses it when there were too many before it.
    pub fn attempt(&self, address: &str, account: &str, now: Timestamp) -> Result<(), Error> {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() > MOST {
            counters.retain(|_, attempts| attempts.iter().any(|&at| is_recent(at, now)));
        }
        let limits = limits(address, account);
        for (key, most) in &limits {
            let attempts = counters.entry(key.clone()).or_default();
            attempts.retain(|&at| is_recent(at, now));
            if attempts.len() >= *most {
                let oldest = attempts.first().map_or(now, |&at| at);
                let wait = (WINDOW_SECONDS - (now.unix_seconds() - oldest.unix_seconds())).max(1);
                let detail = format!("Too many attempts to sign in. Try again in {wait} seconds.");
                return Err(
                    Error::new(Code::TooManyRequests, detail).with_header(http::header::RETRY_AFTER, wait.to_string())
                );
            }
        }
        for (key, _) in limits {
            counters.entry(key).or_default().push(now);
        }
        Ok(())
    }

    /// Forgets the attempts on an account from an address: whoever has signed in was not guessing.
    pub fn succeeded(&self, address: &str, account: &str) {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in limits(address, account) {
            if let Some(attempts) = counters.get_mut(&key) {
                attempts.pop();
            }
        }
        counters.remove(&pair(address, account));
    }
}

fn pair(address: &str, account: &str) -> String {
    format!("{address}|{account}")
}

fn limits(address: &str, account: &str) -> [(String, usize); 3] {
    [
        (pair(address, account), ON_ACCOUNT_FROM_ADDRESS),
        (format!("{address}|"), FROM_ADDRESS),
        (format!("|{account}"), ON_ACCOUNT),
    ]
}

/// A clock that was set back must not lock people out until it has caught up.
fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    (0..WINDOW_SECONDS).contains(&(now.unix_seconds() - at.unix_seconds()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: i64) -> Timestamp {
        Timestamp::from_micros(n * 1_000_000)
    }

    #[test]
    fn the_sixth_attempt_in_a_minute_is_refused() {
        let throttle = Throttle::default();
        for n in 0..5 {
            assert!(throttle.attempt("10.0.0.1", "ana@example.com", second(n)).is_ok());
        }
        assert!(throttle.attempt("10.0.0.1", "ana@example.com", second(5)).is_err());
        assert!(throttle.attempt("10.0.0.2", "ana@example.com", second(5)).is_ok(), "her own machine");
        assert!(throttle.attempt("10.0.0.1", "ana@example.com", second(60)).is_ok(), "a minute later");
    }

    #[test]
    fn one_address_cannot_try_many_accounts() {
        let throttle = Throttle::default();
        let refused = (0..30).filter(|n| throttle.attempt("10.0.0.1", &format!("{n}@example.com"), second(0)).is_err());
        assert_eq!(refused.count(), 10);
    }

    #[test]
    fn whoever_signs_in_may_sign_in_again() {
        let throttle = Throttle::default();
        for _ in 0..100 {
            assert!(throttle.attempt("10.0.0.1", "ana@example.com", second(0)).is_ok());
            throttle.succeeded("10.0.0.1", "ana@example.com");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let throttle = Throttle::default();
        for _ in 0..5 {
            assert!(throttle.attempt("10.0.0.1", "ana@example.com", second(10_000)).is_ok());
        }
        assert!(throttle.attempt("10.0.0.1", "ana@example.com", second(0)).is_ok());
    }
}
