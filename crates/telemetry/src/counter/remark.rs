//! What a counter over metrics could not count, so that whoever reads it is told.

/// Something that kept points from being counted, or will.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Remark {
    /// More series than one counter keeps the last points of: those beyond are not counted.
    TooManySeries,
    /// Sums that also go down, which are no counts of events.
    NotMonotonic,
    /// Points of a kind that this counter cannot count, such as gauges.
    WrongKind,
    /// Sums or histograms whose sender does not say whether they are cumulative or delta.
    TemporalityUnsaid,
    /// Increases over more than five minutes: no minute can be said to hold them.
    TooFarApart,
    /// A histogram whose buckets became others between two points.
    BucketsChanged,
    /// Several senders that write one series at once.
    Contested,
    /// Values that are no number of events, and distributions that do not read.
    Unreadable,
    /// Points that came so late that the rows beside them are gone or cannot be read.
    CameTooLate,
}

impl Remark {
    const NAMES: [(Remark, &'static str); 9] = [
        (Remark::TooManySeries, "too_many_series"),
        (Remark::NotMonotonic, "not_monotonic"),
        (Remark::WrongKind, "wrong_kind"),
        (Remark::TemporalityUnsaid, "temporality_unsaid"),
        (Remark::TooFarApart, "too_far_apart"),
        (Remark::BucketsChanged, "buckets_changed"),
        (Remark::Contested, "contested"),
        (Remark::Unreadable, "unreadable"),
        (Remark::CameTooLate, "came_too_late"),
    ];

    /// Its name in files.
    pub(super) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(remark, _)| *remark == self).map_or("", |(_, name)| name)
    }

    /// The one of this name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(remark, _)| *remark)
    }
}
