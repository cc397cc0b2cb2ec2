//! From an alert to a message in someone's hands, told as stories: a real state database, a clock that only moves when told
//! to, and far sides that speak the real protocols.

mod channels;
mod cloudwatch;
mod crash;
mod deploy;
mod outage;
mod own;
mod prometheus;
mod whole;
mod world;
