//! Reading fields out of a tree: what is missing, unknown, refused, twice or of the wrong shape becomes an error with
//! its place. Goes on after an error, so that one run tells them all.

use ippo_base::meant;

use super::coverage::{Support, children};
use super::scalar::Scalar;
use super::yaml::{Entry, Node, Position, Value};
use super::{DefinitionError, ERRORS_REPORTED};

/// Collects what is wrong with one file.
pub(super) struct Report<'a> {
    pub(super) file: &'a str,
    pub(super) errors: &'a mut Vec<DefinitionError>,
}

impl Report<'_> {
    pub(super) fn error(&mut self, at: Position, field: &str, message: impl Into<String>) {
        if self.errors.len() < ERRORS_REPORTED {
            self.errors.push(DefinitionError {
                file: self.file.to_owned(),
                line: at.line,
                column: at.column,
                field: field.to_owned(),
                message: message.into(),
            });
        }
    }
}

/// The fields of one mapping.
#[derive(Clone)]
pub(super) struct Fields<'n> {
    entries: &'n [Entry],
    /// Where the mapping begins.
    pub(super) at: Position,
    /// The path people are shown: `spec.objectives[0]`.
    pub(super) path: String,
}

impl<'n> Fields<'n> {
    /// Takes `node` as a mapping, and holds its fields against the list of known ones: those of `kind` below `scope`.
    pub(super) fn take(
        report: &mut Report<'_>,
        node: &'n Node,
        path: &str,
        kind: &str,
        scope: &str,
    ) -> Option<Fields<'n>> {
        let fields = Self::open(report, node, path)?;
        fields.check(report, kind, scope);
        Some(fields)
    }

    /// Takes `node` as a mapping of any fields.
    pub(super) fn open(report: &mut Report<'_>, node: &'n Node, path: &str) -> Option<Fields<'n>> {
        let Value::Mapping(entries) = &node.value else {
            report.error(node.at, path, "this must be a mapping of fields (name: value, indented below it)");
            return None;
        };
        let fields = Fields { entries, at: node.at, path: path.to_owned() };
        fields.check_twice(report);
        Some(fields)
    }

    fn check_twice(&self, report: &mut Report<'_>) {
        for (i, entry) in self.entries.iter().enumerate() {
            let earlier = self.entries[..i].iter().find(|e| e.key.text() == entry.key.text());
            if let Some(first) = earlier {
                let message = format!(
                    "{:?} is written twice, first on line {}; keep one",
                    entry.key.text(),
                    first.key.at().line
                );
                report.error(entry.key.at(), &self.path_of(entry.key.text()), message);
            }
        }
    }

    /// Holds the fields against the list of known ones: those of `kind` below `scope`.
    pub(super) fn check(&self, report: &mut Report<'_>, kind: &str, scope: &str) {
        for entry in self.entries {
            let (name, path) = (entry.key.text(), self.path_of(entry.key.text()));
            match children(kind, scope).find(|(known, _)| *known == name) {
                Some((_, Support::Read | Support::Kept(_))) => {}
                Some((_, Support::Refused(_))) if entry.value.is_empty() => {}
                Some((_, Support::Refused(why))) => {
                    report.error(entry.key.at(), &path, format!("{name} is not supported: {why}"));
                }
                None if name == "<<" => {
                    report.error(entry.key.at(), &path, "merge keys are not supported; write the fields out");
                }
                None => {
                    // What would be refused too is not what was meant.
                    let read =
                        children(kind, scope).filter(|(_, support)| !matches!(support, Support::Refused(_)));
                    let known: Vec<&str> = read.map(|(known, _)| known).collect();
                    report.error(entry.key.at(), &path, unknown(name, "field", &known));
                }
            }
        }
    }

    pub(super) fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    pub(super) fn entries(&self) -> &'n [Entry] {
        self.entries
    }

    /// The value of a field, unless it is null.
    pub(super) fn get(&self, name: &str) -> Option<&'n Node> {
        self.entries.iter().find(|e| e.key.text() == name).map(|e| &e.value).filter(|node| !node.is_null())
    }

    /// The place of a field, or of the mapping it is missing in.
    pub(super) fn place_of(&self, name: &str) -> Position {
        self.entries.iter().find(|e| e.key.text() == name).map_or(self.at, |e| e.key.at())
    }

    /// The value of a field that must be there; `example` shows what to write.
    pub(super) fn require(&self, report: &mut Report<'_>, name: &str, example: &str) -> Option<&'n Node> {
        let node = self.get(name);
        if node.is_none() {
            report.error(
                self.place_of(name),
                &self.path_of(name),
                format!("{name} is missing; write for example {example}"),
            );
        }
        node
    }

    /// A field that is a single value.
    pub(super) fn scalar(&self, report: &mut Report<'_>, name: &str) -> Option<&'n Scalar> {
        scalar(report, self.get(name)?, &self.path_of(name))
    }

    /// A field that must be there and be a single value.
    pub(super) fn require_scalar(
        &self,
        report: &mut Report<'_>,
        name: &str,
        example: &str,
    ) -> Option<&'n Scalar> {
        let node = self.require(report, name, example)?;
        scalar(report, node, &self.path_of(name))
    }

    /// A field that is text; empty if it is not there.
    pub(super) fn text(&self, report: &mut Report<'_>, name: &str) -> String {
        self.scalar(report, name).map(|s| s.text().to_owned()).unwrap_or_default()
    }

    /// The items of a list that must be there.
    pub(super) fn require_list(
        &self,
        report: &mut Report<'_>,
        name: &str,
        example: &str,
    ) -> Option<&'n [Node]> {
        let node = self.require(report, name, example)?;
        list(report, node, &self.path_of(name))
    }
}

/// Takes `node` as a single value.
pub(super) fn scalar<'n>(report: &mut Report<'_>, node: &'n Node, path: &str) -> Option<&'n Scalar> {
    match &node.value {
        Value::Scalar(scalar) => Some(scalar),
        Value::Sequence(_) | Value::Mapping(_) => {
            report.error(node.at, path, "this must be a single value, not a list or a mapping");
            None
        }
    }
}

/// Takes `node` as a list.
pub(super) fn list<'n>(report: &mut Report<'_>, node: &'n Node, path: &str) -> Option<&'n [Node]> {
    match &node.value {
        Value::Sequence(items) => Some(items),
        Value::Scalar(_) | Value::Mapping(_) => {
            report.error(node.at, path, "this must be a list (each item on its own line, after \"- \")");
            None
        }
    }
}

/// Says that `name` is unknown, and what may have been meant.
pub(super) fn unknown(name: &str, what: &str, known: &[&str]) -> String {
    match meant(name, known.iter().copied()).first() {
        Some(meant) => format!("unknown {what} {name:?}; did you mean {meant:?}?"),
        None => format!("unknown {what} {name:?}; known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_nonsense_is_not() {
        let known = ["target", "targetPercent", "op"];
        assert_eq!(unknown("tagret", "field", &known), "unknown field \"tagret\"; did you mean \"target\"?");
        assert_eq!(
            unknown("TargetPercent", "field", &known),
            "unknown field \"TargetPercent\"; did you mean \"targetPercent\"?"
        );
        assert_eq!(
            unknown("colour", "field", &known),
            "unknown field \"colour\"; known are target, targetPercent, op"
        );
    }
}
