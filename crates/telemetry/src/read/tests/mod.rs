//! Every read against a naive recount of what was sent: in files, in memory, and while rows move from one to the other.

mod damage;
mod limits;
mod logs;
mod minutes;
mod parts;
mod services;
mod sessions;
mod space;
#[cfg(feature = "query")]
mod sql;
mod traces;
mod world;
