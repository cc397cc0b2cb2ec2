//! Walks over the log records of a range in order: files are looked through a part at a time, ahead of what is shown, and
//! only records that are shown are read in full.
//!
//! It holds no more of a file than two parts of it, and of what fits no more than was asked for.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;
use ippo_base::{Minute, TimeRange, Timestamp};

use super::super::ahead::{Taken, in_order};
use super::super::cell::Numbers;
use super::super::limits::Over;
use super::super::parts::{Failed, FilePart};
use super::super::scan::{Enough, beside};
use super::super::{Found, Reader};
use super::order::{self, Fit, Order};
use super::{LogCursor, LogFilter, LogRecord, record};
use crate::missing::Missing;
use crate::segment::{self, SegmentError, SegmentMeta};
use crate::signal::Signal;

/// How far a search of log records has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogProgress {
    /// Records that may match by their time, as far as files tell: all of those in files that reach into the range.
    pub rows: u64,
    /// Those of them that were looked through, or of which the file knows that they do not match.
    pub looked: u64,
    /// Nothing of this time or later is left to look at.
    pub back_to: Timestamp,
}

/// What to walk over.
pub(super) struct Walk<'a> {
    pub(super) order: Order,
    pub(super) range: TimeRange,
    pub(super) only: &'a LogFilter,
    /// How many records are wanted at most.
    pub(super) most: usize,
    /// The one time of which some records may not be wanted.
    pub(super) uncertain: Option<Timestamp>,
}

/// What is shown on the way.
pub(super) enum Walked {
    Record(Box<LogRecord>),
    Progress(LogProgress),
}

/// A row of a file that fits.
#[derive(Clone, Copy)]
struct Hit {
    time: i64,
    row: usize,
}

/// One hour.
struct Window<'a> {
    range: TimeRange,
    files: Vec<&'a SegmentMeta>,
}

struct WindowPart<'a> {
    /// The number of its window.
    window: usize,
    /// Whether the window has no other behind it.
    is_last: bool,
    part: FilePart<'a>,
}

/// Where a row is that fits.
#[derive(Clone, Copy)]
enum Place<'a> {
    Memory { batch: usize, row: usize },
    File { meta: &'a SegmentMeta, row: usize },
}

struct Walking<'a> {
    reader: &'a Reader,
    walk: &'a Walk<'a>,
    windows: Vec<Window<'a>>,
    /// The number of the first window that is not shown yet.
    at: usize,
    /// What fits of the rows in memory.
    memory: Vec<Fit>,
    /// What fits of the window's files so far.
    hits: Vec<(&'a SegmentMeta, Hit)>,
    failed: Failed<'a>,
    missing: Missing,
    /// How many records were shown.
    shown: usize,
    rows: u64,
    looked: u64,
}

impl Reader {
    /// Shows the records of a range in order. `is_wanted` is asked before a record is made. Where it ended early, the answer
    /// is the time up to which, or from which on, all was shown.
    pub(super) fn walk_logs(
        &self,
        walk: &Walk<'_>,
        is_wanted: &dyn Fn(LogCursor) -> bool,
        show: &mut dyn FnMut(Walked) -> Enough,
    ) -> Found<Option<Timestamp>> {
        let mut walking = Walking::begin(self, walk);
        let over = walking.run(is_wanted, show);
        let found = beside(&walking.missing, over.map(|_| walking.reached()));
        let Some(over) = over else { return found };
        let reached = walking.reached();
        over.said(
            found,
            match walk.order {
                Order::NewestFirst => format!("what is older than {reached} was not looked at"),
                Order::OldestFirst => format!("what is newer than {reached} was not looked at"),
            },
        )
    }

    /// The rows of a part of a file that may be shown, as far as the part can tell.
    fn hits(&self, walk: &Walk<'_>, range: TimeRange, part: &FilePart<'_>) -> Result<Vec<Hit>, SegmentError> {
        let mut hits = Vec::new();
        self.each_fitting(part, walk.only, |group, rows| {
            let times = self.log_times(part.meta, group)?;
            let of_row = |row: usize| Hit { time: times[row], row: group.first_row + row };
            hits.extend(rows.into_iter().map(of_row).filter(|hit| is_in(range, hit.time)));
            walk.first(&mut hits, |hit| hit.time, walk.most);
            Ok(())
        })?;
        Ok(hits)
    }
}

impl Walk<'_> {
    fn first<T>(&self, rows: &mut Vec<T>, time: impl Fn(&T) -> i64, most: usize) {
        order::first(self.order, rows, time, most, self.uncertain.map(Timestamp::as_nanos));
    }
}

impl<'a> Walking<'a> {
    fn begin(reader: &'a Reader, walk: &'a Walk<'a>) -> Self {
        Self {
            reader,
            walk,
            windows: Vec::new(),
            at: 0,
            memory: Vec::new(),
            hits: Vec::new(),
            failed: Failed::default(),
            missing: Missing::default(),
            shown: 0,
            rows: 0,
            looked: 0,
        }
    }

    /// Why it ended early, if it did.
    fn run(
        &mut self,
        is_wanted: &dyn Fn(LogCursor) -> bool,
        show: &mut dyn FnMut(Walked) -> Enough,
    ) -> Option<Over> {
        let (reader, walk) = (self.reader, self.walk);
        let over = self.look_in_memory();
        let (windows, parts) = self.plan();
        self.windows = windows;
        self.rows = self.looked + parts.iter().map(|part| part.part.range.rows).sum::<u64>();
        if over.is_some() {
            return over;
        }
        let ranges: Vec<TimeRange> = self.windows.iter().map(|window| window.range).collect();
        let look = |part: &WindowPart<'a>| reader.hits(walk, ranges[part.window], &part.part);
        let mut is_enough = false;
        let taken = in_order(
            &parts,
            look,
            || reader.limits.over().is_some(),
            |part, hits| {
                let mut shown = Enough::NotYet;
                while self.at < part.window && shown == Enough::NotYet {
                    shown = self.show_window(is_wanted, show);
                }
                if shown == Enough::NotYet {
                    self.take(&part.part, hits);
                    shown = match part.is_last {
                        true => self.show_window(is_wanted, show),
                        false => show(Walked::Progress(self.progress())),
                    };
                }
                is_enough = shown == Enough::Yes;
                shown
            },
        );
        if taken == Taken::Some {
            return if is_enough { None } else { reader.limits.over() };
        }
        while self.at < self.windows.len() && !is_enough {
            is_enough = self.show_window(is_wanted, show) == Enough::Yes;
        }
        None
    }

    /// Looks through the rows in memory once, for all windows.
    fn look_in_memory(&mut self) -> Option<Over> {
        let (reader, walk) = (self.reader, self.walk);
        for (at, batch) in reader.snapshot.rows(Signal::Logs).iter().enumerate() {
            let over = reader.limits.over();
            if over.is_some() {
                return over;
            }
            let times = segment::times(Signal::Logs, batch);
            let fit = |row: usize| Fit { time: times[row], batch: at, row };
            let fits = walk.only.matching(batch).into_iter().map(fit);
            self.memory.extend(fits.filter(|fit| is_in(walk.range, fit.time)));
            self.looked += batch.num_rows() as u64;
        }
        None
    }

    /// The windows that have any row that may be shown, in order, and the parts of their files.
    fn plan(&self) -> (Vec<Window<'a>>, Vec<WindowPart<'a>>) {
        let (reader, range) = (self.reader, self.walk.range);
        let window_of = |fit: &Fit| segment::window_start(Timestamp::from_nanos(fit.time).minute());
        let mut starts: BTreeSet<Minute> = self.memory.iter().map(window_of).collect();
        let mut files: BTreeMap<Minute, Vec<&SegmentMeta>> = BTreeMap::new();
        for meta in reader.log_files(range) {
            starts.insert(Minute(meta.window));
            files.entry(Minute(meta.window)).or_default().push(meta);
        }
        let window = |start: Minute| {
            let of_window = segment::window_range(start);
            let range = TimeRange { from: of_window.from.max(range.from), to: of_window.to.min(range.to) };
            Window { range, files: files.get(&start).cloned().unwrap_or_default() }
        };
        let mut windows: Vec<Window<'a>> = starts.into_iter().map(window).collect();
        if self.walk.order == Order::NewestFirst {
            windows.reverse();
        }
        let mut parts = Vec::new();
        for (at, window) in windows.iter().enumerate() {
            let of_window = window.files.iter().flat_map(|meta| reader.parts_of(meta));
            parts.extend(of_window.map(|part| WindowPart { window: at, is_last: false, part }));
            if let Some(last) = parts.last_mut().filter(|part| part.window == at) {
                last.is_last = true;
            }
        }
        (windows, parts)
    }

    /// Takes what fits of a part of the window's files.
    fn take(&mut self, part: &FilePart<'a>, hits: Result<Vec<Hit>, SegmentError>) {
        self.looked += part.range.rows;
        match hits {
            Ok(hits) => self.hits.extend(hits.into_iter().map(|hit| (part.meta, hit))),
            Err(error) => self.fail(part.meta, &error),
        }
        let left = self.left();
        self.walk.first(&mut self.hits, |(_, hit)| hit.time, left);
    }

    fn fail(&mut self, meta: &'a SegmentMeta, error: &SegmentError) {
        if self.failed.note(&meta.file) {
            self.missing.note(error);
        }
    }

    /// How many records are still wanted at most; never none.
    fn left(&self) -> usize {
        self.walk.most.saturating_sub(self.shown).max(1)
    }

    /// Shows the first window that is not shown yet, once its files were looked through.
    fn show_window(
        &mut self,
        is_wanted: &dyn Fn(LogCursor) -> bool,
        show: &mut dyn FnMut(Walked) -> Enough,
    ) -> Enough {
        let range = self.windows[self.at].range;
        let in_memory = self.memory.iter().filter(|fit| is_in(range, fit.time));
        let in_memory = in_memory.map(|fit| (fit.time, Place::Memory { batch: fit.batch, row: fit.row }));
        let hits = std::mem::take(&mut self.hits);
        let in_files = hits.into_iter().filter(|(meta, _)| !self.failed.has(&meta.file));
        let in_files = in_files.map(|(meta, hit)| (hit.time, Place::File { meta, row: hit.row }));
        let mut places: Vec<(i64, Place<'a>)> = in_memory.chain(in_files).collect();
        self.walk.first(&mut places, |(time, _)| *time, self.left());
        let (rows, batches) = self.read(places);
        let shown = &mut self.shown;
        let enough = order::visit(self.walk.order, rows, &batches, &mut |at, batch, row| {
            if !is_wanted(at) {
                return Enough::NotYet;
            }
            *shown += 1;
            show(Walked::Record(Box::new(record(batch, row, at))))
        });
        self.at += 1;
        if enough == Enough::Yes { enough } else { show(Walked::Progress(self.progress())) }
    }

    /// Reads rows in full.
    fn read(&mut self, places: Vec<(i64, Place<'a>)>) -> (Vec<Fit>, Vec<RecordBatch>) {
        let is_in_memory = |(_, place): &(i64, Place<'_>)| matches!(place, Place::Memory { .. });
        let mut batches = match places.iter().any(is_in_memory) {
            true => self.reader.snapshot.rows(Signal::Logs).to_vec(),
            false => Vec::new(),
        };
        let mut fits = Vec::with_capacity(places.len());
        let mut in_files: BTreeMap<&str, (&'a SegmentMeta, Vec<usize>)> = BTreeMap::new();
        for (time, place) in places {
            match place {
                Place::Memory { batch, row } => fits.push(Fit { time, batch, row }),
                Place::File { meta, row } => {
                    in_files.entry(&meta.file).or_insert_with(|| (meta, Vec::new())).1.push(row);
                }
            }
        }
        for (meta, mut rows) in in_files.into_values() {
            rows.sort_unstable();
            match self.reader.files.read_rows(Signal::Logs, meta, &rows) {
                Ok(read) => {
                    for batch in read {
                        let times = Numbers::of(&batch, "time");
                        let fit = |row| Fit { time: times.number(row), batch: batches.len(), row };
                        fits.extend((0..batch.num_rows()).map(fit));
                        batches.push(batch);
                    }
                }
                Err(error) => self.fail(meta, &error),
            }
        }
        (fits, batches)
    }

    fn progress(&self) -> LogProgress {
        LogProgress { rows: self.rows, looked: self.looked, back_to: self.reached() }
    }

    /// Where what was not shown yet begins, in the walk's order.
    fn reached(&self) -> Timestamp {
        let (next, range) = (self.windows.get(self.at).map(|window| window.range), self.walk.range);
        match self.walk.order {
            Order::NewestFirst => next.map_or(range.from, |next| next.to),
            Order::OldestFirst => next.map_or(range.to, |next| next.from),
        }
    }
}

fn is_in(range: TimeRange, time: i64) -> bool {
    (range.from.as_nanos()..range.to.as_nanos()).contains(&time)
}
