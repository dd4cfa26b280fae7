//! Delivery: sign, guard, send, and what follows from the answer.
//!
//! Knows the store and no routes. No HTTP call happens inside a transaction.

pub mod attempt;
mod client;
pub mod content;
pub mod dispatcher;
pub mod egress_proxy;
pub mod guard;
pub mod key_watch;
mod lanes;
pub mod opened;
mod probe;
pub mod request;
pub mod resolver;
pub mod retry;
pub mod scout;
pub mod sender;
mod settlement;
pub mod signature;
pub mod unrecorded;
