//! Where a segment's bytes are read from: its file on the local disk, the end of it that is kept there, or the bucket.
//!
//! Nothing here is checked; readers check every byte that they use, wherever it came from.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use ippo_base::disk::{Disk, SharedDisk};

use super::cold::Cold;
use super::{FOLDER, SegmentMeta};

/// The folder of the ends of segments that are in a bucket, below the data folder.
pub const ENDS: &str = "ends";
/// Bytes that are fetched at a time when a whole segment is.
const FETCH_BYTES: u64 = 8 * 1024 * 1024;

/// The local disk, and the bucket behind it if there is one. Clones are the same.
#[derive(Clone)]
pub struct Tiers {
    disk: SharedDisk,
    cold: Option<Arc<Cold>>,
}

/// Why a segment did not come to the local disk.
#[derive(Debug)]
pub(super) enum FetchError {
    /// The local disk has no place for it. It can be read where it is.
    Local,
    /// It could not be read.
    Source(io::Error),
    /// Its bytes are not what was written.
    Damaged,
}

impl Tiers {
    /// With the disk alone, or with a bucket.
    pub fn new(disk: SharedDisk, cold: Option<Arc<Cold>>) -> Self {
        Self { disk, cold }
    }

    /// The local disk.
    pub fn disk(&self) -> &dyn Disk {
        &*self.disk
    }

    /// The bucket.
    pub(crate) fn cold(&self) -> Option<&Arc<Cold>> {
        self.cold.as_ref()
    }

    /// Whether the bucket alone has the segment.
    pub(crate) fn is_remote(&self, file: &str) -> bool {
        self.cold.as_ref().is_some_and(|cold| cold.is_remote(file))
    }

    /// Reads `length` bytes at `from` of a segment whose file has `bytes`.
    pub(crate) fn read(&self, file: &str, bytes: u64, from: u64, length: usize) -> io::Result<Vec<u8>> {
        match self.disk.read(&format!("{FOLDER}/{file}"), from, length) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let Some(cold) = self.cold.as_ref().filter(|cold| cold.has(file)) else { return Err(error) };
                if let Some(read) = self.read_end(file, bytes, from, length) {
                    return Ok(read);
                }
                let mut parts = cold.fetch(file, std::slice::from_ref(&(from..from + length as u64)))?;
                parts.pop().map(Vec::from).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
            read => read,
        }
    }

    /// The same of several parts, which are asked for together.
    pub(super) fn fetch(&self, file: &str, ranges: &[Range<u64>]) -> io::Result<Vec<Bytes>> {
        let cold = self.cold.as_ref().ok_or(io::ErrorKind::NotFound)?;
        if ranges.is_empty() { Ok(Vec::new()) } else { cold.fetch(file, ranges) }
    }

    /// Whether the local disk has anything of the segment.
    pub(super) fn has_some(&self, file: &str) -> bool {
        let has = |folder: &str| self.disk.len(&format!("{folder}/{file}")).is_ok();
        has(FOLDER) || has(ENDS)
    }

    /// Where the end that is kept on the local disk begins.
    pub(super) fn end_begins(&self, file: &str, bytes: u64) -> Option<u64> {
        bytes.checked_sub(self.disk.len(&format!("{ENDS}/{file}")).ok()?)
    }

    fn read_end(&self, file: &str, bytes: u64, from: u64, length: usize) -> Option<Vec<u8>> {
        let at = from.checked_sub(self.end_begins(file, bytes)?)?;
        self.disk.read(&format!("{ENDS}/{file}"), at, length).ok()
    }

    /// Keeps the segment's end from `begins` on where it can be read without the bucket. Its name is durable only once the
    /// folder is synced; without it the end is fetched.
    pub(super) fn keep_end(&self, meta: &SegmentMeta, begins: u64) -> io::Result<()> {
        if self.end_begins(&meta.file, meta.bytes).is_some_and(|kept| kept <= begins) {
            return Ok(());
        }
        // Two that write it at once would publish each other's halves. Whoever is late does without: it is fetched again.
        let Some(cold) = &self.cold else { return Ok(()) };
        let Some(_alone) = cold.moving.try_now(&meta.file) else { return Ok(()) };
        let length = usize::try_from(meta.bytes - begins).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let end = self.read(&meta.file, meta.bytes, begins, length)?;
        let (path, part) = (format!("{ENDS}/{}", meta.file), format!("{ENDS}/{}.part", meta.file));
        gone(self.disk.remove(&part))?;
        // Whoever reads meets the whole of it or nothing.
        let kept = self.disk.write_new(&part, &end).and_then(|()| self.disk.rename(&part, &path));
        // If a part stays, the next try or the next start removes it.
        kept.inspect_err(|_| drop(self.disk.remove(&part)))
    }

    /// Removes the file of a segment that is in the bucket.
    pub(super) fn evict(&self, meta: &SegmentMeta) -> io::Result<()> {
        let Some(cold) = &self.cold else { return Ok(()) };
        let _alone = cold.moving.wait(&meta.file);
        debug_assert!(cold.has(&meta.file), "only what is in the bucket is evicted");
        let path = meta.path();
        let is_gone = || self.disk.len(&path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        // It may be gone though the disk said otherwise.
        gone(self.disk.remove(&path)).or_else(|error| if is_gone() { Ok(()) } else { Err(error) })?;
        cold.went(&meta.file);
        Ok(())
    }

    /// Brings a segment back to the local disk, whole and checked.
    pub(super) fn bring_home(&self, meta: &SegmentMeta) -> Result<(), FetchError> {
        let Some(cold) = &self.cold else { return Err(FetchError::Local) };
        let _alone = cold.moving.wait(&meta.file);
        if !cold.is_remote(&meta.file) {
            return Ok(());
        }
        let part = format!("{}.part", meta.path());
        let local = |_: io::Error| FetchError::Local;
        gone(self.disk.remove(&part)).map_err(local)?;
        let mut file = self.disk.create(&part).map_err(local)?;
        let mut crc = 0;
        let fetched = self.each_part(meta, &mut |bytes| {
            crc = crc32c::crc32c_append(crc, bytes);
            file.append(bytes).map_err(local)
        });
        let done = match fetched {
            Ok(()) if crc != meta.crc => Err(FetchError::Damaged),
            Ok(()) => file.sync().map_err(local),
            Err(error) => Err(error),
        };
        let done = done.and_then(|()| self.disk.rename(&part, &meta.path()).map_err(local));
        match done {
            Ok(()) => cold.came(meta),
            // It may have its name all the same. What stays is removed by the next try or the next start.
            Err(_) => [part, meta.path()].iter().for_each(|path| drop(self.disk.remove(path))),
        }
        done
    }

    /// Shows all bytes of a segment that is in the bucket, as the bucket has them.
    pub(super) fn each_part(
        &self,
        meta: &SegmentMeta,
        take: &mut dyn FnMut(&[u8]) -> Result<(), FetchError>,
    ) -> Result<(), FetchError> {
        let mut at = 0;
        while at < meta.bytes {
            let to = meta.bytes.min(at + FETCH_BYTES);
            let parts =
                self.fetch(&meta.file, std::slice::from_ref(&(at..to))).map_err(FetchError::Source)?;
            parts.iter().try_for_each(|part| take(part))?;
            at = to;
        }
        Ok(())
    }

    /// Forgets what the local disk has of a segment that is whole in the bucket.
    pub(super) fn forget_local(&self, meta: &SegmentMeta) -> io::Result<()> {
        gone(self.disk.remove(&format!("{ENDS}/{}", meta.file)))?;
        self.evict(meta)
    }
}

/// That a file is not there is as good as its being removed.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
