//! A Slack incoming webhook: the message as blocks, with plain text for notifications. The URL is the secret.

use std::sync::Arc;

use async_trait::async_trait;
use ippo_domain::definition::{Channel as ChannelDefinition, TargetDefinition};
use ippo_domain::delivery::Outcome;
use serde_json::json;

use super::{Channel, HttpClient, Parcel, Secrets, Words, refused, value_of};

/// Text of one block, in characters; Slack's bound.
const BLOCK_CHARS: usize = 3_000;
/// Plain text, in characters.
const TEXT_CHARS: usize = 300;

/// Posts to Slack.
pub struct Slack {
    http: HttpClient,
    secrets: Secrets,
    words: Arc<Words>,
}

impl Slack {
    /// Takes URLs from `secrets` at each attempt.
    pub fn new(http: HttpClient, secrets: Secrets, words: Arc<Words>) -> Self {
        Self { http, secrets, words }
    }
}

#[async_trait]
impl Channel for Slack {
    async fn send(&self, target: &TargetDefinition, parcel: &Parcel) -> Outcome {
        let ChannelDefinition::Slack { url } = &target.channel else {
            return refused("the target is not a Slack webhook");
        };
        let url = match value_of(url, &self.secrets) {
            Ok(url) => url,
            Err(outcome) => return outcome,
        };
        let (text, block) = match (self.words.subject(parcel), self.words.slack(parcel)) {
            (Ok(text), Ok(block)) => (text, block),
            (Err(error), _) | (_, Err(error)) => return refused(error.to_string()),
        };
        let section =
            json!({"type": "section", "text": {"type": "mrkdwn", "text": short(&block, BLOCK_CHARS)}});
        let body = json!({"text": escape(&short(&text, TEXT_CHARS)), "blocks": [section]});
        self.http.send(self.http.post(&url).body(body.to_string())).await
    }
}

/// Slack's three reserved characters: <https://api.slack.com/reference/surfaces/formatting#escaping>.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn short(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
