//! The state database: one writer, many readers, migrations at the start. Knows no noun; each has its own file.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::time::Duration;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Executor, Transaction};

use crate::StateError;
use crate::migration;

/// Connections that only read, at most.
const READERS: u32 = 8;
/// How long one waits for a connection before the database counts as failed.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// What each SQLite connection is told first. FULL, because what is told to people must outlive a power cut.
const SQLITE_PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
     PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY;";

/// A handle on the state database. Cheap to clone; clones share.
#[derive(Clone)]
pub struct State {
    readers: AnyPool,
    writer: AnyPool,
    begin: &'static str,
}

/// A transaction that may write. Dropped without a commit, it changes nothing.
pub struct Tx(Transaction<'static, Any>);

impl State {
    /// Opens the SQLite database at `path`, which is made if it is not there, and brings it up to date.
    ///
    /// # Errors
    /// When the file cannot be opened, or was written by a newer ippo.
    pub async fn open(path: &Path) -> Result<Self, StateError> {
        Self::connect(&sqlite_url(path), Dialect::Sqlite).await
    }

    /// Connects to the PostgreSQL database at `url`, and brings it up to date.
    ///
    /// # Errors
    /// When it cannot be reached, or was written by a newer ippo.
    pub async fn open_postgres(url: &str) -> Result<Self, StateError> {
        Self::connect(url, Dialect::Postgres).await
    }

    async fn connect(url: &str, dialect: Dialect) -> Result<Self, StateError> {
        install_default_drivers();
        let writer = pool(1, dialect).connect(url).await?;
        let begin = match dialect {
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::Postgres => "BEGIN",
        };
        let readers = pool(READERS, dialect).connect(url).await?;
        let state = Self { readers, writer, begin };
        migration::run(&state).await?;
        Ok(state)
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read(&self) -> Result<PoolConnection<Any>, StateError> {
        Ok(self.readers.acquire().await?)
    }

    /// Begins a transaction that may write. There is one at a time; others wait.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(&self) -> Result<Tx, StateError> {
        Ok(Tx(self.writer.begin_with(self.begin).await?))
    }

    /// Closes every connection, once they are given back.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

impl Tx {
    /// Makes what was done in it last.
    ///
    /// # Errors
    /// When the database fails. Nothing was changed then.
    pub async fn commit(self) -> Result<(), StateError> {
        Ok(self.0.commit().await?)
    }
}

impl Deref for Tx {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.0
    }
}

#[derive(Clone, Copy)]
enum Dialect {
    Sqlite,
    Postgres,
}

fn pool(connections: u32, dialect: Dialect) -> AnyPoolOptions {
    let options = AnyPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT);
    match dialect {
        Dialect::Postgres => options,
        Dialect::Sqlite => options.after_connect(|connection, _| {
            Box::pin(async move { connection.execute(sqlx::raw_sql(SQLITE_PRAGMAS)).await.map(drop) })
        }),
    }
}

/// A file's path as a URL: whatever is not plain is escaped.
fn sqlite_url(path: &Path) -> String {
    let mut url = "sqlite://".to_owned();
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => url.push(char::from(byte)),
            other => url.push_str(&format!("%{other:02X}")),
        }
    }
    url + "?mode=rwc"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_path_with_odd_letters_is_opened_and_opened_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("odd ?#% 名.db");
        for _ in 0..2 {
            let state = State::open(&path).await.expect("opens");
            state.close().await;
        }
        assert!(path.exists());
    }

    #[tokio::test]
    async fn what_is_not_committed_did_not_happen() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let now = ippo_base::Timestamp::from_secs(1_000);
        let mut tx = state.begin().await.expect("begins");
        crate::uptime::touch(&mut tx, now).await.expect("writes");
        drop(tx);
        let seen = |state: State| async move {
            let mut connection = state.read().await.expect("reads");
            crate::uptime::since(&mut connection, ippo_base::Timestamp::MIN).await.expect("reads").len()
        };
        assert_eq!(seen(state.clone()).await, 0);
        let mut tx = state.begin().await.expect("begins");
        crate::uptime::touch(&mut tx, now).await.expect("writes");
        tx.commit().await.expect("commits");
        assert_eq!(seen(state).await, 1);
    }
}
