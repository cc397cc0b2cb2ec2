//! A bit that turns over somewhere on the disk, and what may come of it: nothing, or what is told. Never a wrong answer.

use super::*;
use crate::core::{Problem, check_data};
use crate::manifest::{self, Manifest};
use crate::read::Reader;
use crate::segment::{Files, SegmentError, SegmentRef};

/// The bit.
#[derive(Clone)]
pub(in crate::core::tests) struct Rot {
    /// The file.
    pub path: String,
    offset: usize,
    bit: u8,
    /// The rows of the file, if it is a segment.
    batches: Vec<RecordBatch>,
    /// The spans of the last group before the power went, if it did since.
    last_of_power: Vec<u64>,
    /// What starts told since.
    pub told: Vec<Problem>,
}

impl std::fmt::Debug for Rot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, offset, bit, told, .. } = self;
        write!(f, "bit {bit} at {offset} of {path}, with {told:?}")
    }
}

/// A span: service, name, length in nanoseconds, whether it failed.
type Fact<'a> = (&'a str, &'a str, i64, bool);

fn id_of(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes.try_into().expect("eight bytes"))
}

fn ids(batches: &[RecordBatch]) -> Vec<u64> {
    let of = |batch: &RecordBatch| -> Vec<u64> {
        let ids = batch.column_by_name("span_id").expect("there").as_fixed_size_binary();
        ids.iter().map(|id| id_of(id.expect("not null"))).collect()
    };
    batches.iter().flat_map(of).collect()
}

impl World {
    /// Turns a bit over in some file of the store.
    pub(in crate::core::tests) fn rot(&mut self) {
        let folders = ["segments", "segments", "wal", "wal", "counters", "batches", ""];
        let folder = folders[self.rng.random_range(0..folders.len())];
        let snapshot = self.core.snapshot();
        let segments = || snapshot.segments(Signal::Spans, TimeRange::ALL);
        let paths = match folder {
            "" => vec![manifest::FILE.to_owned()],
            "segments" => segments().map(|meta| meta.path()).collect(),
            folder => self.files(folder),
        };
        let paths: Vec<String> =
            paths.into_iter().filter(|path| self.disk.len(path).is_ok_and(|bytes| bytes > 0)).collect();
        if paths.is_empty() {
            return;
        }
        let path = paths[self.rng.random_range(0..paths.len())].clone();
        let bytes = usize::try_from(self.disk.len(&path).expect("there")).expect("small");
        let meta = segments().find(|meta| meta.path() == path);
        // Rows come first in a segment, and are the smaller part of these.
        let of_rows =
            meta.filter(|_| self.rng.random_bool(0.7)).and_then(|meta| usize::try_from(meta.tail).ok());
        let (offset, bit) = (self.rng.random_range(0..of_rows.unwrap_or(bytes)), self.rng.random_range(0..8));
        let read = |meta: &SegmentRef| self.core.files().read(Signal::Spans, meta, None).expect("readable");
        let batches = meta.map(read).unwrap_or_default();
        self.disk.flip_bit(&path, offset, bit).expect("there");
        self.rot = Some(Rot { path, offset, bit, batches, last_of_power: Vec::new(), told: Vec::new() });
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

    /// Turns the bit back, if its file is still there.
    pub(in crate::core::tests) fn mend(&self) {
        let Rot { path, offset, bit, .. } = self.rot.as_ref().expect("there is some");
        let _ = self.disk.flip_bit(path, *offset, *bit);
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
                let named = Manifest::read(&self.disk).expect("read");
                let is_used = named.segments.iter().any(|meta| meta.path() == rot.path)
                    || named.days.iter().any(|day| rot.path == format!("counters/{}", day.file))
                    || named.batch_files.iter().any(|meta| rot.path == format!("batches/{}", meta.file));
                assert!(!is_used || !told.is_empty(), "{rot:?} is told");
                !told.is_empty()
            }
        }
    }

    /// What must be so although a bit is wrong. Whether any row is missing.
    pub(in crate::core::tests) fn check_despite_rot(&self) -> bool {
        let rot = self.rot.as_ref().expect("there is some");
        // Once as those read who have read before, and once as a new one.
        let lacking = self.check_reader(rot, &self.core.files());
        self.check_reader(rot, &Files::new(self.shared()));
        lacking
    }

    fn check_reader(&self, rot: &Rot, files: &Files) -> bool {
        let snapshot = self.core.snapshot();
        let mut batches = snapshot.rows(Signal::Spans).to_vec();
        let mut unread = Vec::new();
        for meta in snapshot.segments(Signal::Spans, TimeRange::ALL) {
            match files.read(Signal::Spans, meta, None) {
                Ok(read) => {
                    assert!(meta.path() != rot.path || read == rot.batches, "as it was written: {rot:?}");
                    batches.extend(read);
                }
                Err(SegmentError::Quarantined { file, .. }) => unread.push(format!("segments/{file}")),
                Err(error) => panic!("{error} of {rot:?}"),
            }
        }
        assert!(unread.iter().all(|path| *path == rot.path), "{unread:?} of {rot:?}");
        let rows = ids(&batches);
        let there: BTreeSet<u64> = rows.iter().copied().collect();
        assert_eq!(there.len(), rows.len(), "no row is there twice: {rot:?}");
        let missing: BTreeSet<u64> = self.acknowledged.difference(&there).copied().collect();
        let of_segment: BTreeSet<u64> = ids(&rot.batches).into_iter().collect();
        match unread.is_empty() {
            false => assert!(missing.is_subset(&of_segment), "rows of no other file: {missing:?}, {rot:?}"),
            true => self.check_lost_of_log(rot, &missing),
        }
        self.check_trace(rot, files, &there);
        self.check_counters(rot, &batches, &there);
        !missing.is_empty()
    }

    /// What is missing was in one record of the log, which a start has told; or in the last one, when the mark behind it went
    /// with the power.
    fn check_lost_of_log(&self, rot: &Rot, missing: &BTreeSet<u64>) {
        let touches = |group: &&Vec<u64>| group.iter().any(|id| missing.contains(id));
        let groups = self.groups.iter().filter(touches).count();
        assert!(groups <= 1, "{missing:?} of {groups} groups, {rot:?}");
        let told = rot.told.iter().any(|problem| matches!(problem, Problem::LogLoss { records: 1, .. }));
        let unmarked = rot.last_of_power.iter().any(|id| missing.contains(id));
        assert!(groups == 0 || told || unmarked, "{missing:?} is told: {rot:?}");
    }

    /// A reader shows what is there as it was sent, and says so where something is missing.
    fn check_trace(&self, rot: &Rot, files: &Files, there: &BTreeSet<u64>) {
        let found = Reader::new(files.clone(), self.core.snapshot()).trace(&[7; 16]);
        assert_eq!(found.partial, !found.warnings.is_empty());
        let shown: BTreeSet<u64> = found
            .value
            .iter()
            .map(|span| {
                let id = u64::from_str_radix(&span.span_id, 16).expect("a number");
                let fact: Fact<'_> = (&span.service, &span.name, span.duration_ns, span.error);
                assert_eq!(Some(fact), self.sent_as(id), "span {id} of {rot:?}");
                id
            })
            .collect();
        assert_eq!(shown.len(), found.value.len(), "each once");
        assert!(shown.is_subset(there) || shown == *there);
        assert!(found.partial || shown == *there, "{rot:?}");
    }

    /// What was sent as a span.
    fn sent_as(&self, id: u64) -> Option<Fact<'_>> {
        let (_, batch) = self.batches_sent.range(..=id).next_back()?;
        let n = id - batch.first_id;
        let name = if n.is_multiple_of(2) { "GET /" } else { "work" };
        let nanos = i64::try_from(duration_of(n).as_nanos()).expect("short");
        (n < batch.spans).then_some((batch.service, name, nanos, n < batch.errors))
    }

    /// Counters count what is there, and what cannot be read any more.
    fn check_counters(&self, rot: &Rot, batches: &[RecordBatch], there: &BTreeSet<u64>) {
        let is_unread = |batch: &&RecordBatch| ids(&[(*batch).clone()]).iter().all(|id| !there.contains(id));
        let counted: Vec<RecordBatch> =
            batches.iter().chain(rot.batches.iter().filter(is_unread)).cloned().collect();
        self.check_counts(&counted, Minute(0));
    }
}
