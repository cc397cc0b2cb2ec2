//! Reads what annotations say of an SLO: everything that OpenSLO leaves open, under names that begin with `ippo.dev/`.

use jiff::civil::Date;

use super::fields::{Fields, Report, unknown};
use super::scalar::Scalar;
use super::window;
use super::yaml::{Node, Position};
use crate::slo::{UnmeasuredTime, Window};

const OWNER: &str = "ippo.dev/owner";
const NOTIFY: &str = "ippo.dev/notify";
const RUNBOOK: &str = "ippo.dev/runbook";
const WINDOWS: &str = "ippo.dev/windows";
const UNMEASURED: &str = "ippo.dev/unmeasured";
const EVERY_FAILURE_MATTERS: &str = "ippo.dev/every-failure-matters";
const REVIEW: &str = "ippo.dev/review";
/// Of an AlertCondition.
const SHORT_WINDOW: &str = "ippo.dev/short-window";

const KNOWN: [&str; 7] = [OWNER, NOTIFY, RUNBOOK, WINDOWS, UNMEASURED, EVERY_FAILURE_MATTERS, REVIEW];

/// Windows beside an SLO's own, at most.
pub const MORE_WINDOWS: usize = 5;

/// What annotations say.
#[derive(Default)]
pub(super) struct Annotations {
    pub(super) owner: String,
    pub(super) notify: Vec<String>,
    pub(super) runbook: Option<String>,
    pub(super) more_windows: Vec<Window>,
    pub(super) unmeasured: UnmeasuredTime,
    pub(super) every_failure_matters: bool,
    pub(super) review_on: Option<Date>,
    /// Where the list of whom to tell stands, if it does.
    pub(super) notify_at: Option<Position>,
}

/// Reads the annotations of an SLO: others' are let be, ours must be known.
pub(super) fn read(report: &mut Report<'_>, node: Option<&Node>) -> Annotations {
    let mut annotations = Annotations::default();
    let path = "metadata.annotations";
    let Some(fields) = node.and_then(|node| Fields::open(report, node, path)) else { return annotations };
    for entry in fields.entries() {
        let (name, field) = (entry.key.text(), format!("{path}.{}", entry.key.text()));
        if !KNOWN.contains(&name) {
            if name.starts_with("ippo.dev/") {
                report.error(entry.key.at(), &field, unknown(name, "annotation", &KNOWN));
            }
            continue;
        }
        let Some(written) = fields.scalar(report, name) else { continue };
        if name == NOTIFY {
            annotations.notify_at = Some(entry.value.at);
        }
        if let Err(message) = annotations.read(name, written) {
            report.error(written.at(), &field, message);
        }
    }
    annotations
}

/// The short window of a condition.
pub(super) enum ShortWindow<'n> {
    /// Left to ippo.
    Usual,
    /// Written down, in the field of that path.
    Chosen { written: &'n Scalar, field: String },
}

/// Reads the annotations of an AlertCondition, whose metadata is at `path`; none if something is wrong.
pub(super) fn read_condition<'n>(
    report: &mut Report<'_>,
    node: Option<&'n Node>,
    path: &str,
) -> Option<ShortWindow<'n>> {
    let Some(fields) = ours(report, node, path, &[SHORT_WINDOW], "an AlertCondition") else {
        return Some(ShortWindow::Usual);
    };
    if fields.get(SHORT_WINDOW).is_none() {
        return Some(ShortWindow::Usual);
    }
    let written = fields.scalar(report, SHORT_WINDOW)?;
    Some(ShortWindow::Chosen { written, field: fields.path_of(SHORT_WINDOW) })
}

/// Reads the annotations of an error budget policy: who answers for it, and when to look at it again.
pub(super) fn read_owned(report: &mut Report<'_>, node: Option<&Node>) -> (String, Option<Date>) {
    let Some(fields) = ours(report, node, "metadata", &[OWNER, REVIEW], "an ErrorBudgetPolicy") else {
        return (String::new(), None);
    };
    let owner = fields.text(report, OWNER);
    let review_on = fields.scalar(report, REVIEW).and_then(|written| {
        let read = date(written.text());
        read.map_err(|message| report.error(written.at(), &fields.path_of(REVIEW), message)).ok()
    });
    (owner, review_on)
}

pub(super) fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("{text:?} is not a date such as 2027-04-01"))
}

/// Refuses annotations of ours on kinds of ours that say the same in their spec.
pub(super) fn read_spoken(report: &mut Report<'_>, node: Option<&Node>, kind: &str) {
    let Some(fields) = node.and_then(|node| Fields::open(report, node, "metadata.annotations")) else {
        return;
    };
    for entry in fields.entries().iter().filter(|entry| entry.key.text().starts_with("ippo.dev/")) {
        let name = entry.key.text();
        let message = match name {
            OWNER => format!("an owner of this kind is written as spec.owner; remove {OWNER}"),
            REVIEW if kind == "Journey" => format!("its review is written as spec.reviewOn; remove {REVIEW}"),
            _ => format!("{name} has no effect on this kind; remove it"),
        };
        report.error(entry.key.at(), &fields.path_of(name), message);
    }
}

/// Refuses annotations of ours where there are none.
pub(super) fn read_none(report: &mut Report<'_>, node: Option<&Node>, path: &str) {
    ours(report, node, path, &[], "");
}

fn ours<'n>(
    report: &mut Report<'_>,
    node: Option<&'n Node>,
    path: &str,
    known: &[&str],
    of: &str,
) -> Option<Fields<'n>> {
    let fields = Fields::open(report, node?, &format!("{path}.annotations"))?;
    for entry in fields.entries() {
        let name = entry.key.text();
        if name.starts_with("ippo.dev/") && !known.contains(&name) {
            let message = match known {
                [] => format!(
                    "{name} has no effect here; annotations of ippo belong to the SLO or the AlertCondition"
                ),
                known => unknown(name, &format!("annotation of {of}"), known),
            };
            report.error(entry.key.at(), &fields.path_of(name), message);
        }
    }
    Some(fields)
}

impl Annotations {
    fn read(&mut self, name: &str, written: &Scalar) -> Result<(), String> {
        let text = written.text();
        match name {
            OWNER => self.owner = text.to_owned(),
            NOTIFY => {
                for name in items(text) {
                    if !self.notify.iter().any(|n| n == name) {
                        self.notify.push(name.to_owned());
                    }
                }
            }
            RUNBOOK if text.is_empty() => {}
            RUNBOOK if text.starts_with("https://") || text.starts_with("http://") => {
                self.runbook = Some(text.to_owned());
            }
            RUNBOOK => {
                return Err(
                    "a runbook is an http or https address, as people will follow it as a link".to_owned()
                );
            }
            WINDOWS => {
                self.more_windows = items(text).map(window::short).collect::<Result<_, _>>()?;
                if self.more_windows.len() > MORE_WINDOWS {
                    return Err(format!("at most {MORE_WINDOWS} windows are counted beside timeWindow"));
                }
            }
            UNMEASURED => {
                let found = UnmeasuredTime::ALL.into_iter().find(|choice| choice.name() == text);
                let known = UnmeasuredTime::ALL.map(UnmeasuredTime::name);
                self.unmeasured = found.ok_or_else(|| unknown(text, "choice", &known))?;
            }
            EVERY_FAILURE_MATTERS => {
                self.every_failure_matters =
                    text.parse().map_err(|_| format!("{text:?} is neither true nor false"))?;
            }
            REVIEW => {
                self.review_on = Some(date(text)?);
            }
            _ => {}
        }
        Ok(())
    }
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}
