//! `SHOW TABLES`, `SHOW COLUMNS FROM` and `DESCRIBE`, as the SELECT of constants that they stand for: they have the limits
//! and the forms of any query, and DataFusion's own tables about itself stay closed.

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{self, ObjectName, ShowStatementOptions};

use super::error::QueryError;
use super::hint::no_such_table;
use super::tables::{SqlTable, sql_tables};

/// The query that a statement stands for, if it is about tables or columns.
///
/// # Errors
/// When it names a table that is not there, or says more than is known.
pub(super) fn query(statement: &Statement) -> Result<Option<String>, QueryError> {
    let Statement::Statement(statement) = statement else { return Ok(None) };
    match statement.as_ref() {
        ast::Statement::ShowTables { terse, history, extended, full, external, show_options } => {
            let more = *terse || *history || *extended || *full || *external;
            plain(more || has_options(show_options), "SHOW TABLES")?;
            Ok(Some(tables()))
        }
        ast::Statement::ShowColumns { extended, full, show_options } => {
            let name = show_options.show_in.as_ref().and_then(|of| of.parent_name.as_ref());
            let of_table = ShowStatementOptions { show_in: None, ..show_options.clone() };
            plain(*extended || *full || has_options(&of_table), "SHOW COLUMNS FROM spans")?;
            let name =
                name.ok_or_else(|| QueryError::Refused("name a table: SHOW COLUMNS FROM spans".to_owned()))?;
            Ok(Some(columns(name)?))
        }
        ast::Statement::ExplainTable { describe_alias: _, hive_format, has_table_keyword: _, table_name } => {
            plain(hive_format.is_some(), "DESCRIBE spans")?;
            Ok(Some(columns(table_name)?))
        }
        _ => Ok(None),
    }
}

/// What would be left out unnoticed is refused.
fn plain(has_more: bool, instead: &str) -> Result<(), QueryError> {
    match has_more {
        false => Ok(()),
        true => Err(QueryError::Refused(format!("it takes no more words than {instead}"))),
    }
}

fn has_options(options: &ShowStatementOptions) -> bool {
    let ShowStatementOptions { show_in, starts_with, limit, limit_from, filter_position } = options;
    show_in.is_some()
        || starts_with.is_some()
        || limit.is_some()
        || limit_from.is_some()
        || filter_position.is_some()
}

fn tables() -> String {
    let row = |table: SqlTable| {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        [table.name.to_owned(), names.join(", ")]
    };
    select(&["table", "columns"], sql_tables().into_iter().map(row))
}

fn columns(name: &ObjectName) -> Result<String, QueryError> {
    let part = |part: &ast::ObjectNamePart| part.as_ident().map(|ident| ident.value.to_lowercase());
    let parts: Option<Vec<String>> = name.0.iter().map(part).collect();
    let name = parts.map_or_else(|| name.to_string(), |parts| parts.join("."));
    let table = sql_tables().into_iter().find(|table| table.name == name);
    let table = table.ok_or_else(|| QueryError::Refused(no_such_table(&name)))?;
    let row = |(name, kind): (String, &'static str)| {
        let read =
            if kind == "attributes" || name == "body" { format!("{name}['key']") } else { name.clone() };
        [name, kind.to_owned(), read]
    };
    Ok(select(&["column", "type", "read as"], table.columns.into_iter().map(row)))
}

/// A SELECT of constants, in their order.
fn select<const N: usize>(names: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let names: Vec<String> = (1..).zip(names).map(|(n, name)| format!("column{n} AS \"{name}\"")).collect();
    let rows: Vec<String> = rows
        .map(|row| format!("({})", row.map(|text| format!("'{}'", text.replace('\'', "''"))).join(", ")))
        .collect();
    format!("SELECT {} FROM (VALUES {})", names.join(", "), rows.join(", "))
}
