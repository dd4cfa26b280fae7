//! Slows down whoever guesses passwords, or reports one fault after the other. Counted in memory, by this process: several nodes let
//! through a few more.

use crate::problem::Error;
use parking_lot::Mutex;
use shared::{Code, Timestamp};
use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    net::{IpAddr, Ipv6Addr},
};

const WINDOW_SECONDS: i64 = 60;
/// Attempts on one account from one address within the window.
const ON_ACCOUNT_FROM_ADDRESS: usize = 5;
/// Attempts from one address within the window; an office may share one.
const FROM_ADDRESS: usize = 20;
/// Attempts on one account within the window, wherever they come from. Higher, so that a stranger cannot easily lock its owner out.
const ON_ACCOUNT: usize = 50;

/// Counts attempts. What they were on is kept as a hash, as a stranger chooses how long it is.
#[derive(Default)]
pub(crate) struct Throttle {
    hasher: RandomState,
    counters: Mutex<HashMap<u64, Vec<Timestamp>>>,
}

impl Throttle {
    /// Counts an attempt, and refuses it when there were too many before it. `account`: what it was on, if it was on one.
    pub(crate) fn attempt(&self, address: Option<IpAddr>, account: Option<&str>, now: Timestamp) -> Result<(), Error> {
        let limits = self.limits(address, account);
        let mut counters = self.counters.lock();
        if counters.len() + limits.len() > counters.capacity() {
            // Before the map would grow, and so seldom.
            counters.retain(|_, attempts| attempts.iter().any(|&at| is_recent(at, now)));
        }
        for &(key, most) in &limits {
            let Some(attempts) = counters.get_mut(&key) else { continue };
            attempts.retain(|&at| is_recent(at, now));
            if attempts.len() >= most {
                let oldest = attempts.first().map_or(now, |&at| at);
                let wait = (WINDOW_SECONDS - (now.unix_seconds() - oldest.unix_seconds())).max(1);
                let detail = format!("Too many attempts. Try again in {wait} seconds.");
                return Err(Error::later(Code::TooManyRequests, detail, wait.unsigned_abs()));
            }
        }
        for (key, _) in limits {
            counters.entry(key).or_default().push(now);
        }
        Ok(())
    }

    /// Takes an attempt back by which nothing could be found out.
    pub(crate) fn take_back(&self, address: Option<IpAddr>, account: &str) {
        let limits = self.limits(address, Some(account));
        let mut counters = self.counters.lock();
        for (key, _) in &limits {
            if let Some(attempts) = counters.get_mut(key) {
                attempts.pop();
            }
        }
    }

    /// Forgets the attempts on an account from an address: whoever has signed in was not guessing.
    pub(crate) fn succeeded(&self, address: Option<IpAddr>, account: &str) {
        self.take_back(address, account);
        let limits = self.limits(address, Some(account));
        self.counters.lock().remove(&limits[0].0);
    }

    fn limits(&self, address: Option<IpAddr>, account: Option<&str>) -> Vec<(u64, usize)> {
        let address = address.map(network);
        let of_address = [
            (self.hasher.hash_one((address, account)), ON_ACCOUNT_FROM_ADDRESS),
            (self.hasher.hash_one(address), FROM_ADDRESS),
        ];
        let of_account = account.map(|account| (self.hasher.hash_one(account), ON_ACCOUNT));
        of_address.into_iter().chain(of_account).collect()
    }
}

/// How many refusals stand in the audit log in a minute. Nothing leaves it, and strangers from many addresses are refused as often as they like.
const RECORDED: usize = 60;

/// Says which refusals are recorded.
#[derive(Default)]
pub(crate) struct RefusedSignIns(Mutex<Minute>);

#[derive(Default)]
struct Minute {
    began: Option<Timestamp>,
    refusals: usize,
}

impl RefusedSignIns {
    /// Counts a refusal. `false`: there were enough in this minute. How many of those there were is told with the next refusal after it.
    pub(crate) fn is_recorded(&self, now: Timestamp) -> bool {
        let mut minute = self.0.lock();
        if minute.began.is_none_or(|began| !is_recent(began, now)) {
            let before = std::mem::replace(&mut *minute, Minute { began: Some(now), refusals: 0 });
            if let unrecorded @ 1.. = before.refusals.saturating_sub(RECORDED) {
                tracing::warn!(unrecorded, "so many more sign-ins were refused in a minute than the audit log takes");
            }
        }
        minute.refusals += 1;
        minute.refusals <= RECORDED
    }
}

/// Whoever has one IPv6 address has 64 bits of them.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// A clock that was set back must not lock people out until it has caught up.
fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    (0..WINDOW_SECONDS).contains(&(now.unix_seconds() - at.unix_seconds()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const ONE: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)));
    const TWO: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)));

    fn second(n: i64) -> Timestamp {
        Timestamp::from_micros(n * 1_000_000)
    }

    #[test]
    fn the_sixth_attempt_in_a_minute_is_refused() {
        let throttle = Throttle::default();
        for n in 0..5 {
            assert!(throttle.attempt(ONE, Some("ana@example.com"), second(n)).is_ok());
        }
        assert!(throttle.attempt(ONE, Some("ana@example.com"), second(5)).is_err());
        assert!(throttle.attempt(TWO, Some("ana@example.com"), second(5)).is_ok(), "her own machine");
        assert!(throttle.attempt(ONE, Some("ana@example.com"), second(60)).is_ok(), "a minute later");
    }

    #[test]
    fn one_address_cannot_try_many_accounts() {
        let throttle = Throttle::default();
        let refused = (0..30).filter(|n| throttle.attempt(ONE, Some(&format!("{n}@example.com")), second(0)).is_err());
        assert_eq!(refused.count(), 10);
    }

    #[test]
    fn whoever_signs_in_may_sign_in_again() {
        let throttle = Throttle::default();
        for _ in 0..100 {
            assert!(throttle.attempt(ONE, Some("ana@example.com"), second(0)).is_ok());
            throttle.succeeded(ONE, "ana@example.com");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let throttle = Throttle::default();
        for _ in 0..5 {
            assert!(throttle.attempt(ONE, Some("ana@example.com"), second(10_000)).is_ok());
        }
        assert!(throttle.attempt(ONE, Some("ana@example.com"), second(0)).is_ok());
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_count_together() {
        let throttle = Throttle::default();
        let from = |address: &str| throttle.attempt(Some(address.parse().unwrap()), Some("ana@example.com"), second(0));
        for n in 0..5 {
            assert!(from(&format!("2001:db8:0:1::{n}")).is_ok());
        }
        assert!(from("2001:db8:0:1:ffff::").is_err());
        assert!(from("2001:db8:0:2::1").is_ok());
    }

    #[test]
    fn what_is_refused_is_not_remembered() {
        let throttle = Throttle::default();
        for n in 0..1_000 {
            let _ = throttle.attempt(ONE, Some(&format!("{n}@example.com")), second(0));
        }
        assert_eq!(throttle.counters.lock().len(), 2 * FROM_ADDRESS + 1);
    }

    #[test]
    fn without_an_account_one_address_does_not_count_for_another() {
        let throttle = Throttle::default();
        let from = |n: u8| throttle.attempt(Some(Ipv4Addr::new(10, 0, n, 1).into()), None, second(0));
        assert_eq!((0..=255).filter(|&n| from(n).is_ok()).count(), 256);
        assert_eq!((0..10).filter(|_| from(0).is_ok()).count(), 4);
    }

    #[test]
    fn counters_that_count_no_more_go_before_there_are_more() {
        let throttle = Throttle::default();
        for n in 0..100_000 {
            let _ = throttle.attempt(Some(Ipv4Addr::from_bits(n).into()), None, second(i64::from(n / 100)));
        }
        assert!(throttle.counters.lock().len() < 30_000);
    }
}
