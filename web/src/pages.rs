//! The pages.

pub(crate) mod access;
pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod delivery;
pub(crate) mod event_types;
pub(crate) mod events;
pub(crate) mod form;
pub(crate) mod not_found;
pub(crate) mod operators;
pub(crate) mod send_test;
pub(crate) mod set_up;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod tools;
pub(crate) mod webhook;
pub(crate) mod webhooks;
