//! Reads `ippo/v1` notification targets: who can be told, and by which channel. Secrets are named, never written.

use super::fields::{Fields, Report, list, scalar, unknown};
use super::yaml::Node;

/// Addresses of one e-mail target.
const ADDRESSES: usize = 50;

/// A value that may be secret: written out, or the name of the environment variable that holds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Setting {
    /// Written out.
    Written(String),
    /// Read from ippo's environment when it is needed.
    Environment(String),
}

/// How a target is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Channel {
    /// An HTTP POST, signed if there is a secret.
    Webhook {
        /// Where to post.
        url: Setting,
        /// The environment variable that holds the signing secret.
        secret_env: Option<String>,
    },
    /// An e-mail over the configured SMTP server.
    Email {
        /// Addresses; at least one.
        to: Vec<String>,
    },
    /// A Slack incoming webhook, whose URL is a secret.
    Slack {
        /// The incoming webhook's URL.
        url: Setting,
    },
}

impl Channel {
    /// The word in definitions and in the API.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Webhook { .. } => "webhook",
            Self::Email { .. } => "email",
            Self::Slack { .. } => "slack",
        }
    }
}

/// A notification target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TargetDefinition {
    /// Unique among targets.
    pub name: String,
    /// How it is told.
    pub channel: Channel,
    /// Its text.
    pub document: String,
}

/// Reads the `spec` of a NotificationTarget.
pub(super) fn read(report: &mut Report<'_>, spec: &Node) -> Option<Channel> {
    let spec = Fields::take(report, spec, "spec", "NotificationTarget", "spec")?;
    let kind = spec.require_scalar(report, "type", "webhook")?;
    match kind.text() {
        "webhook" => {
            refuse(report, &spec, &["to"], "webhook");
            let url = read_url(report, &spec, "https://example.org/hook");
            let secret_env = read_env(report, &spec, "secretFrom");
            Some(Channel::Webhook { url: url?, secret_env })
        }
        "slack" => {
            refuse(report, &spec, &["to", "secretFrom"], "slack");
            let url = read_url(report, &spec, "https://hooks.slack.com/services/…");
            Some(Channel::Slack { url: url? })
        }
        "email" => {
            refuse(report, &spec, &["url", "urlFrom", "secretFrom"], "email");
            Some(Channel::Email { to: read_addresses(report, &spec)? })
        }
        other => {
            report.error(kind.at(), "spec.type", unknown(other, "channel", &["webhook", "email", "slack"]));
            None
        }
    }
}

fn refuse(report: &mut Report<'_>, spec: &Fields<'_>, names: &[&str], channel: &str) {
    for name in names {
        if spec.get(name).is_some() {
            let message = format!("{name} has no meaning for a target of type {channel}; remove it");
            report.error(spec.place_of(name), &spec.path_of(name), message);
        }
    }
}

fn read_url(report: &mut Report<'_>, spec: &Fields<'_>, example: &str) -> Option<Setting> {
    match (spec.get("url"), spec.get("urlFrom")) {
        (Some(_), Some(_)) => {
            report.error(spec.place_of("urlFrom"), "spec.urlFrom", "give either url or urlFrom, not both");
            None
        }
        (None, Some(_)) => read_env(report, spec, "urlFrom").map(Setting::Environment),
        (None, None) => {
            let message = format!(
                "url is missing; write for example url: {example}, or urlFrom: {{env: NAME}} to keep it out of the file"
            );
            report.error(spec.at, "spec.url", message);
            None
        }
        (Some(_), None) => {
            let url = spec.scalar(report, "url")?;
            let rest = url.text().strip_prefix("https://").or_else(|| url.text().strip_prefix("http://"));
            if rest.is_none_or(|rest| rest.is_empty() || rest.contains(char::is_whitespace)) {
                let message = format!("this is not an http or https address; write for example {example}");
                report.error(url.at(), "spec.url", message);
                return None;
            }
            Some(Setting::Written(url.text().to_owned()))
        }
    }
}

fn read_env(report: &mut Report<'_>, spec: &Fields<'_>, name: &str) -> Option<String> {
    let node = spec.get(name)?;
    let path = spec.path_of(name);
    let from = Fields::take(report, node, &path, "NotificationTarget", &path)?;
    let variable = from.require_scalar(report, "env", "IPPO_WEBHOOK_SECRET")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let text = variable.text();
    if text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit()) || !text.chars().all(plain) {
        let message = "this is not the name of an environment variable (letters, digits and _); the secret itself does not belong in the file";
        report.error(variable.at(), &from.path_of("env"), message);
        return None;
    }
    Some(text.to_owned())
}

fn read_addresses(report: &mut Report<'_>, spec: &Fields<'_>) -> Option<Vec<String>> {
    let node = spec.require(report, "to", "[oncall@example.org]")?;
    let items = list(report, node, "spec.to")?;
    if items.is_empty() || items.len() > ADDRESSES {
        report.error(node.at, "spec.to", format!("give at least one and at most {ADDRESSES} addresses"));
        return None;
    }
    let mut addresses = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let path = format!("spec.to[{i}]");
        let address = scalar(report, item, &path)?;
        let looks_like_one = address.text().split_once('@').is_some_and(|(user, host)| {
            !user.is_empty()
                && !host.is_empty()
                && !host.contains('@')
                && !address.text().contains([' ', ',', ';', '<', '>', '\n', '\r'])
        });
        if !looks_like_one {
            report.error(
                address.at(),
                &path,
                format!("{:?} is not one e-mail address such as oncall@example.org", address.text()),
            );
            return None;
        }
        addresses.push(address.text().to_owned());
    }
    Some(addresses)
}
