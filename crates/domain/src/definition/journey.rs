//! Reads `ippo/v1` journeys.

use jiff::civil::Date;

use super::document::Header;
use super::fields::{Fields, Report, list, scalar};
use super::scalar::Scalar;
use super::yaml::{Node, Position};
use super::{DefinitionError, Reference, annotation, duration};
use crate::journey::{GOES_ON_WITHIN_MINUTES, Journey, JourneyStep};

const KIND: &str = "Journey";
/// SLOs of one journey.
pub const JOURNEY_SLOS: usize = 50;
/// People who agreed to one journey.
const PEOPLE: usize = 50;
/// Steps of one journey.
pub const JOURNEY_STEPS: usize = 20;
/// A text in the owner's words, in characters.
const WORDS_CHARS: usize = 2_000;
/// An attribute's key, in bytes.
const KEY_BYTES: usize = 255;
/// A session goes on within this time at most, in minutes.
const WITHIN_MOST_MINUTES: u32 = 24 * 60;

/// A journey, and where it was written.
#[derive(Clone, PartialEq, Debug)]
pub struct JourneyDefinition {
    /// What it says.
    pub journey: Journey,
    /// Its text: what [`super::parse_journey`] reads again.
    pub document: String,
    /// The file it stands in.
    pub file: String,
    /// Where its name stands.
    pub name_at: Position,
    /// Where the day of its review stands, or its name.
    pub review_at: Position,
    /// The SLOs it names, and where.
    pub slos: Vec<Reference>,
    /// The expressions of its steps, still to be read.
    pub filters: Vec<FilterText>,
}

/// Which spans are a step, as it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FilterText {
    /// The file it stands in.
    pub file: String,
    /// The path of its field.
    pub field: String,
    /// The text.
    pub scalar: Scalar,
}

impl FilterText {
    /// The error for a fault at byte `offset` of the text.
    pub fn error_at(&self, offset: usize, message: &str) -> DefinitionError {
        let Position { line, column } = self.scalar.position_of(offset);
        let (file, field) = (self.file.clone(), self.field.clone());
        DefinitionError { file, line, column, field, message: message.to_owned() }
    }
}

/// Reads the whole of a Journey.
pub(super) fn read(report: &mut Report<'_>, header: &Header<'_>) -> Option<JourneyDefinition> {
    let before = report.errors.len();
    annotation::read_spoken(report, header.annotations, KIND);
    let spec = header.spec(report)?;
    let spec = Fields::take(report, spec, "spec", KIND, "spec")?;
    let harm =
        words(report, &spec, "harm", "an order that was paid for is lost, and the customer writes to us");
    let slos = read_slos(report, &spec);
    let (session_attribute, within) = read_session(report, &spec);
    let (steps, filters) = read_steps(report, &spec);
    let journey = Journey {
        name: header.name.to_owned(),
        display_name: header.called(),
        description: spec.text(report, "description").trim_end().to_owned(),
        owner: spec.text(report, "owner"),
        harm: harm.unwrap_or_default(),
        slos: slos.iter().map(|named| named.name.clone()).collect(),
        agreed_by: people(report, &spec),
        agreed_on: day(report, &spec, "agreedOn"),
        review_on: day(report, &spec, "reviewOn"),
        session_attribute,
        goes_on_within_minutes: within,
        steps,
    };
    let review_at = if journey.review_on.is_some() { spec.place_of("reviewOn") } else { header.name_at };
    let (document, file, name_at) = (header.text.to_owned(), report.file.to_owned(), header.name_at);
    let definition = JourneyDefinition { journey, document, file, name_at, review_at, slos, filters };
    (report.errors.len() == before).then_some(definition)
}

/// A text that must say something.
fn words(report: &mut Report<'_>, spec: &Fields<'_>, name: &str, example: &str) -> Option<String> {
    let written = spec.require_scalar(report, name, example)?;
    let text = written.text().trim();
    let chars = text.chars().count();
    if text.is_empty() || chars > WORDS_CHARS {
        let message = format!("say it in at most {WORDS_CHARS} characters, for example: {example}");
        report.error(written.at(), &spec.path_of(name), message);
        return None;
    }
    Some(text.to_owned())
}

/// A day, if it is written.
pub(super) fn day(report: &mut Report<'_>, spec: &Fields<'_>, name: &str) -> Option<Date> {
    let written = spec.scalar(report, name)?;
    let read = annotation::date(written.text());
    read.map_err(|message| report.error(written.at(), &spec.path_of(name), message)).ok()
}

fn read_slos(report: &mut Report<'_>, spec: &Fields<'_>) -> Vec<Reference> {
    let Some(items) = spec.require_list(report, "slos", "[checkout]") else { return vec![] };
    if items.is_empty() || items.len() > JOURNEY_SLOS {
        let message = format!("a journey rests on at least one and at most {JOURNEY_SLOS} SLOs");
        report.error(spec.place_of("slos"), "spec.slos", message);
    }
    let mut named: Vec<Reference> = Vec::new();
    for (i, item) in items.iter().enumerate().take(JOURNEY_SLOS) {
        let field = format!("spec.slos[{i}]");
        let Some(written) = scalar(report, item, &field) else { continue };
        if named.iter().any(|known| known.name == written.text()) {
            report.error(written.at(), &field, format!("{:?} is named twice; keep one", written.text()));
            continue;
        }
        let (name, file) = (written.text().to_owned(), report.file.to_owned());
        named.push(Reference { name, file, at: written.at(), field });
    }
    named
}

/// Names or addresses of people, each once.
fn people(report: &mut Report<'_>, spec: &Fields<'_>) -> Vec<String> {
    let items = spec.get("agreedBy").and_then(|node| list(report, node, "spec.agreedBy")).unwrap_or_default();
    if items.len() > PEOPLE {
        report.error(spec.place_of("agreedBy"), "spec.agreedBy", format!("name at most {PEOPLE} people"));
    }
    let mut people: Vec<String> = Vec::new();
    for (i, item) in items.iter().enumerate().take(PEOPLE) {
        let path = format!("spec.agreedBy[{i}]");
        let Some(written) = scalar(report, item, &path) else { continue };
        match written.text().trim() {
            "" => report.error(written.at(), &path, "the name is empty"),
            name if people.iter().any(|known| known == name) => {}
            name => people.push(name.to_owned()),
        }
    }
    people
}

fn read_session(report: &mut Report<'_>, spec: &Fields<'_>) -> (Option<String>, u32) {
    let usual = (None, GOES_ON_WITHIN_MINUTES);
    let Some(node) = spec.get("session") else { return usual };
    let Some(fields) = Fields::take(report, node, "spec.session", KIND, "spec.session") else { return usual };
    let attribute = fields.scalar(report, "attribute").and_then(|written| {
        let key = written.text();
        let is_key =
            !key.is_empty() && key.len() <= KEY_BYTES && !key.contains(|c: char| c.is_control() || c == '\'');
        if !is_key {
            let message = "this is no key of a span's attribute such as session.id";
            report.error(written.at(), &fields.path_of("attribute"), message);
        }
        is_key.then(|| key.to_owned())
    });
    let within = fields.scalar(report, "goesOnWithin").and_then(|written| {
        let read = duration::minutes(written.text()).and_then(|minutes| match minutes {
            minutes if minutes > WITHIN_MOST_MINUTES => Err(format!(
                "{} is longer than a day, within which nobody is one session any more; write for example 30m",
                written.text()
            )),
            minutes => Ok(minutes),
        });
        read.map_err(|message| report.error(written.at(), &fields.path_of("goesOnWithin"), message)).ok()
    });
    (attribute, within.unwrap_or(GOES_ON_WITHIN_MINUTES))
}

fn read_steps(report: &mut Report<'_>, spec: &Fields<'_>) -> (Vec<JourneyStep>, Vec<FilterText>) {
    let items = spec.get("steps").and_then(|node| list(report, node, "spec.steps")).unwrap_or_default();
    if items.len() > JOURNEY_STEPS {
        let message = format!("a journey has at most {JOURNEY_STEPS} steps");
        report.error(spec.place_of("steps"), "spec.steps", message);
    }
    let (mut steps, mut filters): (Vec<JourneyStep>, Vec<FilterText>) = (Vec::new(), Vec::new());
    for (i, item) in items.iter().enumerate().take(JOURNEY_STEPS) {
        let path = format!("spec.steps[{i}]");
        let Some((step, name_at, filter)) = read_step(report, item, &path) else { continue };
        if steps.iter().any(|known| known.name == step.name) {
            let message = format!("{:?} is the name of an earlier step; give each its own", step.name);
            report.error(name_at, &format!("{path}.name"), message);
        }
        steps.push(step);
        filters.push(filter);
    }
    (steps, filters)
}

fn read_step(
    report: &mut Report<'_>,
    item: &Node,
    path: &str,
) -> Option<(JourneyStep, Position, FilterText)> {
    let fields = Fields::take(report, item, path, KIND, "spec.steps[]")?;
    let name = fields.require_scalar(report, "name", "cart");
    let example = "\"service = 'frontend' AND kind = 'server' AND route = '/cart'\"";
    let filter = fields.require_scalar(report, "where", example);
    let slow_ms = fields.scalar(report, "slow").and_then(|written| {
        let read = duration::millis(written.text());
        read.map_err(|message| report.error(written.at(), &fields.path_of("slow"), message)).ok()
    });
    let mut display_name = fields.text(report, "displayName");
    let (name, filter) = (name?, filter?);
    if !super::document::is_name(name.text()) {
        let message = format!("{:?} is not a name: use a-z, 0-9 and -, as in add-to-cart", name.text());
        report.error(name.at(), &fields.path_of("name"), message);
    }
    if display_name.is_empty() {
        display_name = name.text().to_owned();
    }
    let step =
        JourneyStep { name: name.text().to_owned(), display_name, filter: filter.text().to_owned(), slow_ms };
    let (file, field) = (report.file.to_owned(), fields.path_of("where"));
    Some((step, name.at(), FilterText { file, field, scalar: filter.clone() }))
}
