//! A second, slow reading of expressions: one row at a time, over a tree that knows how to write itself as text.
//! Shares no code with the evaluator.

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::rows::{Cell, Row};

/// Text on a row.
#[derive(Debug, Clone)]
pub(super) enum Words {
    Column(&'static str),
    Attr(&'static str, &'static str),
}

/// A number on a row.
#[derive(Debug, Clone)]
pub(super) enum Amount {
    Int(i64),
    Decimal(&'static str),
    Column(&'static str),
    Attr(&'static str, &'static str),
    Num(Words),
    Computed(Box<Amount>, char, Box<Amount>),
}

/// A condition.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Literal(Option<bool>),
    Flag(&'static str),
    AttrFlag(&'static str, &'static str),
    Text(Words, &'static str, &'static str),
    Texts(Words, &'static str, Words),
    TextIn(Words, bool, Vec<Option<&'static str>>),
    Like(Words, bool, bool, String),
    Numbers(Amount, &'static str, Amount),
    NumberIn(Amount, bool, Vec<Option<i64>>),
    Between(Amount, bool, i64, i64),
    Time(&'static str, &'static str, i64),
    Id(&'static str, &'static str, Vec<u8>),
    NoText(Words, bool),
    NoNumber(Amount, bool),
    NoTruth(Box<Condition>, bool),
    Same(Box<Condition>, &'static str, Box<Condition>),
    Not(Box<Condition>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
}

#[derive(Debug, Clone, Copy)]
enum Value {
    Int(i64),
    Real(f64),
}

impl Value {
    #[expect(clippy::cast_precision_loss, reason = "as documented")]
    fn real(self) -> f64 {
        match self {
            Value::Int(value) => value as f64,
            Value::Real(value) => value,
        }
    }
}

/// What a key says, as JSON.
fn raw(row: &Row, column: &str, key: &str) -> Option<String> {
    match row.get(column) {
        Some(Cell::Map(entries)) => entries.iter().find(|(k, _)| *k == key).map(|(_, raw)| (*raw).to_owned()),
        Some(Cell::Text(body)) => {
            let body: Json = serde_json::from_str(body).ok()?;
            at(&body, key).map(Json::to_string)
        }
        _ => None,
    }
}

/// A key of its own, else a path.
fn at<'a>(json: &'a Json, path: &str) -> Option<&'a Json> {
    let object = json.as_object()?;
    let below =
        |(key, inner): (&'a String, &'a Json)| at(inner, path.strip_prefix(key.as_str())?.strip_prefix('.')?);
    object.get(path).or_else(|| object.iter().find_map(below))
}

fn not(value: Option<bool>, negated: bool) -> Option<bool> {
    value.map(|v| v != negated)
}

fn word(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}

fn holds(op: &str, ordering: Ordering) -> bool {
    match op {
        "=" => ordering.is_eq(),
        "<>" | "!=" => ordering.is_ne(),
        "<" => ordering.is_lt(),
        "<=" => ordering.is_le(),
        ">" => ordering.is_gt(),
        _ => ordering.is_ge(),
    }
}

impl Words {
    pub(super) fn text(&self) -> String {
        match self {
            Words::Column(name) => (*name).to_owned(),
            Words::Attr(column, key) => format!("{column}['{key}']"),
        }
    }

    fn on(&self, row: &Row) -> Option<String> {
        match self {
            Words::Column(name) => match row.get(name) {
                Some(Cell::Text(text)) => Some(text.clone()),
                _ => None,
            },
            Words::Attr(column, key) => match raw(row, column, key)? {
                text if text == "null" => None,
                text if text.starts_with('"') => serde_json::from_str(&text).ok(),
                other => Some(other),
            },
        }
    }
}

impl Amount {
    pub(super) fn text(&self) -> String {
        match self {
            Amount::Int(value) => value.to_string(),
            Amount::Decimal(text) => (*text).to_owned(),
            Amount::Column(name) => (*name).to_owned(),
            Amount::Attr(column, key) => format!("{column}['{key}']"),
            Amount::Num(words) => format!("num({})", words.text()),
            Amount::Computed(left, op, right) => format!("({} {op} {})", left.text(), right.text()),
        }
    }

    fn on(&self, row: &Row) -> Option<Value> {
        let value = match self {
            Amount::Int(value) => Value::Int(*value),
            Amount::Decimal(text) => Value::Real(text.parse().expect("a decimal")),
            Amount::Column(name) => match row.get(name)? {
                Cell::Int(value) => Value::Int(*value),
                Cell::Float(value) => Value::Real(*value),
                _ => return None,
            },
            Amount::Attr(column, key) => match raw(row, column, key)?.as_str() {
                r#"{"double":"Infinity"}"# => Value::Real(f64::INFINITY),
                raw => Value::Real(raw.parse().ok()?),
            },
            Amount::Num(Words::Attr(column, key)) if !raw(row, column, key)?.starts_with('"') => {
                Amount::Attr(column, key).on(row)?
            }
            Amount::Num(words) => Value::Real(words.on(row)?.parse().ok()?),
            Amount::Computed(left, op, right) => {
                let (left, right) = (left.on(row)?.real(), right.on(row)?.real());
                let result = match op {
                    '+' => left + right,
                    '-' => left - right,
                    '*' => left * right,
                    _ => left / right,
                };
                Value::Real(Some(result).filter(|r| r.is_finite())?)
            }
        };
        Some(value).filter(|v| !v.real().is_nan())
    }

    /// As a double.
    pub(super) fn real_on(&self, row: &Row) -> Option<f64> {
        self.on(row).map(Value::real)
    }

    fn compared(&self, op: &str, other: &Amount, row: &Row) -> Option<bool> {
        let ordering = match (self.on(row)?, other.on(row)?) {
            (Value::Int(left), Value::Int(right)) => left.cmp(&right),
            (left, right) => left.real().partial_cmp(&right.real()).expect("no NaN"),
        };
        Some(holds(op, ordering))
    }
}

/// Whether `text` matches a pattern of LIKE.
fn matches(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|skip| matches(&text[skip..], rest)),
        ['_', rest @ ..] => !text.is_empty() && matches(&text[1..], rest),
        ['\\', sign, rest @ ..] | [sign, rest @ ..] => {
            text.first() == Some(sign) && matches(&text[1..], rest)
        }
    }
}

impl Condition {
    /// The condition as people write it.
    pub(super) fn text(&self) -> String {
        let list = |items: Vec<String>| items.join(", ");
        let or_null = |item: Option<String>| item.unwrap_or_else(|| "NULL".to_owned());
        let join = |parts: &[Condition], by: &str| {
            format!("({})", parts.iter().map(Condition::text).collect::<Vec<_>>().join(by))
        };
        match self {
            Condition::Literal(None) => "NULL".to_owned(),
            Condition::Literal(Some(value)) => value.to_string().to_uppercase(),
            Condition::Flag(name) => (*name).to_owned(),
            Condition::AttrFlag(column, key) => format!("{column}['{key}'] = TRUE"),
            Condition::Text(words, op, literal) => format!("{} {op} '{literal}'", words.text()),
            Condition::Texts(left, op, right) => format!("{} {op} {}", left.text(), right.text()),
            Condition::TextIn(words, negated, items) => {
                let items = items.iter().map(|item| or_null(item.map(|text| format!("'{text}'")))).collect();
                format!("{} {}IN ({})", words.text(), word(*negated), list(items))
            }
            Condition::Like(words, negated, any_case, pattern) => {
                let like = if *any_case { "ILIKE" } else { "LIKE" };
                format!("{} {}{like} '{pattern}'", words.text(), word(*negated))
            }
            Condition::Numbers(left, op, right) => format!("{} {op} {}", left.text(), right.text()),
            Condition::NumberIn(amount, negated, items) => {
                let items = items.iter().map(|item| or_null(item.map(|value| value.to_string()))).collect();
                format!("{} {}IN ({})", amount.text(), word(*negated), list(items))
            }
            Condition::Between(amount, negated, low, high) => {
                format!("{} {}BETWEEN {low} AND {high}", amount.text(), word(*negated))
            }
            Condition::Time(name, op, nanos) => {
                format!("{name} {op} '{}'", ippo_base::Timestamp::from_nanos(*nanos))
            }
            Condition::Id(name, op, bytes) => format!("{name} {op} '{}'", hex::encode(bytes)),
            Condition::NoText(words, negated) => format!("{} IS {}NULL", words.text(), word(*negated)),
            Condition::NoNumber(amount, negated) => format!("{} IS {}NULL", amount.text(), word(*negated)),
            Condition::NoTruth(inner, negated) => format!("({}) IS {}NULL", inner.text(), word(*negated)),
            Condition::Same(left, op, right) => format!("({}) {op} ({})", left.text(), right.text()),
            Condition::Not(inner) => format!("NOT ({})", inner.text()),
            Condition::And(parts) => join(parts, " AND "),
            Condition::Or(parts) => join(parts, " OR "),
        }
    }

    /// What it is on a row.
    pub(super) fn on(&self, row: &Row) -> Option<bool> {
        match self {
            Condition::Literal(value) => *value,
            Condition::Flag(name) => match row.get(name) {
                Some(Cell::Bool(value)) => Some(*value),
                _ => None,
            },
            Condition::AttrFlag(column, key) => raw(row, column, key)?.parse().ok(),
            Condition::Text(words, op, literal) => Some(holds(op, words.on(row)?.as_str().cmp(literal))),
            Condition::Texts(left, op, right) => Some(holds(op, left.on(row)?.cmp(&right.on(row)?))),
            Condition::TextIn(words, negated, items) => {
                let value = words.on(row)?;
                not(is_in(items, |item| value == *item), *negated)
            }
            Condition::Like(words, negated, any_case, pattern) => {
                let fold = |text: &str| if *any_case { text.to_lowercase() } else { text.to_owned() };
                let text: Vec<char> = fold(&words.on(row)?).chars().collect();
                Some(matches(&text, &fold(pattern).chars().collect::<Vec<_>>()) != *negated)
            }
            Condition::Numbers(left, op, right) => left.compared(op, right, row),
            Condition::NumberIn(amount, negated, items) => {
                amount.on(row)?;
                not(
                    is_in(items, |item| amount.compared("=", &Amount::Int(*item), row) == Some(true)),
                    *negated,
                )
            }
            Condition::Between(amount, negated, low, high) => {
                let low = amount.compared(">=", &Amount::Int(*low), row)?;
                Some((low && amount.compared("<=", &Amount::Int(*high), row)?) != *negated)
            }
            Condition::Time(name, op, nanos) => match row.get(name) {
                Some(Cell::Time(value)) => Some(holds(op, value.cmp(nanos))),
                _ => None,
            },
            Condition::Id(name, op, bytes) => match row.get(name) {
                Some(Cell::Id(value)) => Some(holds(op, value.cmp(bytes))),
                _ => None,
            },
            Condition::NoText(words, negated) => Some(words.on(row).is_none() != *negated),
            // Whether there is an attribute is no question of its type.
            Condition::NoNumber(Amount::Attr(column, key), negated) => {
                Some(Words::Attr(column, key).on(row).is_none() != *negated)
            }
            Condition::NoNumber(amount, negated) => Some(amount.on(row).is_none() != *negated),
            Condition::NoTruth(inner, negated) => Some(inner.on(row).is_none() != *negated),
            Condition::Same(left, op, right) => Some((left.on(row)? == right.on(row)?) == (*op == "=")),
            Condition::Not(inner) => inner.on(row).map(|value| !value),
            Condition::And(parts) => all(parts.iter().map(|part| part.on(row))),
            Condition::Or(parts) => all(parts.iter().map(|part| part.on(row).map(|v| !v))).map(|v| !v),
        }
    }
}

fn is_in<T>(items: &[Option<T>], is: impl Fn(&T) -> bool) -> Option<bool> {
    if items.iter().flatten().any(is) {
        return Some(true);
    }
    items.iter().all(Option::is_some).then_some(false)
}

fn all(values: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let values: Vec<_> = values.collect();
    if values.contains(&Some(false)) {
        return Some(false);
    }
    values.iter().all(Option::is_some).then_some(true)
}
