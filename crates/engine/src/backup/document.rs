//! `BACKUP`: what a backup holds, as JSON behind a line with its checksum. Written last, so that a folder without it is
//! no backup.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path};

use ippo_telemetry::Contents;
use ippo_telemetry::manifest::FORMAT as DATA_FORMAT;
use serde::{Deserialize, Serialize};

use super::BackupError;

/// The file in a backup's folder.
const FILE: &str = "BACKUP";
/// The version of backups that this ippo writes. It reads every earlier one.
const FORMAT: u32 = 1;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupDocument {
    /// The version of this document.
    pub format: u32,
    /// The ippo that took it.
    pub ippo: String,
    /// The version of the data folder in it.
    pub data_format: u32,
    /// When it was begun, RFC 3339: everything acknowledged before is in it.
    pub taken_at: String,
    /// How much telemetry it holds.
    pub contents: Contents,
    /// Rows by table of the state database.
    pub tables: BTreeMap<String, u64>,
    /// What was known to be damaged in the data folder.
    pub problems: Vec<String>,
    /// Files that the data folder should have had and that are not in the backup.
    pub left_out: Vec<LeftOutFile>,
    /// Every file, by its path below `data/`.
    pub files: Vec<FileEntry>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its path below `data/`.
    pub path: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// CRC-32C of all of it.
    pub crc32c: u32,
}

/// A file that could not be copied because it is missing or damaged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOutFile {
    /// Its path below the data folder.
    pub path: String,
    /// Why, and what that means.
    pub reason: String,
}

impl BackupDocument {
    /// One that holds nothing yet.
    pub(super) fn new(taken_at: String) -> Self {
        Self {
            format: FORMAT,
            ippo: env!("CARGO_PKG_VERSION").to_owned(),
            data_format: DATA_FORMAT,
            taken_at,
            contents: Contents::default(),
            tables: BTreeMap::new(),
            problems: Vec::new(),
            left_out: Vec::new(),
            files: Vec::new(),
        }
    }

    /// The bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Reads what a backup says of itself.
    ///
    /// # Errors
    /// [`BackupError::Refused`] where there is no complete backup, [`BackupError::Damaged`] where it is not as written or
    /// a newer ippo took it.
    pub fn read(folder: &Path) -> Result<Self, BackupError> {
        let path = folder.join(FILE);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) => {
                let dir = folder.display();
                return Err(BackupError::Refused(format!(
                    "{dir} is no complete backup: it has no file {FILE}, which is written last"
                )));
            }
            Err(error) => return Err(BackupError::io(&path)(error)),
        };
        let damaged = |reason: &str| BackupError::Damaged(vec![format!("{FILE}: {reason}")]);
        let split = bytes.iter().position(|byte| *byte == b'\n');
        let (sum, rest) = bytes.split_at(split.ok_or_else(|| damaged("it has no checksum line"))?);
        let json = &rest[1..];
        if sum != format!("{:08x}", crc32c::crc32c(json)).as_bytes() {
            return Err(damaged("its checksum does not match"));
        }
        #[derive(Deserialize)]
        struct Versions {
            format: u32,
            data_format: u32,
            ippo: String,
        }
        let unreadable = |error: serde_json::Error| damaged(&error.to_string());
        let versions: Versions = serde_json::from_slice(json).map_err(unreadable)?;
        if versions.format > FORMAT || versions.data_format > DATA_FORMAT {
            let by = versions.ippo;
            return Err(damaged(&format!(
                "ippo {by} wrote it in a newer format; use that ippo or a newer one"
            )));
        }
        let document: Self = serde_json::from_slice(json).map_err(unreadable)?;
        match document.files.iter().find(|file| !is_inside(&file.path)) {
            Some(file) => Err(damaged(&format!("{:?} is no path of a data folder", file.path))),
            None => Ok(document),
        }
    }

    /// The file's name and content.
    pub(super) fn to_file(&self) -> (&'static str, Vec<u8>) {
        let json = serde_json::to_vec_pretty(self).expect("plain texts and numbers are JSON");
        let mut bytes = format!("{:08x}\n", crc32c::crc32c(&json)).into_bytes();
        bytes.extend_from_slice(&json);
        (FILE, bytes)
    }
}

/// Whether a path stays below the folder it is relative to.
fn is_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(document: &BackupDocument) -> Result<BackupDocument, BackupError> {
        let folder = tempfile::tempdir().expect("a folder");
        let (name, bytes) = document.to_file();
        std::fs::write(folder.path().join(name), bytes).expect("written");
        BackupDocument::read(folder.path())
    }

    #[test]
    fn it_comes_back_and_a_newer_one_or_one_that_reaches_outside_is_refused() {
        let mut document = BackupDocument::new("2026-11-24T02:16:00Z".to_owned());
        document.files.push(FileEntry { path: "wal/1-2".to_owned(), bytes: 3, crc32c: 4 });
        assert_eq!(reading(&document).expect("as written"), document);
        let newer = [
            BackupDocument { format: FORMAT + 1, ..document.clone() },
            BackupDocument { data_format: DATA_FORMAT + 1, ..document.clone() },
        ];
        for newer in newer {
            assert!(reading(&newer).expect_err("refused").to_string().contains("newer format"));
        }
        for path in ["../state.db", "/etc/passwd", "", "wal/../../x"] {
            document.files[0].path = path.to_owned();
            let error = reading(&document).expect_err("refused").to_string();
            assert!(error.contains("no path of a data folder"), "{path}: {error}");
        }
    }
}
