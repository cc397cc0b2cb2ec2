//! From text to the tokens that an expression may hold: unknown words, foreign operators and bombs end here, before
//! a parser recurses, each with its place.
//!
//! It must never let a word through that is neither a column nor part of the language.

use ippo_base::limits::{EXPRESSION_BYTES, EXPRESSION_DEPTH};
use sqlparser::dialect::Dialect;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Whitespace, Word};

use super::ExprError;
use super::names::{no_such_column, unsupported_word};
use crate::columns;
use crate::signal::Signal;

/// Operators in one expression: bounds how deep the parser's own tree can lean.
const OPERATORS: usize = 1_000;

/// Words that take operands.
const OPERATOR_WORDS: [Keyword; 8] = [
    Keyword::AND,
    Keyword::OR,
    Keyword::NOT,
    Keyword::IN,
    Keyword::LIKE,
    Keyword::ILIKE,
    Keyword::IS,
    Keyword::BETWEEN,
];

/// Plain SQL names and nothing that other dialects add.
#[derive(Debug)]
pub(super) struct Plain;

impl Dialect for Plain {
    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || ch == '_'
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_alphanumeric() || ch == '_'
    }
}

/// Translates the tokenizer's places into byte offsets.
pub(super) struct Places<'a> {
    text: &'a str,
}

impl<'a> Places<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text }
    }

    /// The byte offset of a place; the end of the text for a place beyond it.
    pub(super) fn offset(&self, place: Location) -> usize {
        if place.line == 0 {
            return self.text.len();
        }
        let (mut line, mut column) = (1, 1);
        for (offset, ch) in self.text.char_indices() {
            if (line, column) >= (place.line, place.column) {
                return offset;
            }
            (line, column) = if ch == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        self.text.len()
    }
}

/// The tokens of `text`, without blanks, columns as quoted names.
pub(super) fn tokens(text: &str, signal: Signal) -> Result<Vec<TokenWithSpan>, ExprError> {
    if text.len() > EXPRESSION_BYTES {
        let message = format!("the expression is longer than {EXPRESSION_BYTES} bytes");
        return Err(ExprError { offset: EXPRESSION_BYTES, message });
    }
    let places = Places::of(text);
    let read = Tokenizer::new(&Plain, text).tokenize_with_location().map_err(|error| ExprError {
        offset: places.offset(error.location),
        message: error.message.to_lowercase(),
    })?;
    let mut checked = Check { signal, places, depth: 0, prefixes: 0, operators: 0 };
    let mut kept = Vec::with_capacity(read.len());
    for (index, token) in read.iter().enumerate() {
        if let Token::Whitespace(Whitespace::Space | Whitespace::Newline | Whitespace::Tab) = token.token {
            continue;
        }
        let checked = checked.token(token, &read[index + 1..])?;
        kept.push(TokenWithSpan::new(checked, token.span));
    }
    if kept.is_empty() {
        return Err(ExprError { offset: 0, message: "the expression is empty".to_owned() });
    }
    Ok(kept)
}

struct Check<'a> {
    signal: Signal,
    places: Places<'a>,
    depth: usize,
    /// NOT and signs in a row.
    prefixes: usize,
    operators: usize,
}

impl Check<'_> {
    fn token(&mut self, token: &TokenWithSpan, rest: &[TokenWithSpan]) -> Result<Token, ExprError> {
        let nesting = self.nesting(&token.token);
        let checked = match &token.token {
            Token::Word(word) => self.word(word, rest),
            Token::Number(_, true) => Err("a number ends with a digit".to_owned()),
            Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::Comma
            | Token::LParen
            | Token::RParen
            | Token::LBracket
            | Token::RBracket
            | Token::Eq
            | Token::Neq
            | Token::Lt
            | Token::Gt
            | Token::LtEq
            | Token::GtEq
            | Token::Plus
            | Token::Minus
            | Token::Mul
            | Token::Div => Ok(token.token.clone()),
            other => Err(foreign(other)),
        };
        nesting
            .and(checked)
            .map_err(|message| ExprError { offset: self.places.offset(token.span.start), message })
    }

    fn nesting(&mut self, token: &Token) -> Result<(), String> {
        let is_not =
            matches!(token, Token::Word(word) if word.keyword == Keyword::NOT && word.quote_style.is_none());
        match token {
            Token::LParen | Token::LBracket => self.depth += 1,
            Token::RParen | Token::RBracket => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        let is_prefix = is_not || matches!(token, Token::Plus | Token::Minus | Token::LParen);
        self.prefixes = if is_prefix { self.prefixes + 1 } else { 0 };
        self.operators += usize::from(is_operator(token));
        if self.depth > EXPRESSION_DEPTH || self.prefixes > EXPRESSION_DEPTH {
            return Err(format!("the expression nests deeper than {EXPRESSION_DEPTH} levels"));
        }
        if self.operators > OPERATORS {
            return Err(format!("the expression has more than {OPERATORS} operators; write lists as IN (…)"));
        }
        Ok(())
    }

    fn word(&self, word: &Word, rest: &[TokenWithSpan]) -> Result<Token, String> {
        if word.quote_style.is_none() {
            if OPERATOR_WORDS.contains(&word.keyword)
                || matches!(word.keyword, Keyword::NULL | Keyword::TRUE | Keyword::FALSE)
            {
                return Ok(Token::Word(word.clone()));
            }
            if let Some(message) = unsupported_word(word) {
                return Err(message);
            }
            if next(rest) == Some(&Token::LParen) {
                return if word.value.eq_ignore_ascii_case("num") {
                    Ok(quoted("num"))
                } else {
                    Err(format!("there is no function {}; the only one is num(…)", word.value))
                };
            }
        }
        let folded = word.quote_style.is_none().then(|| word.value.to_ascii_lowercase());
        let name = folded.as_deref().unwrap_or(&word.value);
        if let Some((_, column)) = columns::find(self.signal, name) {
            return Ok(quoted(column.name));
        }
        Err(no_such_column(self.signal, word, &dotted(word, rest)))
    }
}

fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => word.quote_style.is_none() && OPERATOR_WORDS.contains(&word.keyword),
        Token::Eq | Token::Neq | Token::Lt | Token::Gt | Token::LtEq | Token::GtEq => true,
        Token::Plus | Token::Minus | Token::Mul | Token::Div | Token::LParen | Token::LBracket => true,
        _ => false,
    }
}

/// A name that no keyword of SQL can be mistaken for.
fn quoted(name: &str) -> Token {
    Token::Word(Word { value: name.to_owned(), quote_style: Some('"'), keyword: Keyword::NoKeyword })
}

fn next(rest: &[TokenWithSpan]) -> Option<&Token> {
    rest.iter().map(|token| &token.token).find(|token| !matches!(token, Token::Whitespace(_)))
}

/// `http.route` as one name, which people write for attributes.
fn dotted(word: &Word, rest: &[TokenWithSpan]) -> String {
    let mut name = word.value.clone();
    for pair in rest.chunks(2) {
        match pair {
            [TokenWithSpan { token: Token::Period, .. }, TokenWithSpan { token: Token::Word(part), .. }] => {
                name.push('.');
                name.push_str(&part.value);
            }
            _ => break,
        }
    }
    name
}

fn foreign(token: &Token) -> String {
    match token {
        Token::DoubleEq => "`==` is not supported; write =".to_owned(),
        Token::StringConcat => "`||` is not supported; write OR".to_owned(),
        Token::Ampersand | Token::Overlap => format!("`{token}` is not supported; write AND"),
        Token::ExclamationMark => "`!` is not supported; write NOT".to_owned(),
        Token::Whitespace(_) => "an expression holds no comments".to_owned(),
        Token::SemiColon => "an expression holds no `;`".to_owned(),
        Token::Tilde | Token::DoubleTilde => "`~` is not supported; write LIKE".to_owned(),
        Token::Period => "`.` is not supported; attributes are read as attrs['http.route']".to_owned(),
        other => format!("`{other}` is not supported in an expression"),
    }
}
