//! What to say about a word that is no column: what was probably meant.
//!
//! It must never guess silently: it only words errors.

use ippo_base::meant;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Word;

use crate::columns;
use crate::signal::Signal;

/// The message for a word that is neither column nor keyword; `name` is the word with the dotted parts behind it.
pub(super) fn no_such_column(signal: Signal, word: &Word, name: &str) -> String {
    if word.quote_style.is_some() {
        return format!("there is no column \"{}\"; text is written in single quotes: '{0}'", word.value);
    }
    if let Some((table, column)) = name.split_once('.')
        && table.eq_ignore_ascii_case(signal.name())
    {
        return format!("columns are written without their table: {column}");
    }
    if name.contains('.') {
        return format!(
            "there is no column {name}; attributes are read as attrs['{name}'] or resource['{name}']"
        );
    }
    match meant(name, columns::of(signal).iter().map(|column| column.name)).first() {
        Some(near) => format!("there is no column {name} in {signal}; did you mean {near}?"),
        None => format!(
            "there is no column {name} in {signal}; text is written in single quotes, attributes as attrs['{name}']"
        ),
    }
}

/// The message for a word of SQL that expressions do not have.
pub(super) fn unsupported_word(word: &Word) -> Option<String> {
    let instead = match word.keyword {
        Keyword::SELECT | Keyword::FROM | Keyword::WHERE | Keyword::EXISTS => {
            "an expression is only what would follow WHERE"
        }
        Keyword::CASE | Keyword::WHEN | Keyword::THEN | Keyword::ELSE => "combine conditions with AND and OR",
        Keyword::CAST => "numbers in attributes are read as numbers; text is read with num(…)",
        Keyword::DISTINCT => "write = or <>, and IS NULL",
        Keyword::ESCAPE => "a backslash before % or _ stands for the sign itself",
        Keyword::SIMILAR | Keyword::REGEXP | Keyword::RLIKE => "write LIKE with % and _",
        Keyword::INTERVAL => "compare with a time such as '2026-01-31T12:00:00Z'",
        _ => return None,
    };
    Some(format!("{} is not supported; {instead}", word.value.to_uppercase()))
}
