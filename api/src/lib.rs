//! The Hookwright server. The picture and the map stand in ARCHITECTURE.md.
