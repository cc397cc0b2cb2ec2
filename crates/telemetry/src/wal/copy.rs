//! Copying the log beside its owner: of each file the bytes up to the last record that counts.

use std::io;
use std::sync::Arc;

use ippo_base::disk::Disk;

use super::read::WalFile;
use super::{FOLDER, Lsn, record};

/// Files of the log that stay where they are, and how much of each counts.
#[derive(Debug, Default)]
pub struct Hold {
    /// Paths below the data folder, and the last record of each that counts; oldest first.
    pub(super) files: Vec<(String, Lsn)>,
    /// While it lives, the log's owner removes no file.
    pub(super) _copier: Option<Arc<()>>,
}

impl Hold {
    /// The files of a log that nobody writes.
    ///
    /// # Errors
    /// When its folder cannot be read.
    pub fn of_stopped(disk: &dyn Disk) -> io::Result<Self> {
        let files = match super::read::files(disk) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            files => files?,
        };
        Ok(Self { files: ranges(&files, Lsn(u64::MAX)), _copier: None })
    }

    /// Paths of the files below the data folder, oldest first.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(path, _)| path.as_str())
    }

    /// The bytes of a file up to the last record that counts; nothing where none does. What follows there was written
    /// later, or was refused.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self, disk: &dyn Disk, path: &str) -> io::Result<Option<Vec<u8>>> {
        let Some((_, last)) = self.files.iter().find(|(held, _)| held == path) else { return Ok(None) };
        let mut bytes = disk.read_all(path)?;
        let end = end_of(&bytes, *last);
        bytes.truncate(end);
        Ok((end > 0).then_some(bytes))
    }
}

/// What counts in each file: a file begins with the number after the last durable one, so what the one before holds from
/// there on was refused.
pub(super) fn ranges(files: &[WalFile], durable: Lsn) -> Vec<(String, Lsn)> {
    let nexts = files.iter().skip(1).map(|next| Lsn(next.first.0.saturating_sub(1))).chain(Some(durable));
    let path = |file: &WalFile| format!("{FOLDER}/{}", file.name);
    files.iter().zip(nexts).map(|(file, last)| (path(file), last.min(durable))).collect()
}

/// Where the last whole record up to `last` ends.
fn end_of(bytes: &[u8], last: Lsn) -> usize {
    let (mut at, mut end) = (0, 0);
    while at < bytes.len() {
        match record::check(&bytes[at..]) {
            Ok(found) if found.lsn > last => break,
            Ok(found) => {
                at += found.stored_bytes;
                end = at;
            }
            // Damage with whole records behind it is copied with them, so that the copy tells of it too.
            Err(_) => at = record::find(bytes, at + 1).unwrap_or(bytes.len()),
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use ippo_base::disk::{Disk as _, SimDisk};

    use super::*;
    use crate::wal::{Wal, replay};

    fn wal(disk: &SimDisk) -> Wal {
        disk.create_dir(FOLDER).expect("made");
        Wal::after(Arc::new(disk.clone()), Lsn(0), 0, 0)
    }

    fn copied(disk: &SimDisk, hold: &Hold) -> Vec<Vec<u8>> {
        let copy = SimDisk::new(9);
        copy.create_dir(FOLDER).expect("made");
        for path in hold.paths() {
            if let Some(bytes) = hold.read(disk, path).expect("readable") {
                copy.write_new(path, &bytes).expect("written");
            }
        }
        let found = replay(&copy, Lsn(0)).expect("readable");
        found.records.iter().map(|record| record.payload(&copy).expect("readable").expect("packed")).collect()
    }

    #[test]
    fn what_comes_later_is_not_in_the_copy_and_no_file_goes_meanwhile() {
        let disk = SimDisk::new(1);
        let mut wal = wal(&disk);
        wal.append(&[b"one".to_vec()]).expect("durable");
        wal.rotate();
        wal.append(&[b"two".to_vec(), b"three".to_vec()]).expect("durable");
        let hold = wal.hold().expect("readable");
        wal.append(&[b"four".to_vec()]).expect("durable");
        wal.rotate();
        wal.append(&[b"five".to_vec()]).expect("durable");
        wal.forget_through(Lsn(4)).expect("nothing to do");
        assert_eq!(copied(&disk, &hold), [b"one".to_vec(), b"two".to_vec(), b"three".to_vec()]);
        drop(hold);
        wal.forget_through(Lsn(4)).expect("removed");
        assert_eq!(disk.list(FOLDER).expect("listed").len(), 1, "what nobody copies goes");
    }

    #[test]
    fn what_was_refused_is_not_in_the_copy() {
        let disk = SimDisk::new(2);
        let mut wal = wal(&disk);
        wal.append(&[b"one".to_vec()]).expect("durable");
        // Its bytes are there, whole, and nobody was told that they are.
        let mut packer = crate::wal::Packer::default();
        let mut refused = crate::wal::Records::default();
        packer.pack(&mut refused, |out| out.extend_from_slice(b"refused")).expect("small");
        let path = format!("{FOLDER}/{}", disk.list(FOLDER).expect("listed")[0]);
        let mut bytes = disk.read_all(&path).expect("read");
        bytes.extend_from_slice(refused.number(Lsn(2), Lsn(1)));
        disk.remove(&path).expect("removed");
        disk.write_new(&path, &bytes).expect("written");
        let hold = wal.hold().expect("readable");
        assert_eq!(copied(&disk, &hold), [b"one".to_vec()]);
        wal.rotate();
        wal.append(&[b"two".to_vec()]).expect("durable");
        let hold = Hold::of_stopped(&disk).expect("readable");
        assert_eq!(copied(&disk, &hold), [b"one".to_vec(), b"two".to_vec()]);
    }
}
