//! Named places where a test makes the process die, panic or stand still. Without the feature `failpoints`, which
//! only tests have, they are nothing.
//!
//! `FAILPOINTS="w9=return"` ends the process the first time it gets there, as abruptly as `kill -9`; `panic`, `pause` and counts such
//! as `3*off->return` are those of the `fail` crate. The places, in the order in which an event passes them:
//!
//! - publishing: `a3` the transaction has begun, `a4` the event is inserted, `a5` its deliveries are inserted, `a6` about to commit,
//!   `a7` committed, not yet answered, `a8` answered;
//! - delivering: `w2` claimed, nothing is sent, `w4` connected, `w7` the answer's head is read, `w8` its body is read, `w9` about to
//!   record the attempt, `w10` recorded, `w11` the slot is free.
//!
//! And beside that: `h1` a handler is about to answer, `h2` the answer to a request with a key is about to be kept, `m1` a step of the
//! schema was taken.

/// Lets the environment say what happens at which place.
pub fn from_environment() {
    #[cfg(feature = "failpoints")]
    // Dropping the scenario would take back what it has set up.
    std::mem::forget(fail::FailScenario::setup());
}

/// One of the places.
#[cfg(feature = "failpoints")]
pub(crate) fn at(place: &'static str) {
    fail::fail_point!(place, |_| std::process::abort());
}

/// One of the places; nothing happens there.
#[cfg(not(feature = "failpoints"))]
pub(crate) const fn at(_place: &'static str) {}
