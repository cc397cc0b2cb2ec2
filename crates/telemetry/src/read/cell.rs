//! Single values out of a record batch's columns.

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, RecordBatch, StringArray};
use arrow::datatypes::{Float64Type, Int32Type, Int64Type, TimestampNanosecondType};
use ippo_base::Timestamp;

/// A column of short, repeated texts.
pub(crate) struct Names<'a> {
    keys: &'a DictionaryArray<Int32Type>,
    values: &'a StringArray,
}

impl<'a> Names<'a> {
    pub(crate) fn of(batch: &'a RecordBatch, name: &str) -> Self {
        let keys = column(batch, name).as_dictionary::<Int32Type>();
        Self { keys, values: keys.values().as_string() }
    }

    pub(crate) fn get(&self, row: usize) -> Option<&'a str> {
        let key = self.keys.key(row)?;
        self.values.is_valid(key).then(|| self.values.value(key))
    }

    /// The text, empty where there is none.
    pub(crate) fn text(&self, row: usize) -> &'a str {
        self.get(row).unwrap_or_default()
    }

    /// The number of a row's text in the batch; none as -1.
    pub(crate) fn code(&self, row: usize) -> i32 {
        if self.keys.is_null(row) { -1 } else { self.keys.keys().value(row) }
    }

    /// How many numbers there are.
    pub(crate) fn codes(&self) -> usize {
        self.values.len()
    }

    /// Which rows have a text, empty where there is none, that `is_wanted`; each text is looked at once.
    pub(crate) fn fitting(&self, is_wanted: impl Fn(&str) -> bool) -> Fitting<'a> {
        let of_none = is_wanted("");
        let of_texts = self.values.iter().map(|text| text.map_or(of_none, &is_wanted)).collect();
        Fitting { keys: self.keys, of_texts, of_none }
    }
}

/// Which rows of a column of names are wanted.
pub(crate) struct Fitting<'a> {
    keys: &'a DictionaryArray<Int32Type>,
    of_texts: Vec<bool>,
    of_none: bool,
}

impl Fitting<'_> {
    /// Whether a row is.
    pub(crate) fn fits(&self, row: usize) -> bool {
        self.keys.key(row).map_or(self.of_none, |key| self.of_texts[key])
    }

    /// Whether every row is.
    pub(crate) fn is_all(&self) -> bool {
        self.of_none && self.of_texts.iter().all(|fits| *fits)
    }

    /// Whether no row is.
    pub(crate) fn is_nothing(&self) -> bool {
        let of_none = self.of_none && self.keys.null_count() > 0;
        !of_none && !self.of_texts.contains(&true)
    }
}

/// A column of texts, as Arrow has it.
pub(crate) fn texts<'a>(batch: &'a RecordBatch, name: &str) -> &'a StringArray {
    column(batch, name).as_string()
}

/// A column of texts.
pub(crate) struct Texts<'a>(&'a StringArray);

impl<'a> Texts<'a> {
    pub(crate) fn of(batch: &'a RecordBatch, name: &str) -> Self {
        Self(texts(batch, name))
    }

    pub(crate) fn get(&self, row: usize) -> Option<&'a str> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

/// A column of whole numbers or times, in the column's unit.
pub(crate) struct Numbers<'a>(&'a ArrayRef);

impl<'a> Numbers<'a> {
    pub(crate) fn of(batch: &'a RecordBatch, name: &str) -> Self {
        Self(column(batch, name))
    }

    pub(crate) fn get(&self, row: usize) -> Option<i64> {
        if self.0.is_null(row) {
            return None;
        }
        if let Some(numbers) = self.0.as_primitive_opt::<Int64Type>() {
            return Some(numbers.value(row));
        }
        Some(self.0.as_primitive::<TimestampNanosecondType>().value(row))
    }

    /// The number, 0 where there is none.
    pub(crate) fn number(&self, row: usize) -> i64 {
        self.get(row).unwrap_or_default()
    }

    /// The number as a time.
    pub(crate) fn time(&self, row: usize) -> Timestamp {
        Timestamp::from_nanos(self.number(row))
    }
}

/// A column of doubles.
pub(crate) struct Floats<'a>(&'a ArrayRef);

impl<'a> Floats<'a> {
    pub(crate) fn of(batch: &'a RecordBatch, name: &str) -> Self {
        Self(column(batch, name))
    }

    pub(crate) fn get(&self, row: usize) -> Option<f64> {
        (!self.0.is_null(row)).then(|| self.0.as_primitive::<Float64Type>().value(row))
    }
}

/// The id of a row, as bytes.
pub(crate) fn id<const N: usize>(batch: &RecordBatch, name: &str, row: usize) -> Option<[u8; N]> {
    let ids = column(batch, name).as_fixed_size_binary();
    if ids.is_null(row) { None } else { ids.value(row).try_into().ok() }
}

/// The id of a row, as hexadecimal digits.
pub(crate) fn hex_id(batch: &RecordBatch, name: &str, row: usize) -> Option<String> {
    let ids = column(batch, name).as_fixed_size_binary();
    ids.is_valid(row).then(|| hex::encode(ids.value(row)))
}

/// Whether a row's flag is set.
pub(crate) fn flag(batch: &RecordBatch, name: &str, row: usize) -> bool {
    let flags = column(batch, name).as_boolean();
    flags.is_valid(row) && flags.value(row)
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> &'a ArrayRef {
    batch.column_by_name(name).expect("every column that is read was asked for")
}
