//! What a query may not be, by its words alone: planning takes time and stack before any plan could be looked at.

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer, Word};
use ippo_base::limits;

use super::QueryError;

/// Words and operators of a query: expressions nest as deep as they are long.
const WORDS: usize = 1_000;
/// How often a layer may be read in all. One that is named twice is read twice, and so is what it reads.
const LAYERS: usize = 500;

/// Refuses it, with the reason.
pub(super) fn check(sql: &str) -> Result<(), QueryError> {
    let refused = |reason: String| Err(QueryError::Refused(reason));
    if sql.len() > limits::QUERY_BYTES {
        return refused(format!("the query has {} bytes, and may have {}", sql.len(), limits::QUERY_BYTES));
    }
    // What is no SQL is told by the parser.
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize().unwrap_or_default();
    let tokens: Vec<Token> =
        tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
    let nests =
        |token: &&Token| !matches!(token, Token::Comma | Token::Number(..) | Token::SingleQuotedString(_));
    let words = tokens.iter().filter(nests).count();
    if words > WORDS {
        return refused(format!("it has {words} words and operators, and may have {WORDS}"));
    }
    if tokens.iter().any(|token| is(token, Keyword::TABLESAMPLE)) {
        return refused("TABLESAMPLE is not offered: all rows would be read".to_owned());
    }
    if layers(&tokens) > LAYERS {
        return refused(format!(
            "its layers are read more than {LAYERS} times, as one that is named twice is read twice"
        ));
    }
    Ok(())
}

fn is(token: &Token, keyword: Keyword) -> bool {
    matches!(token, Token::Word(word) if word.keyword == keyword)
}

/// How often the layer that is read most is read, with what it reads in turn.
fn layers(tokens: &[Token]) -> usize {
    let mut known: Vec<(String, usize)> = Vec::new();
    let named = |word: &Word| word.value.to_lowercase();
    for (at, window) in tokens.windows(3).enumerate() {
        let [Token::Word(name), next, Token::LParen] = window else { continue };
        if !is(next, Keyword::AS) {
            continue;
        }
        let body = body(&tokens[at + 3..]);
        // A table stands behind one of these; a column of the layer has a point behind its name.
        let reads = |at: usize| {
            let (Some(before), Some(Token::Word(word))) = (body.get(at), body.get(at + 1)) else { return 0 };
            let is_table = [Keyword::FROM, Keyword::JOIN].iter().any(|keyword| is(before, *keyword));
            if !(is_table || *before == Token::Comma) || body.get(at + 2) == Some(&Token::Period) {
                return 0;
            }
            known.iter().rev().find(|(known, _)| *known == named(word)).map_or(0, |(_, reads)| *reads)
        };
        let reads = (0..body.len()).map(reads).fold(1, usize::saturating_add);
        known.push((named(name), reads));
    }
    known.into_iter().map(|(_, reads)| reads).max().unwrap_or(0)
}

/// What is before the parenthesis that ends it.
fn body(tokens: &[Token]) -> &[Token] {
    let mut depth = 1;
    let end = tokens.iter().position(|token| {
        match token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    &tokens[..end.unwrap_or(tokens.len())]
}
