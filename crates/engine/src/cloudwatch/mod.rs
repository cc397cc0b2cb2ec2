//! Asks Amazon CloudWatch what SLIs read of it. When, and what becomes of the answers, is [`crate::polled`]'s.

mod answer;
mod client;
mod connector;
mod credentials;
mod question;

pub use client::CloudWatchClient;
pub use credentials::AwsCredentials;
