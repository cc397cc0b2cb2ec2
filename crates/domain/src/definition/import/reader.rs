//! Reads fields of another tool's document, by the table of what becomes of them: what is left out or unknown is told at its
//! place. Decides nothing of an SLO.

use ippo_base::meant;

use super::super::DefinitionError;
use super::super::fields::{Fields, Report, list, scalar};
use super::super::scalar::Scalar;
use super::super::yaml::{Node, Position};
use super::coverage::{Fate, ImportField, PYRRA, RULES, SLOTH, fate_of, names_below};
use super::draft::Draft;
use super::{ImportChoices, ImportFinding, ImportedDefinition};

/// Labels, values and the like in one finding.
const NAMED: usize = 10;

/// The form that a document has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    Sloth,
    SlothKubernetes,
    Pyrra,
    /// Rules of a Prometheus, in a file or for Kubernetes.
    Rules,
}

impl Form {
    /// What becomes of its fields.
    pub(super) fn fields(self) -> &'static [ImportField] {
        match self {
            Self::Sloth | Self::SlothKubernetes => SLOTH,
            Self::Pyrra => PYRRA,
            Self::Rules => RULES,
        }
    }

    /// A field's name, as this form writes it.
    pub(super) fn written(self, name: &str) -> String {
        if self != Self::SlothKubernetes {
            return name.to_owned();
        }
        let mut words = name.split('_');
        let mut written = words.next().unwrap_or_default().to_owned();
        for word in words {
            let mut chars = word.chars();
            written.extend(chars.next().map(|first| first.to_ascii_uppercase()));
            written.push_str(chars.as_str());
        }
        written
    }
}

/// What was read so far: of SLOs, or with other choices and drafts of something else.
pub(super) struct Read<'a, C = ImportChoices, D = Draft> {
    pub(super) choices: &'a C,
    /// What one of them is called.
    noun: &'static str,
    pub(super) drafts: Vec<D>,
    pub(super) definitions: Vec<ImportedDefinition>,
    pub(super) left_out: Vec<ImportFinding>,
    pub(super) notes: Vec<ImportFinding>,
    pub(super) remarks: Vec<String>,
}

impl<'a, C, D> Read<'a, C, D> {
    pub(super) fn new(choices: &'a C, noun: &'static str) -> Self {
        Self {
            choices,
            noun,
            drafts: vec![],
            definitions: vec![],
            left_out: vec![],
            notes: vec![],
            remarks: vec![],
        }
    }

    /// Says something of all of them, once.
    pub(super) fn remark(&mut self, remark: String) {
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }
}

/// Why something is left out, and what to do.
pub(super) struct Reason {
    pub(super) why: String,
    pub(super) instead: String,
}

impl Reason {
    pub(super) fn new(why: impl Into<String>, instead: impl Into<String>) -> Self {
        Self { why: why.into(), instead: instead.into() }
    }
}

/// Where something stands, and the path of its field.
pub(super) type At<'a> = (Position, &'a str);

/// Reads one file.
pub(super) struct Reader<'r, 'a, C = ImportChoices, D = Draft> {
    pub(super) file: &'r str,
    errors: &'r mut Vec<DefinitionError>,
    pub(super) read: &'r mut Read<'a, C, D>,
    /// The new name of what is read.
    name: String,
    /// What people know it by.
    told: String,
    /// Where its findings begin.
    begins: (usize, usize),
    /// Why it is not written.
    refused: Vec<ImportFinding>,
}

impl<'r, 'a, C, D> Reader<'r, 'a, C, D> {
    pub(super) fn new(
        file: &'r str,
        errors: &'r mut Vec<DefinitionError>,
        read: &'r mut Read<'a, C, D>,
    ) -> Self {
        let (name, told) = (String::new(), String::new());
        Self { file, errors, read, name, told, begins: (0, 0), refused: vec![] }
    }

    pub(super) fn report(&mut self) -> Report<'_> {
        Report { file: self.file, errors: self.errors }
    }

    /// What one definition is called.
    pub(super) fn noun(&self) -> &'static str {
        self.read.noun
    }

    /// From here on one definition is read, until it is [taken](Self::take).
    pub(super) fn begin(&mut self, name: &str, told: &str) {
        name.clone_into(&mut self.name);
        told.clone_into(&mut self.told);
        self.begins = (self.read.left_out.len(), self.read.notes.len());
        self.refused.clear();
    }

    /// Takes what came of it. Of one that cannot be written only the reasons are told.
    pub(super) fn take(&mut self, from: &str, at: Position, draft: Option<D>) {
        let mut refused = std::mem::take(&mut self.refused);
        let is_written = draft.is_some() && refused.is_empty();
        if !is_written {
            self.read.left_out.truncate(self.begins.0);
            self.read.notes.truncate(self.begins.1);
            self.read.left_out.append(&mut refused);
        }
        self.read.drafts.extend(draft.filter(|_| is_written));
        let (name, from) = (std::mem::take(&mut self.name), from.to_owned());
        self.told.clear();
        let file = self.file.to_owned();
        self.read.definitions.push(ImportedDefinition { name, from, file, line: at.line, is_written });
    }

    fn finding(&self, (at, field): At<'_>, reason: Reason) -> ImportFinding {
        ImportFinding {
            file: self.file.to_owned(),
            line: at.line,
            column: at.column,
            field: field.to_owned(),
            name: self.told.clone(),
            reason: reason.why,
            instead: reason.instead,
        }
    }

    /// Something has no place in the documents.
    pub(super) fn leave_out(&mut self, at: At<'_>, reason: Reason) {
        let finding = self.finding(at, reason);
        self.read.left_out.push(finding);
    }

    /// It cannot be written.
    pub(super) fn refuse(&mut self, at: At<'_>, reason: Reason) {
        let Reason { why, instead } = reason;
        let finding = self
            .finding(at, Reason { why: format!("the {} is not written: {why}", self.read.noun), instead });
        self.refused.push(finding);
    }

    /// Something is carried over, and differs.
    pub(super) fn note(&mut self, at: At<'_>, note: impl Into<String>) {
        let finding = self.finding(at, Reason::new(note, ""));
        self.read.notes.push(finding);
    }

    /// Takes `node` as a mapping whose fields are those of the form below `scope`.
    pub(super) fn fields<'n>(
        &mut self,
        node: &'n Node,
        form: Form,
        path: &str,
        scope: &str,
    ) -> Option<Fields<'n>> {
        let fields = Fields::open(&mut self.report(), node, path)?;
        let known = names_below(form.fields(), scope);
        for entry in fields.entries().iter().filter(|entry| !entry.value.is_empty()) {
            let name = entry.key.text();
            let (at, field) = (entry.key.at(), fields.path_of(name));
            let listed = known.iter().find(|known| form.written(known) == name).copied().unwrap_or(name);
            let place = if scope.is_empty() { listed.to_owned() } else { format!("{scope}.{listed}") };
            match fate_of(form.fields(), &place) {
                Some(Fate::Carried(_) | Fate::Kept(_) | Fate::Passed(_)) => {}
                Some(Fate::LeftOut { why, instead }) => {
                    let what = named(&entry.value).map_or(String::new(), |named| format!("{named}: "));
                    self.leave_out((at, &field), Reason::new(format!("{what}{why}"), instead));
                }
                None if name == "<<" => {
                    let reason = Reason::new("merge keys are not read", "write the fields out");
                    self.leave_out((at, &field), reason);
                }
                None => {
                    let written: Vec<String> = known.iter().map(|known| form.written(known)).collect();
                    let instead = match meant(name, written.iter().map(String::as_str)).first() {
                        Some(meant) => format!("is {meant} meant?"),
                        None => "look up what it does, and write that".to_owned(),
                    };
                    let why = format!("the field {name} is not known to ippo");
                    self.leave_out((at, &field), Reason::new(why, instead));
                }
            }
        }
        Some(fields)
    }

    /// A field that is a mapping.
    pub(super) fn below<'n>(
        &mut self,
        fields: &Fields<'n>,
        name: &str,
        form: Form,
        scope: &str,
    ) -> Option<Fields<'n>> {
        let written = form.written(name);
        let scope = if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") };
        self.fields(fields.get(&written)?, form, &fields.path_of(&written), &scope)
    }

    /// A field of texts by name, such as labels.
    pub(super) fn texts(&mut self, fields: &Fields<'_>, name: &str) -> Vec<(Scalar, String)> {
        let Some(node) = fields.get(name) else { return Vec::new() };
        let path = fields.path_of(name);
        let Some(texts) = Fields::open(&mut self.report(), node, &path) else { return Vec::new() };
        let mut found = Vec::new();
        for entry in texts.entries() {
            let path = texts.path_of(entry.key.text());
            if let Some(value) = scalar(&mut self.report(), &entry.value, &path) {
                found.push((entry.key.clone(), value.text().to_owned()));
            }
        }
        found
    }

    /// A field that is true or false.
    pub(super) fn flag(&mut self, fields: &Fields<'_>, name: &str) -> Option<bool> {
        let written = fields.scalar(&mut self.report(), name)?;
        let flag = match written.text() {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        };
        if flag.is_none() {
            let message = format!("{:?} is neither true nor false", written.text());
            self.report().error(written.at(), &fields.path_of(name), message);
        }
        flag
    }

    /// The items of a list that must be there.
    pub(super) fn items<'n>(&mut self, fields: &Fields<'n>, name: &str, example: &str) -> &'n [Node] {
        let node = fields.require(&mut self.report(), name, example);
        let path = fields.path_of(name);
        node.and_then(|node| list(&mut self.report(), node, &path)).unwrap_or_default()
    }
}

/// The names and values that something is made of, for people.
fn named(node: &Node) -> Option<String> {
    use super::super::yaml::Value;
    let text = |node: &Node| match &node.value {
        Value::Scalar(scalar) => scalar.text().to_owned(),
        Value::Sequence(_) => "[…]".to_owned(),
        Value::Mapping(_) => "{…}".to_owned(),
    };
    let parts: Vec<String> = match &node.value {
        Value::Scalar(_) => return None,
        Value::Sequence(items) => items.iter().map(text).collect(),
        Value::Mapping(entries) => {
            entries.iter().map(|entry| format!("{}={}", entry.key.text(), text(&entry.value))).collect()
        }
    };
    let more = if parts.len() > NAMED { ", …" } else { "" };
    Some(format!("{}{more}", parts[..parts.len().min(NAMED)].join(", ")))
}
