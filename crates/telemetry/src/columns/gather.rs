//! Chosen rows of several batches as one batch, copied once.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, BooleanArray, FixedSizeBinaryArray, Float64Array, Int32Array,
    RecordBatch, StringArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{Float64Type, Int32Type, Int64Type, TimestampNanosecondType};

use super::build::{self, Flags, Names, Texts, Values};
use super::{ColumnDef, ColumnKind};
use crate::signal::Signal;

/// A row among several batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The position of its batch.
    pub batch: u32,
    /// Its row there.
    pub row: u32,
}

/// All rows of the batches, one batch after the other.
pub(crate) fn all_rows(signal: Signal, batches: &[RecordBatch]) -> RecordBatch {
    Source::new(signal, batches).rows(&all_places(batches).collect::<Vec<_>>())
}

/// The places of all rows of the batches, one batch after the other.
pub(crate) fn all_places(batches: &[RecordBatch]) -> impl Iterator<Item = Place> {
    (0..).zip(batches).flat_map(|(batch, rows)| {
        let rows = u32::try_from(rows.num_rows()).expect("a batch has fewer than 2^32 rows");
        (0..rows).map(move |row| Place { batch, row })
    })
}

/// Batches to take rows from, with the buffers that the taken rows pass through.
pub(crate) struct Source<'a> {
    signal: Signal,
    columns: Vec<Column<'a>>,
}

/// One column in every batch, and its builder.
enum Column<'a> {
    /// It has no value in any batch.
    Missing(ColumnKind),
    Names(Box<Dictionaries<'a>>),
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

/// A dictionary column in every batch, and one dictionary for all.
struct Dictionaries<'a> {
    /// The keys of each batch, and which of the dictionaries they are of.
    keys: Vec<(&'a Int32Array, usize)>,
    /// The dictionaries, and what their keys become, where that is known.
    known: Vec<(&'a ArrayRef, Vec<i32>)>,
    names: Names,
    into: Values<i32>,
}

/// A key whose text has not come yet.
const UNKNOWN: i32 = -1;

impl<'a> Dictionaries<'a> {
    fn of(arrays: impl Iterator<Item = &'a ArrayRef>) -> Self {
        let mut known: Vec<(&ArrayRef, Vec<i32>)> = Vec::new();
        let keys = arrays.map(|array| {
            let dictionary = array.as_dictionary::<Int32Type>();
            let texts = dictionary.values();
            if !known.last().is_some_and(|(last, _)| Arc::ptr_eq(last, texts)) {
                known.push((texts, vec![UNKNOWN; texts.len()]));
            }
            (dictionary.keys(), known.len() - 1)
        });
        Self { keys: keys.collect(), known, names: Names::new(), into: Values::new() }
    }

    fn append(&mut self, batch: usize, row: usize) {
        let (keys, of) = self.keys[batch];
        if keys.is_null(row) {
            return self.into.append_option(None);
        }
        let key = keys.values()[row] as usize;
        let (texts, becomes) = &mut self.known[of];
        if becomes[key] == UNKNOWN {
            becomes[key] = self.names.intern(texts.as_string::<i32>().value(key));
        }
        self.into.append(becomes[key]);
    }
}

impl<'a> Source<'a> {
    pub(crate) fn new(signal: Signal, batches: &'a [RecordBatch]) -> Self {
        let column = |(at, column): (usize, &ColumnDef)| {
            let arrays = batches.iter().map(move |batch| batch.column(at));
            if arrays.clone().all(|array| array.null_count() == array.len()) {
                return Column::Missing(column.kind);
            }
            match column.kind {
                ColumnKind::Name | ColumnKind::NamedMap => Column::Names(Box::new(Dictionaries::of(arrays))),
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
        let columns = super::of(signal).iter().enumerate().map(column).collect();
        Self { signal, columns }
    }

    /// These rows, in this order.
    pub(crate) fn rows(&mut self, places: &[Place]) -> RecordBatch {
        let columns = self.columns.iter_mut().map(|column| column.take(places)).collect();
        build::batch(self.signal, columns)
    }
}

impl Column<'_> {
    fn take(&mut self, places: &[Place]) -> ArrayRef {
        match self {
            Column::Missing(kind) => build::missing(*kind, places.len()),
            Column::Names(dictionaries) => {
                each(places, |batch, row| dictionaries.append(batch, row));
                let texts = dictionaries.names.texts();
                dictionaries.into.finish_keys(&texts)
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
