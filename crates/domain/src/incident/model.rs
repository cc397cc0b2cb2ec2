//! The words of incidents: states, severities, kinds, what a timeline entry and a message say. Decides nothing.

use ippo_base::Timestamp;

use crate::Said;
use crate::alert::Example;

/// The name ippo acts under on timelines.
pub const IPPO: &str = "ippo";

/// Makes an enum whose variants have one word each, in the API and in the state database alike.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// Every one of them.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The word for it.
            pub fn name(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)+
                }
            }

            /// Reads the word.
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some($name::$variant),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// How far an incident is.
    IncidentState {
        /// Nobody has taken it yet.
        Open = "open",
        /// Someone is on it.
        Acknowledged = "acknowledged",
        /// It is over.
        Resolved = "resolved",
    }
}

words! {
    /// How bad an incident is; the first is the worst.
    Severity {
        /// Everything stands still.
        Sev1 = "sev1",
        /// Users are harmed; someone must act now.
        Sev2 = "sev2",
        /// Something is broken that users may not feel.
        Sev3 = "sev3",
        /// Can wait for working hours.
        Sev4 = "sev4",
    }
}

words! {
    /// What an incident came from.
    IncidentKind {
        /// An SLO burns its budget.
        Slo = "slo",
        /// A source went silent.
        Absence = "absence",
        /// An error budget policy asks for something.
        Policy = "policy",
        /// The condition of an alert rule holds.
        Rule = "rule",
        /// ippo itself fails.
        Ippo = "ippo",
        /// A person opened it.
        Manual = "manual",
    }
}

words! {
    /// What a timeline entry tells.
    EntryKind {
        /// The incident began.
        Opened = "opened",
        /// An alert began to fire.
        AlertFiring = "alert_firing",
        /// An alert no longer fires.
        AlertResolved = "alert_resolved",
        /// A message arrived.
        Notified = "notified",
        /// A message did not arrive, or nobody knows.
        NotifyFailed = "notify_failed",
        /// A message was given up.
        NotifyAbandoned = "notify_abandoned",
        /// Someone took it.
        Acknowledged = "acknowledged",
        /// It ended.
        Resolved = "resolved",
        /// It began again.
        Reopened = "reopened",
        /// Someone said something.
        Comment = "comment",
        /// It is worse or milder than thought.
        SeverityChanged = "severity_changed",
        /// Someone else answers for it.
        OwnerChanged = "owner_changed",
        /// What users met so far.
        Impact = "impact",
        /// An error budget policy asks for something, such as a postmortem.
        BudgetPolicy = "budget_policy",
        /// Nobody is told until a time.
        Muted = "muted",
        /// People are told again.
        Unmuted = "unmuted",
    }
}

words! {
    /// What a message is about.
    Event {
        /// An incident began.
        Opened = "opened",
        /// It began again.
        Reopened = "reopened",
        /// It grew worse.
        SeverityRaised = "severity_raised",
        /// An error budget policy asks for something because of it.
        BudgetPolicy = "budget_policy",
        /// It ended.
        Resolved = "resolved",
    }
}

/// A value beside a timeline entry's text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fact {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

/// What users met so far.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Impact {
    /// Since when the promise was broken.
    pub from: Timestamp,
    /// Until when it was looked at.
    pub to: Timestamp,
    /// Requests that failed them.
    pub requests: u64,
    /// Distinct users.
    pub users: u64,
    /// Whether `users` is exact, not estimated.
    pub users_exact: bool,
    /// Traces of some of those requests, newest first.
    pub example_traces: Vec<String>,
}

/// An incident.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Incident {
    /// Counts up from one.
    pub id: i64,
    /// What it is about: an alert source's key, or `manual/<id>`. At most one open incident for each.
    pub source: String,
    /// What it came from.
    pub kind: IncidentKind,
    /// In a few words.
    pub title: Said,
    /// What else there is to say.
    pub description: String,
    /// How far it is.
    pub state: IncidentState,
    /// How bad it is.
    pub severity: Severity,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The SLO's name.
    pub slo: Option<String>,
    /// The service.
    pub service: Option<String>,
    /// The alert rule's name.
    pub rule: Option<String>,
    /// Where to read what to do.
    pub runbook: Option<String>,
    /// What to do, in the words of the alert rule.
    pub action: Option<String>,
    /// Some of what it is about, as of its last beginning.
    pub examples: Vec<Example>,
    /// Names of the notification targets that are told.
    pub notify: Vec<String>,
    /// When it began.
    pub opened_at: Timestamp,
    /// When someone took it, and who.
    pub acknowledged: Option<(Timestamp, String)>,
    /// When it ended, and who said so.
    pub resolved: Option<(Timestamp, String)>,
    /// Whether nobody is told.
    pub muted: bool,
    /// How often its alert ended it and began it again.
    pub reopened: u32,
    /// What users met so far.
    pub impact: Option<Impact>,
}

impl Incident {
    /// What people call it.
    pub fn key(&self) -> String {
        format!("INC-{}", self.id)
    }
}

/// What a timeline is given. When it is recorded is the recorder's to say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What it tells.
    pub kind: EntryKind,
    /// When it happened.
    pub event_time: Timestamp,
    /// Who did it.
    pub actor: String,
    /// In words.
    pub text: Said,
    /// What a machine may want of it.
    pub data: Vec<(&'static str, Fact)>,
}

impl Entry {
    /// An entry without data.
    pub(crate) fn new(kind: EntryKind, event_time: Timestamp, actor: &str, text: Said) -> Self {
        Self { kind, event_time, actor: actor.to_owned(), text, data: vec![] }
    }

    /// Adds a value.
    pub(crate) fn with(mut self, name: &'static str, fact: Fact) -> Self {
        self.data.push((name, fact));
        self
    }
}

/// Who gets a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Audience {
    /// Everyone the incident tells.
    All,
    /// Only these targets, which were not told before.
    Only(Vec<String>),
}

/// Something to tell people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// What it is about.
    pub event: Event,
    /// When that happened.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// In words.
    pub text: Said,
    /// Who gets it.
    pub to: Audience,
}

/// What follows: the incident as it is now, and what is to be recorded and told, all of it or nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// As it is now.
    pub incident: Incident,
    /// For its timeline, in order.
    pub entries: Vec<Entry>,
    /// For its targets, in order.
    pub messages: Vec<Message>,
}
