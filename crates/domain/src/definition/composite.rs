//! Which SLI each objective of an SLO counts: the one that they share, or its own, which makes the SLO a composite one. Where
//! either may stand is said here and nowhere else.

use std::collections::BTreeMap;

use super::fields::{Fields, Report, unknown};
use super::indicator::{self, Indicator, Sources};
use super::yaml::{Node, Value};
use crate::slo::Weight;

/// SLI documents by name: what was read of each, if nothing is wrong with it, and its text.
pub(super) type Slis<'n> = BTreeMap<&'n str, (Option<Indicator>, &'n str)>;

/// What objectives count.
pub(super) enum Indicators<'n> {
    /// All of them the same.
    Shared(Box<Counted<'n>>),
    /// Each its own, in order.
    Parts(Vec<Counted<'n>>),
}

/// What one of them counts.
pub(super) struct Counted<'n> {
    /// None if something is wrong with it.
    pub(super) indicator: Option<Indicator>,
    /// What the SLI is called; empty if it is not.
    pub(super) name: String,
    /// The SLI document that is referred to.
    pub(super) text: Option<&'n str>,
}

/// What an objective is as a part of a composite SLO.
pub(super) struct Part {
    pub(super) weight: Weight,
    /// What the part is called where it has no name of its own.
    pub(super) sli_name: String,
}

impl<'n> Indicators<'n> {
    /// Reads the `spec` of an SLO.
    pub(super) fn read(
        report: &mut Report<'_>,
        spec: &Fields<'_>,
        slis: &Slis<'n>,
        sources: &Sources,
    ) -> Self {
        let objectives = objectives(report.file, spec);
        if !objectives.iter().any(has_indicator) {
            return Self::Shared(Box::new(read(report, spec, slis, sources)));
        }
        for name in ["indicator", "indicatorRef"].into_iter().filter(|name| spec.get(name).is_some()) {
            let message = format!(
                "{name} stands either here, for all objectives, or on each objective, which makes a composite SLO, but not on \
                 both; remove one"
            );
            report.error(spec.place_of(name), &spec.path_of(name), message);
        }
        let part = |fields: &Fields<'_>| match has_indicator(fields) {
            true => read(report, fields, slis, sources),
            false => {
                let message = "another objective has an indicator of its own, which makes this a composite SLO; give this one an \
                               indicator or an indicatorRef too";
                report.error(fields.at, &fields.path_of("indicator"), message);
                Counted { indicator: None, name: String::new(), text: None }
            }
        };
        Self::Parts(objectives.iter().map(part).collect())
    }

    /// What the objective at `place` counts.
    pub(super) fn of(&self, place: usize) -> Option<&Indicator> {
        match self {
            Self::Shared(counted) => counted.indicator.as_ref(),
            Self::Parts(parts) => parts.get(place)?.indicator.as_ref(),
        }
    }

    /// Each of them, with the place of the first objective that counts it; none if something is wrong with any.
    pub(super) fn all(&self) -> Option<Vec<&Indicator>> {
        self.counted().iter().map(|counted| counted.indicator.as_ref()).collect()
    }

    /// The SLI documents that are referred to, each once.
    pub(super) fn texts(&self) -> Vec<&'n str> {
        let mut texts: Vec<&'n str> = Vec::new();
        for text in self.counted().iter().filter_map(|counted| counted.text) {
            if !texts.iter().any(|known| std::ptr::eq(*known, text)) {
                texts.push(text);
            }
        }
        texts
    }

    fn counted(&self) -> &[Counted<'n>] {
        match self {
            Self::Shared(counted) => std::slice::from_ref(counted),
            Self::Parts(parts) => parts,
        }
    }

    /// What the objective at `place` is as a part; none inside where it is none, and none if something is wrong.
    pub(super) fn part(
        &self,
        report: &mut Report<'_>,
        fields: &Fields<'_>,
        place: usize,
    ) -> Option<Option<Part>> {
        let written = fields.scalar(report, "compositeWeight");
        let path = fields.path_of("compositeWeight");
        match (self, written) {
            (Self::Shared(_), None) => Some(None),
            (Self::Shared(_), Some(written)) => {
                let message = "compositeWeight belongs to a composite SLO, in which each objective has an indicator or an \
                               indicatorRef of its own; these objectives share the SLO's";
                report.error(written.at(), &path, message);
                None
            }
            (Self::Parts(parts), written) => {
                let weight = match written {
                    None => Weight::usual(),
                    Some(written) => {
                        let parsed = Weight::parse(written.text());
                        parsed.map_err(|message| report.error(written.at(), &path, message)).ok()?
                    }
                };
                let sli_name = parts.get(place).map(|counted| counted.name.clone()).unwrap_or_default();
                Some(Some(Part { weight, sli_name }))
            }
        }
    }
}

/// The objectives as far as they are mappings. What is wrong with their shape is told by whoever reads the rest of them.
fn objectives<'n>(file: &str, spec: &Fields<'n>) -> Vec<Fields<'n>> {
    let items: &'n [Node] = match spec.get("objectives").map(|node| &node.value) {
        Some(Value::Sequence(items)) => items,
        _ => &[],
    };
    let mut untold = Vec::new();
    let mut report = Report { file, errors: &mut untold };
    let open = |(place, item)| Fields::open(&mut report, item, &format!("spec.objectives[{place}]"));
    let opened: Option<Vec<Fields<'n>>> = items.iter().enumerate().map(open).collect();
    opened.unwrap_or_default()
}

fn has_indicator(fields: &Fields<'_>) -> bool {
    fields.get("indicator").is_some() || fields.get("indicatorRef").is_some()
}

/// The SLI of an SLO or of an objective: written there, or referred to.
fn read<'n>(report: &mut Report<'_>, fields: &Fields<'_>, slis: &Slis<'n>, sources: &Sources) -> Counted<'n> {
    let none = Counted { indicator: None, name: String::new(), text: None };
    match (fields.get("indicator"), fields.get("indicatorRef")) {
        (Some(_), Some(_)) => {
            let message = "give either indicator or indicatorRef, not both";
            report.error(fields.place_of("indicatorRef"), &fields.path_of("indicatorRef"), message);
            none
        }
        (None, None) => {
            let message = "an SLO needs an indicator, or an indicatorRef that names an SLI document";
            report.error(fields.at, &fields.path_of("indicator"), message);
            none
        }
        (Some(inline), None) => {
            let path = fields.path_of("indicator");
            let Some(inline) = Fields::take(report, inline, &path, "SLI", "") else { return none };
            let inner = inline.require(report, "spec", "{ratioMetric: …}");
            let spec_path = inline.path_of("spec");
            let indicator = inner.and_then(|inner| indicator::read(report, inner, &spec_path, sources));
            Counted { indicator, name: name_of(report.file, &inline), text: None }
        }
        (None, Some(_)) => referred(report, fields, slis).unwrap_or(none),
    }
}

/// The name in the metadata of an SLI that is written in place, if it has one.
fn name_of(file: &str, inline: &Fields<'_>) -> String {
    let mut untold = Vec::new();
    let mut report = Report { file, errors: &mut untold };
    let metadata = inline.get("metadata");
    let metadata = metadata.and_then(|node| Fields::open(&mut report, node, &inline.path_of("metadata")));
    metadata.map(|metadata| metadata.text(&mut report, "name")).unwrap_or_default()
}

fn referred<'n>(report: &mut Report<'_>, fields: &Fields<'_>, slis: &Slis<'n>) -> Option<Counted<'n>> {
    let name = fields.scalar(report, "indicatorRef")?;
    if let Some((indicator, text)) = slis.get(name.text()) {
        let (indicator, text) = (indicator.clone(), Some(*text));
        return Some(Counted { indicator, name: name.text().to_owned(), text });
    }
    let known: Vec<&str> = slis.keys().copied().collect();
    let message = if known.is_empty() {
        let name = name.text();
        format!("there is no SLI document named {name:?} among the files; apply it together with this one")
    } else {
        unknown(name.text(), "SLI", &known)
    };
    report.error(name.at(), &fields.path_of("indicatorRef"), message);
    None
}
