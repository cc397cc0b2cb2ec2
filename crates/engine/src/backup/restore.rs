//! Checking a backup and restoring it: every byte against its checksum, then what it holds against what was counted when
//! it was taken. Nothing is in place before both have been done.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ippo_base::disk::{RealDisk, SharedDisk};
use ippo_telemetry::{Contents, recount};

use super::files::{self, Progress, Read};
use super::folder::{Partial, fresh};
use super::{BackupDocument, BackupError, DATA, FOLDERS, FileEntry, STATE_FILE, blocking};

/// A backup that is as it was taken.
#[derive(Debug, Clone)]
pub struct Verified {
    /// What it holds: files by checksum, rows, sums of counters and rows of the state counted anew.
    pub document: BackupDocument,
    /// Counters whose sums were compared. The others count stored rows anew after a start, as they did when the backup
    /// was taken.
    pub counters_compared: u64,
}

/// A data folder made of a backup.
#[derive(Debug, Clone)]
pub struct Restored {
    /// The folder.
    pub path: PathBuf,
    /// What was verified before it got its name.
    pub verified: Verified,
}

/// Checks a backup. Changes nothing.
///
/// # Errors
/// [`BackupError::Damaged`] names everything that is not as it was written.
pub async fn verify(folder: &Path, progress: Arc<Progress>) -> Result<Verified, BackupError> {
    let document = BackupDocument::read(folder)?;
    let data = folder.join(DATA);
    let (checking, checked) = (document.files.clone(), data.clone());
    blocking(move || {
        progress.expect(checking.len() as u64, checking.iter().map(|file| file.bytes).sum());
        let mut damaged = Vec::new();
        for file in &checking {
            damaged.extend(wrong_with(file, &files::sum(&checked.join(&file.path), &progress)?));
            progress.finish_file();
        }
        if damaged.is_empty() { Ok(()) } else { Err(BackupError::Damaged(damaged)) }
    })
    .await?;
    compare(document, &data).await
}

/// Makes a new data folder of a backup.
///
/// # Errors
/// There is no folder then, and nothing is left of the attempt.
pub async fn restore(from: &Path, to: &Path, progress: Arc<Progress>) -> Result<Restored, BackupError> {
    let document = BackupDocument::read(from)?;
    let target = fresh(to)?;
    let from = fs::canonicalize(from).map_err(BackupError::io(from))?;
    if target.starts_with(&from) {
        return Err(BackupError::Refused(format!(
            "{} lies inside the backup; choose a folder elsewhere",
            to.display()
        )));
    }
    let (copying, data) = (document.files.clone(), from.join(DATA));
    let partial = blocking(move || {
        let partial = Partial::begin(&target)?;
        copy_all(&copying, &data, &partial, &progress)?;
        Ok(partial)
    })
    .await?;
    let folders = folders_of(&document.files);
    let verified = compare(document, partial.path()).await?;
    let path = blocking(move || {
        let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
        partial.finish(&folders)
    })
    .await?;
    Ok(Restored { path, verified })
}

fn copy_all(
    files: &[FileEntry],
    data: &Path,
    partial: &Partial,
    progress: &Progress,
) -> Result<(), BackupError> {
    progress.expect(files.len() as u64, files.iter().map(|file| file.bytes).sum());
    folders_of(files).iter().try_for_each(|folder| partial.make_dir(folder))?;
    for file in files {
        let read = files::copy(&data.join(&file.path), &partial.path().join(&file.path), progress)?;
        if let Some(wrong) = wrong_with(file, &read) {
            return Err(BackupError::Damaged(vec![wrong]));
        }
        progress.finish_file();
    }
    Ok(())
}

/// The folders that a data folder has, and those that files lie in, outer ones first.
fn folders_of(files: &[FileEntry]) -> Vec<String> {
    let mut folders: Vec<String> = files
        .iter()
        .flat_map(|file| Path::new(&file.path).ancestors().skip(1))
        .filter(|folder| !folder.as_os_str().is_empty())
        .map(|folder| folder.to_string_lossy().into_owned())
        .chain(FOLDERS.map(str::to_owned))
        .collect();
    folders.sort();
    folders.dedup();
    folders
}

fn wrong_with(file: &FileEntry, read: &Read) -> Option<String> {
    let FileEntry { path, bytes, crc32c } = file;
    match read {
        Ok(sum) if sum.bytes != *bytes => Some(format!("{path} has {} bytes instead of {bytes}", sum.bytes)),
        Ok(sum) if sum.crc != *crc32c => Some(format!("{path} is damaged: its checksum differs")),
        Ok(_) => None,
        Err(error) => Some(format!("{path}: {error}")),
    }
}

/// Opens what lies in the folder, counts it anew, and compares that with what was counted when the backup was taken.
async fn compare(document: BackupDocument, data: &Path) -> Result<Verified, BackupError> {
    let mut wrong = Vec::new();
    let state = data.join(STATE_FILE);
    if document.files.iter().any(|file| file.path == STATE_FILE) {
        let tables = ippo_state::copy::table_rows(&state).await;
        let tables = tables.map_err(|error| BackupError::Damaged(vec![format!("{STATE_FILE}: {error}")]))?;
        compare_maps("rows in the table", &document.tables, &tables, &mut wrong);
    }
    let data = data.to_owned();
    let (contents, problems) = blocking(move || {
        let disk: SharedDisk = Arc::new(RealDisk::unlocked(&data));
        Ok(recount(&disk)?)
    })
    .await?;
    let problems = problems.iter().map(ToString::to_string);
    wrong.extend(problems.filter(|problem| !document.problems.contains(problem)));
    let counters_compared = compare_contents(&document.contents, &contents, &mut wrong);
    if wrong.is_empty() {
        Ok(Verified { document, counters_compared })
    } else {
        Err(BackupError::Damaged(wrong))
    }
}

fn compare_contents(told: &Contents, found: &Contents, wrong: &mut Vec<String>) -> u64 {
    compare_maps("rows of", &told.rows, &found.rows, wrong);
    if told.segments != found.segments {
        wrong.push(format!("{} segments instead of {}", found.segments, told.segments));
    }
    let complete = told.counters.iter().filter(|counter| counter.complete);
    for counter in complete.clone() {
        let same = found.counters.iter().find(|other| other.key == counter.key);
        if same != Some(counter) {
            wrong.push(format!("the counter {} holds {same:?} instead of {counter:?}", counter.key));
        }
    }
    complete.count() as u64
}

fn compare_maps(
    what: &str,
    told: &BTreeMap<String, u64>,
    found: &BTreeMap<String, u64>,
    wrong: &mut Vec<String>,
) {
    for name in told.keys().chain(found.keys().filter(|name| !told.contains_key(*name))) {
        let (told, found) = (told.get(name).unwrap_or(&0), found.get(name).unwrap_or(&0));
        if told != found {
            wrong.push(format!("{found} {what} {name} instead of {told}"));
        }
    }
}
