//! The Hookwright server. The picture and the map stand in ARCHITECTURE.md.

pub mod ids;
pub mod store;
