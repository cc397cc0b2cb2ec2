//! Why the state database could not do what was asked: in terms of what the caller can do about it, whichever database
//! it is. Never carries a value that was written: those may be secrets.

/// Why the state database cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// What was written is there already, or refers to what is not: a rule of the schema says no.
    #[error("the state database refuses this: it contradicts what is stored")]
    Conflict(#[source] sqlx::Error),
    /// What was asked for is not there.
    #[error("the state database has no such entry")]
    NotFound,
    /// Another process, or too much work, holds the database. Trying again later makes sense.
    #[error("the state database is busy; try again in a moment")]
    Busy(#[source] sqlx::Error),
    /// There is no room left. Nothing was changed.
    #[error("the disk that holds the state database is full; free some space")]
    Full(#[source] sqlx::Error),
    /// The file is not, or no longer, a database.
    #[error("the state database is damaged; restore it from a backup")]
    Corrupt(#[source] sqlx::Error),
    /// The database failed in some other way.
    #[error("the state database failed")]
    Database(#[source] sqlx::Error),
    /// It was written by a version of ippo that knows more.
    #[error(
        "the state database was written by a newer ippo (step {step}); run that version, or restore a backup"
    )]
    Newer {
        /// The step that this version does not know.
        step: i64,
    },
    /// A stored value means nothing to this version of ippo.
    #[error("the state database holds {value:?} as {what}, which this version of ippo cannot read")]
    Unreadable {
        /// What the value should be.
        what: &'static str,
        /// The value.
        value: String,
    },
}

impl StateError {
    /// For a stored value that cannot be read.
    pub(crate) fn unreadable(what: &'static str, value: impl Into<String>) -> Self {
        Self::Unreadable { what, value: value.into() }
    }
}

/// Reads a stored id.
pub(crate) fn read_id<T: std::str::FromStr>(what: &'static str, text: String) -> Result<T, StateError> {
    text.parse().map_err(|_| StateError::unreadable(what, text))
}

impl From<sqlx::Error> for StateError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::PoolTimedOut => Self::Busy(error),
            sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::StorageFull => Self::Full(error),
            sqlx::Error::Database(told) => match told.code().as_deref().map(kind_of_code) {
                Some(Kind::Conflict) => Self::Conflict(error),
                Some(Kind::Busy) => Self::Busy(error),
                Some(Kind::Full) => Self::Full(error),
                Some(Kind::Corrupt) => Self::Corrupt(error),
                Some(Kind::Other) | None => Self::Database(error),
            },
            _ => Self::Database(error),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Conflict,
    Busy,
    Full,
    Corrupt,
    Other,
}

/// SQLite gives an extended result code as a decimal number, PostgreSQL an SQLSTATE of five characters.
fn kind_of_code(code: &str) -> Kind {
    match code {
        "23505" | "23503" | "23514" | "23502" | "23P01" => return Kind::Conflict,
        "40001" | "40P01" | "55P03" | "53300" | "57P03" => return Kind::Busy,
        "53100" => return Kind::Full,
        "XX001" | "XX002" => return Kind::Corrupt,
        _ => {}
    }
    // The low byte of SQLite's extended code is the primary one: https://www.sqlite.org/rescode.html
    match code.parse::<u32>().map(|extended| extended & 0xff) {
        Ok(19) => Kind::Conflict,
        Ok(5 | 6) => Kind::Busy,
        Ok(13) => Kind::Full,
        Ok(11 | 26) => Kind::Corrupt,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;

    #[test]
    fn codes_of_both_databases_are_told_apart() {
        for (code, kind) in [
            ("2067", Kind::Conflict),
            ("1555", Kind::Conflict),
            ("23505", Kind::Conflict),
            ("5", Kind::Busy),
            ("517", Kind::Busy),
            ("40001", Kind::Busy),
            ("13", Kind::Full),
            ("53100", Kind::Full),
            ("11", Kind::Corrupt),
            ("26", Kind::Corrupt),
            ("1", Kind::Other),
            ("42601", Kind::Other),
        ] {
            assert_eq!(kind_of_code(code), kind, "{code}");
        }
    }

    #[tokio::test]
    async fn what_is_there_twice_is_a_conflict_and_what_is_no_database_is_damaged() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let mut tx = state.begin().await.expect("begins");
        let twice = "INSERT INTO migrations (step) VALUES (1), (1)";
        let error = sqlx::query(twice).execute(&mut *tx).await.expect_err("refused");
        assert!(matches!(StateError::from(error), StateError::Conflict(_)));
        let path = folder.path().join("other.db");
        std::fs::write(&path, [7; 8192]).expect("writes");
        let error = State::open(&path).await.err().expect("refused");
        assert!(matches!(error, StateError::Corrupt(_)), "{error:?}");
    }

    #[tokio::test]
    async fn a_full_disk_is_told_and_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let mut tx = state.begin().await.expect("begins");
        sqlx::query("PRAGMA max_page_count = 1").execute(&mut *tx).await.expect("as full as it gets");
        let mut filled = Ok(());
        for step in 0..10_000 {
            let insert = sqlx::query("INSERT INTO definition_revisions VALUES ('SLO', $1, 1, $2, 0, 0, '')");
            let done = insert.bind(step.to_string()).bind("x".repeat(4096)).execute(&mut *tx).await;
            if let Err(error) = done {
                filled = Err(StateError::from(error));
                break;
            }
        }
        assert!(matches!(filled, Err(StateError::Full(_))), "{filled:?}");
    }
}
