//! What to say about a query that names what is not there: what there is, and what was probably meant.
//!
//! It must never guess silently: it only words errors.

use datafusion::common::{Column, DataFusionError, SchemaError};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use ippo_base::meant;

use super::session::UNBOUNDED;
use super::tables::sql_tables;

/// Names that are offered at most.
const OFFERED: usize = 5;
/// Columns that are read by key.
const READ_BY_KEY: [&str; 3] = ["attrs", "resource", "body"];
/// What DataFusion puts before the name of a table.
const DEFAULT_SCHEMA: &str = "datafusion.public.";

/// The words for an error, where there are better ones than those of DataFusion.
pub(super) fn reason(error: &DataFusionError, sql: &str) -> Option<String> {
    let text = match error.find_root() {
        DataFusionError::SchemaError(error, _) => match error.as_ref() {
            SchemaError::FieldNotFound { field, valid_fields } => {
                return Some(no_such_column(field, valid_fields, sql));
            }
            _ => return None,
        },
        DataFusionError::Plan(text) => text,
        _ => return dotted(sql).map(|dotted| dotted.instead()),
    };
    if let Some(name) = text.strip_prefix("Invalid function '").and_then(|text| text.split('\'').next())
        && UNBOUNDED.contains(&name)
    {
        return Some(match name {
            "array_to_string" => "array_to_string is not offered; string_agg(x, ', ') joins texts".to_owned(),
            name => format!("{name} is not offered, as its memory or its time has no bound"),
        });
    }
    if text.contains("unless information_schema is enabled") {
        return Some("of SHOW there are SHOW TABLES and SHOW COLUMNS FROM spans".to_owned());
    }
    match text.strip_prefix("table '").and_then(|text| text.strip_suffix("' not found")) {
        Some(name) => Some(no_such_table(name.strip_prefix(DEFAULT_SCHEMA).unwrap_or(name))),
        None => dotted(sql).map(|dotted| dotted.instead()),
    }
}

/// The message for a table that is not there.
pub(super) fn no_such_table(name: &str) -> String {
    let names: Vec<&str> = sql_tables().iter().map(|table| table.name).collect();
    format!(
        "table {name} not found; the tables are {}; DESCRIBE spans shows the columns of one",
        names.join(", ")
    )
}

/// The message for a column that is not among those there.
fn no_such_column(field: &Column, there: &[Column], sql: &str) -> String {
    let name = field.flat_name();
    if field.relation.is_none() && sql.contains(&format!("\"{name}\"")) {
        return format!("there is no column \"{name}\"; text is written in single quotes: '{name}'");
    }
    if let Some(dotted) = dotted(sql).filter(|dotted| name.ends_with(&dotted.key.to_lowercase())) {
        return dotted.instead();
    }
    let qualifiers: Vec<String> =
        there.iter().filter_map(|c| c.relation.as_ref().map(ToString::to_string)).collect();
    if let Some(relation) = &field.relation
        && !qualifiers.contains(&relation.to_string())
        && sql_tables().iter().any(|table| table.name == relation.table())
    {
        let mut called: Vec<&str> = qualifiers.iter().map(String::as_str).collect();
        called.dedup();
        return format!("there is no table or alias {relation} here, but {}", called.join(", "));
    }
    let has_attributes = there.iter().any(|column| column.name == "attrs");
    if let Some(relation) = &field.relation
        && !qualifiers.contains(&relation.to_string())
        && has_attributes
    {
        return format!(
            "there is no column {name}; attributes are read as attrs['{name}'] or resource['{name}']"
        );
    }
    let mut names: Vec<&str> = there.iter().map(Column::name).collect();
    names.sort_unstable();
    names.dedup();
    let mut near = meant(&field.name, names.iter().copied());
    near.truncate(OFFERED);
    let tables = sql_tables();
    let having = |name: &str| {
        let having = tables.iter().filter(|table| table.columns.iter().any(|(known, _)| known == name));
        having.map(|table| table.name).collect::<Vec<_>>().join(", ")
    };
    let instead = if !near.is_empty() {
        format!(" (did you mean {}?)", near.join(", "))
    } else if !having(&field.name).is_empty() {
        format!(" here, but in {}", having(&field.name))
    } else if has_attributes {
        format!("; attributes are read as attrs['{name}'], and text is written in single quotes")
    } else {
        String::new()
    };
    let asked = tables.iter().find(|table| qualifiers.iter().any(|name| name == table.name));
    let all = match asked {
        Some(table) => format!("; DESCRIBE {} shows all columns", table.name),
        None if !names.is_empty() && names.len() <= OFFERED => format!("; there are {}", names.join(", ")),
        None => String::new(),
    };
    format!("there is no column {name}{instead}{all}")
}

/// An attribute that is written with dots, as `attrs.http.route`.
struct Dotted {
    column: &'static str,
    key: String,
}

impl Dotted {
    fn instead(&self) -> String {
        let Self { column, key } = self;
        format!("{column}.{key} is written {column}['{key}']")
    }
}

/// The first attribute in a query that is written with dots. Names of attributes are case-sensitive, so they are taken as
/// they were written.
fn dotted(sql: &str) -> Option<Dotted> {
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize().ok()?;
    let words = || {
        let words = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_)));
        words.map(|token| if let Token::Word(word) = token { word.value.as_str() } else { "" })
    };
    let is = |word: &str, any: &[&str]| any.iter().any(|one| word.eq_ignore_ascii_case(one));
    // A table or an alias of that name has columns of its own.
    let names_a_table = |column: &str| {
        words().zip(words().skip(1)).any(|(word, next)| {
            (is(next, &[column]) && is(word, &["FROM", "JOIN", "AS", "WITH"]))
                || (is(word, &[column]) && is(next, &["AS"]))
        })
    };
    let word = |at: usize| match tokens.get(at) {
        Some(Token::Word(word)) => Some(word.value.as_str()),
        _ => None,
    };
    let column_at =
        |at: usize| READ_BY_KEY.into_iter().find(|c| word(at).is_some_and(|w| w.eq_ignore_ascii_case(c)));
    (0..tokens.len()).find_map(|first| {
        let column = column_at(first).filter(|column| !names_a_table(column))?;
        let mut key = Vec::new();
        let mut at = first + 1;
        while tokens.get(at) == Some(&Token::Period) {
            key.push(word(at + 1)?);
            at += 2;
        }
        (!key.is_empty()).then(|| Dotted { column, key: key.join(".") })
    })
}
