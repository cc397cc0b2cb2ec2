//! Taking a backup: the state, then one moment of the telemetry, written beside its name and named when it is complete.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ippo_base::Timestamp;
use ippo_base::disk::{Disk as _, RealDisk, SharedDisk};
use ippo_telemetry::{LeftOut, Point, PointFile, SegmentError, Store};

use super::files::{self, Progress, Read, Sum};
use super::folder::{Partial, fresh};
use super::{
    BackupDocument, BackupError, DATA, FOLDERS, FileEntry, LeftOutFile, MANIFEST_FILE, STATE_FILE, blocking,
};

/// What a backup is taken of.
#[derive(Clone)]
pub enum Source {
    /// A store that goes on.
    Running(Store),
    /// A folder that no ippo uses; its lock is held.
    Stopped(SharedDisk),
}

/// Where a backup goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The folder to make, absolute.
    pub to: PathBuf,
    /// An earlier backup: files that are the same there are linked instead of copied.
    pub base: Option<PathBuf>,
}

/// A backup that is complete.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Its folder.
    pub path: PathBuf,
    /// What it holds.
    pub document: BackupDocument,
    /// Bytes that took new space; the rest is shared with the data folder or with the earlier backup.
    pub copied_bytes: u64,
}

/// Says whether a backup of the folder can go there.
///
/// # Errors
/// [`BackupError::Refused`], or what is wrong with the earlier backup.
pub fn check_wish(data_dir: &Path, wish: &Wish) -> Result<(), BackupError> {
    let to = fresh(&wish.to)?;
    let data_dir = fs::canonicalize(data_dir).map_err(BackupError::io(data_dir))?;
    if to.starts_with(&data_dir) {
        return Err(BackupError::Refused(format!(
            "{} lies inside the data folder; choose a folder elsewhere, best on another disk",
            wish.to.display()
        )));
    }
    if let Some(base) = &wish.base {
        if !base.is_absolute() {
            return Err(BackupError::Refused(format!("{} is not an absolute path", base.display())));
        }
        BackupDocument::read(base)?;
    }
    Ok(())
}

/// Takes a backup. Everything acknowledged before the call is in it; of what comes meanwhile, some may be.
///
/// # Errors
/// There is no backup then, and nothing is left of the attempt.
pub async fn take(
    source: Source,
    data_dir: &Path,
    wish: &Wish,
    now: Timestamp,
    progress: Arc<Progress>,
) -> Result<Taken, BackupError> {
    check_wish(data_dir, wish)?;
    let to = wish.to.clone();
    let partial = blocking(move || {
        let partial = Partial::begin(&to)?;
        partial.make_dir(DATA)?;
        FOLDERS.iter().try_for_each(|folder| partial.make_dir(&format!("{DATA}/{folder}")))?;
        Ok(partial)
    })
    .await?;
    if let Source::Running(store) = &source
        && let Err(error) = store.flush().await
    {
        // The log is copied instead, which only takes longer.
        tracing::warn!(%error, "rows in memory could not be written into segments before a backup");
    }
    let mut document = BackupDocument::new(now.to_string());
    let (state_from, state_to) = (data_dir.join(STATE_FILE), partial.path().join(DATA).join(STATE_FILE));
    if matches!(source, Source::Running(_)) || state_from.exists() {
        ippo_state::copy::copy(&state_from, &state_to).await.map_err(BackupError::state(&wish.to))?;
        document.tables = ippo_state::copy::table_rows(&state_to).await.map_err(BackupError::State)?;
    }
    // Only now: what the state speaks of, telemetry holds.
    let point = match source {
        Source::Running(store) => store.point().await?,
        Source::Stopped(disk) => blocking(move || Ok(Point::of_stopped(&disk)?)).await?,
    };
    let copying = Copying {
        data_dir: data_dir.to_owned(),
        base: wish.base.clone().map(Base::open).transpose()?,
        partial,
        point,
        document,
        progress,
        copied_bytes: 0,
    };
    blocking(move || copying.run()).await
}

/// An earlier backup.
struct Base {
    folder: PathBuf,
    files: BTreeMap<String, FileEntry>,
}

impl Base {
    fn open(folder: PathBuf) -> Result<Self, BackupError> {
        let files = BackupDocument::read(&folder)?.files;
        Ok(Self { files: files.into_iter().map(|file| (file.path.clone(), file)).collect(), folder })
    }
}

/// The long part of a backup.
struct Copying {
    data_dir: PathBuf,
    base: Option<Base>,
    partial: Partial,
    point: Point,
    document: BackupDocument,
    progress: Arc<Progress>,
    copied_bytes: u64,
}

/// How a file came to its place.
enum Placed {
    Copied(Sum),
    Linked(Sum),
    /// It is missing or damaged.
    Unusable(String),
}

impl Copying {
    fn run(mut self) -> Result<Taken, BackupError> {
        let files = self.point.files();
        let size = |path: &str| fs::metadata(self.data_dir.join(path)).map_or(0, |file| file.len());
        let log = self.point.log_files();
        let paths = files.iter().map(|file| file.path.as_str()).chain(log.iter().map(String::as_str));
        // Beside these, the state database and the manifest.
        self.progress.expect(files.len() as u64 + log.len() as u64 + 2, paths.map(size).sum());
        if self.target(STATE_FILE).exists() {
            let sum = self.read_back(STATE_FILE)?;
            self.note(STATE_FILE, sum, true);
        }
        // The log first: as long as it is copied, it grows.
        self.copy_log(&log)?;
        self.point.add_up();
        for file in &files {
            match self.place(file)? {
                Placed::Copied(sum) => self.note(&file.path, sum, true),
                Placed::Linked(sum) => self.note(&file.path, sum, false),
                Placed::Unusable(reason) => self.leave_out(&file.path, &reason),
            }
        }
        let sum = files::write(&self.target(MANIFEST_FILE), &self.point.manifest())?;
        self.note(MANIFEST_FILE, sum, true);
        self.document.contents = self.point.contents().clone();
        self.document.problems = self.point.problems().to_vec();
        let (name, bytes) = self.document.to_file();
        let folders = FOLDERS.map(|folder| format!("{DATA}/{folder}"));
        let folders: Vec<&str> = folders.iter().map(String::as_str).chain([DATA]).collect();
        files::write(&self.partial.path().join(name), &bytes)?;
        let path = self.partial.finish(&folders)?;
        Ok(Taken { path, document: self.document, copied_bytes: self.copied_bytes })
    }

    fn target(&self, path: &str) -> PathBuf {
        self.partial.path().join(DATA).join(path)
    }

    /// Sums what was written to its place already.
    fn read_back(&self, path: &str) -> Result<Sum, BackupError> {
        let target = self.target(path);
        self.progress.expect(0, fs::metadata(&target).map_or(0, |file| file.len()));
        files::sum(&target, &self.progress)?.map_err(BackupError::io(&target))
    }

    fn copy_log(&mut self, paths: &[String]) -> Result<(), BackupError> {
        let disk = RealDisk::unlocked(&self.data_dir);
        for path in paths {
            let source = self.data_dir.join(path);
            let length = disk.len(path).map_err(BackupError::io(&source))?;
            let bytes = self.point.read_log(&disk, path).map_err(BackupError::io(&source))?;
            self.progress.add_bytes(length);
            match bytes {
                Some(bytes) => {
                    let sum = files::write(&self.target(path), &bytes)?;
                    self.note(path, sum, true);
                }
                None => self.progress.finish_file(),
            }
        }
        self.point.release_log();
        Ok(())
    }

    /// Puts a file in its place: by a link to the earlier backup or to the data folder where they share a filesystem, else
    /// as a copy. Its bytes are read in any case.
    fn place(&self, file: &PointFile) -> Result<Placed, BackupError> {
        let (source, target) = (self.data_dir.join(&file.path), self.target(&file.path));
        let earlier = self.base.as_ref().and_then(|base| {
            let same = base.files.get(&file.path).filter(|earlier| earlier.crc32c == file.crc);
            same.map(|earlier| base.folder.join(DATA).join(&earlier.path))
        });
        let is_whole = |read: &Read| read.as_ref().is_ok_and(|sum| sum.crc == file.crc);
        if let Some(earlier) = earlier
            && link(&earlier, &target)
        {
            let read = files::sum(&target, &self.progress)?;
            if is_whole(&read) {
                return Ok(Placed::Linked(read.map_err(BackupError::io(&target))?));
            }
            // It was damaged since: the data folder's own is taken.
            self.progress.expect(0, read.map_or(0, |sum| sum.bytes));
            fs::remove_file(&target).map_err(BackupError::io(&target))?;
        }
        let mut linked = link(&source, &target);
        let mut read = if linked {
            files::sum(&target, &self.progress)?
        } else {
            files::copy(&source, &target, &self.progress)?
        };
        if !is_whole(&read) && self.point.is_in_bucket(&file.path) {
            // It left the disk long ago, or a moment ago; or it was damaged there.
            self.progress.expect(0, file.bytes);
            remove(&target)?;
            read = self.fetch(file, &target)?;
            linked = false;
        }
        if is_whole(&read) {
            let sum = read.map_err(BackupError::io(&target))?;
            return Ok(if linked { Placed::Linked(sum) } else { Placed::Copied(sum) });
        }
        remove(&target)?;
        Ok(Placed::Unusable(match read {
            Ok(_) => "its checksum differs from the manifest's".to_owned(),
            Err(error) => error.to_string(),
        }))
    }

    /// Copies a segment from the bucket. What is missing or damaged there is the inner result.
    fn fetch(&self, file: &PointFile, target: &Path) -> Result<Read, BackupError> {
        let mut writing = files::Writing::begin(target, &self.progress)?;
        let mut failed = None;
        let read = self.point.read_bucket(&file.path, &mut |bytes| match writing.write(bytes) {
            Ok(()) => true,
            Err(error) => {
                failed = Some(error);
                false
            }
        });
        match (failed, read) {
            (Some(error), _) => Err(error),
            (None, Ok(())) => Ok(Ok(writing.finish()?)),
            // What cannot be reached now is not lost, and a backup without it would say that it is.
            (None, Err(error @ SegmentError::Unreachable { .. })) => {
                Err(BackupError::Telemetry(error.to_string()))
            }
            (None, Err(error)) => Ok(Err(io::Error::other(error))),
        }
    }

    fn note(&mut self, path: &str, sum: Sum, copied: bool) {
        self.document.files.push(sum.entry(path));
        self.copied_bytes += if copied { sum.bytes } else { 0 };
        self.progress.finish_file();
    }

    fn leave_out(&mut self, path: &str, reason: &str) {
        let means = match self.point.leave_out(path) {
            Some(LeftOut::Rows(rows)) => {
                format!("{rows} rows are not in the backup, counts are not affected")
            }
            Some(LeftOut::Day) => "this day counts as not measured".to_owned(),
            Some(LeftOut::Points) => "counters over metrics are counted again from stored rows".to_owned(),
            Some(LeftOut::Batches) => {
                "what clients sent before the backup and send again after a restore may be stored twice"
                    .to_owned()
            }
            None => return,
        };
        tracing::error!(path, reason, "a file is missing or damaged and is not in the backup");
        let reason = format!("{reason}; {means}");
        self.document.left_out.push(LeftOutFile { path: path.to_owned(), reason });
        self.progress.finish_file();
    }
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BackupError::io(path)(error)),
        _ => Ok(()),
    }
}

/// Gives a file a second name. False where that cannot be, such as across filesystems.
fn link(from: &Path, to: &Path) -> bool {
    fs::hard_link(from, to).is_ok()
}
