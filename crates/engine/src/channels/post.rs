//! One outgoing HTTP request with a time limit, and what its end means. Errors name the host and never more of the
//! address: paths and queries may be secrets.

use std::sync::Arc;
use std::time::Duration;

use ippo_base::SharedClock;
use ippo_domain::delivery::Outcome;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, StatusCode, redirect};

use super::{ChannelError, refused};

/// How long the far side may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long the far side may take to accept the connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// Sends requests. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct HttpClient {
    client: Client,
    clock: SharedClock,
}

impl HttpClient {
    /// Follows no redirect: where a message goes is written in its target's definition alone.
    ///
    /// # Errors
    /// When the operating system's certificates cannot be used.
    pub fn new(clock: SharedClock) -> Result<Self, ChannelError> {
        // Whoever installed one before decides; otherwise it is the one that the rest of ippo uses.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_WITHIN)
            .user_agent(concat!("ippo/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| ChannelError::Http(cause(&error)))?;
        Ok(Self { client, clock })
    }

    /// What requests of another form than messages are made with. It follows no redirect either.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Begins a request that takes JSON.
    pub(crate) fn post(&self, url: &str) -> RequestBuilder {
        self.client.post(url).header("content-type", "application/json")
    }

    /// Begins a request that only asks.
    pub(crate) fn get(&self, url: &str) -> RequestBuilder {
        self.client.get(url)
    }

    /// Sends a request and says how it ended.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Outcome {
        let clock = Arc::clone(&self.clock);
        let answer = tokio::select! {
            answer = request.send() => answer,
            () = clock.sleep(ANSWER_WITHIN) => {
                return Outcome::Unknown { reason: format!("no answer within {} s", ANSWER_WITHIN.as_secs()) };
            }
        };
        match answer {
            Ok(answer) => judge(answer.status(), answer.headers()),
            Err(error) if error.is_builder() => refused("the address is not a URL"),
            Err(error) if error.is_connect() => refused(format!("cannot connect: {}", cause(&error))),
            Err(error) => Outcome::Unknown { reason: format!("the connection broke: {}", cause(&error)) },
        }
    }
}

fn judge(status: StatusCode, headers: &HeaderMap) -> Outcome {
    if status.is_success() {
        return Outcome::Delivered;
    }
    if status == StatusCode::GATEWAY_TIMEOUT {
        return Outcome::Unknown { reason: "a gateway in between answered 504".to_owned() };
    }
    let retry_after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let moved = if status.is_redirection() { "; redirects are not followed" } else { "" };
    Outcome::Refused {
        reason: format!("answered {}{moved}", status.as_u16()),
        retry_after: retry_after.map(Duration::from_secs),
    }
}

/// The innermost cause. The outer ones repeat the address.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if std::ptr::addr_eq(innermost, error) { "unknown cause".to_owned() } else { innermost.to_string() }
}
