//! Asks Prometheus servers what SLIs read of them. When, and what becomes of the answers, is [`crate::polled`]'s.

mod answer;
mod client;

pub use client::PrometheusClient;
