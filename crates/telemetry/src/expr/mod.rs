//! The expressions of definitions and searches: a SQL condition, or a number, over the columns of a signal.
//!
//! Text is parsed by sqlparser, checked into a syntax tree of our own (`ast`), and evaluated a record batch at a
//! time. Logic is SQL's, with three values; what cannot be computed on a row is unknown on that row and never an
//! error. It must never see a table, a file or a query.
//!
//! - An attribute takes the type of what it is compared with: a JSON number beside a number, true or false beside
//!   a truth, its text (JSON text for what is no text) beside a text. Anything else is NULL, as is a missing key.
//!   `num(…)` reads a number out of text as well.
//! - `body['key']` of logs reads a body that is a JSON object like attributes; dots lead into nested objects, as in
//!   `body['request.path']`. On any other body it is NULL.
//! - Arithmetic is in doubles: `5 / 2` is 2.5. Division by zero, overflow and NaN are NULL.
//! - Integer columns and integer literals are compared exactly.
//! - Times are compared with RFC 3339 text, ids with hexadecimal digits.

mod ast;
mod check;
mod compare;
mod cost;
mod eval;
mod leaf;
mod lex;
#[cfg(feature = "query")]
mod lower;
mod mentioned;
mod names;
mod number;
mod parse;
mod read;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use arrow::array::{BooleanArray, Float64Array, RecordBatch};

use crate::columns;
use crate::signal::Signal;

pub use eval::LeafCache;

/// The longest message of an error, which may quote the text.
const MESSAGE_CHARS: usize = 500;

/// What is wrong with an expression, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprError {
    /// Byte offset in the text.
    pub offset: usize,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.message, self.offset)
    }
}

impl std::error::Error for ExprError {}

/// A condition over the rows of a signal. Cloning is cheap.
#[derive(Clone)]
pub struct Expr {
    text: Arc<str>,
    signal: Signal,
    root: Arc<ast::Predicate>,
}

impl Expr {
    /// Parses and checks a condition.
    pub fn parse(text: &str, signal: Signal) -> Result<Self, ExprError> {
        let root = checked(text, signal, check::Check::predicate)?;
        Ok(Self { text: text.into(), signal, root: Arc::new(root) })
    }

    /// The text it was parsed from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signal whose columns it reads.
    pub fn signal(&self) -> Signal {
        self.signal
    }

    /// True, false or unknown (NULL) for each row. The batch has at least the columns of [`Expr::columns`].
    pub fn eval(&self, batch: &RecordBatch) -> BooleanArray {
        self.eval_cached(batch, &mut LeafCache::default())
    }

    /// The same, sharing work with other expressions that are evaluated on this batch with this cache.
    pub fn eval_cached(&self, batch: &RecordBatch, leaves: &mut LeafCache) -> BooleanArray {
        eval::predicate(&self.root, batch, leaves).into_array(batch.num_rows())
    }

    /// The services that a row must be of for this to be true, ascending, if it names any: by `service = '…'`,
    /// `service IN (…)`, and those joined by OR, among the parts joined by AND.
    pub fn mentioned_services(&self) -> Option<Vec<String>> {
        self.mentioned("service")
    }

    /// The same of metrics, by `metric = '…'` and the like.
    pub fn mentioned_metrics(&self) -> Option<Vec<String>> {
        self.mentioned("metric")
    }

    fn mentioned(&self, column: &'static str) -> Option<Vec<String>> {
        let names = mentioned::mentioned(&self.root, column)?;
        Some(names.into_iter().map(str::to_owned).collect())
    }

    /// The columns it reads, in the order of the table.
    pub fn columns(&self) -> Vec<&'static str> {
        let mut read = vec![];
        self.root.leaves(&mut |leaf| leaf.columns(&mut |name| read.push(name)));
        in_table_order(self.signal, &read)
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.signal == other.signal && self.text == other.text
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expr({}: {})", self.signal, self.text)
    }
}

/// A number on each row of a signal, such as `duration_ns / 1000000`. Cloning is cheap.
#[derive(Clone)]
pub struct ValueExpr {
    text: Arc<str>,
    signal: Signal,
    root: Arc<ast::Number>,
}

impl ValueExpr {
    /// Parses and checks a numeric expression.
    pub fn parse(text: &str, signal: Signal) -> Result<Self, ExprError> {
        let root = checked(text, signal, check::Check::number)?;
        Ok(Self { text: text.into(), signal, root: Arc::new(root) })
    }

    /// The text it was parsed from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signal whose columns it reads.
    pub fn signal(&self) -> Signal {
        self.signal
    }

    /// The number on each row; NULL where there is none. The batch has at least the columns of
    /// [`ValueExpr::columns`].
    pub fn eval(&self, batch: &RecordBatch) -> Float64Array {
        eval::value(&self.root, batch, &mut LeafCache::default())
    }

    /// The columns it reads, in the order of the table.
    pub fn columns(&self) -> Vec<&'static str> {
        let mut read = vec![];
        self.root.columns(&mut |name| read.push(name));
        in_table_order(self.signal, &read)
    }
}

impl PartialEq for ValueExpr {
    fn eq(&self, other: &Self) -> bool {
        self.signal == other.signal && self.text == other.text
    }
}

impl fmt::Debug for ValueExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ValueExpr({}: {})", self.signal, self.text)
    }
}

/// Parses `text`, and lets `check` make of it what is wanted there.
fn checked<'a, T>(
    text: &'a str,
    signal: Signal,
    check: impl Fn(&check::Check<'a>, &sqlparser::ast::Expr, usize) -> Result<T, ExprError>,
) -> Result<T, ExprError> {
    let checked = parse::parse(text, signal)
        .and_then(|sql| check(&check::Check { signal, places: lex::Places::of(text) }, &sql, 0));
    checked.map_err(|error| match error.message.char_indices().nth(MESSAGE_CHARS) {
        Some((end, _)) => ExprError { message: format!("{}…", &error.message[..end]), ..error },
        None => error,
    })
}

fn in_table_order(signal: Signal, read: &[&'static str]) -> Vec<&'static str> {
    columns::of(signal).iter().map(|column| column.name).filter(|name| read.contains(name)).collect()
}
