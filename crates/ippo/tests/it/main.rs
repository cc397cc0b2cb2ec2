//! The real binary as people run it: a data folder, ports, signals, and what it answers.

mod apply;
mod audit;
mod backoff;
mod backup;
mod binary;
mod bucket;
mod command;
mod conformance;
mod everything;
mod increase;
mod input;
mod kill;
mod logs;
mod metric;
mod objects;
mod otlp;
mod own_metrics;
mod prometheus;
mod refused;
mod rust_sdk;
mod sdk;
mod sql;
mod synced;
mod trouble;
mod truth;
mod wire;
