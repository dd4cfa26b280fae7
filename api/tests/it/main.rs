//! The integration tests: over HTTP, with a real database file and a real receiver; the dispatcher is driven by hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod architecture;
mod commands;
mod deliveries;
mod delivery;
mod event_types;
mod events;
mod failures;
mod harness;
mod kill;
mod openapi;
mod problems;
mod processes;
mod receiver;
mod resend;
mod retention;
mod retries;
mod stats;
mod webhooks;
