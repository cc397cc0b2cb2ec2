//! The state database: one writer, many readers, migrations at the start. Knows no noun; each has its own file.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::time::Duration;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection, Executor, Transaction};

use crate::StateError;
use crate::migration;

/// Connections that only read, at most.
const READERS: u32 = 8;
/// How long one waits for a connection before the database counts as failed.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// What each SQLite connection is told first. FULL, because what is told to people must outlive a power cut.
const SQLITE_PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;";

/// A handle on the state database. Cheap to clone; clones share.
#[derive(Clone)]
pub struct State {
    readers: AnyPool,
    writer: AnyPool,
    dialect: Dialect,
    #[cfg(feature = "sim")]
    lifeline: crate::sim::Lifeline,
}

/// A transaction that may write. Dropped without a commit, it changes nothing.
pub struct Tx {
    inner: Transaction<'static, Any>,
    #[cfg(feature = "sim")]
    lifeline: crate::sim::Lifeline,
}

impl State {
    /// Opens the SQLite database at `path`, which is made if it is not there, and brings it up to date.
    ///
    /// # Errors
    /// When the file cannot be opened, or was written by a newer ippo.
    pub async fn open(path: &Path) -> Result<Self, StateError> {
        create_private(path).map_err(sqlx::Error::Io)?;
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
        // The pool tries again and again, and tells only that time ran out; a connection of its own tells why.
        let mut first = AnyConnection::connect(url).await?;
        if dialect == Dialect::Sqlite {
            first.execute(sqlx::raw_sql(SQLITE_PRAGMAS)).await?;
        }
        first.close().await?;
        let writer = pool(1, dialect).connect(url).await?;
        let readers = pool(READERS, dialect).connect(url).await?;
        let state = Self {
            readers,
            writer,
            dialect,
            #[cfg(feature = "sim")]
            lifeline: crate::sim::Lifeline::immortal(),
        };
        migration::run(&state, dialect).await?;
        Ok(state)
    }

    /// The same database, used by a process that dies with `lifeline`: each read, begin and commit is a step, and so is
    /// what comes right after a commit.
    #[cfg(feature = "sim")]
    #[must_use]
    pub fn dying_with(mut self, lifeline: crate::sim::Lifeline) -> Self {
        self.lifeline = lifeline;
        self
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read(&self) -> Result<PoolConnection<Any>, StateError> {
        #[cfg(feature = "sim")]
        self.lifeline.step()?;
        Ok(self.readers.acquire().await?)
    }

    /// Begins a transaction that may write. There is one at a time; others wait.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(&self) -> Result<Tx, StateError> {
        #[cfg(feature = "sim")]
        self.lifeline.step()?;
        let begin = match self.dialect {
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::Postgres => "BEGIN",
        };
        Ok(Tx {
            inner: self.writer.begin_with(begin).await?,
            #[cfg(feature = "sim")]
            lifeline: self.lifeline.clone(),
        })
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
        #[cfg(feature = "sim")]
        self.lifeline.step()?;
        self.inner.commit().await?;
        #[cfg(feature = "sim")]
        self.lifeline.step()?;
        Ok(())
    }
}

impl Deref for Tx {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }
}

/// Which database it is. Only the beginning of transactions and the migrations differ.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// Makes the file if it is not there, for its owner's eyes alone; SQLite gives its other files the same mode.
pub(crate) fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn pool(connections: u32, dialect: Dialect) -> AnyPoolOptions {
    let options = AnyPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT);
    match dialect {
        Dialect::Postgres => options,
        Dialect::Sqlite => options
            .after_connect(|connection, _| {
                Box::pin(async move { connection.execute(sqlx::raw_sql(SQLITE_PRAGMAS)).await.map(drop) })
            })
            // A full disk makes SQLite give up a transaction by itself, and sqlx goes on to believe in it: whoever comes next
            // could not begin one. What was dropped is rolled back before the ping is answered.
            .after_release(|connection, _| {
                Box::pin(async move {
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            }),
    }
}

/// What is wrong with the SQLite database in a file that nobody uses; nothing if it is whole.
pub async fn check_file(path: &Path) -> Vec<String> {
    install_default_drivers();
    let check = async {
        let mut connection = AnyConnection::connect(&sqlite_url_with(path, "mode=ro")).await?;
        let lines =
            sqlx::query_scalar::<_, String>("PRAGMA integrity_check").fetch_all(&mut connection).await;
        connection.close().await?;
        lines
    };
    match check.await {
        Ok(lines) => lines.into_iter().filter(|line| line != "ok").collect(),
        Err(error) => vec![error.to_string()],
    }
}

/// A file's path as a URL: whatever is not plain is escaped. The file is made if it is not there.
fn sqlite_url(path: &Path) -> String {
    sqlite_url_with(path, "mode=rwc")
}

/// The same, with options of its own.
pub(crate) fn sqlite_url_with(path: &Path, options: &str) -> String {
    let mut url = "sqlite://".to_owned();
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => url.push(char::from(byte)),
            other => url.push_str(&format!("%{other:02X}")),
        }
    }
    url + "?" + options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_disk_that_was_full_leaves_the_writer_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        for end_it in [true, false] {
            let mut tx = state.begin().await.expect("begins");
            tx.execute(sqlx::raw_sql("CREATE TABLE filler (bytes BLOB); PRAGMA max_page_count = 1"))
                .await
                .expect("there is no room for more pages than there are");
            let full = tx.execute(sqlx::raw_sql("INSERT INTO filler VALUES (zeroblob(10000000))")).await;
            assert!(full.is_err_and(|error| error.to_string().contains("full")));
            // SQLite has given up the transaction by itself.
            if end_it {
                tx.commit().await.expect_err("there is nothing to commit");
            } else {
                drop(tx);
            }
            let mut tx = state.begin().await.expect("begins again");
            crate::uptime::touch(&mut tx, ippo_base::Timestamp::from_secs(1)).await.expect("writes");
            tx.commit().await.expect("and it lasts");
        }
        state.close().await;
    }

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
    async fn two_processes_open_and_write_the_same_file_side_by_side() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.db");
        let (one, other) = tokio::join!(State::open(&path), State::open(&path));
        let both = [one.expect("opens"), other.expect("opens")];
        let write = |state: State, secs: i64| async move {
            for n in 0..20 {
                let mut tx = state.begin().await.expect("begins, after waiting");
                crate::uptime::touch(&mut tx, ippo_base::Timestamp::from_secs(secs + n * 1_000))
                    .await
                    .expect("writes");
                tx.commit().await.expect("commits");
            }
        };
        tokio::join!(write(both[0].clone(), 0), write(both[1].clone(), 500));
        let mut connection = both[0].read().await.expect("reads");
        let seen = crate::uptime::since(&mut connection, ippo_base::Timestamp::MIN).await.expect("reads");
        assert_eq!(seen.len(), 40);
        #[cfg(unix)]
        for file in std::fs::read_dir(folder.path()).expect("lists") {
            let mode = std::os::unix::fs::PermissionsExt::mode(
                &file.expect("a file").metadata().expect("metadata").permissions(),
            );
            assert_eq!(mode & 0o077, 0, "for its owner's eyes alone");
        }
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
