//! Counters by increase, point by point.

use ippo_base::Minute;

use super::kept::{Kept, Last};
use super::measured::{Measured, Measurement, Share, Weigh};
use super::set::{Counter, CounterSet, Filling};
use super::*;
use crate::expr::Expr;
use crate::metric::{Buckets, Distribution, Exponential, Sample, Side, Temporality};
use crate::signal::Signal;

const SECOND: i64 = 1_000_000_000;
/// The beginning of an hour.
const START: i64 = 1_800_000_000 * SECOND;

fn sum(series: u128, secs: i64, value: f64, temporality: Temporality) -> Measurement {
    let sample = Sample { time: START + secs * SECOND, start: None, value: Measured::Number(value) };
    Measurement { series, sample, temporality, share: Share::Joint { total: true, part: false } }
}

fn added(kept: &mut Kept, point: &Measurement) -> Option<u64> {
    kept.take(point, &Weigh::Events).map(|sums| sums.bad)
}

#[test]
fn fractions_of_a_cumulative_series_are_in_its_next_increase() {
    let mut kept = Kept::default();
    let values = [10.5, 10.75, 11.25, 13.0, 0.5, 2.0];
    let found: Vec<_> = (0..)
        .zip(values)
        .map(|(at, value)| added(&mut kept, &sum(1, at * 60, value, Temporality::Cumulative)))
        .collect();
    assert_eq!(found, [None, Some(0), Some(1), Some(2), Some(0), Some(2)], "13 − 10, then anew");
}

#[test]
fn fractions_of_deltas_add_up_within_the_hour() {
    let mut kept = Kept::default();
    let mut of = |secs: i64| added(&mut kept, &sum(1, secs, 0.3, Temporality::Delta)).expect("counted");
    let hour: u64 = (0..60).map(|minute| of(minute * 60)).sum();
    assert_eq!(hour, 18);
    assert_eq!([of(3_600), of(3_660)], [0, 1], "an hour begins with a half");
}

#[test]
fn a_limit_inside_a_bucket_leaves_it_unknown_for_every_comparison() {
    let bounds = [0.1, 0.5].into();
    let observed = |counts: [u64; 3]| {
        let buckets = Buckets::Explicit { bounds: std::sync::Arc::clone(&bounds), counts: counts.to_vec() };
        let count = counts.iter().sum();
        Measured::Observed(Distribution { count, buckets, ..Distribution::default() })
    };
    let all = observed([4, 2, 1]);
    let of = |op, limit| {
        let Counts { good, bad, unknown } = Weigh::Against { op, limit }.whole(&all).expect("a number");
        (good, bad, unknown)
    };
    assert_eq!([of(Comparison::Lte, 0.1), of(Comparison::Gt, 0.1)], [(4, 3, 0), (3, 4, 0)]);
    assert_eq!([of(Comparison::Lte, 0.3), of(Comparison::Gt, 0.3)], [(4, 1, 2), (1, 4, 2)]);
    // Buckets have their upper boundary.
    assert_eq!([of(Comparison::Lt, 0.1), of(Comparison::Gte, 0.1)], [(0, 3, 4), (3, 0, 4)]);
}

#[test]
fn what_is_no_number_of_events_is_not_counted_and_told() {
    let mut kept = Kept::default();
    assert_eq!(added(&mut kept, &sum(1, 0, 1.0, Temporality::Cumulative)), None);
    assert_eq!(added(&mut kept, &sum(1, 60, 1e300, Temporality::Cumulative)), None);
    assert_eq!(added(&mut kept, &sum(2, 60, 1.0, Temporality::Unsaid)), None);
    assert_eq!(added(&mut kept, &sum(3, 0, 1.0, Temporality::Cumulative)), None);
    assert_eq!(added(&mut kept, &sum(3, 301, 9.0, Temporality::Cumulative)), None, "over five minutes");
    let remarks: Vec<Remark> = kept.remarks().map(|(remark, _)| remark).collect();
    assert_eq!(remarks, [Remark::TemporalityUnsaid, Remark::TooFarApart, Remark::Unreadable]);
}

#[test]
fn series_beyond_the_limit_are_told_and_those_that_went_silent_make_room() {
    let mut kept = Kept::default();
    let most = KEPT_SERIES_MOST as u128;
    for series in 0..most {
        assert_eq!(added(&mut kept, &sum(series, 0, 1.0, Temporality::Delta)), Some(1));
    }
    assert_eq!(added(&mut kept, &sum(most, 1, 1.0, Temporality::Delta)), None);
    assert_eq!(added(&mut kept, &sum(3, 1, 1.0, Temporality::Delta)), Some(1), "those that are kept go on");
    assert_eq!(kept.remarks().collect::<Vec<_>>(), [(Remark::TooManySeries, Minute(30_000_000))]);
    assert_eq!(added(&mut kept, &sum(most, 3_601, 2.0, Temporality::Delta)), Some(2));
    assert!(!kept.is_late(&sum(3, 3_601, 1.0, Temporality::Delta)));
    assert!(kept.is_late(&sum(5, 0, 1.0, Temporality::Delta)), "it may be one that was forgotten");
}

#[test]
fn what_is_kept_comes_back_from_its_file_bit_by_bit() {
    let bounds: std::sync::Arc<[f64]> = [0.1, 0.2].into();
    let explicit = Buckets::Explicit { bounds, counts: vec![1, 2, 3] };
    let exponential = Buckets::Exponential(Exponential {
        scale: -2,
        zero_threshold: 1e-9,
        zero_count: 3,
        positive: Side { offset: -3, counts: vec![1, 0, 7] },
        negative: Side::default(),
    });
    let observed =
        |buckets| Distribution { count: 6, min: Some(0.05), max: Some(0.1 + 0.2), sum: None, buckets };
    let values = [
        Measured::Number(0.1 + 0.2),
        Measured::Observed(observed(explicit)),
        Measured::Observed(observed(exponential)),
        Measured::Observed(observed(Buckets::None)),
    ];
    let mut kept = Kept::default();
    (kept.settled, kept.newest, kept.forgotten) = (true, START, Some(START - 9));
    for (at, value) in (0_u8..).zip(values) {
        let sample = Sample { time: START, start: (at > 0).then_some(START - i64::from(at)), value };
        kept.series.insert(u128::MAX - u128::from(at), Last { sample, carry: u32::from(at) });
    }
    kept.late.extend([60, 120]);
    kept.remark(Remark::Contested, Minute(7));
    let total = Expr::parse("metric = 'm'", Signal::Metrics).expect("valid");
    let spec = CounterSpec { signal: Signal::Metrics, verdict: Verdict::GoodIncrease(total.clone()), total };
    let counter = Counter {
        spec: spec.clone(),
        generation: 4,
        history: History::default(),
        filling: Filling::Complete,
        unmeasured: Vec::new(),
        kept: Some(std::sync::Arc::new(kept.clone())),
    };
    let mut set = CounterSet::default();
    assert!(write_kept(&set).is_none(), "no such counter, no such file");
    set.restore("slo/a/0".to_owned(), counter);
    let bytes = write_kept(&set).expect("one counter keeps points");
    let read = read_kept(&bytes).expect("as written");
    assert_eq!((read[0].key.as_str(), read[0].generation, &read[0].kept), ("slo/a/0", 4, &kept));
    assert!(read_kept(&bytes[..bytes.len() - 3]).is_err());
    let words = spec.entry("slo/a/0", 4);
    assert_eq!(CounterSpec::from_entry(&words).expect("its own words"), spec);
    let spans = crate::wal::CounterEntry { signal: "spans".to_owned(), total: "error".to_owned(), ..words };
    assert!(CounterSpec::from_entry(&spans).is_err(), "spans have no increases");
}
