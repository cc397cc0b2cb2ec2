//! Why a query has no answer, in the words of whoever wrote the query.

use std::time::Duration;

use datafusion::common::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;

use super::hint;

/// Why a query has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// It is wrong, or not allowed.
    #[error("{0}")]
    Refused(String),
    /// It took longer than it may.
    #[error("the query took longer than {} s", .0.as_secs())]
    TooLong(Duration),
    /// It needs more memory than it may use.
    #[error("the query needs more memory than it may use")]
    TooLarge,
    /// It failed for a reason of ippo's own.
    #[error("the query failed: {0}")]
    Failed(String),
}

impl QueryError {
    /// The line and the column in the query that it is about, from 1, where one is known.
    pub fn place(&self) -> Option<(u32, u32)> {
        let Self::Refused(reason) = self else { return None };
        let (_, place) = reason.rsplit_once(" at Line: ")?;
        let (line, column) = place.split_once(", Column: ")?;
        let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
        let place = (digits(line).parse().ok()?, digits(column).parse().ok()?);
        (place.0 > 0 && place.1 > 0).then_some(place)
    }
}

impl QueryError {
    /// Why a query cannot be planned.
    pub(super) fn of(error: &DataFusionError, sql: &str) -> Self {
        let told = Self::from(error);
        match (&told, hint::reason(error, sql)) {
            (Self::Refused(_), Some(reason)) => Self::Refused(placed(error, &reason)),
            _ => told,
        }
    }
}

/// A reason with the place in the query that it is about, in the words of the parser's own errors.
fn placed(error: &DataFusionError, reason: &str) -> String {
    match error.diagnostic().and_then(|diagnostic| diagnostic.span) {
        Some(span) if !reason.contains(" at Line: ") => {
            format!("{reason} at Line: {}, Column: {}", span.start.line, span.start.column)
        }
        _ => reason.to_owned(),
    }
}

impl From<DataFusionError> for QueryError {
    fn from(error: DataFusionError) -> Self {
        Self::from(&error)
    }
}

impl From<&DataFusionError> for QueryError {
    fn from(error: &DataFusionError) -> Self {
        let reason = match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => return Self::TooLarge,
            DataFusionError::Internal(reason) => return Self::Failed(reason.clone()),
            DataFusionError::SQL(parser, _) => match parser.as_ref() {
                ParserError::TokenizerError(reason) | ParserError::ParserError(reason) => reason.clone(),
                ParserError::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
            },
            root => root.message().into_owned(),
        };
        // Some messages end with a backtrace.
        let reason = reason.split("\n\nbacktrace").next().unwrap_or_default().trim_end();
        Self::Refused(placed(error, reason))
    }
}
