//! The real binary as people run it: a data folder, ports, signals, and what it answers.

mod apply;
mod audit;
mod binary;
mod input;
mod logs;
mod otlp;
mod refused;
mod sdk;
mod sql;
mod truth;
mod wire;
