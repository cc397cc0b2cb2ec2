//! Chosen rows of several batches as one batch, copied once.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, BooleanArray, FixedSizeBinaryArray, Float64Array, Int32Array,
    RecordBatch, StringArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{Float64Type, Int32Type, Int64Type, TimestampNanosecondType};

use super::order::Place;
use crate::columns::build::{self, Flags, Names, Texts, Values};
use crate::columns::{self, ColumnKind};
use crate::signal::Signal;

/// Batches to take rows from, with the buffers that the taken rows pass through.
pub(super) struct Source<'a> {
    signal: Signal,
    columns: Vec<Column<'a>>,
}

/// One column in every batch, and its builder.
enum Column<'a> {
    Names(Vec<Keys<'a>>, Arc<StringArray>, Values<i32>),
    Texts(Vec<&'a StringArray>, Texts),
    Times(Vec<Numbers<'a>>, Values<i64>),
    Ints(Vec<Numbers<'a>>, Values<i64>),
    Floats(Vec<&'a Float64Array>, Values<f64>),
    Flags(Vec<&'a BooleanArray>, Flags),
    Ids16(Vec<&'a FixedSizeBinaryArray>, Values<[u8; 16]>),
    Ids8(Vec<&'a FixedSizeBinaryArray>, Values<[u8; 8]>),
}

struct Numbers<'a> {
    values: &'a [i64],
    nulls: Option<&'a NullBuffer>,
}

/// A dictionary's keys, and what they are in the dictionary of all batches.
struct Keys<'a> {
    keys: &'a Int32Array,
    becomes: Arc<[i32]>,
}

impl<'a> Source<'a> {
    pub(super) fn new(signal: Signal, batches: &'a [RecordBatch]) -> Self {
        let column = |(at, column): (usize, &columns::ColumnDef)| {
            let arrays = batches.iter().map(move |batch| batch.column(at));
            match column.kind {
                ColumnKind::Name | ColumnKind::NamedMap => {
                    let (keys, texts) = merged(arrays);
                    Column::Names(keys, texts, Values::new())
                }
                ColumnKind::Text | ColumnKind::Map | ColumnKind::Json => {
                    Column::Texts(arrays.map(|array| array.as_string::<i32>()).collect(), Texts::new())
                }
                ColumnKind::Time => {
                    let numbers = arrays.map(|array| {
                        let times = array.as_primitive::<TimestampNanosecondType>();
                        Numbers { values: times.values(), nulls: times.nulls() }
                    });
                    Column::Times(numbers.collect(), Values::new())
                }
                ColumnKind::Int => {
                    let numbers = arrays.map(|array| {
                        let numbers = array.as_primitive::<Int64Type>();
                        Numbers { values: numbers.values(), nulls: numbers.nulls() }
                    });
                    Column::Ints(numbers.collect(), Values::new())
                }
                ColumnKind::Float => Column::Floats(
                    arrays.map(|array| array.as_primitive::<Float64Type>()).collect(),
                    Values::new(),
                ),
                ColumnKind::Bool => {
                    Column::Flags(arrays.map(|array| array.as_boolean()).collect(), Flags::new())
                }
                ColumnKind::Id16 => {
                    Column::Ids16(arrays.map(|array| array.as_fixed_size_binary()).collect(), Values::new())
                }
                ColumnKind::Id8 => {
                    Column::Ids8(arrays.map(|array| array.as_fixed_size_binary()).collect(), Values::new())
                }
            }
        };
        let columns = columns::of(signal).iter().enumerate().map(column).collect();
        Self { signal, columns }
    }

    /// These rows, in this order.
    pub(super) fn rows(&mut self, places: &[Place]) -> RecordBatch {
        let columns = self.columns.iter_mut().map(|column| column.take(places)).collect();
        build::batch(self.signal, columns)
    }
}

/// The keys of a dictionary column in every batch, in terms of one dictionary for all.
fn merged<'a>(arrays: impl Iterator<Item = &'a ArrayRef>) -> (Vec<Keys<'a>>, Arc<StringArray>) {
    let mut names = Names::new();
    let mut last: Option<(&ArrayRef, Arc<[i32]>)> = None;
    let mut keys = Vec::new();
    for array in arrays {
        let dictionary = array.as_dictionary::<Int32Type>();
        let texts = dictionary.values();
        let becomes = match &last {
            Some((known, becomes)) if Arc::ptr_eq(known, texts) => becomes.clone(),
            _ => {
                let texts = texts.as_string::<i32>().iter();
                texts.map(|text| names.intern(text.unwrap_or_default())).collect()
            }
        };
        last = Some((texts, becomes.clone()));
        keys.push(Keys { keys: dictionary.keys(), becomes });
    }
    (keys, names.texts())
}

impl Column<'_> {
    fn take(&mut self, places: &[Place]) -> ArrayRef {
        match self {
            Column::Names(arrays, texts, into) => {
                each(places, |batch, row| {
                    let Keys { keys, becomes } = &arrays[batch];
                    into.append_option(keys.is_valid(row).then(|| becomes[keys.values()[row] as usize]));
                });
                into.finish_keys(texts)
            }
            Column::Texts(arrays, into) => {
                each(places, |batch, row| {
                    let texts = arrays[batch];
                    into.append_option(texts.is_valid(row).then(|| texts.value(row)));
                });
                into.finish()
            }
            Column::Times(arrays, into) => {
                each(places, |batch, row| into.append_option(arrays[batch].at(row)));
                into.finish_times()
            }
            Column::Ints(arrays, into) => {
                each(places, |batch, row| into.append_option(arrays[batch].at(row)));
                into.finish()
            }
            Column::Floats(arrays, into) => {
                each(places, |batch, row| {
                    let floats = arrays[batch];
                    into.append_option(floats.is_valid(row).then(|| floats.value(row)));
                });
                into.finish()
            }
            Column::Flags(arrays, into) => {
                each(places, |batch, row| {
                    let flags = arrays[batch];
                    into.append_option(flags.is_valid(row).then(|| flags.value(row)));
                });
                into.finish()
            }
            Column::Ids16(arrays, into) => {
                each(places, |batch, row| into.append_option(id(arrays[batch], row)));
                into.finish()
            }
            Column::Ids8(arrays, into) => {
                each(places, |batch, row| into.append_option(id(arrays[batch], row)));
                into.finish()
            }
        }
    }
}

impl Numbers<'_> {
    fn at(&self, row: usize) -> Option<i64> {
        self.nulls.is_none_or(|nulls| nulls.is_valid(row)).then(|| self.values[row])
    }
}

fn id<const N: usize>(ids: &FixedSizeBinaryArray, row: usize) -> Option<[u8; N]> {
    ids.is_valid(row).then(|| ids.value(row).try_into().expect("an id has the width of its column"))
}

fn each(places: &[Place], mut visit: impl FnMut(usize, usize)) {
    for place in places {
        visit(place.batch as usize, place.row as usize);
    }
}
