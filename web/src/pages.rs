//! The pages.

pub(crate) mod deliveries;
pub(crate) mod delivery;
pub(crate) mod form;
pub(crate) mod not_found;
pub(crate) mod webhooks;
