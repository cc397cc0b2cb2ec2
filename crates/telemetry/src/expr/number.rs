//! Numbers of a batch: integers as long as they are compared only, doubles as soon as anything is computed.
//!
//! It must never let a NaN through: it is no number, and NULL.

use std::cmp::Ordering;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, PrimitiveArray, RecordBatch,
};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Float64Type, Int64Type};

use super::ast::{Arithmetic, Number, Op, Text};
use super::eval::{LeafCache, Truth, missing};
use super::read::{self, Form, Texts, parse_number};

/// A number on each row.
#[derive(Debug, Clone)]
pub(super) enum Numbers {
    Int(i64),
    Real(f64),
    Ints(Int64Array),
    Reals(Float64Array),
}

/// Reads a number on every row.
pub(super) fn read(number: &Number, batch: &RecordBatch, cache: &mut LeafCache) -> Numbers {
    match number {
        Number::Int(value) => Numbers::Int(*value),
        Number::Real(value) => Numbers::Real(value.0),
        Number::Column(name) => column(read::column(batch, name)),
        Number::Attr(attr) => reals(&cache.attribute(batch, attr, Form::Number)),
        Number::Parsed(Text::Attr(attr)) => reals(&cache.attribute(batch, attr, Form::Parsed)),
        Number::Parsed(Text::Column(name)) => {
            let texts = Texts::of(read::column(batch, name)).into_plain();
            Numbers::Reals(texts.iter().map(|text| parse_number(text?)).collect())
        }
        Number::Computed(op, left, right) => {
            let left = read(left, batch, cache);
            left.compute(*op, read(right, batch, cache), batch.num_rows())
        }
    }
}

fn column(column: &ArrayRef) -> Numbers {
    if column.data_type().is_integer() {
        return Numbers::Ints(read::typed(column, &DataType::Int64).as_primitive::<Int64Type>().clone());
    }
    reals(&read::typed(column, &DataType::Float64))
}

fn reals(values: &ArrayRef) -> Numbers {
    let values = values.as_primitive::<Float64Type>();
    if values.values().iter().any(|value| value.is_nan()) {
        return Numbers::Reals(values.iter().map(|value| value.filter(|v| !v.is_nan())).collect());
    }
    Numbers::Reals(values.clone())
}

impl Numbers {
    /// As doubles, row by row.
    pub(super) fn into_floats(self, rows: usize) -> Float64Array {
        match self {
            Numbers::Int(value) => Float64Array::from_value(to_real(value), rows),
            Numbers::Real(value) => Float64Array::from_value(value, rows),
            Numbers::Ints(values) => values.unary(to_real),
            Numbers::Reals(values) => values,
        }
    }

    fn constant(&self) -> Option<f64> {
        match self {
            Numbers::Int(value) => Some(to_real(*value)),
            Numbers::Real(value) => Some(*value),
            Numbers::Ints(_) | Numbers::Reals(_) => None,
        }
    }

    fn compute(self, op: Arithmetic, other: Self, rows: usize) -> Self {
        Numbers::Reals(match (self.constant(), other.constant()) {
            (_, Some(right)) => self.into_floats(rows).unary_opt(|left| op.of(left, right)),
            (Some(left), None) => other.into_floats(rows).unary_opt(|right| op.of(left, right)),
            (None, None) => {
                let (left, right) = (self.into_floats(rows), other.into_floats(rows));
                left.iter().zip(right.iter()).map(|(left, right)| op.of(left?, right?)).collect()
            }
        })
    }

    /// `self op other`, exactly between integers.
    pub(super) fn compare(&self, op: Op, other: &Self, rows: usize) -> BooleanArray {
        match (self, other) {
            (Numbers::Ints(left), Numbers::Int(right)) => to_constant(left, op, *right),
            (Numbers::Int(left), Numbers::Ints(right)) => to_constant(right, op.swapped(), *left),
            (Numbers::Ints(left), Numbers::Ints(right)) => between(left, op, right),
            (left, right) => match (left.constant(), right.constant()) {
                (_, Some(constant)) => to_constant(&left.clone().into_floats(rows), op, constant),
                (Some(constant), None) => {
                    to_constant(&right.clone().into_floats(rows), op.swapped(), constant)
                }
                (None, None) => {
                    between(&left.clone().into_floats(rows), op, &right.clone().into_floats(rows))
                }
            },
        }
    }

    /// Whether each number is in the sorted list.
    pub(super) fn is_in(&self, list: &[i64], rows: usize) -> BooleanArray {
        match self {
            Numbers::Ints(values) => {
                BooleanArray::from_unary(values, |value| list.binary_search(&value).is_ok())
            }
            other => {
                let values = other.clone().into_floats(rows);
                let is_in = |value: f64| {
                    let order = |item: &i64| to_real(*item).partial_cmp(&value).unwrap_or(Ordering::Less);
                    list.binary_search_by(order).is_ok()
                };
                BooleanArray::from_unary(&values, is_in)
            }
        }
    }

    /// Whether each row has no number.
    pub(super) fn missing(&self) -> Truth {
        match self {
            Numbers::Int(_) | Numbers::Real(_) => Truth::All(Some(false)),
            Numbers::Ints(values) => missing(values),
            Numbers::Reals(values) => missing(values),
        }
    }
}

fn to_constant<T: ArrowPrimitiveType>(values: &PrimitiveArray<T>, op: Op, constant: T::Native) -> BooleanArray
where
    T::Native: PartialOrd,
{
    match op {
        Op::Eq => BooleanArray::from_unary(values, |value| value == constant),
        Op::Ne => BooleanArray::from_unary(values, |value| value != constant),
        Op::Lt => BooleanArray::from_unary(values, |value| value < constant),
        Op::Le => BooleanArray::from_unary(values, |value| value <= constant),
        Op::Gt => BooleanArray::from_unary(values, |value| value > constant),
        Op::Ge => BooleanArray::from_unary(values, |value| value >= constant),
    }
}

fn between<T: ArrowPrimitiveType>(left: &PrimitiveArray<T>, op: Op, right: &PrimitiveArray<T>) -> BooleanArray
where
    T::Native: PartialOrd,
{
    BooleanArray::from_binary(left, right, |left, right| op.holds(left.partial_cmp(&right)))
}

#[expect(clippy::cast_precision_loss, reason = "arithmetic is in doubles, and documented to be")]
fn to_real(value: i64) -> f64 {
    value as f64
}
