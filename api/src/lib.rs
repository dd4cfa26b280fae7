//! The Hookwright server. The picture and the map stand in ARCHITECTURE.md.

pub mod api_keys;
pub mod app;
pub mod audit;
pub mod auth;
pub mod catalogue;
pub mod client_errors;
pub mod clock;
pub mod commands;
pub mod config;
pub mod deliveries;
pub mod delivery;
pub mod erasing;
pub mod event_types;
pub mod events;
pub mod failpoint;
pub mod ids;
pub mod intake;
pub mod json;
pub mod live;
#[cfg(test)]
mod logged;
pub mod metrics;
pub mod openapi;
pub mod operators;
pub mod portal_links;
pub mod preflight;
pub mod problem;
pub mod rekey;
pub mod resend_jobs;
pub mod retention;
pub mod routes;
pub mod secrets;
pub mod slots;
pub mod store;
pub mod tenants;
pub mod webhook_tests;
pub mod webhooks;
