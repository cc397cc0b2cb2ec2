//! The write-ahead log: what was acknowledged, in order, until segments hold it.
//!
//! A log is a row of files `wal/<first LSN>-<attempt>`; records carry consecutive log sequence numbers (LSN). This
//! module knows bytes and disks; what a batch means is not its matter. It reads no clock and no limit: replay is a
//! function of the records alone.

mod copy;
mod entry;
mod read;
mod record;
mod write;

pub use copy::Hold;
pub use entry::{BatchEntry, CounterEntry, Entry, EntryError};
pub use read::{Damage, Found, Record, Replay, replay, sync};
pub use record::{Packer, Records};
pub use write::Wal;

/// The folder of the log below the data folder.
pub const FOLDER: &str = "wal";

/// A log sequence number. The first record has 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Lsn(pub u64);

impl Lsn {
    /// The number after this one.
    #[must_use]
    pub const fn next(self) -> Lsn {
        Lsn(self.0 + 1)
    }
}
