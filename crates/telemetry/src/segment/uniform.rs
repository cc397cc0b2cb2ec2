//! Columns that say the same in all rows of a row group: that is known from the file's end, without reading them.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, BooleanArray, DictionaryArray, Int32Array, Int64Array, StringArray, new_null_array,
};
use arrow::datatypes::{DataType, Int32Type};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;

use super::write::Rows;

/// Whether a column, by its number, says nothing in any of the rows.
pub(super) fn is_missing(rows: &Rows<'_>, column: usize) -> bool {
    let of = |batch: u32| rows.batches[batch as usize].column(column);
    let all_missing =
        rows.batches.iter().map(|batch| batch.column(column)).all(|of| of.null_count() == of.len());
    all_missing || rows.part.rows.iter().all(|place| of(place.batch).is_null(place.row as usize))
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

    /// Whether batches with these values say nothing from some row on.
    fn missing(batches: &[&[Option<&str>]], from: usize) -> bool {
        let batch = |values: &&[Option<&str>]| {
            let column: ArrayRef = Arc::new(values.iter().copied().collect::<StringArray>());
            let field = Field::new("column", column.data_type().clone(), true);
            RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![column]).expect("it fits")
        };
        let batches: Vec<RecordBatch> = batches.iter().map(batch).collect();
        let rows = all_places(&batches).skip(from).collect();
        let part = Part { window: Minute(0), rows, min_time: 0, max_time: 0 };
        is_missing(&Rows { signal: Signal::Spans, batches: &batches, part: &part }, 0)
    }

    #[test]
    fn rows_say_something_or_nothing() {
        let a = Some("a");
        assert!(missing(&[&[None, None], &[None], &[]], 0));
        assert!(!missing(&[&[None, None], &[a]], 0));
        assert!(missing(&[&[a, None], &[None]], 1), "another row's value does not count");
        assert!(!missing(&[&[a, a], &[None, a]], 3));
    }
}
