//! Counters over metrics, against a model that knows no store: resets, deltas, points that come late or twice, crashes.

mod model;

use std::collections::BTreeMap;
use std::time::Duration;

use arrow::array::RecordBatch;
use ippo_base::disk::{Disk as _, Fault, Operation};
use ippo_base::{Minute, MinuteRange, Timestamp};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
};
use prost::Message as _;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::world::World;
use crate::counter::{Comparison, CounterSpec, Counts, Filling, KEPT_SERIES_MOST, Remark, Verdict};
use crate::expr::Expr;
use crate::signal::Signal;
use model::model;

const SECOND: i64 = 1_000_000_000;
const LONGEST: i64 = 300 * SECOND;
const ALL: MinuteRange = MinuteRange { from: Minute(0), to: Minute(u32::MAX) };
const BOUNDS: [f64; 2] = [0.1, 0.5];

/// A sender's series.
#[derive(Clone)]
struct Sender {
    metric: &'static str,
    label: &'static str,
    delta: bool,
    with_start: bool,
    start: i64,
    time: i64,
    value: f64,
    counts: [u64; 3],
}

/// Senders that go on, reset, pause, and whose points arrive in another order than they were made.
pub(super) struct Points {
    rng: StdRng,
    senders: Vec<Sender>,
    /// Points that are under way.
    delayed: Vec<Metric>,
    /// How long a sender may pause, in seconds.
    longest_pause: i64,
}

impl Points {
    pub(super) fn new(seed: u64) -> Self {
        // Some of them go on for days, of which files have all but the last.
        let (hours, longest_pause) = if seed % 3 == 1 { (75, 60_000) } else { (3, 3_600) };
        let start = 1_800_000_000 * SECOND - hours * 3_600 * SECOND;
        let sender = |metric, label, delta, with_start| Sender {
            metric,
            label,
            delta,
            with_start,
            start,
            time: start,
            value: 0.0,
            counts: [0; 3],
        };
        let senders = vec![
            sender("requests", "ok", false, true),
            sender("requests", "failed", false, true),
            sender("requests", "slow", false, false),
            sender("requests", "drops", true, true),
            sender("duration", "ok", false, true),
            sender("duration", "failed", true, true),
        ];
        Self { rng: StdRng::seed_from_u64(seed ^ 0x5eed), senders, delayed: Vec::new(), longest_pause }
    }

    pub(super) fn spec(&mut self) -> (&'static str, CounterSpec) {
        let part = ["attrs['kind'] = 'ok'", "attrs['kind'] != 'failed'"][self.rng.random_range(0..2)];
        match self.rng.random_range(0..3) {
            0 => ("good", ratio(&format!("metric = 'requests' AND {part}"), true)),
            1 => ("bad", ratio("metric = 'requests' AND attrs['kind'] = 'failed'", false)),
            _ => ("fast", observations(0.1)),
        }
    }

    /// Some requests: most senders have a new point, some points come in later requests, or twice.
    pub(super) fn requests(&mut self, now: Timestamp) -> Vec<Vec<u8>> {
        let mut metrics = Vec::new();
        for at in 0..self.senders.len() {
            if self.rng.random_bool(0.7)
                && let Some(metric) = self.next(at, now.as_nanos())
            {
                match self.rng.random_range(0..8) {
                    0 => self.delayed.push(metric),
                    1 => {
                        self.delayed.push(metric.clone());
                        metrics.push(metric);
                    }
                    _ => metrics.push(metric),
                }
            }
        }
        while !self.delayed.is_empty() && self.rng.random_bool(0.4) {
            let at = self.rng.random_range(0..self.delayed.len());
            metrics.push(self.delayed.swap_remove(at));
        }
        let split = self.rng.random_range(0..=metrics.len());
        let rest = metrics.split_off(split);
        [metrics, rest].into_iter().filter(|some| !some.is_empty()).map(request).collect()
    }

    fn next(&mut self, at: usize, now: i64) -> Option<Metric> {
        let rng = &mut self.rng;
        let sender = &mut self.senders[at];
        let pause = if rng.random_bool(0.05) { self.longest_pause } else { 90 };
        let time = sender.time + rng.random_range(5..pause.max(6)) * SECOND + rng.random_range(0..3);
        if time > now {
            return None;
        }
        if rng.random_bool(0.1) {
            sender.start = sender.time + rng.random_range(0..time - sender.time);
            (sender.value, sender.counts) = (0.0, [0; 3]);
        }
        if sender.delta {
            (sender.start, sender.value, sender.counts) = (sender.time, 0.0, [0; 3]);
        }
        sender.time = time;
        let fraction = if sender.delta && rng.random_bool(0.3) { 0.25 } else { 0.0 };
        sender.value += f64::from(rng.random_range(0..20)) + fraction;
        sender.counts.iter_mut().for_each(|count| *count += rng.random_range(0..4));
        Some(metric(sender))
    }
}

fn metric(sender: &Sender) -> Metric {
    let label = Some(AnyValue { value: Some(Value::StringValue(sender.label.to_owned())) });
    let attributes = vec![KeyValue { key: "kind".to_owned(), value: label, ..KeyValue::default() }];
    let nanos = |time: i64| u64::try_from(time).expect("after 1970");
    let (time_unix_nano, aggregation_temporality) = (nanos(sender.time), if sender.delta { 1 } else { 2 });
    let start_time_unix_nano = if sender.with_start { nanos(sender.start) } else { 0 };
    let data = if sender.metric == "duration" {
        let point = HistogramDataPoint {
            attributes,
            start_time_unix_nano,
            time_unix_nano,
            count: sender.counts.iter().sum(),
            bucket_counts: sender.counts.to_vec(),
            explicit_bounds: BOUNDS.to_vec(),
            ..HistogramDataPoint::default()
        };
        Data::Histogram(Histogram { data_points: vec![point], aggregation_temporality })
    } else {
        let value = Some(Number::AsDouble(sender.value));
        let point = NumberDataPoint {
            attributes,
            start_time_unix_nano,
            time_unix_nano,
            value,
            ..NumberDataPoint::default()
        };
        Data::Sum(Sum { data_points: vec![point], aggregation_temporality, is_monotonic: true })
    };
    Metric { name: sender.metric.to_owned(), data: Some(data), ..Metric::default() }
}

fn request(metrics: Vec<Metric>) -> Vec<u8> {
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    let resource_metrics = vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
    ExportMetricsServiceRequest { resource_metrics }.encode_to_vec()
}

fn expr(text: &str) -> Expr {
    Expr::parse(text, Signal::Metrics).expect("valid")
}

fn ratio(part: &str, is_good: bool) -> CounterSpec {
    let verdict = if is_good { Verdict::GoodIncrease } else { Verdict::BadIncrease };
    CounterSpec { signal: Signal::Metrics, total: expr("metric = 'requests'"), verdict: verdict(expr(part)) }
}

fn observations(limit: f64) -> CounterSpec {
    let verdict = Verdict::Observations { op: Comparison::Lte, limit };
    CounterSpec { signal: Signal::Metrics, total: expr("metric = 'duration'"), verdict }
}

impl World {
    /// Compares counters over metrics with the model, once late hours are counted again. How many events there are.
    fn check_increases(&mut self) -> u64 {
        self.settle();
        self.check_increases_of(&self.batches_of(Signal::Metrics), None)
    }

    /// The same of these rows, but for minutes that could not be counted again, if it is told that points came too late.
    pub(super) fn check_increases_of(&self, batches: &[RecordBatch], lost: Option<MinuteRange>) -> u64 {
        let mut events = 0;
        for (key, counter) in self.core.counters().iter() {
            if !counter.spec.is_by_increase() || counter.filling != Filling::Complete {
                continue;
            }
            let part = match &counter.spec.verdict {
                Verdict::GoodIncrease(part) | Verdict::BadIncrease(part) => {
                    part.text().trim_start_matches("metric = 'requests' AND ").to_owned()
                }
                _ => String::new(),
            };
            let read = self.counts_of(key, ALL);
            let is_told = read.remarks.iter().any(|(remark, _)| *remark == Remark::CameTooLate);
            assert!(!is_told || lost.is_some(), "all could be counted again");
            let stays = lost.filter(|_| is_told);
            let speaks = |(minute, counts): &(Minute, Counts)| {
                let silent = read.unmeasured.iter().chain(&stays).any(|gap| gap.contains(*minute));
                counts.total() > 0 && !silent
            };
            let counted: BTreeMap<Minute, Counts> = read.minutes.iter().copied().filter(speaks).collect();
            let expected: BTreeMap<Minute, Counts> =
                model(key, &part, batches).into_iter().filter(speaks).collect();
            assert_eq!(counted, expected, "counter {key} equals a recount");
            events += self.counted(key).total();
        }
        events
    }

    fn counted(&self, key: &str) -> Counts {
        let all = self.counts_of(key, ALL).minutes.into_iter();
        all.fold(Counts::default(), |mut sum, (_, counts)| {
            sum.add(counts);
            sum
        })
    }

    fn fill(&mut self, key: &str, spec: CounterSpec) {
        if let Some(job) = self.activate_spec(key, spec) {
            self.core.finish_backfill(&job.run(&|_| true).expect("not cut"));
        }
    }
}

#[test]
fn increases_equal_the_model_whatever_comes_late_and_whenever_the_power_goes() {
    let (mut events, mut recounts, mut crashes) = (0, 0, 0);
    for seed in 0..super::seeds(60) {
        let mut world = World::new(seed);
        world.fill("good", good());
        world.fill("fast", observations(0.1));
        for round in 0..3 {
            match round {
                0 => {}
                _ => world.die_soon(),
            }
            world.live_of_points(80);
            if world.disk.is_dead() {
                crashes += 1;
                world.crash();
            } else if round == 2 {
                world.restart();
            }
            events += world.check_increases();
        }
        recounts += world.recounts;
    }
    assert!(events > super::seeds(20_000), "there is something to count: {events}");
    assert!(recounts > super::seeds(60), "points came late while others came: {recounts}");
    assert!(crashes > super::seeds(20), "the power went: {crashes}");
}

/// A point of the series `label`, so many seconds after the start of the tests.
fn at(secs: i64, label: &'static str, value: f64) -> Sender {
    let time = 1_800_000_000 * SECOND + secs * SECOND;
    let start = time - 3_600 * SECOND;
    Sender { metric: "requests", label, delta: false, with_start: true, start, time, value, counts: [0; 3] }
}

fn send(world: &mut World, points: &[Sender]) {
    world.now = world.now.plus(Duration::from_secs(1));
    // The hour's start is the same for all of them.
    let same = |point: &Sender| metric(&Sender { start: 1_799_990_000 * SECOND, ..point.clone() });
    assert!(world.append_metrics(vec![request(points.iter().map(same).collect())]), "acknowledged");
}

fn good() -> CounterSpec {
    ratio("metric = 'requests' AND attrs['kind'] = 'ok'", true)
}

#[test]
fn increases_are_counted_once_whatever_is_flushed_late_or_repeated() {
    let mut world = World::new(3);
    send(&mut world, &[at(0, "ok", 100.0), at(0, "failed", 7.0)]);
    world.fill("good", good());
    assert_eq!(world.counted("good"), Counts::default(), "what came before is not known to be of any minute");
    send(&mut world, &[at(60, "ok", 110.0), at(60, "failed", 8.0)]);
    world.flush();
    world.crash();
    send(&mut world, &[at(120, "ok", 115.0), at(120, "failed", 8.0)]);
    assert_eq!(world.counted("good"), Counts { good: 15, bad: 1, unknown: 0 });
    // A retry long after, which is no duplicate any more, and a point that was under way.
    world.now = world.now.plus(Duration::from_secs(600));
    send(&mut world, &[at(120, "ok", 115.0), at(90, "ok", 112.0)]);
    world.check_increases();
    assert_eq!(world.counted("good"), Counts { good: 15, bad: 1, unknown: 0 });
    send(&mut world, &[at(180, "ok", 3.0), at(180, "failed", 9.0)]);
    assert_eq!(world.counted("good"), Counts { good: 18, bad: 2, unknown: 0 }, "it fell: it began anew");
    world.restart();
    world.check_increases();
    assert_eq!(world.counted("good"), Counts { good: 18, bad: 2, unknown: 0 });
    world.flush();
    let (contents, problems) = crate::core::recount(&world.shared()).expect("recounted");
    let told = &contents.counters[0];
    assert_eq!((told.good, told.bad, told.unknown, told.complete), (18, 2, 0, true), "{problems:?}");
}

#[test]
fn a_fraction_that_came_late_is_counted_with_those_after_it() {
    for meanwhile in [false, true] {
        let mut world = World::new(7);
        world.fill("good", good());
        let delta = |secs, value| Sender { delta: true, with_start: false, ..at(secs, "ok", value) };
        send(&mut world, &[delta(0, 0.25)]);
        send(&mut world, &[delta(120, 0.25)]);
        send(&mut world, &[delta(60, 0.25)]);
        assert_eq!(world.counted("good").good, 1, "a half and twice a quarter");
        let job = world.core.plan_late("good").expect("one is late");
        if meanwhile {
            send(&mut world, &[delta(180, 0.75)]);
        }
        world.core.finish_late(&job.run(&|| true).expect("not cut"));
        if !meanwhile {
            send(&mut world, &[delta(180, 0.75)]);
        }
        assert_eq!(world.core.late_counters().is_empty(), !meanwhile, "what came meanwhile is counted again");
        world.check_increases();
        assert_eq!(world.counted("good").good, 2, "the hour adds up to one and a half");
    }
}

#[test]
fn a_fraction_is_counted_on_though_its_hour_ended_meanwhile() {
    let mut world = World::new(9);
    world.fill("good", good());
    let delta = |secs, value| Sender { delta: true, with_start: false, ..at(secs, "ok", value) };
    send(&mut world, &[delta(0, 0.25), delta(120, 0.25)]);
    send(&mut world, &[delta(60, 0.25)]);
    let job = world.core.plan_late("good").expect("one is late");
    world.now = world.now.plus(Duration::from_hours(2));
    send(&mut world, &[delta(180, 0.75), delta(3_700, 4.0)]);
    world.core.finish_late(&job.run(&|| true).expect("not cut"));
    world.check_increases();
    assert_eq!(world.counted("good").good, 6, "one and a half in the first hour");
}

#[test]
fn an_hour_of_a_day_that_a_file_has_is_counted_again_once_the_disk_gives_it() {
    const DAY: i64 = 24 * 3_600;
    for trouble in [None, Some(true), Some(false)] {
        let mut world = World::new(11);
        world.fill("good", good());
        send(&mut world, &[at(-DAY, "ok", 10.0)]);
        send(&mut world, &[at(120 - DAY, "ok", 30.0)]);
        send(&mut world, &[at(0, "ok", 40.0)]);
        send(&mut world, &[at(60, "ok", 45.0)]);
        world.flush();
        let first = world.files("counters").into_iter().min().expect("a file a day");
        // It fell in between, so that less was added in the later minute.
        send(&mut world, &[at(60 - DAY, "ok", 22.0)]);
        assert_eq!(world.counted("good").good, 25);
        if trouble == Some(true) {
            let last = usize::try_from(world.disk.len(&first).expect("there")).expect("small") - 1;
            world.disk.flip_bit(&first, last, 4).expect("flipped");
        }
        for attempt in 0..2 {
            let Some(job) = world.core.plan_late("good") else { continue };
            if trouble == Some(false) && attempt == 0 {
                world.disk.inject_after(0, Fault::Fails(Operation::Read));
            }
            let done = job.run(&|| true).expect("not cut");
            world.disk.heal();
            let told: Vec<String> = done.unreadable().map(ToString::to_string).collect();
            assert_eq!(
                told.len(),
                usize::from(trouble == Some(true) || trouble == Some(false) && attempt == 0),
                "{told:?}"
            );
            assert!(told.iter().all(|told| told.starts_with("what was counted of its day")), "{told:?}");
            world.core.finish_late(&done);
        }
        if trouble == Some(true) {
            let read = world.counts_of("good", ALL);
            let remarks: Vec<Remark> = read.remarks.iter().map(|(remark, _)| *remark).collect();
            assert_eq!(remarks, [Remark::TooFarApart, Remark::CameTooLate]);
            assert_eq!((read.warnings.len(), read.unmeasured.len()), (1, 1));
            continue;
        }
        for _ in 0..2 {
            let by_minute: Vec<u64> =
                world.counts_of("good", ALL).minutes.iter().map(|(_, c)| c.good).collect();
            assert_eq!(by_minute, [12, 8, 5]);
            world.check_increases();
            world.flush();
            world.crash();
        }
    }
}

#[test]
fn of_two_values_of_one_time_the_same_one_is_counted_on_from() {
    for first in [12.0, 15.0] {
        let mut world = World::new(10);
        world.fill("good", good());
        send(&mut world, &[at(0, "ok", 10.0)]);
        send(&mut world, &[at(60, "ok", first)]);
        send(&mut world, &[at(60, "ok", 27.0 - first)]);
        let job = world.core.plan_late("good").expect("one is late");
        send(&mut world, &[at(120, "ok", 20.0)]);
        world.core.finish_late(&job.run(&|| true).expect("not cut"));
        send(&mut world, &[at(180, "ok", 21.0)]);
        world.settle();
        assert_eq!(world.counted("good").good, 11, "whichever came first");
    }
}

#[test]
fn a_series_that_was_silent_and_made_room_is_counted_on() {
    for is_delta in [true, false] {
        let mut world = World::new(11);
        world.fill("good", good());
        let point = |secs, label, quarters: f64| {
            let value = if is_delta { quarters / 4.0 } else { quarters };
            Sender { delta: is_delta, with_start: false, ..at(secs, label, value) }
        };
        world.now = world.now.plus(Duration::from_hours(3));
        send(&mut world, &[point(3_500, "ok", 1.0)]);
        let many: Vec<_> =
            (1..KEPT_SERIES_MOST).map(|at| point(3_501, format!("other {at}").leak(), 1.0)).collect();
        send(&mut world, &many);
        // More than an hour after, one more series has no room but that of the silent ones.
        send(&mut world, &[point(7_200, "new", 1.0)]);
        for (secs, value) in [(3_550, 4.0), (3_590, 7.0), (3_660, 11.0), (3_800, 12.0)] {
            send(&mut world, &[point(secs, "ok", value)]);
            if secs == 3_590 {
                world.settle();
                world.flush();
                world.crash();
            }
        }
        let told = world.core.counters().get("good").expect("there").kept.clone().expect("kept");
        assert_eq!(told.remarks().count(), 0, "there was room");
        world.check_increases();
        // A half and (1 + 4 + 7) / 4 in one hour, a half and (11 + 12) / 4 in the next; or grown from 1 to 12.
        assert_eq!(world.counted("good").good, if is_delta { 3 + 6 } else { 11 });
    }
}

#[test]
fn an_hour_that_is_counted_again_leaves_the_fractions_of_the_hour_before() {
    let mut world = World::new(8);
    world.fill("good", good());
    let delta = |secs, value| Sender { delta: true, with_start: false, ..at(secs, "ok", value) };
    // The tests begin with an hour: these are of the one before.
    send(&mut world, &[delta(-3_600, 0.25)]);
    send(&mut world, &[delta(-180, 0.5)]);
    send(&mut world, &[delta(-240, 1.0)]);
    // So late in its hour, the point may change the next one too.
    world.settle();
    send(&mut world, &[delta(-60, 0.75)]);
    world.check_increases();
    assert_eq!(world.counted("good").good, 3, "a half, a quarter, one, a half and three quarters");
}

#[test]
fn late_points_are_remembered_across_a_crash() {
    let mut world = World::new(4);
    world.fill("good", good());
    send(&mut world, &[at(0, "ok", 10.0)]);
    send(&mut world, &[at(240, "ok", 20.0)]);
    send(&mut world, &[at(120, "ok", 2.0)]);
    world.flush();
    world.crash();
    assert_eq!(world.core.late_counters(), ["good"]);
    assert_eq!(world.counted("good").good, 10);
    world.settle();
    assert_eq!(world.counted("good").good, 20, "it fell to 2, and grew by 18");
    world.flush();
    world.crash();
    assert!(world.core.late_counters().is_empty());
    assert_eq!(world.counted("good").good, 20);
}

#[test]
fn more_good_than_there_is_makes_a_minute_unknown_and_is_told() {
    let mut world = World::new(5);
    let total = expr("metric = 'requests' AND attrs['kind'] = 'failed'");
    world.fill("good", CounterSpec { total, ..good() });
    send(&mut world, &[at(0, "ok", 10.0), at(0, "failed", 10.0)]);
    send(&mut world, &[at(60, "ok", 12.0), at(60, "failed", 15.0)]);
    send(&mut world, &[at(120, "ok", 20.0), at(120, "failed", 17.0)]);
    let read = world.counts_of("good", ALL);
    let counts: Vec<_> = read.minutes.iter().map(|(_, c)| (c.good, c.bad, c.unknown)).collect();
    assert_eq!(counts, [(2, 3, 0), (0, 0, 8)]);
    assert_eq!(read.broken, [read.minutes[1].0]);
}

#[test]
fn points_that_are_lost_with_their_file_are_counted_again_from_rows() {
    let mut world = World::new(6);
    world.fill("good", good());
    send(&mut world, &[at(0, "ok", 10.0), at(0, "failed", 1.0)]);
    send(&mut world, &[at(60, "ok", 12.0), at(60, "failed", 2.0)]);
    world.flush();
    let file = world.files("counters").into_iter().find(|file| file.contains("kept-")).expect("there");
    world.disk.flip_bit(&file, 10, 2).expect("flipped");
    let told = crate::core::check_data(&world.shared(), &mut |_, _| {}).expect("checked").problems;
    assert!(matches!(&told[..], [crate::core::Problem::Points { .. }]), "{told:?}");
    let (core, _, recovered) =
        crate::core::Core::open(world.shared(), std::num::NonZeroUsize::MIN).expect("it starts nevertheless");
    assert!(matches!(&recovered.problems[..], [crate::core::Problem::Points { .. }]));
    assert_eq!(core.unfilled(), ["good"]);
}

#[test]
fn minutes_that_count_from_points_that_cannot_be_read_are_not_measured_either() {
    let mut world = World::new(14);
    for point in [at(-120, "ok", 10.0), at(-30, "ok", 20.0), at(60, "ok", 25.0), at(330, "ok", 32.0)] {
        send(&mut world, &[point]);
        world.flush();
    }
    let segments = world.files("segments");
    assert_eq!(segments.len(), 4);
    world.disk.flip_bit(&segments[1], 30, 2).expect("flipped");
    world.fill("good", good());
    let read = world.counts_of("good", ALL);
    let (hour, next) = (world.now.minute().minus(60), world.now.minute());
    assert_eq!(read.unmeasured, [MinuteRange { from: hour, to: next.plus(5) }]);
    let spoken = read.minutes.iter().filter(|(minute, _)| !read.unmeasured[0].contains(*minute));
    let spoken: Vec<_> = spoken.map(|(minute, counts)| (*minute, counts.good)).collect();
    assert_eq!(spoken, [(next.plus(5), 7)], "the point before it is there");
    // What comes next may count from it as well.
    world.restart();
    assert_eq!(world.counts_of("good", ALL).unmeasured, read.unmeasured);
}

#[test]
fn points_that_came_late_wait_for_a_bucket_that_may_mend_the_rows_beside_them() {
    let mut world = World::with_bucket(15, 10_000_000);
    world.fill("good", good());
    send(&mut world, &[at(-7_200, "ok", 10.0), at(-7_000, "ok", 20.0)]);
    world.flush();
    world.upload();
    let segments = world.files("segments");
    assert_eq!((segments.len(), world.uploads), (1, 1));
    world.disk.flip_bit(&segments[0], 30, 1).expect("flipped");
    world.backed.as_ref().expect("there is one").bucket.fail_after(0, false);
    send(&mut world, &[at(-7_100, "ok", 2.0)]);
    let job = world.core.plan_late("good").expect("one is late");
    world.core.finish_late(&job.run(&|| true).expect("not cut"));
    assert_eq!((world.core.quarantined().len(), world.counted("good").good), (1, 10));
    assert_eq!(world.core.late_counters(), ["good"], "it is counted again once the bucket answers");
    world.heal_bucket();
    assert!(world.core.plan_mending().iter().all(|job| job.run()), "the bucket has it whole");
    world.settle();
    assert_eq!(world.counted("good").good, 20, "it fell to 2, and grew by 18");
}
