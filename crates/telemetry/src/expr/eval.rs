//! Evaluates a checked expression on a record batch, a column at a time.
//!
//! It must never fail on a row: what cannot be computed there is unknown. It relies on the batch to hold the columns
//! that the expression names.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray as _, BooleanArray, Float64Array, RecordBatch, StringArray};
use arrow::compute::{and_kleene, is_not_null, is_null, not, or_kleene};

use super::ast::{Attr, Leaf, Number, Predicate};
use super::read::{self, Form, Texts};
use super::{leaf, number};

/// Results of conditions and attributes on one batch, shared by the expressions that are evaluated on it. Given
/// another batch, it starts over; a lasting one keeps what holds for dictionaries that batches share.
#[derive(Debug, Default)]
pub struct LeafCache {
    lasting: Option<Lasting>,
    /// Keeps a column of the batch, so that another batch cannot be taken for it.
    batch: Option<(ArrayRef, usize)>,
    leaves: HashMap<Arc<Leaf>, Truth>,
    attributes: HashMap<(Attr, Form), ArrayRef>,
}

/// What was found on the texts of dictionaries, each beside the texts that it was found on.
#[derive(Debug, Default)]
struct Lasting {
    leaves: HashMap<Arc<Leaf>, (ArrayRef, BooleanArray)>,
    attributes: HashMap<(Attr, Form), (ArrayRef, ArrayRef)>,
}

impl LeafCache {
    /// One for many batches that share their dictionaries.
    pub fn lasting() -> Self {
        Self { lasting: Some(Lasting::default()), ..Self::default() }
    }

    fn enter(&mut self, batch: &RecordBatch) {
        let Some(first) = batch.columns().first() else {
            *self = Self { lasting: self.lasting.take(), ..Self::default() };
            return;
        };
        let known = self
            .batch
            .as_ref()
            .is_some_and(|(column, columns)| Arc::ptr_eq(column, first) && *columns == batch.num_columns());
        if !known {
            let batch = Some((first.clone(), batch.num_columns()));
            *self = Self { batch, lasting: self.lasting.take(), ..Self::default() };
        }
    }

    /// The texts of a column, as dictionaries where that is worth it.
    pub(super) fn texts(&self, column: &ArrayRef) -> Texts {
        match self.lasting {
            Some(_) => Texts::repeating(column),
            None => Texts::of(column),
        }
    }

    /// What a test of texts says of each distinct one.
    pub(super) fn on_distinct(
        &mut self,
        leaf: &Arc<Leaf>,
        texts: &ArrayRef,
        test: impl FnOnce(&StringArray) -> BooleanArray,
    ) -> BooleanArray {
        let Some(lasting) = &mut self.lasting else { return test(texts.as_string::<i32>()) };
        if let Some((of, known)) = lasting.leaves.get(leaf)
            && Arc::ptr_eq(of, texts)
        {
            return known.clone();
        }
        let found = test(texts.as_string::<i32>());
        lasting.leaves.insert(leaf.clone(), (texts.clone(), found.clone()));
        found
    }

    /// The values of an attribute, in one form, row by row.
    pub(super) fn attribute(&mut self, batch: &RecordBatch, attr: &Attr, form: Form) -> ArrayRef {
        let key = (attr.clone(), form);
        if let Some(known) = self.attributes.get(&key) {
            return known.clone();
        }
        let maps = self.texts(read::column(batch, attr.column));
        let values = match &maps {
            Texts::Plain(maps) => read::attribute_of(maps, attr, form),
            Texts::Repeating(maps) => {
                let distinct = self.of_distinct(&key, maps.values());
                read::spread(maps, distinct, form)
            }
        };
        self.attributes.insert(key, values.clone());
        values
    }

    /// The values of an attribute in each distinct map.
    fn of_distinct(&mut self, key: &(Attr, Form), maps: &ArrayRef) -> ArrayRef {
        let read = || read::attribute_of(maps.as_string::<i32>(), &key.0, key.1);
        let Some(lasting) = &mut self.lasting else { return read() };
        if let Some((of, known)) = lasting.attributes.get(key)
            && Arc::ptr_eq(of, maps)
        {
            return known.clone();
        }
        let found = read();
        lasting.attributes.insert(key.clone(), (maps.clone(), found.clone()));
        found
    }
}

/// What a condition is on the rows of a batch.
#[derive(Debug, Clone)]
pub(super) enum Truth {
    /// The same on all rows.
    All(Option<bool>),
    Rows(BooleanArray),
}

impl Truth {
    /// Knows constants as such.
    pub(super) fn of(rows: BooleanArray) -> Self {
        if rows.null_count() > 0 || rows.is_empty() {
            return Truth::Rows(rows);
        }
        match rows.true_count() {
            0 => Truth::All(Some(false)),
            all if all == rows.len() => Truth::All(Some(true)),
            _ => Truth::Rows(rows),
        }
    }

    pub(super) fn into_array(self, rows: usize) -> BooleanArray {
        match self {
            Truth::All(Some(value)) => BooleanArray::new(
                if value {
                    arrow::buffer::BooleanBuffer::new_set(rows)
                } else {
                    arrow::buffer::BooleanBuffer::new_unset(rows)
                },
                None,
            ),
            Truth::All(None) => BooleanArray::new_null(rows),
            Truth::Rows(array) => array,
        }
    }

    fn not(self) -> Self {
        match self {
            Truth::All(value) => Truth::All(value.map(|v| !v)),
            Truth::Rows(rows) => Truth::Rows(not(&rows).expect("NOT takes any rows")),
        }
    }

    fn and(self, other: Self, rows: usize) -> Self {
        match (self, other) {
            (Truth::All(Some(true)), other) | (other, Truth::All(Some(true))) => other,
            (Truth::All(Some(false)), _) | (_, Truth::All(Some(false))) => Truth::All(Some(false)),
            (left, right) => {
                let (left, right) = (left.into_array(rows), right.into_array(rows));
                Truth::of(and_kleene(&left, &right).expect("both have the rows of the batch"))
            }
        }
    }

    fn or(self, other: Self, rows: usize) -> Self {
        match (self, other) {
            (Truth::All(Some(false)), other) | (other, Truth::All(Some(false))) => other,
            (Truth::All(Some(true)), _) | (_, Truth::All(Some(true))) => Truth::All(Some(true)),
            (left, right) => {
                let (left, right) = (left.into_array(rows), right.into_array(rows));
                Truth::of(or_kleene(&left, &right).expect("both have the rows of the batch"))
            }
        }
    }

    fn same(self, other: Self, rows: usize) -> Self {
        let (left, right) = (self.into_array(rows), other.into_array(rows));
        Truth::Rows(arrow::compute::kernels::cmp::eq(&left, &right).expect("both have the rows of the batch"))
    }

    fn unknown(self) -> Self {
        match self {
            Truth::All(value) => Truth::All(Some(value.is_none())),
            Truth::Rows(rows) => Truth::Rows(is_null(&rows).expect("any rows may be missing")),
        }
    }
}

/// Evaluates a condition.
pub(super) fn predicate(root: &Predicate, batch: &RecordBatch, cache: &mut LeafCache) -> Truth {
    cache.enter(batch);
    Run { batch, cache }.predicate(root)
}

/// Evaluates a number.
pub(super) fn value(root: &Number, batch: &RecordBatch, cache: &mut LeafCache) -> Float64Array {
    cache.enter(batch);
    number::read(root, batch, cache).into_floats(batch.num_rows())
}

struct Run<'a> {
    batch: &'a RecordBatch,
    cache: &'a mut LeafCache,
}

impl Run<'_> {
    fn predicate(&mut self, predicate: &Predicate) -> Truth {
        let rows = self.batch.num_rows();
        match predicate {
            Predicate::Const(value) => Truth::All(*value),
            Predicate::Leaf(leaf) => self.leaf(leaf),
            Predicate::Not(inner) => self.predicate(inner).not(),
            Predicate::Unknown(inner) => self.predicate(inner).unknown(),
            Predicate::Same(left, right) => {
                let left = self.predicate(left);
                left.same(self.predicate(right), rows)
            }
            Predicate::And(parts) => {
                let mut all = Truth::All(Some(true));
                for part in parts {
                    all = all.and(self.predicate(part), rows);
                    if matches!(all, Truth::All(Some(false))) {
                        break;
                    }
                }
                all
            }
            Predicate::Or(parts) => {
                let mut any = Truth::All(Some(false));
                for part in parts {
                    any = any.or(self.predicate(part), rows);
                    if matches!(any, Truth::All(Some(true))) {
                        break;
                    }
                }
                any
            }
        }
    }

    fn leaf(&mut self, leaf: &Arc<Leaf>) -> Truth {
        if let Some(known) = self.cache.leaves.get(leaf) {
            return known.clone();
        }
        let truth = leaf::eval(leaf, self.batch, self.cache);
        self.cache.leaves.insert(leaf.clone(), truth.clone());
        truth
    }
}

/// Whether each row has a value, or has none.
pub(super) fn missing(values: &dyn Array) -> Truth {
    if values.logical_null_count() == 0 {
        return Truth::All(Some(false));
    }
    Truth::of(not(&is_not_null(values).expect("any array has nulls or not")).expect("NOT takes any rows"))
}
