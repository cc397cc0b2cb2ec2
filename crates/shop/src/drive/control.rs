//! Wishes to a running shop, as files in its folder: `ippo demo --break` writes one, the running shop takes it.
//!
//! A folder needs no port, no secret and no defence against the pages of a browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ippo_base::{Clock, IdSource};
use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// What a person wants of the running shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// Something should break now.
    Break {
        /// What.
        fault: Fault,
        /// For how many seconds; as long as usual if not said.
        secs: Option<u64>,
    },
    /// Everything should work again now.
    Mend,
}

/// Why a wish did not come true.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The file could not be written.
    #[error("cannot leave a wish in {path}: {source}")]
    Write {
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Nobody took it.
    #[error("no demo took the wish; is one running on the folder {dir}?")]
    NobodyThere {
        /// The folder that was tried.
        dir: PathBuf,
    },
}

/// How long to wait for the running shop.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// More wishes than this at once are nobody's wish.
const WISHES: usize = 100;

fn folder(dir: &Path) -> PathBuf {
    dir.join("wishes")
}

/// A wish that waits to be taken.
pub(crate) struct Waiting {
    pub(crate) wish: Wish,
    path: PathBuf,
}

impl Waiting {
    /// Tells whoever wished that it was heard.
    pub(crate) fn taken(self) {
        remove(&self.path);
    }
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!(path = %path.display(), %error, "cannot remove a wish");
    }
}

/// Every readable wish in `dir`, oldest first; others are removed.
pub(crate) fn wishes(dir: &Path) -> Vec<Waiting> {
    let Ok(entries) = fs::read_dir(folder(dir)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .take(WISHES)
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read(&path).ok()?;
        match serde_json::from_slice(&text) {
            Ok(wish) => Some(Waiting { wish, path }),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "not a wish");
                remove(&path);
                None
            }
        }
    };
    paths.into_iter().filter_map(read).collect()
}

/// Forgets wishes that were left while nothing ran.
pub(crate) fn clear(dir: &Path) {
    wishes(dir).into_iter().for_each(Waiting::taken);
}

/// Leaves a wish in the folder of a running shop and waits until it is taken.
///
/// # Errors
/// If the folder is not there, or no shop takes the wish within a few seconds.
pub async fn ask(dir: &Path, wish: Wish, clock: &dyn Clock, ids: &dyn IdSource) -> Result<(), ControlError> {
    let write_error = |path: &Path, source| ControlError::Write { path: path.to_owned(), source };
    if !super::progress::file(dir).exists() {
        return Err(ControlError::NobodyThere { dir: dir.to_owned() });
    }
    let folder = folder(dir);
    fs::create_dir_all(&folder).map_err(|source| write_error(&folder, source))?;
    let name = format!("{:032x}", ids.fresh());
    let path = folder.join(format!("{name}.json"));
    let draft = folder.join(format!("{name}.draft"));
    let text = serde_json::to_vec(&wish).unwrap_or_default();
    fs::write(&draft, text).map_err(|source| write_error(&draft, source))?;
    fs::rename(&draft, &path).map_err(|source| write_error(&path, source))?;
    let began = clock.monotonic();
    while path.exists() {
        if clock.monotonic() > began + PATIENCE {
            remove(&path);
            return Err(ControlError::NobodyThere { dir: dir.to_owned() });
        }
        clock.sleep(LOOK_EVERY).await;
    }
    Ok(())
}
