//! From tokens to SQL's syntax tree, by sqlparser, and its errors in our words.
//!
//! It must never see a token that `lex` has not let through.

use ippo_base::limits::EXPRESSION_DEPTH;
use sqlparser::ast::{Array, Expr as Sql, Spanned};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token};

use super::ExprError;
use super::lex::{self, Places, Plain};
use crate::signal::Signal;

/// Parses one expression that takes up the whole text.
pub(super) fn parse(text: &str, signal: Signal) -> Result<Sql, ExprError> {
    let tokens = lex::tokens(text, signal)?;
    let places = Places::of(text);
    let mut parser = Parser::new(&Plain)
        // A level of parentheses takes the parser two levels.
        .with_recursion_limit(3 * EXPRESSION_DEPTH)
        .with_tokens_with_locations(tokens);
    let sql = parser.parse_expr().map_err(|error| in_our_words(error, &places))?;
    match parser.peek_token() {
        rest if rest.token == Token::EOF => Ok(sql),
        rest => Err(ExprError {
            offset: places.offset(rest.span.start),
            message: format!("expected AND, OR or the end, found {}", found(&rest.token.to_string())),
        }),
    }
}

/// Where an expression starts in its text: at its leftmost operand, found without recursion.
pub(super) fn offset_of(sql: &Sql, places: &Places<'_>) -> usize {
    let mut leftmost = sql;
    loop {
        leftmost = match leftmost {
            Sql::BinaryOp { left: inner, .. }
            | Sql::UnaryOp { expr: inner, .. }
            | Sql::Nested(inner)
            | Sql::IsNull(inner)
            | Sql::IsNotNull(inner)
            | Sql::IsTrue(inner)
            | Sql::IsNotTrue(inner)
            | Sql::IsFalse(inner)
            | Sql::IsNotFalse(inner)
            | Sql::InList { expr: inner, .. }
            | Sql::Between { expr: inner, .. }
            | Sql::Like { expr: inner, .. }
            | Sql::ILike { expr: inner, .. }
            | Sql::CompoundFieldAccess { root: inner, .. } => inner,
            Sql::Tuple(items) | Sql::Array(Array { elem: items, .. }) if !items.is_empty() => &items[0],
            Sql::Function(function) => return places.offset(function.name.span().start),
            other => return places.offset(other.span().start),
        };
    }
}

fn in_our_words(error: ParserError, places: &Places<'_>) -> ExprError {
    let message = match error {
        ParserError::RecursionLimitExceeded => {
            let message = format!("the expression nests deeper than {EXPRESSION_DEPTH} levels");
            return ExprError { offset: 0, message };
        }
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message,
    };
    let (message, place) = match message.rsplit_once(" at Line: ") {
        Some((message, place)) => (message, place_of(place)),
        None => (message.as_str(), None),
    };
    let message = match message.strip_prefix("Expected: ").and_then(|rest| rest.split_once(", found: ")) {
        Some((expected, token)) => format!("expected {}, found {}", plain(expected), found(token)),
        None => message.to_owned(),
    };
    ExprError { offset: places.offset(place.unwrap_or(Location::empty())), message }
}

/// Reads `3, Column: 14`.
fn place_of(text: &str) -> Option<Location> {
    let (line, column) = text.split_once(", Column: ")?;
    Some(Location { line: line.trim().parse().ok()?, column: column.trim().parse().ok()? })
}

fn plain(expected: &str) -> &str {
    match expected {
        "an expression" => "a column or a value",
        // Slices are another dialect's.
        ":" => "`]`",
        ")" => "`)`",
        other => other,
    }
}

fn found(token: &str) -> String {
    // Columns were put in quotes by `lex`.
    if token == "EOF" { "the end".to_owned() } else { format!("`{}`", token.trim_matches('"')) }
}
