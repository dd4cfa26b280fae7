//! The pages.

pub(crate) mod access;
pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod deliveries;
pub(crate) mod delivery;
pub(crate) mod form;
pub(crate) mod not_found;
pub(crate) mod operators;
pub(crate) mod set_up;
pub(crate) mod sign_in;
pub(crate) mod webhooks;
