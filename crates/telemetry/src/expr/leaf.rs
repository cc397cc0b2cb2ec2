//! Evaluates one comparison on a batch. A dictionary is compared once a value, then spread over the rows by key.

use std::sync::Arc;

use arrow::array::{
    Array, AsArray, BooleanArray, Datum, FixedSizeBinaryArray, Int64Array, RecordBatch, Scalar, StringArray,
};
use arrow::compute::kernels::cmp;
use arrow::compute::{ilike, like, take};
use arrow::datatypes::{DataType, TimeUnit, TimestampNanosecondType};
use arrow::error::ArrowError;

use super::ast::{Leaf, Op, Text};
use super::eval::{LeafCache, Truth, missing};
use super::number;
use super::read::{self, Form, Texts};
use crate::columns::{self, ColumnKind};

/// Evaluates `leaf` on every row.
pub(super) fn eval(leaf: &Arc<Leaf>, batch: &RecordBatch, cache: &mut LeafCache) -> Truth {
    match leaf.as_ref() {
        Leaf::Flag(name) => {
            Truth::of(read::typed(read::column(batch, name), &DataType::Boolean).as_boolean().clone())
        }
        Leaf::AttrFlag(attr) => Truth::of(cache.attribute(batch, attr, Form::Flag).as_boolean().clone()),
        Leaf::TextIs(text, op, literal) => {
            let literal = StringArray::new_scalar(literal.as_ref());
            on_texts(leaf, text, batch, cache, |values| kernel(*op, values, &literal))
        }
        Leaf::TextIn(text, list) => on_texts(leaf, text, batch, cache, |values| {
            BooleanArray::from_unary(values, |value| {
                list.binary_search_by(|item| item.as_ref().cmp(value)).is_ok()
            })
        }),
        Leaf::Like { text, pattern, any_case } => {
            let pattern = StringArray::new_scalar(pattern.as_ref());
            on_texts(leaf, text, batch, cache, |values| {
                let matched = if *any_case { ilike(values, &pattern) } else { like(values, &pattern) };
                matched.expect("text is matched with text")
            })
        }
        Leaf::TextTo(left, op, right) => {
            let left = texts(left, batch, cache).into_plain();
            Truth::of(kernel(*op, &left, &texts(right, batch, cache).into_plain()))
        }
        Leaf::Numbers(left, op, right) => {
            let left = number::read(left, batch, cache);
            Truth::of(left.compare(*op, &number::read(right, batch, cache), batch.num_rows()))
        }
        Leaf::NumberIn(value, list) => {
            Truth::of(number::read(value, batch, cache).is_in(list, batch.num_rows()))
        }
        Leaf::TimeIs(name, op, nanos) => {
            Truth::of(kernel(*op, &times(batch, name), &Int64Array::new_scalar(*nanos)))
        }
        Leaf::TimeTo(left, op, right) => Truth::of(kernel(*op, &times(batch, left), &times(batch, right))),
        Leaf::IdIs(name, op, bytes) => {
            let literal =
                FixedSizeBinaryArray::try_from_iter([bytes].into_iter()).expect("one id has one width");
            Truth::of(kernel(*op, read::column(batch, name), &Scalar::new(literal)))
        }
        Leaf::IdTo(left, op, right) => {
            Truth::of(kernel(*op, read::column(batch, left), read::column(batch, right)))
        }
        Leaf::NoColumn(name) => missing(read::column(batch, name)),
        Leaf::NoAttr(attr) => missing(&cache.attribute(batch, attr, Form::Text)),
        Leaf::NoNumber(value) => number::read(value, batch, cache).missing(),
    }
}

fn texts(text: &Text, batch: &RecordBatch, cache: &mut LeafCache) -> Texts {
    match text {
        Text::Column(name) => cache.texts(read::column(batch, name)),
        Text::Attr(attr) => {
            let values = cache.attribute(batch, attr, Form::Text);
            cache.texts(&values)
        }
    }
}

/// Applies a test to texts, each distinct one once.
fn on_texts(
    leaf: &Arc<Leaf>,
    text: &Text,
    batch: &RecordBatch,
    cache: &mut LeafCache,
    test: impl Fn(&StringArray) -> BooleanArray,
) -> Truth {
    match texts(text, batch, cache) {
        Texts::Plain(texts) => Truth::of(test(&texts)),
        Texts::Repeating(dictionary) => {
            let values = cache.on_distinct(leaf, dictionary.values(), test);
            if dictionary.keys().null_count() == 0
                && let known @ Truth::All(_) = Truth::of(values.clone())
            {
                return known;
            }
            let rows = take(&values, dictionary.keys(), None).expect("keys point at values");
            Truth::of(rows.as_boolean().clone())
        }
    }
}

fn times(batch: &RecordBatch, name: &str) -> Int64Array {
    debug_assert!(matches!(
        columns::data_type(ColumnKind::Time),
        DataType::Timestamp(TimeUnit::Nanosecond, _)
    ));
    let times = read::typed(read::column(batch, name), &columns::data_type(ColumnKind::Time));
    times.as_primitive::<TimestampNanosecondType>().reinterpret_cast()
}

fn kernel(op: Op, left: &dyn Datum, right: &dyn Datum) -> BooleanArray {
    let compared: Result<BooleanArray, ArrowError> = match op {
        Op::Eq => cmp::eq(left, right),
        Op::Ne => cmp::neq(left, right),
        Op::Lt => cmp::lt(left, right),
        Op::Le => cmp::lt_eq(left, right),
        Op::Gt => cmp::gt(left, right),
        Op::Ge => cmp::gt_eq(left, right),
    };
    compared.expect("both sides have one type, by the check, and the rows of the batch")
}
