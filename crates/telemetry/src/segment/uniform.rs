//! Columns that say the same in all rows of a row group: that is known from the file's end, without reading them.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, BooleanArray, DictionaryArray, Int32Array, Int64Array, StringArray,
    new_null_array,
};
use arrow::datatypes::{DataType, Int32Type};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;

use super::write::Rows;

/// Whether a column, by its number, says the same in all of the rows. Of texts that are in no dictionary it is only looked
/// whether all are missing.
pub(super) fn is_uniform(rows: &Rows<'_>, column: usize) -> bool {
    let of = |batch: u32| rows.batches[batch as usize].column(column);
    let mut arrays = rows.batches.iter().map(|batch| batch.column(column));
    if arrays.clone().all(|array| array.null_count() == array.len()) {
        return true;
    }
    if !arrays.all(|array| matches!(array.data_type(), DataType::Dictionary(_, _))) {
        return rows.part.rows.iter().all(|place| of(place.batch).is_null(place.row as usize));
    }
    // The text that a row must have by its number, in the batch that was looked at last.
    let mut wanted: Option<Wanted<'_>> = None;
    rows.part.rows.iter().all(|place| {
        let (batch, row) = (place.batch as usize, place.row as usize);
        let next = match wanted.take() {
            Some(same) if same.batch == batch => same,
            before => Wanted::in_batch(batch, of(place.batch).as_dictionary(), row, before),
        };
        let is_same = next.has(row);
        wanted = Some(next);
        is_same
    })
}

/// A value that all rows of a batch are compared with.
struct Wanted<'a> {
    batch: usize,
    dictionary: &'a DictionaryArray<Int32Type>,
    text: Option<&'a str>,
    key: Option<usize>,
}

impl<'a> Wanted<'a> {
    /// The value of the batch before, or else of this row.
    fn in_batch(
        batch: usize,
        dictionary: &'a DictionaryArray<Int32Type>,
        row: usize,
        before: Option<Self>,
    ) -> Self {
        let texts = dictionary.values().as_string::<i32>();
        let key = dictionary.key(row);
        let of_row = key.map(|key| texts.value(key));
        let text = before.map_or(of_row, |before| before.text);
        // Each text is in a dictionary once.
        Self { batch, dictionary, text, key: key.filter(|_| of_row == text) }
    }

    fn has(&self, row: usize) -> bool {
        self.dictionary.key(row) == self.key && (self.key.is_some() || self.text.is_none())
    }
}

/// What every row says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Uniform {
    Nothing,
    Text(String),
    Number(i64),
    Flag(bool),
}

impl Uniform {
    /// What a column says in each of its `rows`, if that is the same and known.
    pub(super) fn of(column: &ColumnChunkMetaData, rows: u64) -> Option<Self> {
        let statistics = column.statistics()?;
        match statistics.null_count_opt()? {
            missing if missing == rows => return Some(Uniform::Nothing),
            0 => {}
            _ => return None,
        }
        // Long texts are cut off there.
        if !statistics.min_is_exact() || !statistics.max_is_exact() {
            return None;
        }
        match statistics {
            Statistics::ByteArray(values) => {
                let text = values.min_opt().filter(|least| values.max_opt() == Some(least))?;
                Some(Uniform::Text(text.as_utf8().ok()?.to_owned()))
            }
            Statistics::Int64(values) => {
                let number = values.min_opt().filter(|least| values.max_opt() == Some(least))?;
                Some(Uniform::Number(*number))
            }
            Statistics::Boolean(values) => {
                let flag = values.min_opt().filter(|least| values.max_opt() == Some(least))?;
                Some(Uniform::Flag(*flag))
            }
            _ => None,
        }
    }

    /// So many rows of a column of this type; none of one that cannot say this, and of times, which are always read.
    pub(super) fn array(&self, of: &DataType, rows: usize) -> Option<ArrayRef> {
        let array: ArrayRef = match (self, of) {
            (Uniform::Nothing, _) => new_null_array(of, rows),
            (Uniform::Text(text), DataType::Utf8) => {
                Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, rows)))
            }
            (Uniform::Text(text), DataType::Dictionary(_, _)) => {
                let keys = Int32Array::from(vec![0; rows]);
                let texts = Arc::new(StringArray::from_iter_values([text]));
                Arc::new(DictionaryArray::<Int32Type>::try_new(keys, texts).ok()?)
            }
            (Uniform::Number(number), DataType::Int64) => Arc::new(Int64Array::from(vec![*number; rows])),
            (Uniform::Flag(flag), DataType::Boolean) => Arc::new(BooleanArray::from(vec![*flag; rows])),
            _ => return None,
        };
        (array.data_type() == of).then_some(array)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::RecordBatch;
    use arrow::datatypes::{Field, Schema};
    use ippo_base::Minute;

    use super::*;
    use crate::columns::gather::all_places;
    use crate::segment::Part;
    use crate::signal::Signal;

    /// Whether batches with these values are alike from some row on, in a dictionary and as plain texts.
    fn uniform(batches: &[&[Option<&str>]], from: usize) -> [bool; 2] {
        let batch = |column: ArrayRef| {
            let field = Field::new("column", column.data_type().clone(), true);
            RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![column]).expect("it fits")
        };
        let in_dictionary = |values: &&[Option<&str>]| -> ArrayRef {
            Arc::new(values.iter().copied().collect::<DictionaryArray<Int32Type>>())
        };
        let plain = |values: &&[Option<&str>]| -> ArrayRef {
            Arc::new(values.iter().copied().collect::<StringArray>())
        };
        let is_uniform = |batches: Vec<RecordBatch>| {
            let rows = all_places(&batches).skip(from).collect();
            let part = Part { window: Minute(0), rows, min_time: 0, max_time: 0 };
            is_uniform(&Rows { signal: Signal::Spans, batches: &batches, part: &part }, 0)
        };
        [
            is_uniform(batches.iter().map(in_dictionary).map(batch).collect()),
            is_uniform(batches.iter().map(plain).map(batch).collect()),
        ]
    }

    #[test]
    fn rows_are_alike_or_not() {
        let (a, b) = (Some("a"), Some("b"));
        assert_eq!(
            uniform(&[&[a, a], &[a]], 0),
            [true, false],
            "of plain texts it is only looked whether there are any"
        );
        assert_eq!(uniform(&[&[a, b], &[a]], 0), [false, false]);
        assert_eq!(uniform(&[&[a, a], &[b, a]], 0), [false, false]);
        assert_eq!(uniform(&[&[b, a, a], &[b, a]], 1), [false, false]);
        assert_eq!(uniform(&[&[b, a], &[a, a], &[]], 1), [true, false], "the same text under another key");
        assert_eq!(uniform(&[&[None, None], &[None]], 0), [true, true]);
        assert_eq!(uniform(&[&[a, None], &[None]], 1), [true, true], "another row's value does not count");
        assert_eq!(uniform(&[&[None], &[a]], 0), [false, false]);
        assert_eq!(uniform(&[&[a], &[None]], 0), [false, false]);
    }
}
