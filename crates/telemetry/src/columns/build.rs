//! Builders of columns that arrow's own do not cover: dictionaries that are told a text once and a key many times.
//!
//! They must never look at OTLP: what reaches them are the finished values of one row.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, DictionaryArray, FixedSizeBinaryBuilder, Int32Builder, RecordBatch, StringBuilder,
    TimestampNanosecondBuilder,
};
use arrow::datatypes::Int32Type;

use super::{ColumnKind, data_type, schema};
use crate::signal::Signal;

/// A dictionary column: each distinct text once, in the order of first use.
pub(crate) struct Names {
    keys: Int32Builder,
    values: StringBuilder,
    index: HashMap<Box<str>, i32>,
    last_text: String,
    last_key: Option<i32>,
}

impl Names {
    pub(crate) fn new() -> Self {
        Self {
            keys: Int32Builder::new(),
            values: StringBuilder::new(),
            index: HashMap::new(),
            last_text: String::new(),
            last_key: None,
        }
    }

    /// The key of `text`, which enters the dictionary if it is new.
    pub(crate) fn intern(&mut self, text: &str) -> i32 {
        if let Some(key) = self.last_key
            && self.last_text == text
        {
            return key;
        }
        let key = match self.index.get(text) {
            Some(&key) => key,
            None => {
                let key = i32::try_from(self.index.len()).expect("a body has fewer than 2^31 texts");
                self.index.insert(text.into(), key);
                self.values.append_value(text);
                key
            }
        };
        self.last_text.clear();
        self.last_text.push_str(text);
        self.last_key = Some(key);
        key
    }

    /// Appends a row by key.
    pub(crate) fn append_key(&mut self, key: i32) {
        self.keys.append_value(key);
    }

    /// Appends a row.
    pub(crate) fn append(&mut self, text: &str) {
        let key = self.intern(text);
        self.append_key(key);
    }

    /// Appends a row that may be missing.
    pub(crate) fn append_option(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.append(text),
            None => self.keys.append_null(),
        }
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        let array = DictionaryArray::<Int32Type>::try_new(self.keys.finish(), Arc::new(self.values.finish()));
        Arc::new(array.expect("every key was given out by intern"))
    }
}

/// A builder of a time column with the type of the schema.
pub(crate) fn times() -> TimestampNanosecondBuilder {
    TimestampNanosecondBuilder::new().with_data_type(data_type(ColumnKind::Time))
}

/// A builder of 16-byte ids.
pub(crate) fn ids16() -> FixedSizeBinaryBuilder {
    FixedSizeBinaryBuilder::new(16)
}

/// A builder of 8-byte ids.
pub(crate) fn ids8() -> FixedSizeBinaryBuilder {
    FixedSizeBinaryBuilder::new(8)
}

/// Appends an id, or a missing one.
pub(crate) fn append_id<const N: usize>(ids: &mut FixedSizeBinaryBuilder, id: Option<&[u8; N]>) {
    match id {
        Some(id) => ids.append_value(id).expect("the id has the width of its column"),
        None => ids.append_null(),
    }
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
}

/// The columns that repeat for all rows of one resource and scope: their texts are looked up once.
pub(crate) struct OriginColumns {
    service: (Names, i32),
    namespace: (Names, i32),
    environment: (Names, i32),
    service_version: (Names, Option<i32>),
    resource: (Names, i32),
    scope: (Names, i32),
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
        let name = || (Names::new(), 0);
        Self {
            service: name(),
            namespace: name(),
            environment: name(),
            service_version: (Names::new(), None),
            resource: name(),
            scope: name(),
        }
    }

    /// The rows that follow come from this resource.
    pub(crate) fn enter_resource(&mut self, origin: &Origin) {
        let set = |(names, key): &mut (Names, i32), text: &str| *key = names.intern(text);
        set(&mut self.service, &origin.service);
        set(&mut self.namespace, &origin.namespace);
        set(&mut self.environment, &origin.environment);
        set(&mut self.resource, &origin.json);
        let (names, key) = &mut self.service_version;
        *key = origin.service_version.as_deref().map(|version| names.intern(version));
    }

    /// The rows that follow come from this scope.
    pub(crate) fn enter_scope(&mut self, name: &str) {
        let (names, key) = &mut self.scope;
        *key = names.intern(name);
    }

    /// Appends a row of the resource and scope entered last.
    pub(crate) fn append(&mut self) {
        let columns = [
            &mut self.service,
            &mut self.namespace,
            &mut self.environment,
            &mut self.resource,
            &mut self.scope,
        ];
        for (names, key) in columns {
            names.append_key(*key);
        }
        let (names, key) = &mut self.service_version;
        match *key {
            Some(key) => names.append_key(key),
            None => names.append_option(None),
        }
    }

    pub(crate) fn finish(&mut self) -> OriginArrays {
        OriginArrays {
            service: self.service.0.finish(),
            namespace: self.namespace.0.finish(),
            environment: self.environment.0.finish(),
            service_version: self.service_version.0.finish(),
            resource: self.resource.0.finish(),
            scope: self.scope.0.finish(),
        }
    }
}
