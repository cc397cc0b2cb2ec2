//! A folder that gets its name only when it is complete: made beside it as `NAME.partial`, for its owner's eyes alone, and
//! removed again if it comes to nothing.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use ippo_base::disk::{LockError, RealDisk};

use super::BackupError;

/// A folder on its way. Dropped before it is finished, it is removed.
pub(super) struct Partial {
    partial: PathBuf,
    target: PathBuf,
    parent: PathBuf,
    finished: bool,
    _lock: RealDisk,
}

/// The path of a folder that is to be made: absolute, its parent resolved.
///
/// # Errors
/// When the parent is not there, or the folder is there and holds something.
pub(super) fn fresh(target: &Path) -> Result<PathBuf, BackupError> {
    let shown = target.display();
    let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
        return Err(BackupError::Refused(format!("{shown} is no folder that can be made")));
    };
    if !target.is_absolute() {
        return Err(BackupError::Refused(format!("{shown} is not an absolute path")));
    }
    let parent = match fs::canonicalize(parent) {
        Ok(parent) if parent.is_dir() => parent,
        _ => {
            let parent = parent.display();
            return Err(BackupError::Refused(format!("there is no folder {parent}; make it first")));
        }
    };
    let target = parent.join(name);
    match fs::read_dir(&target).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(target),
        Ok(false) => {
            Err(BackupError::Refused(format!("{shown} holds something already; choose a new folder")))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(target),
        Err(error) => Err(BackupError::Refused(format!("{shown} cannot be a new folder: {error}"))),
    }
}

impl Partial {
    /// Begins the folder. What an attempt that was cut off left behind is removed first.
    ///
    /// # Errors
    /// See [`fresh`]; and when somebody else is making the same folder, or something that is not ours has its name.
    pub(super) fn begin(target: &Path) -> Result<Self, BackupError> {
        let target = fresh(target)?;
        let parent = target.parent().expect("it was put together of two parts").to_owned();
        let mut name = target.file_name().expect("it was put together of two parts").to_owned();
        name.push(".partial");
        let partial = parent.join(name);
        match make_private(&partial) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => remove_leftover(&partial)?,
            made => made.map_err(BackupError::io(&partial))?,
        }
        let lock = RealDisk::lock(&partial).map_err(|error| held(&partial, error))?;
        Ok(Self { partial, target, parent, finished: false, _lock: lock })
    }

    /// Where to write.
    pub(super) fn path(&self) -> &Path {
        &self.partial
    }

    /// Makes a folder below it; no error if it is there.
    pub(super) fn make_dir(&self, name: &str) -> Result<(), BackupError> {
        let path = self.partial.join(name);
        match make_private(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made.map_err(BackupError::io(&path)),
        }
    }

    /// Makes the names in these folders below it durable, then gives it its own name. When this returns, it is there and
    /// survives a power cut.
    pub(super) fn finish(mut self, folders: &[&str]) -> Result<PathBuf, BackupError> {
        for folder in folders.iter().copied().chain([""]) {
            let path = self.partial.join(folder);
            sync_dir(&path)?;
        }
        fs::rename(&self.partial, &self.target).map_err(BackupError::io(&self.target))?;
        self.finished = true;
        sync_dir(&self.parent)?;
        Ok(self.target.clone())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        if let Err(error) = fs::remove_dir_all(&self.partial) {
            let path = self.partial.display();
            tracing::warn!(%path, %error, "what is left of an incomplete copy cannot be removed; the next attempt tries again");
        }
    }
}

fn make_private(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

fn sync_dir(path: &Path) -> Result<(), BackupError> {
    File::open(path).and_then(|dir| dir.sync_all()).map_err(BackupError::io(path))
}

/// Empties a folder that an attempt left which was cut off: it has a lock, and nobody holds it.
fn remove_leftover(partial: &Path) -> Result<(), BackupError> {
    let failed = |error| BackupError::io(partial)(error);
    let is_empty = fs::read_dir(partial).map_err(failed)?.next().is_none();
    if !is_empty && !partial.join("LOCK").is_file() {
        return Err(BackupError::Refused(format!(
            "{} is in the way and not ippo's; remove it, or choose another folder",
            partial.display()
        )));
    }
    let lock = RealDisk::lock(partial).map_err(|error| held(partial, error))?;
    fs::remove_dir_all(partial).map_err(failed)?;
    drop(lock);
    make_private(partial).map_err(failed)
}

fn held(partial: &Path, error: LockError) -> BackupError {
    match error {
        LockError::Held(_) => BackupError::Refused(format!(
            "{} is being written by another ippo; wait for it, or choose another folder",
            partial.display()
        )),
        LockError::Io { path, source } => BackupError::io(&path)(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal<T>(result: Result<T, BackupError>) -> String {
        match result {
            Err(BackupError::Refused(reason)) => reason,
            Err(other) => panic!("another error: {other}"),
            Ok(_) => panic!("it was taken"),
        }
    }

    #[test]
    fn a_folder_has_its_name_when_it_is_complete_and_nothing_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("new");
        let partial = Partial::begin(&target).expect("begun");
        fs::write(partial.path().join("file"), b"x").expect("written");
        assert!(refusal(Partial::begin(&target)).contains("another ippo"));
        assert!(!target.exists());
        let beside = partial.path().to_owned();
        drop(partial);
        assert!(!beside.exists() && !target.exists(), "nothing is left");
        // One that was cut off by a kill: its lock is free, its files are there.
        fs::create_dir(&beside).expect("made");
        fs::write(beside.join("LOCK"), b"").expect("written");
        fs::write(beside.join("old"), b"x").expect("written");
        let made = Partial::begin(&target).expect("begun anew").finish(&[]).expect("named");
        assert!(made.exists() && !beside.exists() && !made.join("old").exists());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(made.metadata().expect("there").permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn what_is_not_ours_is_let_be() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("new");
        fs::create_dir(folder.path().join("new.partial")).expect("made");
        fs::write(folder.path().join("new.partial/mine"), b"x").expect("written");
        assert!(refusal(Partial::begin(&target)).contains("in the way"));
        assert!(folder.path().join("new.partial/mine").exists());
        assert!(refusal(fresh(folder.path())).contains("holds something already"));
        assert!(refusal(fresh(&folder.path().join("none/new"))).contains("make it first"));
        assert!(refusal(fresh(Path::new("new"))).contains("absolute"));
        fs::create_dir(&target).expect("made");
        fresh(&target).expect("an empty folder is as good as none");
    }
}
