//! A bit that turns over somewhere on the disk: where, whether a start or a check of the folder tells it, and how it is mended.

use super::*;
use crate::core::{Problem, check_data};
use crate::counter::minutes_of_day;
use crate::manifest;
use crate::segment::{ENDS, FOLDER, SegmentRef};

/// The bit.
#[derive(Clone)]
pub(in crate::core::tests) struct Rot {
    /// The file.
    pub path: String,
    offset: usize,
    bit: u8,
    /// The byte with the bit turned over.
    byte: u8,
    /// The segment whose file or end it is in, if it is one.
    pub(super) of: Option<OfSegment>,
    /// The rows of the last group before the power went, if it did since.
    pub(super) last_of_power: Vec<String>,
    /// What starts told since.
    pub told: Vec<Problem>,
}

/// A segment, as it was before the bit turned over.
#[derive(Clone)]
pub(super) struct OfSegment {
    pub(super) signal: Signal,
    pub(super) file: String,
    pub(super) window: Minute,
    pub(super) rows: Vec<RecordBatch>,
    /// Whether the bucket has all of it.
    pub(super) is_stored: bool,
}

impl Rot {
    /// Whether it is in a segment that the bucket has whole.
    pub(in crate::core::tests) fn is_stored(&self) -> bool {
        self.of.as_ref().is_some_and(|segment| segment.is_stored)
    }

    /// Minutes that cannot be counted again around points that come late: they need the points of the hour and of the one
    /// before, and what was counted of their day.
    pub(super) fn not_counted_again(&self) -> Option<MinuteRange> {
        if let Some(segment) = &self.of {
            let OfSegment { signal, window, is_stored, .. } = *segment;
            let is_lost = signal == Signal::Metrics && !is_stored;
            return is_lost.then(|| MinuteRange { from: window, to: window.plus(120) });
        }
        let day = self.path.strip_prefix("counters/")?.split('-').next()?.parse().ok()?;
        Some(minutes_of_day(day))
    }

    /// Which kind of file it is in, for whoever counts them.
    pub(in crate::core::tests) fn kind(&self) -> &str {
        let folder = self.path.split('/').next().expect("there is a first part");
        match &self.of {
            Some(segment) if folder == FOLDER => segment.signal.name(),
            None if self.path.contains("/kept-") => "kept",
            _ => folder,
        }
    }
}

impl std::fmt::Debug for Rot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, offset, bit, told, .. } = self;
        let stored = if self.is_stored() { ", which the bucket has whole" } else { "" };
        write!(f, "bit {bit} at {offset} of {path}{stored}, with {told:?}")
    }
}

impl World {
    /// Turns a bit over in some file of the store.
    pub(in crate::core::tests) fn rot(&mut self) {
        let snapshot = self.core.snapshot();
        let segments =
            |signal| snapshot.segments(signal, TimeRange::ALL).map(|meta| meta.path()).collect::<Vec<_>>();
        let mut lists = vec![vec![manifest::FILE.to_owned()]];
        lists.extend(Signal::ALL.into_iter().chain(Signal::ALL).map(segments));
        lists.extend(["wal", "wal", "counters", "counters", "batches"].map(|folder| self.files(folder)));
        if self.backed.is_some() {
            lists.extend([ENDS; 8].map(|folder| self.files(folder)));
        }
        for list in &mut lists {
            list.retain(|path| self.disk.len(path).is_ok_and(|bytes| bytes > 0));
        }
        lists.retain(|list| !list.is_empty());
        let list = &lists[self.rng.random_range(0..lists.len())];
        let path = list[self.rng.random_range(0..list.len())].clone();
        let bytes = usize::try_from(self.disk.len(&path).expect("there")).expect("small");
        let is_of = |meta: &&SegmentRef| path == meta.path() || path == format!("{ENDS}/{}", meta.file);
        let of_signal =
            |signal| snapshot.segments(signal, TimeRange::ALL).find(is_of).map(|meta| (signal, meta));
        let found = Signal::ALL.into_iter().find_map(of_signal);
        // Rows come first in a segment, and are the smaller part of these.
        let end = found.filter(|_| self.rng.random_bool(0.7)).map(|(_, meta)| meta.bytes - meta.tail);
        let of_rows = end.and_then(|end| bytes.checked_sub(usize::try_from(end).expect("small")));
        let within = of_rows.filter(|rows| *rows > 0).unwrap_or(bytes);
        let (offset, bit) = (self.rng.random_range(0..within), self.rng.random_range(0..8));
        let of = found.map(|(signal, meta)| OfSegment {
            signal,
            file: meta.file.clone(),
            window: Minute(meta.window),
            rows: self.core.files().read(signal, meta, None).expect("readable"),
            is_stored: self.core.cold().is_some_and(|cold| cold.has(&meta.file)),
        });
        // Who reads all of a segment may bring it home, or let another go.
        if self.disk.flip_bit(&path, offset, bit).is_err() {
            return;
        }
        let byte = self.disk.read(&path, offset as u64, 1).expect("there")[0];
        self.rot = Some(Rot { path, offset, bit, byte, of, last_of_power: Vec::new(), told: Vec::new() });
    }

    /// Starts again, with or without power in between. Where the manifest does not let it, as is told, that is mended.
    pub(in crate::core::tests) fn start_despite_rot(&mut self, loses_power: bool) {
        if loses_power {
            self.disk.crash();
            let last = self.groups.last().cloned().unwrap_or_default();
            self.rot.as_mut().expect("there is some").last_of_power = last;
        }
        if let Err(error) = self.start() {
            let path = self.rot.as_ref().expect("there is some").path.clone();
            assert_eq!(path, manifest::FILE, "{error}");
            assert!(error.to_string().contains("the manifest is damaged"), "{error}");
            self.mend();
            self.start().expect("nothing else was wrong");
        }
        let rot = self.rot.as_ref().expect("there is some");
        for problem in &rot.told {
            let (Problem::LogLoss { file, .. }
            | Problem::Segment { file, .. }
            | Problem::Points { file, .. }
            | Problem::Batches { file, .. }
            | Problem::Counts { file, .. }) = problem
            else {
                panic!("{problem} of {rot:?}")
            };
            assert_eq!(*file, rot.path, "{problem}");
            if matches!(problem, Problem::Batches { .. }) {
                // A retry would be stored twice, as is told.
                self.last.clear();
            }
        }
    }

    /// Turns the bit back, if it is still there: the file may have gone, or have been written again.
    pub(in crate::core::tests) fn mend(&self) {
        let Rot { path, offset, bit, byte, .. } = self.rot.as_ref().expect("there is some");
        if self.disk.read(path, *offset as u64, 1).is_ok_and(|bytes| bytes == [*byte]) {
            self.disk.flip_bit(path, *offset, *bit).expect("there");
        }
    }

    /// Whether a check of the folder names the file, or has nothing to say, as nothing uses the bit.
    pub(in crate::core::tests) fn check_names_rot(&self) -> bool {
        let rot = self.rot.as_ref().expect("there is some");
        match check_data(&self.shared(), &mut |_, _| {}) {
            Err(error) => {
                assert_eq!(rot.path, manifest::FILE, "{error}");
                true
            }
            Ok(checked) => {
                let told: Vec<String> = checked.problems.iter().map(ToString::to_string).collect();
                assert!(told.iter().all(|text| text.contains(&rot.path)), "{told:?}, and {rot:?}");
                assert!(!self.named().contains(&rot.path) || !told.is_empty(), "{rot:?} is told");
                !told.is_empty()
            }
        }
    }
}
