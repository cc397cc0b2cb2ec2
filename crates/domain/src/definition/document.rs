//! From files to definitions: finds each document's kind and name, and puts together what refers to each other.

use std::collections::{BTreeMap, BTreeSet};

use super::alert_rule;
use super::annotation;
use super::budget_policy;
use super::composite::{Indicators, Slis};
use super::condition::{self, Condition, Metadata};
use super::coverage::{OPENSLO_KINDS, REFUSED_KINDS};
use super::data_source;
use super::fields::{Fields, Report, unknown};
use super::indicator::{self, Indicator, Sources};
use super::journey;
use super::lint::SloPlaces;
use super::policy::{self, Named, Policy};
use super::sla;
use super::slo::Spec;
use super::target::{self, TargetDefinition};
use super::yaml::{self, Document, Node, Position};
use super::{
    DefinitionError, Definitions, ExpressionText, FILE_BYTES, FILES, NAME_BYTES, Parsed, SloDefinition,
    SourceFile,
};
use crate::slo::Slo;

/// Kinds of `ippo/v1` documents.
const IPPO_KINDS: &[&str] = &[TARGET, BUDGET_POLICY, ALERT_RULE, JOURNEY, SLA, SLO_TEST];
const OPENSLO: &str = "openslo/v1";
const IPPO: &str = "ippo/v1";
const TARGET: &str = "NotificationTarget";
const BUDGET_POLICY: &str = "ErrorBudgetPolicy";
const ALERT_RULE: &str = "AlertRule";
const JOURNEY: &str = "Journey";
const SLA: &str = "SLA";
/// A test of an SLO; applying defines nothing by it.
pub(super) const SLO_TEST: &str = "SloTest";

/// A document whose kind and name are known.
pub(super) struct Header<'n> {
    file: &'n str,
    pub(super) kind: &'static str,
    pub(super) name: &'n str,
    pub(super) name_at: Position,
    pub(super) display_name: String,
    root: Fields<'n>,
    metadata_at: Position,
    pub(super) annotations: Option<&'n Node>,
    pub(super) text: &'n str,
}

impl<'n> Header<'n> {
    pub(super) fn spec(&self, report: &mut Report<'_>) -> Option<&'n Node> {
        self.root.require(report, "spec", "{…}, as docs/guide/openslo.md shows")
    }

    /// What people call it.
    pub(super) fn called(&self) -> String {
        if self.display_name.is_empty() { self.name.to_owned() } else { self.display_name.clone() }
    }

    fn metadata(&self) -> Metadata<'n> {
        Metadata { annotations: self.annotations, path: "metadata" }
    }
}

/// Reads files. Everything that is wrong is told at once.
pub fn parse(files: &[SourceFile]) -> Parsed {
    let mut errors = Vec::new();
    let trees = read_trees(files, &mut errors);
    let mut headers = Vec::new();
    for (file, documents) in &trees {
        for document in documents.iter().filter(|d| !d.root.is_null()) {
            headers.extend(read_header(&mut Report { file, errors: &mut errors }, file, document));
        }
    }
    report_duplicates(&headers, &mut errors);
    let definitions = assemble(&headers, &mut errors);
    if errors.is_empty() {
        return Ok(definitions);
    }
    let order = |path: &str| files.iter().position(|f| f.path == path);
    errors.sort_by_key(|e| (order(&e.file), e.line, e.column));
    Err(errors)
}

/// Hands over each document of a file whose header is right; what is wrong with the others is added to `errors`.
pub(super) fn documents_of(
    file: &SourceFile,
    errors: &mut Vec<DefinitionError>,
    mut each: impl FnMut(&mut Report<'_>, &Header<'_>),
) {
    for (path, documents) in read_trees(std::slice::from_ref(file), errors) {
        for document in documents.iter().filter(|document| !document.root.is_null()) {
            let mut report = Report { file: path, errors };
            if let Some(header) = read_header(&mut report, path, document) {
                each(&mut report, &header);
            }
        }
    }
}

pub(super) fn read_trees<'a>(
    files: &'a [SourceFile],
    errors: &mut Vec<DefinitionError>,
) -> Vec<(&'a str, Vec<Document>)> {
    let mut trees = Vec::with_capacity(files.len());
    for (number, file) in files.iter().enumerate() {
        let mut report = Report { file: &file.path, errors };
        if number >= FILES {
            report.error(Position::START, "", format!("at most {FILES} files are read at once"));
            break;
        }
        if file.text.len() > FILE_BYTES {
            let message = format!("the file has {} bytes; at most {FILE_BYTES} are read", file.text.len());
            report.error(Position::START, "", message);
            continue;
        }
        let (documents, error) = yaml::documents(file.text.strip_prefix('\u{feff}').unwrap_or(&file.text));
        if let Some(error) = error {
            report.error(error.at, "", error.message);
        }
        trees.push((file.path.as_str(), documents));
    }
    trees
}

fn read_header<'n>(report: &mut Report<'_>, file: &'n str, document: &'n Document) -> Option<Header<'n>> {
    let root = Fields::open(report, &document.root, "")?;
    let version = root.require_scalar(report, "apiVersion", OPENSLO);
    let kind = root.require_scalar(report, "kind", "SLO");
    let (version, kind) = (version?, kind?);
    let known: &[&'static str] = match version.text() {
        OPENSLO => OPENSLO_KINDS,
        IPPO => IPPO_KINDS,
        other if other.starts_with("openslo") => {
            let message = format!("{other} is not supported; ippo reads {OPENSLO}");
            report.error(version.at(), "apiVersion", message);
            return None;
        }
        other => {
            report.error(version.at(), "apiVersion", unknown(other, "apiVersion", &[OPENSLO, IPPO]));
            return None;
        }
    };
    let Some(kind) = known.iter().find(|k| **k == kind.text()).copied() else {
        let refused =
            REFUSED_KINDS.iter().find(|(name, _)| version.text() == OPENSLO && *name == kind.text());
        let (other, kinds) =
            if version.text() == IPPO { (OPENSLO, OPENSLO_KINDS) } else { (IPPO, IPPO_KINDS) };
        let message = match refused {
            Some((name, why)) => format!("{name} is not supported: {why}"),
            None if kinds.contains(&kind.text()) => {
                format!("{} is a kind of {other}; write apiVersion: {other}", kind.text())
            }
            None => unknown(kind.text(), &format!("kind of {}", version.text()), known),
        };
        report.error(kind.at(), "kind", message);
        return None;
    };
    root.check(report, kind, "");
    read_metadata(report, file, document, root, kind)
}

fn read_metadata<'n>(
    report: &mut Report<'_>,
    file: &'n str,
    document: &'n Document,
    root: Fields<'n>,
    kind: &'static str,
) -> Option<Header<'n>> {
    let node = root.require(report, "metadata", "{name: checkout}")?;
    let metadata = Fields::take(report, node, "metadata", kind, "metadata")?;
    let name = metadata.require_scalar(report, "name", "checkout")?;
    if !is_name(name.text()) {
        let message = format!(
            "{:?} is not a name: use at most {NAME_BYTES} of a-z, 0-9 and -, beginning and ending with a letter or digit; for people there is displayName",
            name.text()
        );
        report.error(name.at(), "metadata.name", message);
        return None;
    }
    Some(Header {
        file,
        kind,
        name: name.text(),
        name_at: name.at(),
        display_name: metadata.text(report, "displayName"),
        metadata_at: metadata.at,
        annotations: metadata.get("annotations"),
        root,
        text: &document.text,
    })
}

/// Whether a text is a DNS label (RFC 1123), as OpenSLO asks of names.
pub(super) fn is_name(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty()
        && text.len() <= NAME_BYTES
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn report_duplicates(headers: &[Header<'_>], errors: &mut Vec<DefinitionError>) {
    let mut first: BTreeMap<(&str, &str), &Header<'_>> = BTreeMap::new();
    for header in headers {
        let earlier = first.entry((header.kind, header.name)).or_insert(header);
        if !std::ptr::eq(*earlier, header) {
            let message = format!(
                "{} {:?} is defined twice, first in {}:{}; rename or remove one",
                header.kind, header.name, earlier.file, earlier.name_at
            );
            Report { file: header.file, errors }.error(header.name_at, "metadata.name", message);
        }
    }
}

/// Documents that others refer to, with their text.
#[derive(Default)]
struct Shared<'n> {
    sources: Sources,
    source_texts: BTreeMap<&'n str, &'n str>,
    indicators: Slis<'n>,
    conditions: Named<Condition>,
    policies: Named<Policy>,
    /// Of conditions and policies, by kind and name.
    alert_texts: BTreeMap<(&'n str, &'n str), &'n str>,
}

fn assemble(headers: &[Header<'_>], errors: &mut Vec<DefinitionError>) -> Definitions {
    let of_kind = |kind: &'static str| headers.iter().filter(move |h| h.kind == kind);
    let mut shared = Shared::default();
    for header in of_kind("DataSource") {
        let mut report = Report { file: header.file, errors };
        let spec = header.spec(&mut report);
        let provider = spec.and_then(|spec| data_source::read(&mut report, header.name, spec));
        shared.sources.insert(header.name.to_owned(), provider);
        shared.source_texts.insert(header.name, header.text);
    }
    for header in of_kind("Service") {
        let mut report = Report { file: header.file, errors };
        if let Some(spec) = header.root.get("spec") {
            Fields::take(&mut report, spec, "spec", "Service", "spec");
        }
    }
    for header in of_kind("SLI") {
        let mut report = Report { file: header.file, errors };
        let spec = header.spec(&mut report);
        let indicator = spec.and_then(|spec| indicator::read(&mut report, spec, "spec", &shared.sources));
        shared.indicators.insert(header.name, (indicator, header.text));
    }
    read_alerts(headers, &mut shared, errors);
    let mut definitions = Definitions::default();
    for header in of_kind("SLO") {
        let mut report = Report { file: header.file, errors };
        if let Some(definition) = read_slo(&mut report, header, &shared) {
            definitions.warnings.extend(warnings(&definition.slo));
            definitions.slos.push(definition);
        }
    }
    for header in of_kind(TARGET) {
        let mut report = Report { file: header.file, errors };
        let channel = header.spec(&mut report).and_then(|spec| target::read(&mut report, spec));
        let (name, document) = (header.name.to_owned(), header.text.to_owned());
        definitions.targets.extend(channel.map(|channel| TargetDefinition { name, channel, document }));
    }
    for header in of_kind(BUDGET_POLICY) {
        let mut report = Report { file: header.file, errors };
        let Some(spec) = header.spec(&mut report) else { continue };
        let (name, display_name, annotations) =
            (header.name, header.display_name.as_str(), header.annotations);
        let named = budget_policy::Named { name, display_name, annotations, text: header.text };
        definitions.budget_policies.extend(budget_policy::read(&mut report, &named, spec));
    }
    for header in of_kind(ALERT_RULE) {
        let mut report = Report { file: header.file, errors };
        let Some(spec) = header.spec(&mut report) else { continue };
        let named = alert_rule::Named {
            name: header.name,
            name_at: header.name_at,
            display_name: header.display_name.as_str(),
            annotations: header.annotations,
            text: header.text,
        };
        definitions.alert_rules.extend(alert_rule::read(&mut report, &named, spec));
    }
    for header in of_kind(JOURNEY) {
        let mut report = Report { file: header.file, errors };
        definitions.journeys.extend(journey::read(&mut report, header));
    }
    for header in of_kind(SLA) {
        let mut report = Report { file: header.file, errors };
        definitions.slas.extend(sla::read(&mut report, header));
    }
    definitions
}

fn read_alerts<'n>(headers: &'n [Header<'n>], shared: &mut Shared<'n>, errors: &mut Vec<DefinitionError>) {
    let of_kind = |kind: &'static str| headers.iter().filter(move |h| h.kind == kind);
    for header in of_kind("AlertCondition") {
        let mut report = Report { file: header.file, errors };
        let spec = header.spec(&mut report);
        let read = spec.and_then(|spec| condition::read(&mut report, header.metadata(), spec, "spec"));
        shared.conditions.insert(header.name.to_owned(), read);
        shared.alert_texts.insert((header.kind, header.name), header.text);
    }
    for header in of_kind("AlertPolicy") {
        let mut report = Report { file: header.file, errors };
        let spec = header.spec(&mut report);
        let (metadata, conditions) = (header.metadata(), &shared.conditions);
        let read = spec.and_then(|s| policy::read_policy(&mut report, metadata, s, "spec", conditions));
        shared.policies.insert(header.name.to_owned(), read);
        shared.alert_texts.insert((header.kind, header.name), header.text);
    }
}

fn read_slo(report: &mut Report<'_>, header: &Header<'_>, shared: &Shared<'_>) -> Option<SloDefinition> {
    let annotations = annotation::read(report, header.annotations);
    let spec = Spec::open(report, header)?;
    let indicators = Indicators::read(report, &spec.fields, &shared.indicators, &shared.sources);
    let alerts = policy::of_slo(report, &spec.fields, &shared.policies, &shared.conditions);
    let notify_at = annotations.notify_at.unwrap_or(header.metadata_at);
    let slo = spec.finish(report, header, &indicators, annotations);
    let (mut slo, counted, alerts) = (slo?, indicators.all()?, alerts?);
    policy::give(report, &mut slo, &alerts.policies);
    let mut texts = vec![header.text];
    texts.extend(indicators.texts());
    texts.extend(shared.texts_of(&alerts));
    let mut sources: Vec<&String> = counted.iter().flat_map(|indicator| &indicator.sources).collect();
    sources.sort();
    sources.dedup();
    texts.extend(sources.into_iter().filter_map(|name| shared.source_texts.get(name.as_str())));
    Some(SloDefinition {
        slo,
        expressions: expressions(&counted),
        document: texts.join("---\n"),
        file: header.file.to_owned(),
        notify_at,
        places: SloPlaces {
            name: header.name_at,
            window: spec.fields.place_of("timeWindow"),
            objectives: spec.objectives_at(),
        },
        policy_targets: alerts.policies.iter().flat_map(|policy| policy.targets()).cloned().collect(),
    })
}

/// The expressions of each SLI, with the place of its first objective.
fn expressions(counted: &[&Indicator]) -> Vec<ExpressionText> {
    let of = |(objective, indicator): (usize, &&Indicator)| {
        let texts = indicator.expressions.clone().into_iter();
        texts.map(move |text| ExpressionText { objective, ..text })
    };
    counted.iter().enumerate().flat_map(of).collect()
}

impl<'n> Shared<'n> {
    /// The documents of the policies that an SLO refers to, and of their conditions, each once.
    fn texts_of(&self, alerts: &policy::OfSlo) -> impl Iterator<Item = &'n str> {
        let policies = alerts.policy_refs.iter().map(|name| ("AlertPolicy", name.as_str()));
        let conditions = alerts.policies.iter().filter_map(|policy| policy.condition_ref.as_deref());
        let wanted: BTreeSet<_> = policies.chain(conditions.map(|name| ("AlertCondition", name))).collect();
        let texts: Vec<&'n str> =
            wanted.into_iter().filter_map(|key| self.alert_texts.get(&key).copied()).collect();
        texts.into_iter()
    }
}

fn warnings(slo: &Slo) -> Vec<String> {
    let mut warnings = Vec::new();
    if slo.told().is_empty() {
        warnings.push(format!(
            "SLO {}: nobody is told when it burns; name notification targets in the annotation ippo.dev/notify",
            slo.name
        ));
    }
    if slo.owner.is_empty() {
        warnings.push(format!(
            "SLO {}: nobody owns it; name an owner in the annotation ippo.dev/owner",
            slo.name
        ));
    }
    for aim in slo.aims() {
        let target = match aim.objectives() {
            [only] if !slo.is_composite() => format!("the target {}", only.target),
            _ => "the whole of its parts".to_owned(),
        };
        let pairs = crate::slo::burn::pairs_of(&aim, slo.window.least_minutes());
        if pairs.kept.is_empty() {
            let reason = pairs.omitted.first().map(|o| o.reason.as_str()).unwrap_or_default();
            warnings.push(format!(
                "SLO {}: {target} over {} has no burn alert that can fire: {reason}",
                slo.name, slo.window
            ));
        } else if !slo.policies.is_empty() {
            warnings.extend(pairs.omitted.iter().map(|omitted| {
                format!("SLO {}: for {target} {} {}", slo.name, omitted.pair.label(), omitted.reason)
            }));
        }
    }
    warnings
}
