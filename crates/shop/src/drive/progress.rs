//! What was already acknowledged, in one small file that is replaced whole.
//!
//! The unit is the chunk: a range of time whose messages follow from seed, settings and schedule alone. A chunk is
//! written down before its first message is sent, and each message when it is acknowledged; so after a stop the same
//! chunk gives the same messages, and only those that are missing are sent.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ippo_base::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Place, script};
use crate::fault::Schedule;
use crate::shop::Shop;
use crate::traffic::Settings;

/// The length of a chunk of history.
const CHUNK: Duration = Duration::from_secs(60 * 60);
/// History and live meet at a multiple of this, so that intervals of metrics are whole on both sides.
const ALIGNMENT_SECS: i64 = 300;
/// After a pause, at most so much of it is filled; what lies before stays a gap.
const FILLED_PAUSE: Duration = Duration::from_secs(12 * 60 * 60);
/// The version of the file's format.
const FORMAT: u32 = 1;

/// Why progress cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum ProgressError {
    /// The file or its folder cannot be read or written.
    #[error("cannot {action} {path}: {source}")]
    File {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is not what this version writes.
    #[error("{path} is not the progress of a demo ({reason}); remove the folder to begin anew")]
    Format {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// A range of time, and which of its messages have arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chunk {
    from_nanos: i64,
    to_nanos: i64,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    arrived: BTreeSet<usize>,
}

impl Chunk {
    fn new(from: Timestamp, to: Timestamp) -> Self {
        Self { from_nanos: from.as_nanos(), to_nanos: to.as_nanos(), arrived: BTreeSet::new() }
    }

    pub(crate) fn range(&self) -> TimeRange {
        TimeRange { from: Timestamp::from_nanos(self.from_nanos), to: Timestamp::from_nanos(self.to_nanos) }
    }

    /// Whether message number `index` has arrived.
    pub(crate) fn has(&self, index: usize) -> bool {
        self.arrived.contains(&index)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    format: u32,
    seed: u64,
    settings: Settings,
    schedule: Schedule,
    /// When the script in force began, and how many of its cycles are scheduled.
    script_from_nanos: i64,
    script_cycles: u32,
    /// Still to be sent, the next one first.
    history: Vec<Chunk>,
    history_done: usize,
    live_until_nanos: i64,
    /// Being sent.
    live: Option<Chunk>,
}

pub(crate) fn file(dir: &Path) -> PathBuf {
    dir.join("shop.json")
}

impl Progress {
    /// A shop that has sent nothing yet.
    pub(crate) fn begun(seed: u64, now: Timestamp, history: Duration) -> Self {
        let live = Timestamp::from_secs(now.as_secs().div_euclid(ALIGNMENT_SECS) * ALIGNMENT_SECS);
        let mut progress = Self {
            format: FORMAT,
            seed,
            settings: Settings::demo(live),
            schedule: Schedule::of(script::past(live)),
            script_from_nanos: now.as_nanos(),
            script_cycles: 0,
            history: Vec::new(),
            history_done: 0,
            live_until_nanos: now.as_nanos(),
            live: None,
        };
        progress.add_history(live.minus(history), live);
        if live < now {
            progress.history.insert(0, Chunk::new(live, now));
        }
        progress.extend_script(now);
        progress
    }

    /// The same shop after a pause that ends now: the pause's last hours become history, the script begins again.
    pub(crate) fn resumed(mut self, now: Timestamp) -> Self {
        let sent = self.live.as_ref().map_or(self.live_until(), |chunk| chunk.range().to);
        self.schedule.clear_from(now.min(self.resumes_at()));
        self.script_from_nanos = now.as_nanos();
        self.script_cycles = 0;
        self.extend_script(now);
        if sent < now {
            let old = std::mem::take(&mut self.history);
            self.add_history(sent.max(now.minus(FILLED_PAUSE)), now);
            self.history.extend(old);
            self.live_until_nanos = now.as_nanos();
        }
        self
    }

    /// Up to when the schedule is already part of what was sent.
    fn resumes_at(&self) -> Timestamp {
        self.live.as_ref().map_or(self.live_until(), |chunk| chunk.range().to)
    }

    /// Cuts a range into chunks and puts them in line, newest first.
    fn add_history(&mut self, from: Timestamp, to: Timestamp) {
        let mut end = to;
        while end > from {
            let begin = end.minus(CHUNK).max(from);
            self.history.push(Chunk::new(begin, end));
            end = begin;
        }
    }

    /// Schedules the script's next cycle once the one before has begun.
    pub(crate) fn extend_script(&mut self, now: Timestamp) {
        let start = Timestamp::from_nanos(self.script_from_nanos);
        while start.plus(script::CYCLE * self.script_cycles) <= now {
            for outage in script::coming(start, self.script_cycles) {
                self.schedule.add(outage);
            }
            self.script_cycles += 1;
        }
    }

    /// The shop that this is the progress of.
    pub(crate) fn shop(&self) -> Shop {
        Shop::new(self.seed, self.settings.clone()).with_schedule(self.schedule.clone())
    }

    pub(crate) fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    pub(crate) fn schedule_mut(&mut self) -> &mut Schedule {
        &mut self.schedule
    }

    pub(crate) fn live_until(&self) -> Timestamp {
        Timestamp::from_nanos(self.live_until_nanos)
    }

    pub(crate) fn live_chunk(&self) -> Option<&Chunk> {
        self.live.as_ref()
    }

    /// The chunk of history to be sent now, and the one after it.
    pub(crate) fn next_two(&self) -> (Option<Chunk>, Option<Chunk>) {
        (self.history.first().cloned(), self.history.get(1).cloned())
    }

    /// Pieces of history sent, and all of them.
    pub(crate) fn history_counts(&self) -> (usize, usize) {
        (self.history_done, self.history_done + self.history.len())
    }

    pub(crate) fn finish_history(&mut self, chunk: &Chunk) -> &Self {
        let before = self.history.len();
        self.history.retain(|c| c.range() != chunk.range());
        self.history_done += before - self.history.len();
        self
    }

    /// Opens the chunk from what was sent up to `now`, but no longer than a chunk of history, as after a machine slept;
    /// nothing when no time has passed.
    pub(crate) fn begin_live(&mut self, now: Timestamp) -> Option<Chunk> {
        if now <= self.live_until() {
            return None;
        }
        let chunk = Chunk::new(self.live_until(), now.min(self.live_until().plus(CHUNK)));
        self.live = Some(chunk.clone());
        Some(chunk)
    }

    pub(crate) fn finish_live(&mut self, chunk: &Chunk) -> &Self {
        self.live_until_nanos = self.live_until_nanos.max(chunk.to_nanos);
        self.live = None;
        self
    }

    /// Notes that message number `index` of `chunk` has arrived.
    pub(crate) fn mark(&mut self, chunk: &Chunk, place: Place, index: usize) -> &Self {
        let range = chunk.range();
        let kept = match place {
            Place::History => self.history.iter_mut().find(|c| c.range() == range),
            Place::Live => self.live.as_mut().filter(|c| c.range() == range),
        };
        if let Some(kept) = kept {
            kept.arrived.insert(index);
        }
        self
    }

    /// What `dir` holds; nothing when no shop has run there.
    pub(crate) fn load(dir: &Path) -> Result<Option<Self>, ProgressError> {
        let path = file(dir);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ProgressError::File { action: "read", path, source }),
        };
        let progress: Self = serde_json::from_slice(&text)
            .map_err(|error| ProgressError::Format { path: path.clone(), reason: error.to_string() })?;
        if progress.format != FORMAT {
            let reason = format!("it has format {}, this version writes {FORMAT}", progress.format);
            return Err(ProgressError::Format { path, reason });
        }
        Ok(Some(progress))
    }

    /// Replaces the file as a whole, and makes sure that it is on the disk.
    pub(crate) fn save(&self, dir: &Path) -> Result<(), ProgressError> {
        let path = file(dir);
        let draft = path.with_extension("json.draft");
        let fail = |action, path: &Path| {
            let path = path.to_owned();
            move |source| ProgressError::File { action, path, source }
        };
        fs::create_dir_all(dir).map_err(fail("create", dir))?;
        let text = serde_json::to_vec(self)
            .map_err(|error| ProgressError::Format { path: path.clone(), reason: error.to_string() })?;
        let mut out = File::create(&draft).map_err(fail("write", &draft))?;
        out.write_all(&text).map_err(fail("write", &draft))?;
        out.sync_data().map_err(fail("sync", &draft))?;
        fs::rename(&draft, &path).map_err(fail("replace", &path))
    }
}
