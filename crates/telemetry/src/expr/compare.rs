//! Which comparison two sides make, by their types: the one place where attributes take the type of the other side.
//!
//! It must never convert silently between types that a person sees as different.

use std::fmt;

use ippo_base::Timestamp;

use super::ast::{Attr, Leaf, Number, Op, Predicate, Text};

/// One side of a comparison, with its type.
#[derive(Debug, Clone)]
pub(super) enum Operand {
    Null,
    TextLiteral(Box<str>),
    Text(Text),
    /// Text, number or truth, as the other side needs it.
    Attr(Attr),
    Number(Number),
    Bool(Predicate),
    Time(&'static str),
    /// A column of ids of so many bytes.
    Id(&'static str, usize),
}

impl Operand {
    pub(super) fn is_literal(&self) -> bool {
        match self {
            Operand::Null | Operand::TextLiteral(_) | Operand::Bool(Predicate::Const(_)) => true,
            Operand::Number(number) => number.literal().is_some(),
            _ => false,
        }
    }

    /// What a person could have written where something true or false was needed.
    pub(super) fn example_comparison(&self) -> String {
        match self {
            Operand::Number(Number::Column(name)) => format!("{name} > 0"),
            Operand::Number(_) => "duration_ns > 0".to_owned(),
            Operand::Text(Text::Column(name)) => format!("{name} = 'text'"),
            Operand::Time(name) => format!("{name} >= '2026-01-31T12:00:00Z'"),
            Operand::Id(name, _) => format!("{name} IS NOT NULL"),
            _ => "service = 'checkout'".to_owned(),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operand::Null => f.write_str("NULL"),
            Operand::TextLiteral(text) => write!(f, "the text '{text}'"),
            Operand::Text(Text::Column(name)) => write!(f, "{name} (text)"),
            Operand::Attr(attr) | Operand::Text(Text::Attr(attr)) => {
                write!(f, "{}['{}']", attr.column, attr.key)
            }
            Operand::Number(Number::Int(value)) => write!(f, "the number {value}"),
            Operand::Number(Number::Real(value)) => write!(f, "the number {}", value.0),
            Operand::Number(Number::Column(name)) => write!(f, "{name} (a number)"),
            Operand::Number(_) => f.write_str("a computed number"),
            Operand::Bool(Predicate::Leaf(leaf)) => match leaf.as_ref() {
                Leaf::Flag(name) => write!(f, "{name} (true or false)"),
                _ => f.write_str("a condition"),
            },
            Operand::Bool(Predicate::Const(Some(true))) => f.write_str("TRUE"),
            Operand::Bool(Predicate::Const(Some(false))) => f.write_str("FALSE"),
            Operand::Bool(_) => f.write_str("a condition"),
            Operand::Time(name) => write!(f, "{name} (a time)"),
            Operand::Id(name, _) => write!(f, "{name} (an id)"),
        }
    }
}

/// `left op right`, or why there is no such comparison.
pub(super) fn compare(left: Operand, op: Op, right: Operand) -> Result<Predicate, String> {
    if left.is_literal() && !right.is_literal() {
        return compare(right, op.swapped(), left);
    }
    let leaf = match (left, right) {
        (Operand::Null, _) | (_, Operand::Null) => return Ok(Predicate::Const(None)),
        (Operand::TextLiteral(a), Operand::TextLiteral(b)) => {
            return Ok(Predicate::Const(Some(op.holds(Some(a.cmp(&b))))));
        }
        (Operand::Text(text), Operand::TextLiteral(literal)) => Leaf::TextIs(text, op, literal),
        (Operand::Attr(attr), Operand::TextLiteral(literal)) => Leaf::TextIs(Text::Attr(attr), op, literal),
        (Operand::Text(a), Operand::Text(b)) => Leaf::TextTo(a, op, b),
        (Operand::Text(a), Operand::Attr(b)) => Leaf::TextTo(a, op, Text::Attr(b)),
        (Operand::Attr(a), Operand::Text(b)) => Leaf::TextTo(Text::Attr(a), op, b),
        (Operand::Attr(a), Operand::Attr(b)) if !op.is_ordering() => {
            Leaf::TextTo(Text::Attr(a), op, Text::Attr(b))
        }
        (Operand::Attr(a), Operand::Attr(b)) => {
            return Err(format!(
                "{}['{}'] and {}['{}'] have no order until they are numbers; write num(…) around them",
                a.column, a.key, b.column, b.key
            ));
        }
        (Operand::Number(a), Operand::Number(b)) => return Ok(numbers(a, op, b)),
        (Operand::Attr(a), Operand::Number(b)) => Leaf::Numbers(Number::Attr(a), op, b),
        (Operand::Number(a), Operand::Attr(b)) => Leaf::Numbers(a, op, Number::Attr(b)),
        (Operand::Bool(a), Operand::Bool(b)) => return same(a, op, b),
        (Operand::Attr(a), Operand::Bool(b)) => return same(Predicate::leaf(Leaf::AttrFlag(a)), op, b),
        (Operand::Bool(a), Operand::Attr(b)) => return same(a, op, Predicate::leaf(Leaf::AttrFlag(b))),
        (Operand::Time(name), Operand::TextLiteral(text)) => Leaf::TimeIs(name, op, time(name, &text)?),
        (Operand::Time(a), Operand::Time(b)) => Leaf::TimeTo(a, op, b),
        (Operand::Id(name, width), Operand::TextLiteral(text)) => {
            Leaf::IdIs(name, op, id(name, width, &text)?)
        }
        (Operand::Id(a, width), Operand::Id(b, other)) if width == other => Leaf::IdTo(a, op, b),
        (left, right) => return Err(mismatch(&left, &right)),
    };
    Ok(Predicate::leaf(leaf))
}

fn numbers(left: Number, op: Op, right: Number) -> Predicate {
    match (&left, &right) {
        (Number::Int(a), Number::Int(b)) => Predicate::Const(Some(op.holds(Some(a.cmp(b))))),
        _ => match (left.literal(), right.literal()) {
            (Some(a), Some(b)) => Predicate::Const(Some(op.holds(a.partial_cmp(&b)))),
            _ => Predicate::leaf(Leaf::Numbers(left, op, right)),
        },
    }
}

fn same(left: Predicate, op: Op, right: Predicate) -> Result<Predicate, String> {
    if op.is_ordering() {
        return Err("TRUE and FALSE have no order; compare them with = or <>".to_owned());
    }
    let equal = match (left, right) {
        (left, Predicate::Const(Some(true))) => left,
        (left, Predicate::Const(Some(false))) => left.negated(),
        (left, right) => Predicate::Same(Box::new(left), Box::new(right)),
    };
    Ok(if op == Op::Eq { equal } else { equal.negated() })
}

fn time(name: &str, text: &str) -> Result<i64, String> {
    Timestamp::parse(text)
        .map(Timestamp::as_nanos)
        .map_err(|_| format!("{name} is a time, and '{text}' is none; write it as '2026-01-31T12:00:00Z'"))
}

fn id(name: &str, width: usize, text: &str) -> Result<Box<[u8]>, String> {
    match hex::decode(text) {
        Ok(bytes) if bytes.len() == width => Ok(bytes.into()),
        _ => {
            Err(format!("{name} is compared with {} hexadecimal digits, and '{text}' is not that", width * 2))
        }
    }
}

fn mismatch(left: &Operand, right: &Operand) -> String {
    let advice = match (left, right) {
        (Operand::Text(_), Operand::Number(number)) => match number {
            Number::Int(value) => format!("; write '{value}'"),
            Number::Real(value) => format!("; write '{}'", value.0),
            _ => "; num(…) reads a number out of text".to_owned(),
        },
        (Operand::Number(_), Operand::TextLiteral(text)) if text.trim().parse::<f64>().is_ok() => {
            format!("; write {}", text.trim())
        }
        (Operand::Number(_), Operand::Text(_)) => "; num(…) reads a number out of text".to_owned(),
        (Operand::Bool(_), Operand::TextLiteral(text)) if text.eq_ignore_ascii_case("true") => {
            "; write TRUE".into()
        }
        (Operand::Bool(_), Operand::TextLiteral(text)) if text.eq_ignore_ascii_case("false") => {
            "; write FALSE".into()
        }
        (Operand::Time(_), _) => "; a time is written as '2026-01-31T12:00:00Z'".to_owned(),
        (Operand::Id(..), _) => "; an id is written as hexadecimal digits in single quotes".to_owned(),
        _ => String::new(),
    };
    format!("{left} cannot be compared with {right}{advice}")
}
