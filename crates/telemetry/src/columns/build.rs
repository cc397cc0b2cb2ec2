//! Builders of columns that are used again and again: their buffers stay, and what was built leaves as a copy of just
//! the right size. A dictionary goes on over many batches, so that they share its texts. Columns without any value, of which
//! a table has many, cost a number while they are built and share one buffer of zeros.
//!
//! They must never look at OTLP: what reaches them are the finished values of one row.

use std::hash::BuildHasher as _;
use std::sync::{Arc, LazyLock};

use arrow::array::{
    ArrayRef, BooleanArray, BooleanBufferBuilder, DictionaryArray, FixedSizeBinaryArray, Float64Array,
    Int32Array, Int64Array, NullBufferBuilder, PrimitiveArray, RecordBatch, StringArray,
    TimestampNanosecondArray,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Int32Type};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::{ColumnKind, schema};
use crate::signal::Signal;

/// A dictionary of more texts than this is not continued.
const DICTIONARY_TEXTS: usize = 2_048;
/// A dictionary of more bytes than this is not continued.
const DICTIONARY_BYTES: usize = 256 * 1024;
/// Buffers that grew beyond this for an unusual group are given back.
const KEPT_BYTES: usize = 8 * 1024 * 1024;

/// Numbers, times, keys: whatever has a fixed width.
pub(crate) struct Values<T> {
    values: Vec<T>,
    nulls: NullBufferBuilder,
    /// Rows at the end whose values are missing, and not in the buffers yet.
    missing: usize,
}

impl<T: Copy + Default> Values<T> {
    pub(crate) fn new() -> Self {
        Self { values: Vec::new(), nulls: NullBufferBuilder::new(0), missing: 0 }
    }

    pub(crate) fn append(&mut self, value: T) {
        if self.missing > 0 {
            self.catch_up();
        }
        self.values.push(value);
        self.nulls.append_non_null();
    }

    pub(crate) fn append_option(&mut self, value: Option<T>) {
        match value {
            Some(value) => self.append(value),
            None => self.missing += 1,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len() + self.missing
    }

    fn append_missing(mut self, rows: usize) -> Self {
        self.missing += rows;
        self
    }

    fn catch_up(&mut self) {
        self.values.resize(self.values.len() + self.missing, T::default());
        self.nulls.append_n_nulls(std::mem::take(&mut self.missing));
    }

    /// The values and which are missing; the builder is empty then.
    fn take(&mut self, bytes: impl Fn(&[T]) -> Buffer) -> (Buffer, Option<NullBuffer>) {
        if self.values.is_empty() && self.missing > 0 {
            let rows = std::mem::take(&mut self.missing);
            return (zeros(rows * size_of::<T>()), Some(all_missing(rows)));
        }
        self.catch_up();
        let values = bytes(&self.values);
        emptied(&mut self.values);
        (values, self.nulls.finish())
    }

    fn array<P: ArrowPrimitiveType<Native = T>>(&mut self) -> PrimitiveArray<P>
    where
        T: arrow::datatypes::ArrowNativeType,
    {
        let (values, nulls) = self.take(|values| Buffer::from_slice_ref(values));
        PrimitiveArray::new(ScalarBuffer::from(values), nulls)
    }
}

impl Values<i64> {
    pub(crate) fn finish(&mut self) -> ArrayRef {
        let array: Int64Array = self.array();
        Arc::new(array)
    }

    /// The same as a column of times.
    pub(crate) fn finish_times(&mut self) -> ArrayRef {
        let array: TimestampNanosecondArray = self.array();
        Arc::new(array.with_timezone("UTC"))
    }
}

impl Values<i32> {
    /// A column of keys into these texts.
    pub(crate) fn finish_keys(&mut self, texts: &Arc<StringArray>) -> ArrayRef {
        let keys: Int32Array = self.array();
        let array = DictionaryArray::<Int32Type>::try_new(keys, texts.clone());
        Arc::new(array.expect("every key has its text"))
    }
}

impl Values<f64> {
    pub(crate) fn finish(&mut self) -> ArrayRef {
        let array: Float64Array = self.array();
        Arc::new(array)
    }
}

impl<const N: usize> Values<[u8; N]>
where
    [u8; N]: Default,
{
    pub(crate) fn finish(&mut self) -> ArrayRef {
        let (bytes, nulls) = self.take(|ids| Buffer::from_slice_ref(ids.as_flattened()));
        let width = i32::try_from(N).expect("an id is short");
        let array = FixedSizeBinaryArray::try_new(width, bytes, nulls);
        Arc::new(array.expect("every id has the width of its column"))
    }
}

/// A column of true and false.
pub(crate) struct Flags {
    values: BooleanBufferBuilder,
    nulls: NullBufferBuilder,
}

impl Flags {
    pub(crate) fn new() -> Self {
        Self { values: BooleanBufferBuilder::new(0), nulls: NullBufferBuilder::new(0) }
    }

    pub(crate) fn append(&mut self, value: bool) {
        self.append_option(Some(value));
    }

    pub(crate) fn append_option(&mut self, value: Option<bool>) {
        self.values.append(value.unwrap_or_default());
        self.nulls.append(value.is_some());
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        let bits = BooleanBuffer::new(Buffer::from_slice_ref(self.values.as_slice()), 0, self.values.len());
        self.values.truncate(0);
        Arc::new(BooleanArray::new(bits, self.nulls.finish()))
    }
}

/// A column of texts that seldom repeat.
pub(crate) struct Texts {
    text: String,
    ends: Vec<i32>,
    nulls: NullBufferBuilder,
    /// Rows at the end whose texts are missing, and not in the buffers yet.
    missing: usize,
}

impl Texts {
    pub(crate) fn new() -> Self {
        Self { text: String::new(), ends: vec![0], nulls: NullBufferBuilder::new(0), missing: 0 }
    }

    pub(crate) fn append(&mut self, text: &str) {
        if self.missing > 0 {
            self.catch_up();
        }
        self.text.push_str(text);
        self.nulls.append_non_null();
        self.ends.push(self.end());
    }

    pub(crate) fn append_option(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.append(text),
            None => self.missing += 1,
        }
    }

    fn end(&self) -> i32 {
        i32::try_from(self.text.len()).expect("a group's texts are below 2 GiB")
    }

    fn catch_up(&mut self) {
        self.ends.resize(self.ends.len() + self.missing, self.end());
        self.nulls.append_n_nulls(std::mem::take(&mut self.missing));
    }

    /// Bytes of text so far.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        if self.ends.len() == 1 && self.missing > 0 {
            let rows = std::mem::take(&mut self.missing);
            let offsets = OffsetBuffer::new(zeros((rows + 1) * size_of::<i32>()).into());
            let nulls = Some(all_missing(rows));
            let array = StringArray::try_new(offsets, Buffer::from_slice_ref::<u8, _>([]), nulls);
            return Arc::new(array.expect("no text is of no length"));
        }
        self.catch_up();
        let array = texts(&self.text, &self.ends, self.nulls.finish());
        self.text.clear();
        if self.text.capacity() > KEPT_BYTES {
            self.text = String::new();
        }
        emptied(&mut self.ends);
        self.ends.push(0);
        Arc::new(array)
    }
}

fn texts(text: &str, ends: &[i32], nulls: Option<NullBuffer>) -> StringArray {
    let offsets = OffsetBuffer::new(ScalarBuffer::from(Buffer::from_slice_ref(ends)));
    StringArray::try_new(offsets, Buffer::from_slice_ref(text.as_bytes()), nulls)
        .expect("rows end between characters")
}

/// Bytes of zeros that columns without any value share: enough for 65,536 ids of traces. Larger columns have their own.
const ZEROS_BYTES: usize = 1024 * 1024;

/// So many bytes of zeros.
fn zeros(bytes: usize) -> Buffer {
    static ZEROS: LazyLock<Buffer> = LazyLock::new(|| Buffer::from(vec![0_u8; ZEROS_BYTES]));
    if bytes <= ZEROS_BYTES { ZEROS.slice_with_length(0, bytes) } else { Buffer::from(vec![0_u8; bytes]) }
}

/// That so many rows are missing.
fn all_missing(rows: usize) -> NullBuffer {
    NullBuffer::new(BooleanBuffer::new(zeros(rows.div_ceil(8)), 0, rows))
}

/// A column of so many rows without any value.
pub(crate) fn missing(kind: ColumnKind, rows: usize) -> ArrayRef {
    match kind {
        ColumnKind::Name | ColumnKind::NamedMap => {
            Values::new().append_missing(rows).finish_keys(&Names::new().texts())
        }
        ColumnKind::Text | ColumnKind::Map | ColumnKind::Json => {
            Texts { missing: rows, ..Texts::new() }.finish()
        }
        ColumnKind::Int => Values::<i64>::new().append_missing(rows).finish(),
        ColumnKind::Time => Values::<i64>::new().append_missing(rows).finish_times(),
        ColumnKind::Float => Values::<f64>::new().append_missing(rows).finish(),
        ColumnKind::Bool => {
            let bits = BooleanBuffer::new(zeros(rows.div_ceil(8)), 0, rows);
            Arc::new(BooleanArray::new(bits, Some(all_missing(rows))))
        }
        ColumnKind::Id16 => Values::<[u8; 16]>::new().append_missing(rows).finish(),
        ColumnKind::Id8 => Values::<[u8; 8]>::new().append_missing(rows).finish(),
    }
}

/// Bytes that a column takes in memory: none of its own where it has no value and shares the zeros of others.
pub(crate) fn memory_bytes(column: &dyn arrow::array::Array) -> usize {
    let shares = || width(column.data_type()).is_some_and(|width| column.len() * width < ZEROS_BYTES);
    if column.null_count() == column.len() && shares() { 0 } else { column.get_array_memory_size() }
}

/// Bytes of a row's value, or of its place among texts.
fn width(of: &DataType) -> Option<usize> {
    match of {
        DataType::FixedSizeBinary(width) => usize::try_from(*width).ok(),
        DataType::Dictionary(keys, _) => keys.primitive_width(),
        DataType::Utf8 => Some(size_of::<i32>()),
        DataType::Boolean => Some(1),
        other => other.primitive_width(),
    }
}

fn emptied<T>(values: &mut Vec<T>) {
    values.clear();
    if values.capacity() * size_of::<T>() > KEPT_BYTES {
        *values = Vec::new();
    }
}

/// A dictionary column: each distinct text once, in the order of first use, over all batches until it is full.
pub(crate) struct Names {
    keys: Values<i32>,
    text: String,
    ends: Vec<i32>,
    index: HashTable<i32>,
    hasher: DefaultHashBuilder,
    last: Option<i32>,
    /// The texts as they left last.
    shared: Option<Arc<StringArray>>,
}

impl Names {
    pub(crate) fn new() -> Self {
        Self {
            keys: Values::new(),
            text: String::new(),
            ends: vec![0],
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            last: None,
            shared: None,
        }
    }

    /// A dictionary that begins with these texts: their positions are their keys.
    pub(crate) fn with(texts: &[&str]) -> Self {
        let mut names = Self::new();
        for text in texts {
            names.intern(text);
        }
        names
    }

    fn at(&self, key: i32) -> &str {
        text_at(&self.text, &self.ends, key)
    }

    /// The key of `text`, which enters the dictionary if it is new.
    pub(crate) fn intern(&mut self, text: &str) -> i32 {
        if let Some(key) = self.last
            && self.at(key) == text
        {
            return key;
        }
        let hash = self.hasher.hash_one(text);
        let found = self.index.find(hash, |key| self.at(*key) == text).copied();
        let key = found.unwrap_or_else(|| self.add(hash, text));
        self.last = Some(key);
        key
    }

    fn add(&mut self, hash: u64, text: &str) -> i32 {
        let key = i32::try_from(self.ends.len() - 1).expect("a group has fewer than 2^31 texts");
        self.text.push_str(text);
        self.ends.push(i32::try_from(self.text.len()).expect("a group's texts are below 2 GiB"));
        let Self { text, ends, index, hasher, .. } = self;
        index.insert_unique(hash, key, |key| hasher.hash_one(text_at(text, ends, *key)));
        self.shared = None;
        key
    }

    /// Appends a row by key.
    pub(crate) fn append_key(&mut self, key: i32) {
        self.keys.append(key);
    }

    /// Appends a row by key, which may be missing.
    pub(crate) fn append_key_option(&mut self, key: Option<i32>) {
        self.keys.append_option(key);
    }

    /// Appends a row.
    pub(crate) fn append(&mut self, text: &str) {
        let key = self.intern(text);
        self.append_key(key);
    }

    /// Appends a row that may be missing.
    pub(crate) fn append_option(&mut self, text: Option<&str>) {
        let key = text.map(|text| self.intern(text));
        self.append_key_option(key);
    }

    /// Whether the next batch should rather begin anew.
    pub(crate) fn is_full(&self) -> bool {
        self.ends.len() > DICTIONARY_TEXTS || self.text.len() > DICTIONARY_BYTES
    }

    /// Begins anew if the dictionary is full. Only between batches.
    pub(crate) fn begin(&mut self) {
        debug_assert_eq!(self.keys.len(), 0, "the batch before was finished");
        if self.is_full() {
            *self = Self::new();
        }
    }

    /// Every text so far, by its key.
    pub(crate) fn texts(&mut self) -> Arc<StringArray> {
        let Self { text, ends, shared, .. } = self;
        shared.get_or_insert_with(|| Arc::new(texts(text, ends, None))).clone()
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        let texts = self.texts();
        self.keys.finish_keys(&texts)
    }
}

fn text_at<'a>(text: &'a str, ends: &[i32], key: i32) -> &'a str {
    let key = key as usize;
    &text[ends[key] as usize..ends[key + 1] as usize]
}

/// The record batch of a signal from its columns in the order of its table.
pub(crate) fn batch(signal: Signal, columns: Vec<ArrayRef>) -> RecordBatch {
    RecordBatch::try_new(schema(signal), columns).expect("the builders follow the table of columns")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns;

    #[test]
    fn a_column_without_any_value_counts_for_what_it_does_not_share() {
        for column in Signal::ALL.into_iter().flat_map(columns::of) {
            for rows in [1, 1_000, ZEROS_BYTES / 16 - 1, ZEROS_BYTES, 3 * ZEROS_BYTES] {
                let array = missing(column.kind, rows);
                // What lies in the buffer of zeros is nobody's own.
                let is_shared = |buffer: &Buffer| buffer.data_ptr() == zeros(1).data_ptr();
                let data = array.to_data();
                let own: usize =
                    data.buffers().iter().filter(|buffer| !is_shared(buffer)).map(Buffer::len).sum();
                let told = memory_bytes(&array);
                assert!(own <= told + 64, "{}, {rows} rows: {own} bytes, {told} told", column.name);
                assert!(rows > 1_000 || told == 0, "{}, {rows} rows: {told}", column.name);
            }
        }
    }
}
