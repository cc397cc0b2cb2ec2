//! Files that the manifest names beside segments, which are compared with what was written.
//!
//! What a disk does not give is no damage: the file may be as it was written, and who goes on without it would let it go.

use std::io::{self, ErrorKind};

use ippo_base::disk::Disk;

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    /// The disk does not give it.
    #[error(transparent)]
    Failed(io::Error),
    /// It is missing, or is not what was written.
    #[error("{0}")]
    Damaged(String),
}

impl Unusable {
    /// What is damaged, in words.
    ///
    /// # Errors
    /// When it is not known whether the file is: it could not be read.
    pub(crate) fn damage(self, path: &str) -> io::Result<String> {
        match self {
            Unusable::Damaged(reason) => Ok(reason),
            Unusable::Failed(error) => {
                let told = format!(
                    "{path} cannot be read: {error}. It may be whole, so nothing begins without it: start again, and if \
                     the disk never gives it, move it out of the folder. What it counted is not measured then, and \
                     what it knew of retries may be stored twice"
                );
                Err(io::Error::new(error.kind(), told))
            }
        }
    }
}

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::UnexpectedEof => Unusable::Damaged(error.to_string()),
            _ => Unusable::Failed(error),
        }
    }
}

/// The bytes of a file with this checksum.
pub(crate) fn read(disk: &dyn Disk, path: &str, crc: u32) -> Result<Vec<u8>, Unusable> {
    let bytes = disk.read_all(path)?;
    match crc32c::crc32c(&bytes) == crc {
        true => Ok(bytes),
        false => Err(Unusable::Damaged("its checksum differs from the manifest's".to_owned())),
    }
}
