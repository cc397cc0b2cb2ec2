//! What begins and ends outside of incidents: the seam between whoever judges (SLOs, ippo's watch over itself) and the
//! incidents that follow. Says what happened, never what is done about it.

use ippo_base::Timestamp;

use crate::Said;

/// How a burn alert is answered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AlertSeverity {
    /// Someone must act now.
    Page,
    /// Someone must act in the next days.
    Ticket,
}

/// What an alert is about. There is at most one open incident for each.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AlertSource {
    /// An SLO burns its budget.
    Slo {
        /// The SLO's name.
        name: String,
        /// How fast.
        severity: AlertSeverity,
    },
    /// Nothing is heard any more.
    Absence {
        /// The name of the SLO, or of the source, that is silent.
        name: String,
    },
    /// A rule of an error budget policy stands.
    Policy {
        /// The policy's name.
        policy: String,
        /// The SLO's name.
        slo: String,
    },
    /// The condition of an alert rule holds.
    Rule {
        /// The rule's name.
        rule: String,
        /// The group that it holds for, in words; empty where the rule tells none apart.
        group: String,
    },
    /// ippo itself fails.
    Own {
        /// At what: `evaluate`, `deliver`, `deliver/<target>`, `heartbeat`, `ingest`.
        code: String,
    },
}

impl AlertSource {
    /// Its name in the state database.
    pub fn key(&self) -> String {
        match self {
            Self::Slo { name, severity: AlertSeverity::Page } => format!("slo/{name}/page"),
            Self::Slo { name, severity: AlertSeverity::Ticket } => format!("slo/{name}/ticket"),
            Self::Absence { name } => format!("absence/{name}"),
            Self::Policy { policy, slo } => format!("policy/{policy}/{slo}"),
            Self::Rule { rule, group } => format!("rule/{rule}/{group}"),
            Self::Own { code } => format!("ippo/{code}"),
        }
    }

    /// Reads what [`AlertSource::key`] wrote.
    pub fn parse(key: &str) -> Option<Self> {
        let (kind, rest) = key.split_once('/')?;
        let slo = |name: &str, severity| Self::Slo { name: name.to_owned(), severity };
        match kind {
            "slo" => match rest.rsplit_once('/')? {
                (name, "page") => Some(slo(name, AlertSeverity::Page)),
                (name, "ticket") => Some(slo(name, AlertSeverity::Ticket)),
                _ => None,
            },
            "absence" => Some(Self::Absence { name: rest.to_owned() }),
            "policy" => {
                let (policy, slo) = rest.split_once('/')?;
                Some(Self::Policy { policy: policy.to_owned(), slo: slo.to_owned() })
            }
            "rule" => {
                let (rule, group) = rest.split_once('/')?;
                Some(Self::Rule { rule: rule.to_owned(), group: group.to_owned() })
            }
            "ippo" => Some(Self::Own { code: rest.to_owned() }),
            _ => None,
        }
    }
}

/// Whether an alert begins or ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AlertKind {
    /// It begins to fire.
    Firing,
    /// It no longer fires.
    Resolved,
}

/// Whom and what an alert concerns, as it is defined at that moment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlertSubject {
    /// What people call it: an SLO's display name.
    pub title: Said,
    /// The SLO's name.
    pub slo: Option<String>,
    /// The service it speaks about.
    pub service: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Names of the notification targets that are told.
    pub notify: Vec<String>,
    /// Where to read what to do.
    pub runbook: Option<String>,
    /// What the alert rule says, if it is of one.
    pub rule: Option<RuleSubject>,
    /// Some of what the alert is about.
    pub examples: Vec<Example>,
}

/// What an alert rule says of its alert.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleSubject {
    /// The rule's name.
    pub name: String,
    /// Whether someone must act now.
    pub severity: AlertSeverity,
    /// What to do, in words; empty if the runbook says it.
    pub action: String,
}

/// Something to look at: a trace, or a log record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Example {
    /// In a line.
    pub text: String,
    /// Its page, without the site: `/traces/4bf9…`.
    pub path: String,
}

/// An alert that begins or ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertTransition {
    /// What it is about.
    pub source: AlertSource,
    /// Which of the source's alerts, such as `burn/0/60` or a policy's rule; unique within the source.
    pub alert: String,
    /// Whether it begins or ends.
    pub kind: AlertKind,
    /// When that happened.
    pub at: Timestamp,
    /// In words, with its numbers: burns, windows, factor.
    pub text: Said,
    /// Whom and what it concerns.
    pub subject: AlertSubject,
}

/// An alert that fires, and began to earlier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FiringAlert {
    /// What it is about.
    pub source: AlertSource,
    /// Which of the source's alerts.
    pub alert: String,
    /// When it began to fire.
    pub since: Timestamp,
    /// What was said of it then.
    pub text: Said,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_known_by_its_key() {
        let slo = |severity| AlertSource::Slo { name: "checkout".to_owned(), severity };
        for (source, key) in [
            (slo(AlertSeverity::Page), "slo/checkout/page"),
            (slo(AlertSeverity::Ticket), "slo/checkout/ticket"),
            (AlertSource::Absence { name: "checkout".to_owned() }, "absence/checkout"),
            (
                AlertSource::Policy { policy: "standard".to_owned(), slo: "checkout".to_owned() },
                "policy/standard/checkout",
            ),
            (
                AlertSource::Rule { rule: "slow".to_owned(), group: "route=/a/b".to_owned() },
                "rule/slow/route=/a/b",
            ),
            (AlertSource::Rule { rule: "slow".to_owned(), group: String::new() }, "rule/slow/"),
            (AlertSource::Own { code: "deliver/chat".to_owned() }, "ippo/deliver/chat"),
        ] {
            assert_eq!(source.key(), key);
            assert_eq!(AlertSource::parse(key), Some(source));
        }
        for other in ["", "slo", "slo/checkout", "slo/checkout/loud", "policy/checkout", "manual/3"] {
            assert_eq!(AlertSource::parse(other), None, "{other}");
        }
    }
}
