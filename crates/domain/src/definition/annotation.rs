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
                let date = text.parse().map_err(|_| format!("{text:?} is not a date such as 2027-04-01"))?;
                self.review_on = Some(date);
            }
            _ => {}
        }
        Ok(())
    }
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}
