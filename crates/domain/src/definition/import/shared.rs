//! What SLOs of any tool have: a name, a target, somebody who answers for them, queries.

use super::super::NAME_BYTES;
use super::super::scalar::Scalar;
use super::super::write::name_of;
use super::coverage::{Fate, fate_of};
use super::reader::{At, Form, Reader, Reason};
use crate::prometheus::{Grouped, NotCounted, Selector};
use crate::slo::Target;

/// Labels that name who answers, the first one first.
const OWNERS: [&str; 4] = ["owner", "team", "pyrra.dev/owner", "pyrra.dev/team"];
/// Annotations that have a runbook's address, without what stands before a slash.
const RUNBOOKS: [&str; 5] = ["runbook", "runbook_url", "runbookurl", "runbook_link", "playbook"];
/// Labels in one finding.
const NAMED: usize = 10;

/// A name that a definition may have, and what it was called.
pub(super) struct Name {
    pub(super) name: String,
    pub(super) display_name: String,
    called: String,
    wanted: String,
}

impl Name {
    /// A name that nothing else of the import has.
    pub(super) fn new<C, D>(reader: &Reader<'_, '_, C, D>, words: &[&str]) -> Self {
        let (wanted, called) = (name_of(words), words.join("-"));
        let display_name = if wanted == called { String::new() } else { called.clone() };
        let (mut name, mut number) = (wanted.clone(), 1);
        while reader.read.definitions.iter().any(|slo| slo.name == name) {
            number += 1;
            let ending = format!("-{number}");
            let room = wanted.len().min(NAME_BYTES - ending.len());
            name = format!("{}{ending}", wanted[..room].trim_end_matches('-'));
        }
        Self { name, display_name, called, wanted }
    }

    /// Says that the name is another one, as something else has it already.
    pub(super) fn note_number<C, D>(&self, reader: &mut Reader<'_, '_, C, D>, at: At<'_>) {
        if self.name != self.wanted {
            let (called, name) = (&self.wanted, &self.name);
            let noun = reader.noun();
            reader.note(at, format!("another {noun} is called {called}; this one is called {name}"));
        }
    }

    /// Says that the name is another one.
    pub(super) fn note<C, D>(&self, reader: &mut Reader<'_, '_, C, D>, at: At<'_>) {
        let (called, name) = (&self.called, &self.name);
        if !self.display_name.is_empty() {
            let note = format!(
                "{called:?} is called {name}, as names are made of at most {NAME_BYTES} of a-z, 0-9 and -; it stays as displayName"
            );
            reader.note(at, note);
        } else if called != name {
            reader
                .note(at, format!("another {} is called {called}; this one is called {name}", reader.noun()));
        }
    }
}

/// A target in percent, and as it was written.
pub(super) fn target(reader: &mut Reader<'_, '_>, written: &Scalar, path: &str) -> Option<(Target, String)> {
    let text = written.text();
    let parsed = match Target::parse_percent(text) {
        Ok(target) => {
            if text.parse::<f64>().is_ok_and(|number| number < 1.0) {
                reader.note(
                    (written.at(), path),
                    format!("the target is {text} %, as the tool reads it, and not {text}"),
                );
            }
            return Some((target, text.to_owned()));
        }
        Err(error) => error,
    };
    match text.parse::<f64>() {
        Ok(100.0) => {
            let why =
                "a target of 100 % leaves no budget, so that there is nothing to spend and nothing burns";
            let instead = "promise a little less, such as 99.99, or alert on each failure where you do now";
            reader.refuse((written.at(), path), Reason::new(why, instead));
        }
        Ok(number) if number > 0.0 && number < 100.0 => {
            reader.refuse(
                (written.at(), path),
                Reason::new(parsed.to_string(), "write a plain decimal, such as 99.9"),
            );
        }
        _ => {
            let message = format!("{text:?} is no target in percent, such as 99.9");
            reader.report().error(written.at(), path, message);
        }
    }
    None
}

/// Who answers, by labels or else as it was chosen.
pub(super) fn owner(labels: &[(String, String)], otherwise: &str) -> String {
    let of_label = |name: &&str| labels.iter().find(|(label, value)| label == name && !value.is_empty());
    OWNERS.iter().find_map(of_label).map_or(otherwise, |(_, value)| value).to_owned()
}

/// Whether a label names who answers.
pub(super) fn is_owner(label: &str) -> bool {
    OWNERS.contains(&label)
}

/// Whether an annotation is about a runbook.
pub(super) fn is_of_runbook(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    RUNBOOKS.contains(&name.as_str())
}

/// Whether an annotation has the address of a runbook.
pub(super) fn is_runbook(name: &str, value: &str) -> bool {
    let is_address = value.starts_with("https://") || value.starts_with("http://");
    is_of_runbook(name) && is_address && !value.contains("{{")
}

/// The SLO cannot be written, by what the table says of a field.
pub(super) fn refuse_field(reader: &mut Reader<'_, '_>, form: Form, at: At<'_>, place: &str) {
    if let Some(Fate::LeftOut { why, instead }) = fate_of(form.fields(), place) {
        reader.refuse(at, Reason::new(why, instead));
    }
}

/// The SLO cannot be written, as a query is not counted.
pub(super) fn refuse_query(reader: &mut Reader<'_, '_>, query: &Scalar, path: &str, why: NotCounted) {
    let at = query.position_of(why.offset);
    reader.refuse((at, path), Reason::new(why.reason, why.instead));
}

/// Says that sums which were apart are one here.
pub(super) fn tell_of_groups(reader: &mut Reader<'_, '_>, grouped: &Grouped, at: At<'_>) {
    let labels = |labels: &[String]| labels[..labels.len().min(NAMED)].join(", ");
    let what = match grouped {
        Grouped::Whole => return,
        Grouped::By(names) => format!("each value of {}", labels(names)),
        Grouped::Without(names) => format!("each value of the labels other than {}", labels(names)),
        Grouped::EachSeries => "each series".to_owned(),
    };
    let why = format!("{what} was judged by itself; here all of them are one sum");
    let instead = "for one that needs a budget of its own, write an SLO whose selectors name it";
    reader.leave_out(at, Reason::new(why, instead));
}

/// Says that what a rule recorded is counted.
pub(super) fn tell_of_rules(reader: &mut Reader<'_, '_>, selectors: [&Selector; 2], at: At<'_>) {
    let mut names: Vec<&str> =
        selectors.into_iter().map(Selector::metric).filter(|name| name.contains(':')).collect();
    names.dedup();
    for name in names {
        let note = format!(
            "{name} is recorded by a rule, and is counted as a counter: right if the rule sums counters, and wrong if it records rates"
        );
        reader.note(at, note);
    }
}
