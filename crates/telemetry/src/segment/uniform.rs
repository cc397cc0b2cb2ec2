//! Columns that say the same in all rows of a row group: that is known from the file's end, without reading them.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, BooleanArray, DictionaryArray, Int32Array, Int64Array, StringArray, new_null_array,
};
use arrow::datatypes::{DataType, Int32Type};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;

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
