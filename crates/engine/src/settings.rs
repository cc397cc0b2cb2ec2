//! What the binary's configuration says about telling people. Plain values; read once, passed in pieces.

use std::fmt;
use std::time::Duration;

use ippo_domain::Language;

/// How messages are worded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageSettings {
    /// Where people reach this ippo, without a slash at the end: every link begins with it.
    pub public_url: String,
    /// The language of e-mails and chat.
    pub language: Language,
    /// An IANA time zone, such as `Asia/Tokyo`.
    pub time_zone: String,
}

impl Default for MessageSettings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:4300".to_owned(),
            language: Language::English,
            time_zone: "UTC".to_owned(),
        }
    }
}

/// The mail server. `url` may hold a password: its `Debug` shows neither user nor password.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpSettings {
    /// `smtp://host:25`, `smtp://user:password@host:587?tls=required` (STARTTLS) or `smtps://user:password@host`.
    pub url: String,
    /// The sender, such as `ippo <ippo@example.org>`.
    pub from: String,
}

impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpSettings").field("from", &self.from).finish_non_exhaustive()
    }
}

/// Where ippo says that it is alive. The URL may be a secret: its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct HeartbeatSettings {
    /// Asked with GET.
    pub url: String,
    /// How often.
    pub interval: Duration,
}

impl fmt::Debug for HeartbeatSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeartbeatSettings").field("interval", &self.interval).finish_non_exhaustive()
    }
}
