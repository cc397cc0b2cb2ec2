//! What groups of rows are told apart by: a column, or an attribute of the row or its resource.

use std::collections::HashMap;

use arrow::array::RecordBatch;

use super::super::cell::{Names, Numbers, Texts};
use crate::attrs;
use crate::columns::{self, ColumnKind};
use crate::expr::{Expr, ExprError};
use crate::signal::Signal;

/// Values are told apart by so many characters.
const VALUE_CHARS: usize = 200;

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupField {
    text: String,
    column: &'static str,
    kind: ColumnKind,
    key: Option<String>,
}

impl GroupField {
    /// Reads `route`, `attrs['region']` or `resource['k8s.pod.name']`.
    ///
    /// # Errors
    /// When there is no such column, or groups cannot be told apart by it.
    pub fn parse(text: &str, signal: Signal) -> Result<Self, ExprError> {
        // The expressions' own reader says what is wrong, and where.
        Expr::parse(&format!("{text} IS NULL"), signal)?;
        let wrong = |message: String| ExprError { offset: 0, message };
        let trimmed = text.trim();
        let (name, key) = match trimmed.split_once('[') {
            None => (trimmed, None),
            Some((name, rest)) => {
                let quoted = rest.trim().strip_suffix(']').map(str::trim);
                let key = quoted.and_then(|quoted| quoted.strip_prefix('\'')?.strip_suffix('\''));
                let key = key.filter(|key| !key.replace("''", "").contains('\''));
                let key =
                    key.ok_or_else(|| wrong(format!("{text:?} is no attribute such as attrs['region']")))?;
                (name.trim_end(), Some(key.replace("''", "'")))
            }
        };
        let found = columns::find(signal, &name.to_ascii_lowercase()).map(|(_, column)| column);
        let column = found.ok_or_else(|| {
            wrong(format!("groups are told apart by a column or an attribute, and {text:?} is neither"))
        })?;
        let fits = match column.kind {
            ColumnKind::Name | ColumnKind::Text | ColumnKind::Int => {
                key.is_none() && column.name != "duration_ns" && column.name != "body"
            }
            ColumnKind::Map | ColumnKind::NamedMap => key.is_some(),
            _ => false,
        };
        if !fits {
            return Err(wrong(format!(
                "{text} is another on nearly every row; tell groups apart by names, such as service, route or attrs['region']"
            )));
        }
        Ok(Self { text: trimmed.to_owned(), column: column.name, kind: column.kind, key })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A condition that is true on the rows of a group alone.
    pub fn condition(&self, value: Option<&str>) -> String {
        match value {
            None => format!("{} IS NULL", self.text),
            Some(value) if self.kind == ColumnKind::Int => format!("{} = {value}", self.text),
            Some(value) if value.chars().count() >= VALUE_CHARS => {
                let start =
                    value.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_").replace('\'', "''");
                format!("{} LIKE '{start}%'", self.text)
            }
            Some(value) => format!("{} = '{}'", self.text, value.replace('\'', "''")),
        }
    }

    pub(super) fn column(&self) -> &'static str {
        self.column
    }
}

/// The values of a field in one batch.
pub(super) struct FieldValues<'a> {
    of: Of<'a>,
    key: Option<&'a str>,
    /// By the number of a text that repeats.
    known: HashMap<i32, Option<String>>,
}

enum Of<'a> {
    Names(Names<'a>),
    Texts(Texts<'a>),
    Numbers(Numbers<'a>),
}

impl<'a> FieldValues<'a> {
    pub(super) fn of(field: &'a GroupField, batch: &'a RecordBatch) -> Self {
        let of = match field.kind {
            ColumnKind::Name | ColumnKind::NamedMap => Of::Names(Names::of(batch, field.column)),
            ColumnKind::Int => Of::Numbers(Numbers::of(batch, field.column)),
            _ => Of::Texts(Texts::of(batch, field.column)),
        };
        Self { of, key: field.key.as_deref(), known: HashMap::new() }
    }

    pub(super) fn value(&mut self, row: usize) -> Option<String> {
        let key = self.key;
        let read = |text: &str| match key {
            None => Some(short(text)),
            Some(key) => attrs::lookup(text, key)?.into_text().map(|text| short(&text)),
        };
        match &self.of {
            Of::Numbers(numbers) => numbers.get(row).map(|number| number.to_string()),
            Of::Texts(texts) => texts.get(row).and_then(read),
            Of::Names(names) => {
                let read = || names.get(row).and_then(read);
                self.known.entry(names.code(row)).or_insert_with(read).clone()
            }
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(VALUE_CHARS).collect()
}
