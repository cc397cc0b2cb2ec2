//! An HTTP POST of JSON: the same id across attempts, and signed if the target has a secret.
//!
//! Headers: `ippo-delivery` (the id), `ippo-timestamp` (seconds since the epoch, of this attempt), and `ippo-signature`:
//! for each secret `v1=` and the hexadecimal HMAC-SHA256 of `<timestamp>.<body>`. While a secret is being replaced the
//! variable holds the new and the old one, separated by a space, and a receiver accepts whichever matches.

use std::sync::Arc;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use ippo_domain::definition::{Channel as ChannelDefinition, TargetDefinition};
use ippo_domain::delivery::Outcome;
use sha2::Sha256;

use super::{Channel, HttpClient, Parcel, Secrets, Words, refused, secret, value_of};

/// Signs and posts.
pub struct Webhook {
    http: HttpClient,
    secrets: Secrets,
    words: Arc<Words>,
}

impl Webhook {
    /// Takes secrets from `secrets` at each attempt, so that a new one needs no restart of anything but ippo.
    pub fn new(http: HttpClient, secrets: Secrets, words: Arc<Words>) -> Self {
        Self { http, secrets, words }
    }
}

#[async_trait]
impl Channel for Webhook {
    async fn send(&self, target: &TargetDefinition, parcel: &Parcel) -> Outcome {
        let ChannelDefinition::Webhook { url, secret_env } = &target.channel else {
            return refused("the target is not a webhook");
        };
        let url = match value_of(url, &self.secrets) {
            Ok(url) => url,
            Err(outcome) => return outcome,
        };
        let body = self.words.json(parcel).to_string();
        let timestamp = parcel.sent_at.as_secs();
        let mut request = self
            .http
            .post(&url)
            .header("ippo-delivery", parcel.id.to_string())
            .header("ippo-timestamp", timestamp.to_string());
        if let Some(variable) = secret_env {
            match secret(variable, &self.secrets) {
                Ok(keys) => request = request.header("ippo-signature", signatures(&keys, timestamp, &body)),
                Err(outcome) => return outcome,
            }
        }
        self.http.send(request.body(body)).await
    }
}

fn signatures(keys: &str, timestamp: i64, body: &str) -> String {
    let signed: Vec<String> =
        keys.split_whitespace().map(|key| format!("v1={}", signature(key, timestamp, body))).collect();
    signed.join(",")
}

/// The hexadecimal HMAC-SHA256 of `<timestamp>.<body>`.
pub fn signature(key: &str, timestamp: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(timestamp.to_string().as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_that_openssl_makes() {
        // printf '1764000000.{"a":1}' | openssl dgst -sha256 -hmac secret
        let expected = "112dc1736ad0328f094ebdad63c8bde5936ce7d0bb7ae467f9f8d481a26df51c";
        let made = signature("secret", 1_764_000_000, "{\"a\":1}");
        assert_eq!(made, expected);
        let both = signatures("new secret", 1_764_000_000, "{\"a\":1}");
        assert!(both.starts_with("v1=") && both.ends_with(&format!(",v1={expected}")), "{both}");
    }
}
