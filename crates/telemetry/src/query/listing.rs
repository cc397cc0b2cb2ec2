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
        ast::Statement::ShowTables { show_options, .. } => {
            plain(show_options, "SHOW TABLES")?;
            Ok(Some(tables()))
        }
        ast::Statement::ShowColumns { show_options, .. } => {
            let name = show_options.show_in.as_ref().and_then(|of| of.parent_name.as_ref());
            let of_table = ShowStatementOptions { show_in: None, ..show_options.clone() };
            plain(&of_table, "SHOW COLUMNS FROM spans")?;
            let name =
                name.ok_or_else(|| QueryError::Refused("name a table: SHOW COLUMNS FROM spans".to_owned()))?;
            Ok(Some(columns(name)?))
        }
        ast::Statement::ExplainTable { table_name, .. } => Ok(Some(columns(table_name)?)),
        _ => Ok(None),
    }
}

/// What would be left out unnoticed is refused.
fn plain(options: &ShowStatementOptions, instead: &str) -> Result<(), QueryError> {
    let ShowStatementOptions { show_in, starts_with, limit, limit_from, filter_position } = options;
    let is_plain = show_in.is_none()
        && starts_with.is_none()
        && limit.is_none()
        && limit_from.is_none()
        && filter_position.is_none();
    if is_plain { Ok(()) } else { Err(QueryError::Refused(format!("it takes no more words than {instead}"))) }
}

fn tables() -> String {
    let row = |table: SqlTable| {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        [table.name.to_owned(), names.join(", ")]
    };
    select(&["table", "columns"], sql_tables().into_iter().map(row))
}

fn columns(name: &ObjectName) -> Result<String, QueryError> {
    let name = name.to_string().to_lowercase();
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
