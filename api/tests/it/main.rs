//! The integration tests: over HTTP, with a real database file and a real receiver; the dispatcher is driven by hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod harness;
mod receiver;
