//! Named places where a test makes the process die, panic or stand still. Without the feature `failpoints`, which
//! only tests have, they are nothing.
//!
//! `FAILPOINTS="attempt_recording=return"` ends the process the first time it gets there, as abruptly as `kill -9`; `panic`, `pause` and
//! counts such as `3*off->return` are those of the `fail` crate. The places, in the order in which they are passed:
//!
//! - publishing: `publish_begun`, `event_inserted`, `deliveries_inserted`, `publish_committing`, `publish_committed`;
//! - delivering: `attempt_claimed`, `connected`, `head_read`, `body_read`, `attempt_recording`, `attempt_recorded`, `slot_freed`;
//! - requests: `answering`, `answer_keeping` where it has a key;
//! - the schema: `migration_taken`, after each step.

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
