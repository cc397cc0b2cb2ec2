//! From SQL's syntax tree to ours: names become columns, and each comparison gets the type of its sides.
//!
//! It must never accept what `eval` cannot evaluate, nor leave a mistake of types to the rows.

use ippo_base::limits::EXPRESSION_DEPTH;
use sqlparser::ast::{
    AccessExpr, BinaryOperator, Expr as Sql, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Subscript, UnaryOperator, Value,
};

use super::ExprError;
use super::ast::{Arithmetic, Attr, BODY, Leaf, Number, Op, Predicate, Real, Text};
use super::compare::{Operand, compare};
use super::cost::cheapest_first;
use super::lex::Places;
use super::parse::offset_of;
use crate::attrs::PATH_LEVELS;
use crate::columns::{self, ColumnDef, ColumnKind};
use crate::signal::Signal;

/// Checks a tree that comes from `text`.
pub(super) struct Check<'a> {
    pub(super) signal: Signal,
    pub(super) places: Places<'a>,
}

impl Check<'_> {
    pub(super) fn wrong<T>(&self, at: &Sql, message: impl Into<String>) -> Result<T, ExprError> {
        Err(ExprError { offset: offset_of(at, &self.places), message: message.into() })
    }

    fn deeper(&self, at: &Sql, depth: usize) -> Result<usize, ExprError> {
        if depth >= EXPRESSION_DEPTH {
            return self.wrong(at, format!("the expression nests deeper than {EXPRESSION_DEPTH} levels"));
        }
        Ok(depth + 1)
    }

    /// The condition that `sql` says.
    pub(super) fn predicate(&self, sql: &Sql, depth: usize) -> Result<Predicate, ExprError> {
        match self.operand(sql, depth)? {
            Operand::Bool(predicate) => Ok(predicate),
            Operand::Null => Ok(Predicate::Const(None)),
            Operand::Attr(attr) => Ok(Predicate::leaf(Leaf::AttrFlag(attr))),
            other => self.wrong(
                sql,
                format!("{other} is not true or false; compare it, as in {}", other.example_comparison()),
            ),
        }
    }

    /// The number that `sql` says.
    pub(super) fn number(&self, sql: &Sql, depth: usize) -> Result<Number, ExprError> {
        match self.operand(sql, depth)? {
            Operand::Number(number) => Ok(number),
            Operand::Attr(attr) => Ok(Number::Attr(attr)),
            other => self.wrong(sql, format!("{other} is not a number")),
        }
    }

    fn operand(&self, sql: &Sql, depth: usize) -> Result<Operand, ExprError> {
        let inner = self.deeper(sql, depth)?;
        match sql {
            Sql::Nested(nested) => self.operand(nested, inner),
            Sql::Identifier(name) => self.column(sql, &name.value),
            Sql::CompoundFieldAccess { root, access_chain } => self.subscript(sql, root, access_chain),
            Sql::Value(value) => self.literal(sql, &value.value),
            Sql::Function(function) => self.parsed_number(sql, function, inner),
            Sql::UnaryOp { op: UnaryOperator::Not, expr } => {
                Ok(Operand::Bool(self.predicate(expr, inner)?.negated()))
            }
            Sql::UnaryOp { op: UnaryOperator::Minus, expr } => self.negative(expr, inner),
            Sql::UnaryOp { op: UnaryOperator::Plus, expr } => Ok(Operand::Number(self.number(expr, inner)?)),
            Sql::BinaryOp { left, op, right } => self.binary(sql, left, op, right, inner),
            Sql::IsNull(of) => Ok(Operand::Bool(self.missing(of, inner)?)),
            Sql::IsNotNull(of) => Ok(Operand::Bool(self.missing(of, inner)?.negated())),
            Sql::InList { expr, list, negated } => {
                let found = self.in_list(expr, list, inner)?;
                Ok(Operand::Bool(if *negated { found.negated() } else { found }))
            }
            Sql::Between { expr, negated, low, high } => {
                let low = self.comparison(expr, Op::Ge, low, inner)?;
                let high = self.comparison(expr, Op::Le, high, inner)?;
                let between = all(vec![low, high]);
                Ok(Operand::Bool(if *negated { between.negated() } else { between }))
            }
            Sql::Like { negated, any: false, expr, pattern, escape_char: None } => {
                self.like(expr, pattern, false, *negated, inner)
            }
            Sql::ILike { negated, any: false, expr, pattern, escape_char: None } => {
                self.like(expr, pattern, true, *negated, inner)
            }
            Sql::IsTrue(_) | Sql::IsNotTrue(_) | Sql::IsFalse(_) | Sql::IsNotFalse(_) => {
                self.wrong(sql, "IS TRUE and IS FALSE are not supported; write = TRUE or = FALSE")
            }
            other => self.wrong(sql, format!("{other} is not supported in an expression")),
        }
    }

    fn column(&self, sql: &Sql, name: &str) -> Result<Operand, ExprError> {
        let Some((_, column)) = columns::find(self.signal, name) else {
            return self.wrong(sql, format!("there is no column {name}"));
        };
        Ok(match column.kind {
            ColumnKind::Name | ColumnKind::Text => Operand::Text(Text::Column(column.name)),
            ColumnKind::Int | ColumnKind::Float => Operand::Number(Number::Column(column.name)),
            ColumnKind::Bool => Operand::Bool(Predicate::leaf(Leaf::Flag(column.name))),
            ColumnKind::Time => Operand::Time(column.name),
            ColumnKind::Id16 => Operand::Id(column.name, 16),
            ColumnKind::Id8 => Operand::Id(column.name, 8),
            ColumnKind::Map | ColumnKind::NamedMap => {
                return self.wrong(sql, format!("{name} holds many values; read one as {name}['key']"));
            }
            ColumnKind::Json => {
                return self.wrong(sql, format!("{name} cannot be used in an expression"));
            }
        })
    }

    fn subscript(&self, sql: &Sql, root: &Sql, chain: &[AccessExpr]) -> Result<Operand, ExprError> {
        let map = match root {
            Sql::Identifier(name) => columns::find(self.signal, &name.value).map(|(_, column)| column),
            _ => None,
        };
        let has_keys =
            |c: &ColumnDef| c.name == BODY || matches!(c.kind, ColumnKind::Map | ColumnKind::NamedMap);
        let Some(map) = map.filter(has_keys) else {
            return self.wrong(sql, self.what_has_keys());
        };
        match chain {
            [AccessExpr::Subscript(Subscript::Index { index: Sql::Value(key) })] => match &key.value {
                Value::SingleQuotedString(key) => {
                    let attr = Attr { column: map.name, key: key.as_str().into() };
                    if attr.is_path() && key.split('.').count() > PATH_LEVELS {
                        return self.wrong(sql, format!("a body is read at most {PATH_LEVELS} levels deep"));
                    }
                    Ok(Operand::Attr(attr))
                }
                _ => self.wrong(sql, format!("a key is text in single quotes: {}['key']", map.name)),
            },
            [AccessExpr::Subscript(_)] => {
                self.wrong(sql, format!("a key is text in single quotes: {}['key']", map.name))
            }
            _ if map.name == BODY => {
                self.wrong(sql, "body takes one key; nested keys are joined by dots: body['request.path']")
            }
            _ => self.wrong(
                sql,
                format!("{0} takes one key: {0}['key']; nested values are read as JSON text", map.name),
            ),
        }
    }

    fn what_has_keys(&self) -> &'static str {
        match self.signal {
            Signal::Logs => "only attrs['key'], resource['key'] and body['key'] take a key in brackets",
            _ => "only attrs['key'] and resource['key'] take a key in brackets",
        }
    }

    fn literal(&self, sql: &Sql, value: &Value) -> Result<Operand, ExprError> {
        match value {
            Value::SingleQuotedString(text) => Ok(Operand::TextLiteral(text.as_str().into())),
            Value::Boolean(value) => Ok(Operand::Bool(Predicate::Const(Some(*value)))),
            Value::Null => Ok(Operand::Null),
            Value::Number(text, _) => {
                if let Ok(value) = text.parse() {
                    return Ok(Operand::Number(Number::Int(value)));
                }
                match text.parse().ok().filter(|value: &f64| value.is_finite()) {
                    Some(value) => Ok(Operand::Number(Number::Real(Real(value)))),
                    None => self.wrong(sql, format!("{text} is too large a number")),
                }
            }
            other => self.wrong(sql, format!("{other} is not supported in an expression")),
        }
    }

    fn parsed_number(&self, sql: &Sql, function: &Function, depth: usize) -> Result<Operand, ExprError> {
        if function.name.0.last().and_then(|part| part.as_ident()).is_none_or(|name| name.value != "num") {
            return self
                .wrong(sql, format!("there is no function {}; the only one is num(…)", function.name));
        }
        let FunctionArguments::List(list) = &function.args else {
            return self.wrong(sql, "num(…) takes one value");
        };
        let [FunctionArg::Unnamed(FunctionArgExpr::Expr(of))] = list.args.as_slice() else {
            return self.wrong(sql, "num(…) takes one value");
        };
        match self.operand(of, depth)? {
            Operand::Attr(attr) => Ok(Operand::Number(Number::Parsed(Text::Attr(attr)))),
            Operand::Text(text) => Ok(Operand::Number(Number::Parsed(text))),
            Operand::Number(number) => Ok(Operand::Number(number)),
            other => self
                .wrong(of, format!("num(…) reads a number out of text or an attribute, not out of {other}")),
        }
    }

    fn negative(&self, sql: &Sql, depth: usize) -> Result<Operand, ExprError> {
        Ok(Operand::Number(match self.number(sql, depth)? {
            Number::Int(value) if value != i64::MIN => Number::Int(-value),
            Number::Real(value) => Number::Real(Real(-value.0)),
            number => Number::Computed(Arithmetic::Multiply, Box::new(Number::Int(-1)), Box::new(number)),
        }))
    }

    fn binary(
        &self,
        sql: &Sql,
        left: &Sql,
        op: &BinaryOperator,
        right: &Sql,
        depth: usize,
    ) -> Result<Operand, ExprError> {
        let op = match op {
            BinaryOperator::And | BinaryOperator::Or => {
                let parts = chain(sql, op).into_iter().map(|part| self.predicate(part, depth));
                let parts = parts.collect::<Result<Vec<_>, _>>()?;
                let is_and = matches!(op, BinaryOperator::And);
                return Ok(Operand::Bool(if is_and { all(parts) } else { any(parts) }));
            }
            BinaryOperator::Plus => return self.arithmetic(sql, left, Arithmetic::Add, right, depth),
            BinaryOperator::Minus => return self.arithmetic(sql, left, Arithmetic::Subtract, right, depth),
            BinaryOperator::Multiply => {
                return self.arithmetic(sql, left, Arithmetic::Multiply, right, depth);
            }
            BinaryOperator::Divide => return self.arithmetic(sql, left, Arithmetic::Divide, right, depth),
            BinaryOperator::Eq => Op::Eq,
            BinaryOperator::NotEq => Op::Ne,
            BinaryOperator::Lt => Op::Lt,
            BinaryOperator::LtEq => Op::Le,
            BinaryOperator::Gt => Op::Gt,
            BinaryOperator::GtEq => Op::Ge,
            other => return self.wrong(sql, format!("{other} is not supported in an expression")),
        };
        self.comparison(left, op, right, depth).map(Operand::Bool)
    }

    fn comparison(&self, left: &Sql, op: Op, right: &Sql, depth: usize) -> Result<Predicate, ExprError> {
        let (a, b) = (self.operand(left, depth)?, self.operand(right, depth)?);
        compare(a, op, b).or_else(|message| self.wrong(left, message))
    }

    fn arithmetic(
        &self,
        sql: &Sql,
        left: &Sql,
        op: Arithmetic,
        right: &Sql,
        depth: usize,
    ) -> Result<Operand, ExprError> {
        let (a, b) = (self.number_or_null(left, depth)?, self.number_or_null(right, depth)?);
        let (Some(a), Some(b)) = (a, b) else { return Ok(Operand::Null) };
        match (a.literal(), b.literal()) {
            (Some(x), Some(y)) => match op.of(x, y) {
                Some(value) => Ok(Operand::Number(Number::Real(Real(value)))),
                None => self.wrong(sql, "this division by zero or overflow never has a value"),
            },
            _ => Ok(Operand::Number(Number::Computed(op, Box::new(a), Box::new(b)))),
        }
    }

    fn number_or_null(&self, sql: &Sql, depth: usize) -> Result<Option<Number>, ExprError> {
        match self.operand(sql, depth)? {
            Operand::Null => Ok(None),
            Operand::Number(number) => Ok(Some(number)),
            Operand::Attr(attr) => Ok(Some(Number::Attr(attr))),
            Operand::Time(name) => self.wrong(
                sql,
                format!("{name} is a time; compare it with a time such as '2026-01-31T12:00:00Z'"),
            ),
            other => self.wrong(sql, format!("{other} is not a number; + - * / work on numbers")),
        }
    }

    fn missing(&self, sql: &Sql, depth: usize) -> Result<Predicate, ExprError> {
        Ok(match self.operand(sql, depth)? {
            Operand::Null => Predicate::Const(Some(true)),
            Operand::TextLiteral(_) => Predicate::Const(Some(false)),
            Operand::Text(Text::Column(name)) | Operand::Time(name) | Operand::Id(name, _) => {
                Predicate::leaf(Leaf::NoColumn(name))
            }
            Operand::Attr(attr) | Operand::Text(Text::Attr(attr)) => Predicate::leaf(Leaf::NoAttr(attr)),
            Operand::Number(number) if number.literal().is_some() => Predicate::Const(Some(false)),
            Operand::Number(number) => Predicate::leaf(Leaf::NoNumber(number)),
            Operand::Bool(Predicate::Const(value)) => Predicate::Const(Some(value.is_none())),
            Operand::Bool(predicate) => Predicate::Unknown(Box::new(predicate)),
        })
    }

    fn in_list(&self, sql: &Sql, list: &[Sql], depth: usize) -> Result<Predicate, ExprError> {
        let value = self.operand(sql, depth)?;
        if matches!(&value, Operand::Bool(predicate) if !matches!(predicate, Predicate::Leaf(_))) {
            return self.wrong(sql, "IN works on columns and numbers, not on conditions");
        }
        let (text, number) = match &value {
            Operand::Text(text) => (Some(text.clone()), None),
            Operand::Attr(attr) => (Some(Text::Attr(attr.clone())), Some(Number::Attr(attr.clone()))),
            Operand::Number(number) if number.literal().is_none() => (None, Some(number.clone())),
            _ => (None, None),
        };
        let (mut texts, mut ints, mut parts): (Vec<Box<str>>, Vec<i64>, Vec<Predicate>) =
            (vec![], vec![], vec![]);
        for item in list {
            match self.operand(item, depth)? {
                Operand::TextLiteral(literal) if text.is_some() => texts.push(literal),
                Operand::Number(Number::Int(literal)) if number.is_some() => ints.push(literal),
                literal if literal.is_literal() => {
                    parts.push(compare(value.clone(), Op::Eq, literal).or_else(|m| self.wrong(item, m))?);
                }
                _ => return self.wrong(item, "a list holds literals only; write = and OR for the rest"),
            }
        }
        if let Some(text) = text.filter(|_| !texts.is_empty()) {
            texts.sort_unstable();
            texts.dedup();
            parts.push(Predicate::leaf(Leaf::TextIn(text, texts)));
        }
        if let Some(number) = number.filter(|_| !ints.is_empty()) {
            ints.sort_unstable();
            ints.dedup();
            parts.push(Predicate::leaf(Leaf::NumberIn(number, ints)));
        }
        Ok(any(parts))
    }

    fn like(
        &self,
        sql: &Sql,
        pattern: &Sql,
        any_case: bool,
        negated: bool,
        depth: usize,
    ) -> Result<Operand, ExprError> {
        let text = match self.operand(sql, depth)? {
            Operand::Text(text) => text,
            Operand::Attr(attr) => Text::Attr(attr),
            Operand::Null => return Ok(Operand::Bool(Predicate::Const(None))),
            other => return self.wrong(sql, format!("LIKE works on text, and {other} is not text")),
        };
        let pattern = match self.operand(pattern, depth)? {
            Operand::TextLiteral(pattern) => pattern,
            Operand::Null => return Ok(Operand::Bool(Predicate::Const(None))),
            _ => return self.wrong(pattern, "the pattern of LIKE is text in single quotes"),
        };
        let like = Predicate::leaf(Leaf::Like { text, pattern, any_case });
        Ok(Operand::Bool(if negated { like.negated() } else { like }))
    }
}

/// The parts of `a AND b AND c`, however the parser nested them, without recursion on the left.
fn chain<'a>(sql: &'a Sql, op: &BinaryOperator) -> Vec<&'a Sql> {
    let mut parts = vec![];
    let mut rest = sql;
    while let Sql::BinaryOp { left, op: found, right } = rest
        && found == op
    {
        parts.push(right.as_ref());
        rest = left;
    }
    parts.push(rest);
    parts.reverse();
    parts
}

/// AND of the parts; parts that are themselves ANDs join in.
fn all(parts: Vec<Predicate>) -> Predicate {
    let mut flat = vec![];
    for part in parts {
        match part {
            Predicate::And(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    cheapest_first(&mut flat);
    Predicate::And(flat)
}

/// OR of the parts.
fn any(mut parts: Vec<Predicate>) -> Predicate {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    cheapest_first(&mut parts);
    Predicate::Or(parts)
}
