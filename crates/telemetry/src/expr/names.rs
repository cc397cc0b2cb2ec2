//! What to say about a word that is no column: what was probably meant.
//!
//! It must never guess silently: it only words errors.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Word;

use crate::columns;
use crate::signal::Signal;

/// How many letters a name may be off to be offered as the one meant.
const FAR: usize = 3;

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
    match nearest(signal, name) {
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

/// The column whose name is the fewest edits away, if that is few enough.
fn nearest(signal: Signal, name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    columns::of(signal)
        .iter()
        .map(|column| (distance(&name, column.name), column.name))
        .filter(|(edits, column)| *edits <= FAR.min(column.len() / 2) && edits * 2 < name.chars().count())
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, column)| column)
}

/// Levenshtein's distance, in characters.
pub(crate) fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
