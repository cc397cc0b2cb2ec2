//! Builders of columns that are used again and again: their buffers stay, and what was built leaves as a copy of just
//! the right size. A dictionary goes on over many batches, so that they share its texts.
//!
//! They must never look at OTLP: what reaches them are the finished values of one row.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, BooleanBufferBuilder, DictionaryArray, FixedSizeBinaryArray, Float64Array,
    Int32Array, Int64Array, NullBufferBuilder, PrimitiveArray, RecordBatch, StringArray,
    TimestampNanosecondArray,
};
use arrow::buffer::{BooleanBuffer, Buffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowPrimitiveType, Int32Type};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::schema;
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
}

impl<T: Copy + Default> Values<T> {
    pub(crate) fn new() -> Self {
        Self { values: Vec::new(), nulls: NullBufferBuilder::new(0) }
    }

    pub(crate) fn append(&mut self, value: T) {
        self.values.push(value);
        self.nulls.append_non_null();
    }

    pub(crate) fn append_option(&mut self, value: Option<T>) {
        self.values.push(value.unwrap_or_default());
        self.nulls.append(value.is_some());
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    fn array<P: ArrowPrimitiveType<Native = T>>(&mut self) -> PrimitiveArray<P>
    where
        T: arrow::datatypes::ArrowNativeType,
    {
        let values = ScalarBuffer::from(Buffer::from_slice_ref(&self.values));
        let array = PrimitiveArray::new(values, self.nulls.finish());
        emptied(&mut self.values);
        array
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
        let bytes = Buffer::from_slice_ref(self.values.as_flattened());
        let width = i32::try_from(N).expect("an id is short");
        let array = FixedSizeBinaryArray::try_new(width, bytes, self.nulls.finish());
        emptied(&mut self.values);
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
}

impl Texts {
    pub(crate) fn new() -> Self {
        Self { text: String::new(), ends: vec![0], nulls: NullBufferBuilder::new(0) }
    }

    pub(crate) fn append(&mut self, text: &str) {
        self.append_option(Some(text));
    }

    pub(crate) fn append_option(&mut self, text: Option<&str>) {
        self.text.push_str(text.unwrap_or_default());
        self.nulls.append(text.is_some());
        self.ends.push(i32::try_from(self.text.len()).expect("a group's texts are below 2 GiB"));
    }

    /// Bytes of text so far.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
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

fn texts(text: &str, ends: &[i32], nulls: Option<arrow::buffer::NullBuffer>) -> StringArray {
    let offsets = OffsetBuffer::new(ScalarBuffer::from(Buffer::from_slice_ref(ends)));
    StringArray::try_new(offsets, Buffer::from_slice_ref(text.as_bytes()), nulls)
        .expect("rows end between characters")
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

/// Who sent a row, as a resource says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) service: String,
    pub(crate) namespace: String,
    pub(crate) environment: String,
    pub(crate) service_version: Option<String>,
    /// The resource's attributes as JSON text.
    pub(crate) json: String,
    /// Whether it declares that its spans are a sample.
    pub(crate) sampled: bool,
}

/// An origin in the dictionaries of [`OriginColumns`], until they begin anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct OriginKeys {
    service: i32,
    namespace: i32,
    environment: i32,
    service_version: Option<i32>,
    resource: i32,
}

/// The columns that repeat for all rows of one resource and scope: their texts are looked up once.
pub(crate) struct OriginColumns {
    service: Names,
    namespace: Names,
    environment: Names,
    service_version: Names,
    resource: Names,
    scope: Names,
    entered: OriginKeys,
    entered_scope: i32,
}

/// The finished columns of [`OriginColumns`].
pub(crate) struct OriginArrays {
    pub(crate) service: ArrayRef,
    pub(crate) namespace: ArrayRef,
    pub(crate) environment: ArrayRef,
    pub(crate) service_version: ArrayRef,
    pub(crate) resource: ArrayRef,
    pub(crate) scope: ArrayRef,
}

impl OriginColumns {
    pub(crate) fn new() -> Self {
        Self {
            service: Names::new(),
            namespace: Names::new(),
            environment: Names::new(),
            service_version: Names::new(),
            resource: Names::new(),
            scope: Names::new(),
            entered: OriginKeys::default(),
            entered_scope: 0,
        }
    }

    /// The keys of an origin.
    pub(crate) fn intern(&mut self, origin: &Origin) -> OriginKeys {
        OriginKeys {
            service: self.service.intern(&origin.service),
            namespace: self.namespace.intern(&origin.namespace),
            environment: self.environment.intern(&origin.environment),
            service_version: origin.service_version.as_deref().map(|text| self.service_version.intern(text)),
            resource: self.resource.intern(&origin.json),
        }
    }

    /// The rows that follow come from this origin.
    pub(crate) fn enter(&mut self, keys: OriginKeys) {
        self.entered = keys;
    }

    /// The rows that follow come from this scope.
    pub(crate) fn enter_scope(&mut self, name: &str) {
        self.entered_scope = self.scope.intern(name);
    }

    /// Appends a row of the origin and scope entered last.
    pub(crate) fn append(&mut self) {
        let keys = self.entered;
        self.service.append_key(keys.service);
        self.namespace.append_key(keys.namespace);
        self.environment.append_key(keys.environment);
        self.service_version.append_key_option(keys.service_version);
        self.resource.append_key(keys.resource);
        self.scope.append_key(self.entered_scope);
    }

    /// To be called between batches. Whether keys that were handed out count no more.
    pub(crate) fn begin(&mut self) -> bool {
        self.scope.begin();
        let mut of_origin = [
            &mut self.service,
            &mut self.namespace,
            &mut self.environment,
            &mut self.service_version,
            &mut self.resource,
        ];
        let any_full = of_origin.iter().any(|names| names.is_full());
        if any_full {
            of_origin.iter_mut().for_each(|names| **names = Names::new());
        }
        any_full
    }

    pub(crate) fn finish(&mut self) -> OriginArrays {
        OriginArrays {
            service: self.service.finish(),
            namespace: self.namespace.finish(),
            environment: self.environment.finish(),
            service_version: self.service_version.finish(),
            resource: self.resource.finish(),
            scope: self.scope.finish(),
        }
    }
}
