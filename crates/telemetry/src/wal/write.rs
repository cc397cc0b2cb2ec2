//! Appending: a group of records, one `fdatasync`, and a new file after any failure.

use std::io;
use std::sync::Arc;

use ippo_base::disk::{DiskFile, SharedDisk};

use super::{Entry, Hold, Lsn, Packer, Records};

/// The log's writing end. Owns the only file that grows.
pub struct Wal {
    disk: SharedDisk,
    file: Option<Box<dyn DiskFile>>,
    /// Counted up whenever a file is started, so that a file's name is never used twice.
    attempt: u64,
    durable: Lsn,
    /// The last record of the file, which may be a mark behind the last durable one.
    written: Lsn,
    /// While numbers are missing of a group that was cut off before the start: the last record before them, and the last that
    /// was there then.
    torn: Option<(Lsn, Lsn)>,
    /// A record of nothing.
    mark: Records,
    total_bytes: u64,
    /// Cloned by who copies the log's files.
    copiers: Arc<()>,
}

impl Wal {
    /// Goes on after `durable`, the last record that replay found. `attempt` is above that of any file there;
    /// `kept_bytes` is what those files hold.
    pub fn after(disk: SharedDisk, durable: Lsn, attempt: u64, kept_bytes: u64) -> Self {
        let (mut packer, mut mark) = (Packer::default(), Records::default());
        let nothing = Entry::Batches(Vec::new()).encode();
        packer.pack(&mut mark, |out| out.extend_from_slice(&nothing)).expect("a byte is not too large");
        Self {
            disk,
            file: None,
            attempt,
            durable,
            written: durable,
            torn: None,
            mark,
            total_bytes: kept_bytes,
            copiers: Arc::default(),
        }
    }

    /// Says that numbers are missing after `before` which nobody was told of. Until segments hold what is there, no record says
    /// of a later one that it is durable: the next start would take the missing ones for lost.
    pub fn has_gaps_after(&mut self, before: Lsn) {
        self.torn = Some((before, self.durable));
    }

    /// What a record says is durable.
    fn told(&self) -> Lsn {
        self.torn.map_or(self.durable, |(before, _)| before)
    }

    /// The last durable record.
    pub fn durable(&self) -> Lsn {
        self.durable
    }

    /// Bytes in all files of the log.
    pub fn bytes(&self) -> u64 {
        self.total_bytes
    }

    /// Writes the payloads as one group and makes them durable. Returns the number of the first.
    ///
    /// # Errors
    /// See [`Wal::append_records`].
    pub fn append(&mut self, payloads: &[Vec<u8>]) -> io::Result<Lsn> {
        let (mut packer, mut records) = (Packer::default(), Records::default());
        for payload in payloads {
            packer.pack(&mut records, |out| out.extend_from_slice(payload))?;
        }
        self.append_records(&mut records)
    }

    /// Writes the records as one group and makes them durable. Returns the number of the first.
    ///
    /// # Errors
    /// On any error nothing of the group may be acknowledged. The file is given up: its unsynced tail is unknown, and
    /// a failed sync is never tried again on the same file. A sync failure is answered by writing the group once more
    /// to a new file before it is called an error.
    pub fn append_records(&mut self, records: &mut Records) -> io::Result<Lsn> {
        let reused = self.file.is_some();
        match self.write_group(records) {
            Err(error) if reused && !ippo_base::disk::is_full(&error) => self.write_group(records),
            other => other,
        }
    }

    fn write_group(&mut self, records: &mut Records) -> io::Result<Lsn> {
        // A new file has the numbers after the last durable record anew.
        let before = if self.file.is_some() { self.written } else { self.durable };
        let (first, last) = (before.next(), Lsn(before.0 + records.len() as u64));
        self.write(first, records.number(first, self.told()))?;
        (self.durable, self.written) = (last, last);
        Ok(first)
    }

    /// Says behind the last group that it is durable, so that a hole in it is known as loss though nothing follows. Nobody
    /// waits for the mark: it is synced with the next group, and where it is lost with the power, a hole in the last group
    /// is taken for a write that was cut off. One that cannot be written gives the file up, as any failure does.
    pub fn mark(&mut self) {
        if self.written > self.durable {
            return;
        }
        let Some(mut file) = self.file.take() else { return };
        let mark = self.durable.next();
        let told = self.told();
        let bytes = self.mark.number(mark, told);
        self.total_bytes += bytes.len() as u64;
        if file.append(bytes).is_ok() {
            self.written = mark;
            self.file = Some(file);
        }
    }

    /// Starts a new file with the next group, so that the files so far end here.
    pub fn rotate(&mut self) {
        self.file = None;
    }

    /// The log's files up to the last durable record. While the hold lives, none of them is removed.
    pub fn hold(&self) -> io::Result<Hold> {
        let files = super::read::files(&*self.disk)?;
        Ok(Hold { files: super::copy::ranges(&files, self.durable), _copier: Some(self.copiers.clone()) })
    }

    /// Removes the files that hold only records up to `lsn`, which segments hold now. Files are told by the first
    /// record of the one that follows. While someone copies them, they stay: a later call removes them.
    pub fn forget_through(&mut self, lsn: Lsn) -> io::Result<()> {
        self.torn = self.torn.filter(|(_, last)| lsn < *last);
        if Arc::strong_count(&self.copiers) > 1 {
            return Ok(());
        }
        let names = super::read::files(&*self.disk)?;
        for pair in names.windows(2) {
            let is_current = self.file.is_some() && pair[0].attempt == self.attempt;
            if pair[1].first.0 <= lsn.0 + 1 && !is_current {
                self.disk.remove(&path(&pair[0].name))?;
            }
        }
        if let (Some(last), None) = (names.last(), &self.file)
            && self.durable <= lsn
        {
            self.disk.remove(&path(&last.name))?;
        }
        self.total_bytes = self.measure().unwrap_or(self.total_bytes);
        self.disk.sync_dir(super::FOLDER)
    }

    /// Appends to the file, or to a new one.
    fn write(&mut self, first: Lsn, bytes: &[u8]) -> io::Result<()> {
        let begun = self.file.is_none();
        let written = self.file.take().map_or_else(|| self.begin(first), Ok).and_then(|mut file| {
            file.append(bytes)?;
            file.sync()?;
            Ok(file)
        });
        self.total_bytes += bytes.len() as u64;
        match written {
            Ok(file) => {
                self.file = Some(file);
                Ok(())
            }
            Err(error) => {
                // A disk that stays full refuses many groups: what was written of them must not add up, neither on the disk
                // nor in what is said of it.
                if begun && error.kind() != io::ErrorKind::AlreadyExists {
                    let _ = self.disk.remove(&path(&super::read::file_name(first, self.attempt)));
                }
                self.total_bytes = self.measure().unwrap_or(self.total_bytes);
                Err(error)
            }
        }
    }

    fn begin(&mut self, first: Lsn) -> io::Result<Box<dyn DiskFile>> {
        self.attempt += 1;
        let file = self.disk.create(&path(&super::read::file_name(first, self.attempt)))?;
        self.disk.sync_dir(super::FOLDER)?;
        Ok(file)
    }

    /// What all files of the log take.
    fn measure(&self) -> io::Result<u64> {
        super::read::files(&*self.disk)?.iter().map(|file| self.disk.len(&path(&file.name))).sum()
    }
}

fn path(name: &str) -> String {
    format!("{}/{name}", super::FOLDER)
}
