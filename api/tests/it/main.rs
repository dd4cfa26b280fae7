//! The integration tests: over HTTP, with a real database file and a real receiver; the dispatcher is driven by hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod accounts;
mod architecture;
mod commands;
mod crash;
mod deactivation;
mod deliveries;
mod delivery;
mod event_types;
mod events;
mod failures;
mod harness;
mod health;
mod idempotency;
mod kill;
mod lanes;
mod live;
mod metrics;
mod openapi;
mod poison;
mod preflight;
mod problems;
mod processes;
mod publishing;
mod receiver;
mod resend;
mod resend_jobs;
mod retention;
mod retries;
mod sessions;
mod stats;
mod stop;
mod tenants;
mod webhook_tests;
mod webhooks;
