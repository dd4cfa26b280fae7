//! The Hookwright server. The picture and the map stand in ARCHITECTURE.md.

pub mod clock;
pub mod ids;
pub mod secrets;
pub mod store;
