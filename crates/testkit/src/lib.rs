//! What tests stand on: far sides that speak the real protocols, on ports that the system chooses, and a channel that
//! records. Never shipped.

pub mod channel;
pub mod cloudwatch;
pub mod prometheus;
pub mod receiver;
pub mod smtp;
