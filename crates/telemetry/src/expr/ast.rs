//! An expression after its names and types have been checked: what cannot be evaluated cannot be said here.
//!
//! It must never know the text it came from, nor the rows it will meet.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Op {
    /// The comparison that says the same with its sides swapped.
    pub(super) fn swapped(self) -> Self {
        match self {
            Op::Lt => Op::Gt,
            Op::Le => Op::Ge,
            Op::Gt => Op::Lt,
            Op::Ge => Op::Le,
            Op::Eq | Op::Ne => self,
        }
    }

    /// Whether it asks which of two is greater.
    pub(super) fn is_ordering(self) -> bool {
        !matches!(self, Op::Eq | Op::Ne)
    }

    /// Whether it holds between values that compare so; values without an order are not equal.
    pub(super) fn holds(self, ordering: Option<Ordering>) -> bool {
        match self {
            Op::Eq => ordering == Some(Ordering::Equal),
            Op::Ne => ordering != Some(Ordering::Equal),
            Op::Lt => ordering == Some(Ordering::Less),
            Op::Le => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
            Op::Gt => ordering == Some(Ordering::Greater),
            Op::Ge => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

/// The column of logs that may hold a JSON object.
pub(super) const BODY: &str = "body";

/// One attribute: a key of a map column, or a path into a log's body.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Attr {
    pub(super) column: &'static str,
    pub(super) key: Arc<str>,
}

impl Attr {
    /// Whether the key may lead down into nested objects, with dots between the keys.
    pub(super) fn is_path(&self) -> bool {
        self.column == BODY
    }
}

/// Something that is text on each row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Text {
    Column(&'static str),
    Attr(Attr),
}

/// A double that can be a key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Real(pub(super) f64);

impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Real {}

impl Hash for Real {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

/// What is done to two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Arithmetic {
    /// The result, if it is a number: not after a division by zero, nor beyond what a double holds.
    pub(super) fn of(self, left: f64, right: f64) -> Option<f64> {
        let result = match self {
            Arithmetic::Add => left + right,
            Arithmetic::Subtract => left - right,
            Arithmetic::Multiply => left * right,
            Arithmetic::Divide => left / right,
        };
        result.is_finite().then_some(result)
    }
}

/// Something that is a number on each row, or missing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Number {
    Int(i64),
    Real(Real),
    /// A column of integers or doubles.
    Column(&'static str),
    /// An attribute whose value is a number.
    Attr(Attr),
    /// `num(…)`: an attribute or text, read as a number if it is one.
    Parsed(Text),
    /// Computed in doubles.
    Computed(Arithmetic, Box<Number>, Box<Number>),
}

impl Number {
    /// The value of a literal.
    pub(super) fn literal(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "arithmetic is in doubles")]
            Number::Int(value) => Some(*value as f64),
            Number::Real(value) => Some(value.0),
            _ => None,
        }
    }
}

/// A condition on one row that is evaluated as a whole, and shared between expressions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Leaf {
    /// A column of true and false.
    Flag(&'static str),
    /// An attribute that is true or false.
    AttrFlag(Attr),
    /// Text against a literal.
    TextIs(Text, Op, Box<str>),
    /// Text against text.
    TextTo(Text, Op, Text),
    /// Text in a sorted list.
    TextIn(Text, Vec<Box<str>>),
    /// Text against a pattern.
    Like { text: Text, pattern: Box<str>, any_case: bool },
    /// Numbers against each other; at most the right one is a literal.
    Numbers(Number, Op, Number),
    /// A number in a sorted list.
    NumberIn(Number, Vec<i64>),
    /// A time against nanoseconds since the epoch.
    TimeIs(&'static str, Op, i64),
    /// A time against a time.
    TimeTo(&'static str, Op, &'static str),
    /// An id against bytes.
    IdIs(&'static str, Op, Box<[u8]>),
    /// An id against an id.
    IdTo(&'static str, Op, &'static str),
    /// Whether a column has no value.
    NoColumn(&'static str),
    /// Whether there is no such attribute, or none with a value.
    NoAttr(Attr),
    /// Whether there is no number.
    NoNumber(Number),
}

/// A condition on one row: true, false or unknown.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Predicate {
    Const(Option<bool>),
    Leaf(Arc<Leaf>),
    Not(Box<Predicate>),
    And(Vec<Predicate>),
    Or(Vec<Predicate>),
    /// Whether both are the same: unknown if either is.
    Same(Box<Predicate>, Box<Predicate>),
    /// Whether it is unknown.
    Unknown(Box<Predicate>),
}

impl Predicate {
    pub(super) fn leaf(leaf: Leaf) -> Self {
        Predicate::Leaf(Arc::new(leaf))
    }

    /// NOT.
    pub(super) fn negated(self) -> Self {
        match self {
            Predicate::Const(value) => Predicate::Const(value.map(|v| !v)),
            Predicate::Not(inner) => *inner,
            other => Predicate::Not(Box::new(other)),
        }
    }

    /// Calls `visit` with every leaf.
    pub(super) fn leaves(&self, visit: &mut impl FnMut(&Leaf)) {
        match self {
            Predicate::Const(_) => {}
            Predicate::Leaf(leaf) => visit(leaf),
            Predicate::Not(inner) | Predicate::Unknown(inner) => inner.leaves(visit),
            Predicate::And(all) | Predicate::Or(all) => all.iter().for_each(|one| one.leaves(visit)),
            Predicate::Same(left, right) => {
                left.leaves(visit);
                right.leaves(visit);
            }
        }
    }
}

impl Text {
    fn column(&self) -> &'static str {
        match self {
            Text::Column(name) => name,
            Text::Attr(attr) => attr.column,
        }
    }
}

impl Number {
    /// Calls `visit` with every column it reads.
    pub(super) fn columns(&self, visit: &mut impl FnMut(&'static str)) {
        match self {
            Number::Int(_) | Number::Real(_) => {}
            Number::Column(name) => visit(name),
            Number::Attr(attr) => visit(attr.column),
            Number::Parsed(text) => visit(text.column()),
            Number::Computed(_, left, right) => {
                left.columns(visit);
                right.columns(visit);
            }
        }
    }
}

impl Leaf {
    /// Calls `visit` with every column it reads.
    pub(super) fn columns(&self, visit: &mut impl FnMut(&'static str)) {
        match self {
            Leaf::Flag(name) | Leaf::TimeIs(name, ..) | Leaf::IdIs(name, ..) | Leaf::NoColumn(name) => {
                visit(name);
            }
            Leaf::TimeTo(left, _, right) | Leaf::IdTo(left, _, right) => {
                visit(left);
                visit(right);
            }
            Leaf::AttrFlag(attr) | Leaf::NoAttr(attr) => visit(attr.column),
            Leaf::TextIs(text, ..) | Leaf::TextIn(text, _) | Leaf::Like { text, .. } => visit(text.column()),
            Leaf::TextTo(left, _, right) => {
                visit(left.column());
                visit(right.column());
            }
            Leaf::Numbers(left, _, right) => {
                left.columns(visit);
                right.columns(visit);
            }
            Leaf::NoNumber(number) | Leaf::NumberIn(number, _) => number.columns(visit),
        }
    }
}
