//! The binary as a library: configuration, command line, wiring and shutdown, so that tests can start all of it in-process.

pub mod cli;
pub mod config;
pub mod demo;
pub mod logging;
pub mod serve;
