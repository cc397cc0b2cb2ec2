//! A copy of the SQLite database as of one moment, made while others read and write it, and what a copy holds.
//!
//! The database is not brought up to date for it: a copy of an older ippo's database is one that the older ippo reads.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::any::install_default_drivers;
use sqlx::{AnyConnection, Connection, Executor, Row};

use crate::database::{create_private, sqlite_url_with};
use crate::{StateError, migration};

/// Waits for whoever writes, as every connection does.
const PATIENCE: &str = "PRAGMA busy_timeout = 5000";

/// Copies the database at `from` into the new file `to`, which only its owner may read, and makes it durable. Everything
/// committed before the call is in the copy. Nobody waits for it: it reads one moment of the database.
///
/// # Errors
/// When one of the files fails, or `to` is there and not empty.
pub async fn copy(from: &Path, to: &Path) -> Result<(), StateError> {
    install_default_drivers();
    create_private(to).map_err(sqlx::Error::Io)?;
    let mut connection = AnyConnection::connect(&sqlite_url_with(from, "mode=rw")).await?;
    connection.execute(PATIENCE).await?;
    let copied = sqlx::query("VACUUM INTO $1").bind(to.to_string_lossy().into_owned());
    let copied = copied.execute(&mut connection).await;
    connection.close().await?;
    copied?;
    std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(sqlx::Error::Io)?;
    Ok(())
}

/// Reads the whole copy at `path` and gives the rows of each of its tables. Changes nothing, beside it neither.
///
/// # Errors
/// When it is damaged, or was written by a newer ippo.
pub async fn table_rows(path: &Path) -> Result<BTreeMap<String, u64>, StateError> {
    install_default_drivers();
    let mut connection = AnyConnection::connect(&sqlite_url_with(path, "mode=ro&immutable=1")).await?;
    let rows = read(&mut connection).await;
    connection.close().await?;
    rows
}

async fn read(connection: &mut AnyConnection) -> Result<BTreeMap<String, u64>, StateError> {
    let checked = sqlx::query("PRAGMA integrity_check(1)").fetch_one(&mut *connection).await?;
    let said: String = checked.try_get(0)?;
    if said != "ok" {
        return Err(StateError::Corrupt(sqlx::Error::Protocol(said)));
    }
    migration::check_known(connection).await?;
    let tables =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let names = sqlx::query(tables).fetch_all(&mut *connection).await?;
    let mut rows = BTreeMap::new();
    for name in names {
        let name: String = name.try_get(0)?;
        // A name out of the schema itself; quoted, as it cannot be a parameter.
        let count = format!("SELECT count(*) FROM \"{}\"", name.replace('"', "\"\""));
        let counted = sqlx::query(sqlx::AssertSqlSafe(count)).fetch_one(&mut *connection).await?;
        rows.insert(name, u64::try_from(counted.try_get::<i64, _>(0)?).unwrap_or(0));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use ippo_base::Timestamp;

    use super::*;
    use crate::{State, uptime};

    async fn touch(state: &State, secs: i64) {
        let mut tx = state.begin().await.expect("begins");
        uptime::touch(&mut tx, Timestamp::from_secs(secs)).await.expect("writes");
        tx.commit().await.expect("commits");
    }

    #[tokio::test]
    async fn a_copy_is_of_one_moment_and_made_beside_a_writer() {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (folder.path().join("state ?.db"), folder.path().join("co'py.db"));
        let state = State::open(&from).await.expect("opens");
        touch(&state, 0).await;
        let mut tx = state.begin().await.expect("begins");
        uptime::touch(&mut tx, Timestamp::from_secs(1_000)).await.expect("writes");
        copy(&from, &to).await.expect("copied while a transaction is open");
        tx.commit().await.expect("commits");
        let rows = table_rows(&to).await.expect("whole");
        assert_eq!((rows["uptime"], rows["accounts"]), (1, 0), "what was not committed is not in it");
        let names: Vec<_> = std::fs::read_dir(folder.path()).expect("lists").flatten().collect();
        assert!(names.iter().all(|name| !name.file_name().to_string_lossy().starts_with("co'py.db-")));
        #[cfg(unix)]
        {
            let mode =
                std::os::unix::fs::PermissionsExt::mode(&to.metadata().expect("it is there").permissions());
            assert_eq!(mode & 0o077, 0, "for its owner's eyes alone");
        }
        assert!(copy(&from, &to).await.is_err(), "a file that is there is let be");
        touch(&State::open(&to).await.expect("it opens as any other"), 2_000).await;
    }

    #[tokio::test]
    async fn a_damaged_copy_and_a_newer_one_are_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (folder.path().join("state.db"), folder.path().join("copy.db"));
        let state = State::open(&from).await.expect("opens");
        for n in 0..100 {
            touch(&state, 1_000 * n).await;
        }
        let mut tx = state.begin().await.expect("begins");
        tx.execute("INSERT INTO migrations (step) VALUES (9999)").await.expect("writes");
        tx.commit().await.expect("commits");
        copy(&from, &to).await.expect("copied");
        assert!(matches!(table_rows(&to).await, Err(StateError::Newer { step: 9999 })));
        std::fs::write(&to, [7; 8192]).expect("written");
        assert!(matches!(table_rows(&to).await, Err(StateError::Corrupt(_))));
    }
}
