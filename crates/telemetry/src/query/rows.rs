//! Rows as JSON values: numbers as numbers, times as RFC 3339, what JSON has no number for as `null`.

use arrow::array::{Array, ArrayRef, AsArray as _, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, TimestampNanosecondType, UInt64Type};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::DataFusionError;
use ippo_base::Timestamp;
use serde_json::{Number, Value};

use super::QueryError;

/// The rows of a batch.
pub(super) fn json(batch: &RecordBatch) -> Result<Vec<Vec<Value>>, QueryError> {
    let columns: Result<Vec<Vec<Value>>, ArrowError> = batch.columns().iter().map(column).collect();
    let columns = columns.map_err(DataFusionError::from)?;
    Ok((0..batch.num_rows()).map(|row| columns.iter().map(|column| column[row].clone()).collect()).collect())
}

fn column(array: &ArrayRef) -> Result<Vec<Value>, ArrowError> {
    let as_type = |data_type: &DataType| arrow::compute::cast(array, data_type);
    Ok(match array.data_type() {
        DataType::Boolean => array.as_boolean().iter().map(Value::from).collect(),
        kind if kind.is_signed_integer() => {
            as_type(&DataType::Int64)?.as_primitive::<Int64Type>().iter().map(Value::from).collect()
        }
        kind if kind.is_unsigned_integer() => {
            as_type(&DataType::UInt64)?.as_primitive::<UInt64Type>().iter().map(Value::from).collect()
        }
        kind if kind.is_floating() => {
            let numbers = as_type(&DataType::Float64)?;
            let number =
                |value: Option<f64>| value.and_then(Number::from_f64).map_or(Value::Null, Value::Number);
            numbers.as_primitive::<Float64Type>().iter().map(number).collect()
        }
        DataType::Timestamp(_, zone) => {
            let nanos = as_type(&DataType::Timestamp(TimeUnit::Nanosecond, zone.clone()))?;
            let time = |at: Option<i64>| at.map(|at| Timestamp::from_nanos(at).to_string()).into();
            nanos.as_primitive::<TimestampNanosecondType>().iter().map(time).collect()
        }
        DataType::Dictionary(_, values) => column(&as_type(values)?)?,
        DataType::Null => vec![Value::Null; array.len()],
        _ => {
            let formatter = ArrayFormatter::try_new(array, &FormatOptions::default())?;
            let text = |row: usize| match array.is_null(row) {
                true => Ok(Value::Null),
                false => formatter.value(row).try_to_string().map(Value::from),
            };
            (0..array.len()).map(text).collect::<Result<_, _>>()?
        }
    })
}
