//! What sessions did at some places, one after another: the rows behind filters, put together by who made them. Knows neither what
//! a place is to its users nor what follows from it.

use std::collections::HashMap;

use arrow::array::{Array as _, RecordBatch};
use ippo_base::{TimeRange, Timestamp};

use super::cell::{Numbers, Texts, flag, texts};
use super::parts::{Counting, FilePart, Sum};
use super::{Found, Reader};
use crate::attrs;
use crate::expr::{Expr, LeafCache};
use crate::signal::Signal;

/// Sessions that are told apart. Where there are more, some of them are looked at, whole.
pub const SESSIONS_MOST: usize = 100_000;
/// Rows of all of them.
pub const SESSION_ROWS_MOST: usize = 1_000_000;
/// Of so many sessions one is looked at, at the least: two to this power.
const LEVEL_MOST: u32 = 32;

/// A place that sessions come to.
#[derive(Debug, Clone)]
pub struct Place {
    /// Which spans are a request there.
    pub filter: Expr,
    /// A request that takes longer is slow, in nanoseconds.
    pub slow_ns: Option<i64>,
}

/// What joins the requests of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JoinBy {
    /// `session.id`, and where a span has none, its user: `user.id` or `enduser.id`.
    Usual,
    /// An attribute of spans.
    Attribute(String),
}

/// What to look for.
#[derive(Debug, Clone)]
pub struct SessionSearch {
    /// The places; a span that is a request at several is one at each.
    pub places: Vec<Place>,
    /// What joins requests.
    pub join: JoinBy,
    /// When they began.
    pub range: TimeRange,
}

/// A request of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionRow {
    /// When it began.
    pub at: Timestamp,
    /// At which place, from 0.
    pub place: u16,
    /// Whether it failed.
    pub failed: bool,
    /// Whether it took longer than the place allows.
    pub slow: bool,
}

/// The sessions of a range.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sessions {
    /// The rows of each session, sessions and rows in no order that means anything, but always the same one.
    pub sessions: Vec<Vec<SessionRow>>,
    /// One of so many sessions was looked at, chosen by what its id is spread to: 1 if all of them were.
    pub one_of: u64,
    /// Requests at the places that do not say of which session they are. They are in none.
    pub nameless: u64,
    /// Sessions that are known by their user alone.
    pub by_user: u64,
    /// Requests that their sender sampled: others of the same sessions may be missing.
    pub sampled: u64,
}

impl Reader {
    /// What the sessions of a range did at some places.
    pub fn sessions(&self, search: &SessionSearch) -> Found<Sessions> {
        self.sessions_within(search, Caps { sessions: SESSIONS_MOST, rows: SESSION_ROWS_MOST })
    }

    pub(super) fn sessions_within(&self, search: &SessionSearch, caps: Caps) -> Found<Sessions> {
        let columns = columns(search);
        let counting = Counting {
            none: || Tally::new(caps),
            rows: |sum: &mut Tally, batch: &RecordBatch| sum.add(search, batch),
            part: |part: &FilePart<'_>| {
                let mut sum = Tally::new(caps);
                self.each_batch(Signal::Spans, part, &columns, |batch| sum.add(search, batch))?;
                Ok(sum)
            },
        };
        self.sum(Signal::Spans, search.range, &counting).map(Tally::finish)
    }
}

fn columns(search: &SessionSearch) -> Vec<&'static str> {
    let mut columns = vec!["start", "duration_ns", "error", "sampled"];
    columns.extend(match search.join {
        JoinBy::Usual => &["session_id", "user_id"][..],
        JoinBy::Attribute(_) => &["attrs"],
    });
    for name in search.places.iter().flat_map(|place| place.filter.columns()) {
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    columns
}

/// How many are told apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caps {
    pub(super) sessions: usize,
    pub(super) rows: usize,
}

/// Sessions as they are put together. Once there are too many, every second of them goes, whole, by a number that its id is spread
/// to; which ones stay depends on all sessions of the range alone, and not on the order in which they were met.
struct Tally {
    caps: Caps,
    by_session: HashMap<Box<str>, Vec<SessionRow>>,
    rows: usize,
    level: u32,
    nameless: u64,
    sampled: u64,
}

/// Before the id of a session and that of a user: two of the same text are not the same.
const OF_SESSION: char = 's';
const OF_USER: char = 'u';

impl Tally {
    fn new(caps: Caps) -> Self {
        Self { caps, by_session: HashMap::new(), rows: 0, level: 0, nameless: 0, sampled: 0 }
    }

    fn add(&mut self, search: &SessionSearch, batch: &RecordBatch) {
        let starts = Numbers::of(batch, "start");
        let in_range = |row: usize| {
            let at = starts.time(row);
            search.range.from <= at && at < search.range.to
        };
        if !(0..batch.num_rows()).any(in_range) {
            return;
        }
        let durations = Numbers::of(batch, "duration_ns");
        let ids = Ids::of(batch, &search.join);
        let mut leaves = LeafCache::default();
        for (number, place) in search.places.iter().enumerate() {
            let matches = place.filter.eval_cached(batch, &mut leaves);
            let rows = (0..batch.num_rows()).filter(|row| matches.is_valid(*row) && matches.value(*row));
            for row in rows.filter(|row| in_range(*row)) {
                self.sampled += u64::from(flag(batch, "sampled", row));
                let Some(id) = ids.get(row) else {
                    self.nameless += 1;
                    continue;
                };
                let slow = place.slow_ns.is_some_and(|limit| durations.number(row) > limit);
                let (at, place) = (starts.time(row), u16::try_from(number).unwrap_or(u16::MAX));
                self.keep(id, SessionRow { at, place, failed: flag(batch, "error", row), slow });
            }
        }
        self.shrink();
    }

    fn keep(&mut self, id: Box<str>, row: SessionRow) {
        if !stays(&id, self.level) {
            return;
        }
        self.by_session.entry(id).or_default().push(row);
        self.rows += 1;
        // A batch may have many times as many as are told apart.
        if self.rows > 2 * self.caps.rows {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        while self.level < LEVEL_MOST
            && (self.by_session.len() > self.caps.sessions || self.rows > self.caps.rows)
        {
            self.rise(self.level + 1);
        }
    }

    /// Goes on with fewer sessions.
    fn rise(&mut self, level: u32) {
        if level > self.level {
            self.level = level;
            self.by_session.retain(|id, _| stays(id, level));
            self.rows = self.by_session.values().map(Vec::len).sum();
        }
    }

    fn finish(self) -> Sessions {
        let by_user = self.by_session.keys().filter(|id| id.starts_with(OF_USER)).count() as u64;
        let mut named: Vec<(Box<str>, Vec<SessionRow>)> = self.by_session.into_iter().collect();
        named.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let sorted = |(_, mut rows): (_, Vec<SessionRow>)| {
            rows.sort_unstable();
            rows
        };
        Sessions {
            sessions: named.into_iter().map(sorted).collect(),
            one_of: 1 << self.level,
            nameless: self.nameless,
            by_user,
            sampled: self.sampled,
        }
    }
}

impl Sum for Tally {
    fn merge(&mut self, other: Self) {
        self.nameless += other.nameless;
        self.sampled += other.sampled;
        self.rise(other.level);
        for (id, rows) in other.by_session {
            if stays(&id, self.level) {
                self.rows += rows.len();
                self.by_session.entry(id).or_default().extend(rows);
            }
        }
        self.shrink();
    }
}

/// Whose a row is.
enum Ids<'a> {
    Usual { sessions: Texts<'a>, users: Texts<'a> },
    Attribute { attrs: &'a arrow::array::StringArray, key: &'a str },
}

impl<'a> Ids<'a> {
    fn of(batch: &'a RecordBatch, join: &'a JoinBy) -> Self {
        match join {
            JoinBy::Usual => {
                Self::Usual { sessions: Texts::of(batch, "session_id"), users: Texts::of(batch, "user_id") }
            }
            JoinBy::Attribute(key) => Self::Attribute { attrs: texts(batch, "attrs"), key },
        }
    }

    /// An empty text is nobody.
    fn get(&self, row: usize) -> Option<Box<str>> {
        let named = |mark: char, id: &str| format!("{mark}{id}").into_boxed_str();
        match self {
            Self::Usual { sessions, users } => {
                let session = sessions.get(row).filter(|id| !id.is_empty()).map(|id| named(OF_SESSION, id));
                session.or_else(|| users.get(row).filter(|id| !id.is_empty()).map(|id| named(OF_USER, id)))
            }
            Self::Attribute { attrs, key } => {
                let value = attrs::lookup(attrs.value(row), key)?.into_text()?;
                (!value.is_empty()).then(|| named(OF_SESSION, &value))
            }
        }
    }
}

/// Whether a session is one of those that are looked at.
pub(super) fn stays(id: &str, level: u32) -> bool {
    spread(id).trailing_zeros() >= level
}

/// A number that is as good as drawn for each text, and always the same (FNV-1a, then the end of splitmix64).
fn spread(text: &str) -> u64 {
    let fnv = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mixed = (fnv ^ (fnv >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
