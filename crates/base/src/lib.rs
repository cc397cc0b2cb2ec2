//! The floor every other room stands on: time, ids, randomness and the disk, all of them injectable.
//!
//! This crate knows nothing of the product: no SLO, span or incident has a name here.

pub mod clock;
pub mod disk;
pub mod ids;
pub mod limits;
mod meant;
pub mod random;
pub mod time;

pub use clock::{Clock, SharedClock, SystemClock};
pub use ids::{IdSource, SharedIds, SystemIds};
pub use meant::meant;
pub use time::{MINUTES_PER_DAY, Minute, MinuteRange, TimeRange, Timestamp};
