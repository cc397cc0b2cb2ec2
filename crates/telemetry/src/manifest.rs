//! The one commit of the store: which segments there are, what is counted, and the log position they stand for.
//!
//! There is no second position anywhere: whatever the manifest does not name did not happen, or is still in the log.

use std::io;

use ippo_base::disk::Disk;
use serde::{Deserialize, Serialize};

use crate::remote::RemoteMeta;
use crate::segment::{QuarantineMeta, SegmentMeta};
use crate::wal::CounterEntry;

/// The file below the data folder.
pub const FILE: &str = "MANIFEST";
const NEXT: &str = "MANIFEST.next";
/// The version of the data folder that this ippo writes. It reads every earlier one, and a folder is of this version before
/// anything is written into it.
///
/// 2: attributes in segments may refer to columns, and small requests share a record of the log.
/// 3: segments may be in a bucket alone.
/// 4: segments of spans may be sampled.
/// 5: records of the log are packed by Snappy, and batches that a retry would repeat are in files of their own.
/// 6: of a file of counts, those of one counter can be read alone.
pub const FORMAT: u32 = 6;

/// The manifest's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The folder's version.
    pub format: u32,
    /// Every log record up to this one is in what the manifest names.
    pub lsn: u64,
    /// Counted up with each commit; names of files carry it.
    pub commit: u64,
    /// Every segment.
    pub segments: Vec<SegmentMeta>,
    /// Every counter.
    pub counters: Vec<CounterMeta>,
    /// Files of counts, one a UTC day.
    pub days: Vec<DayMeta>,
    /// The file of the last points of series that counters over metrics count from. An ippo that knows no such counters
    /// refuses their words, and so never goes on without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptMeta>,
    /// Batches that a retry would repeat, as folders of before format 5 have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<RecentMeta>,
    /// Those that are in no file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub batches: Vec<BatchMeta>,
    /// Files of more of them, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub batch_files: Vec<BatchFileMeta>,
    /// Per signal, the first minute whose rows have not expired.
    pub expired_before: [u32; 3],
    /// Segments that are neither read nor merged. Folders of before there was a quarantine have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quarantined: Vec<QuarantineMeta>,
    /// Which segments are in a bucket, if there is or was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<RemoteMeta>,
}

/// What the manifest says of a counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterMeta {
    /// Its words.
    pub spec: CounterEntry,
    /// Whether stored rows were all counted.
    pub complete: bool,
    /// Minutes it cannot speak for: first minute, and first after.
    pub unmeasured: Vec<(u32, u32)>,
}

/// A file of one day's counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayMeta {
    /// Days since the epoch.
    pub day: u32,
    /// The file below `counters/`.
    pub file: String,
    /// CRC-32C of the whole file.
    pub crc: u32,
}

/// The file of the last points of series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptMeta {
    /// The file below `counters/`.
    pub file: String,
    /// CRC-32C of the whole file.
    pub crc: u32,
}

/// A batch that a retry would repeat: its key, in hexadecimal, and when it came, in nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchMeta(pub String, pub i64);

/// A file of batches that a retry would repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchFileMeta {
    /// The file below `batches/`.
    pub file: String,
    /// CRC-32C of the whole file.
    pub crc: u32,
    /// When the last of them came, in nanoseconds.
    pub newest: i64,
}

/// A batch that a retry would repeat, before format 5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentMeta {
    /// Who sent it.
    pub identity: String,
    /// The signal's name.
    pub signal: String,
    /// Its body's hash, in hexadecimal.
    pub hash: String,
    /// When it came, in nanoseconds.
    pub received: i64,
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The disk failed.
    #[error("the manifest cannot be read or written: {0}")]
    Io(#[from] io::Error),
    /// The bytes are not what was written.
    #[error("the manifest is damaged ({0}); restore the data folder from a backup")]
    Damaged(String),
    /// A newer ippo wrote it.
    #[error("the data folder has format {found}, this ippo knows up to {FORMAT}; use a newer ippo")]
    Newer {
        /// Its version.
        found: u32,
    },
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            format: FORMAT,
            lsn: 0,
            commit: 0,
            segments: Vec::new(),
            counters: Vec::new(),
            days: Vec::new(),
            kept: None,
            recent: Vec::new(),
            batches: Vec::new(),
            batch_files: Vec::new(),
            expired_before: [0; 3],
            quarantined: Vec::new(),
            remote: None,
        }
    }
}

impl Manifest {
    /// Reads the manifest, which is of this format in memory; a folder without one is new.
    pub fn read(disk: &dyn Disk) -> Result<Self, ManifestError> {
        Ok(Self::read_stored(disk)?.unwrap_or_default().0)
    }

    /// The same, and the format that it has on the disk. Nothing where there is none.
    pub fn read_stored(disk: &dyn Disk) -> Result<Option<(Self, u32)>, ManifestError> {
        let bytes = match disk.read_all(FILE) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let damaged = |reason: &str| ManifestError::Damaged(reason.to_owned());
        let split =
            bytes.iter().position(|byte| *byte == b'\n').ok_or_else(|| damaged("no checksum line"))?;
        let (sum, json) = (&bytes[..split], &bytes[split + 1..]);
        if sum != format!("{:08x}", crc32c::crc32c(json)).as_bytes() {
            return Err(damaged("its checksum does not match"));
        }
        #[derive(Deserialize)]
        struct Versioned {
            format: u32,
        }
        let version: Versioned = serde_json::from_slice(json).map_err(|e| damaged(&e.to_string()))?;
        if version.format > FORMAT {
            return Err(ManifestError::Newer { found: version.format });
        }
        let manifest: Self = serde_json::from_slice(json).map_err(|e| damaged(&e.to_string()))?;
        Ok(Some((Self { format: FORMAT, ..manifest }, version.format)))
    }

    /// The file's content: a line with the checksum of what follows, and the JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        let json = serde_json::to_vec(self).expect("plain texts and numbers are JSON");
        let mut bytes = format!("{:08x}\n", crc32c::crc32c(&json)).into_bytes();
        bytes.extend_from_slice(&json);
        bytes
    }

    /// Replaces the manifest in one step. When this returns, the new one survives a power cut.
    pub fn commit(&self, disk: &dyn Disk) -> Result<(), ManifestError> {
        let bytes = self.to_bytes();
        match disk.remove(NEXT) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        disk.write_new(NEXT, &bytes)?;
        disk.rename(NEXT, FILE)?;
        disk.sync_dir("")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ippo_base::disk::SimDisk;

    use super::*;

    #[test]
    fn a_crash_leaves_the_old_or_the_new_one() {
        for seed in 0..200 {
            let disk = SimDisk::new(seed);
            Manifest { lsn: 1, ..Manifest::default() }.commit(&disk).expect("committed");
            disk.die_after(1 + seed % 5);
            let done = Manifest { lsn: 2, ..Manifest::default() }.commit(&disk).is_ok();
            disk.crash();
            let found = Manifest::read(&disk).expect("one of the two").lsn;
            assert!(found == 2 || (found == 1 && !done), "seed {seed}: {found}");
        }
    }

    #[test]
    fn damage_and_a_newer_format_are_refused() {
        let disk = SimDisk::new(1);
        Manifest { format: FORMAT + 1, ..Manifest::default() }.commit(&disk).expect("committed");
        assert!(matches!(Manifest::read(&disk), Err(ManifestError::Newer { found }) if found == FORMAT + 1));
        disk.flip_bit(FILE, 30, 2).expect("flipped");
        assert!(matches!(Manifest::read(&disk), Err(ManifestError::Damaged(_))));
    }
}
