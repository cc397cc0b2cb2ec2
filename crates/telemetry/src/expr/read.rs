//! Reads columns and attributes out of a batch in the forms that comparisons take.
//!
//! It must never depend on the position of a column, nor on whether a file gave a dictionary or plain text.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, Float64Array, RecordBatch, StringArray,
    StringBuilder,
};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Int32Type};

use super::ast::Attr;
use crate::attrs::{self, AttrValue};

/// What an attribute is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Form {
    Text,
    Number,
    Flag,
    /// A number, or text that says one.
    Parsed,
}

/// The column with this name.
pub(super) fn column<'a>(batch: &'a RecordBatch, name: &str) -> &'a ArrayRef {
    batch.column_by_name(name).expect("a batch holds the columns that the expression says it reads")
}

/// A column as the type that the table of columns gives it.
pub(super) fn typed(column: &ArrayRef, data_type: &DataType) -> ArrayRef {
    if column.data_type() == data_type {
        return column.clone();
    }
    cast(column, data_type).expect("a column has the type of its table, or one that casts to it")
}

/// Texts that repeat, or texts row by row.
pub(super) enum Texts {
    /// A dictionary, mostly with no more values than rows.
    Repeating(DictionaryArray<Int32Type>),
    Plain(StringArray),
}

impl Texts {
    pub(super) fn of(column: &ArrayRef) -> Self {
        match Self::repeating(column) {
            Texts::Repeating(dictionary) if dictionary.values().len() > dictionary.len().max(16) => {
                Texts::Plain(Texts::Repeating(dictionary).into_plain())
            }
            texts => texts,
        }
    }

    /// The same, with a dictionary of any size.
    pub(super) fn repeating(column: &ArrayRef) -> Self {
        if let Some(dictionary) = column.as_dictionary_opt::<Int32Type>()
            && dictionary.values().data_type() == &DataType::Utf8
        {
            return Texts::Repeating(dictionary.clone());
        }
        Texts::Plain(typed(column, &DataType::Utf8).as_string::<i32>().clone())
    }

    pub(super) fn into_plain(self) -> StringArray {
        match self {
            Texts::Plain(texts) => texts,
            Texts::Repeating(dictionary) => {
                let texts = take(dictionary.values(), dictionary.keys(), None).expect("keys point at values");
                texts.as_string::<i32>().clone()
            }
        }
    }
}

/// The attribute of each row from that of each distinct map. Text of a map that repeats repeats itself.
pub(super) fn spread(maps: &DictionaryArray<Int32Type>, distinct: ArrayRef, form: Form) -> ArrayRef {
    if form == Form::Text {
        return Arc::new(maps.with_values(distinct));
    }
    take(&distinct, maps.keys(), None).expect("keys point at values")
}

/// An attribute of each map, in one form.
pub(super) fn attribute_of(maps: &StringArray, attr: &Attr, form: Form) -> ArrayRef {
    let look = if attr.is_path() { attrs::lookup_path } else { attrs::lookup };
    let found = maps.iter().map(|map| look(map?, &attr.key));
    match form {
        Form::Text => {
            let mut texts = StringBuilder::new();
            found.for_each(|value| texts.append_option(value.and_then(AttrValue::into_text)));
            Arc::new(texts.finish())
        }
        Form::Number => Arc::new(found.map(|value| value?.as_number()).collect::<Float64Array>()),
        Form::Flag => Arc::new(found.map(|value| value?.as_bool()).collect::<BooleanArray>()),
        Form::Parsed => Arc::new(
            found
                .map(|value| match value? {
                    AttrValue::Text(text) => parse_number(&text),
                    other => other.as_number(),
                })
                .collect::<Float64Array>(),
        ),
    }
}

/// The number a text says, if it says a finite one.
pub(super) fn parse_number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}
