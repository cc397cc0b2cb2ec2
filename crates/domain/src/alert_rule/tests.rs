//! Rules judged by hand, and the state machine beside a count of what was said by each minute's end.

use ippo_base::{Minute, MinuteRange};
use proptest::prelude::*;

use super::*;
use crate::Language;
use crate::alert::AlertSeverity;
use crate::slo::{MinuteSet, Signal};

fn threshold(measure: Measure, direction: Direction, limit: f64) -> Threshold {
    Threshold {
        signal: Signal::Spans,
        filter: "service = 'shop'".to_owned(),
        measure,
        direction,
        limit: Limit { text: limit.to_string(), value: limit },
        end: None,
        over_minutes: 5,
        least: 0,
        by: vec![],
    }
}

fn ratio() -> Measure {
    Measure::Ratio { matching: "error".to_owned() }
}

fn exactly(threshold: &Threshold, value: f64, events: u64) -> Reading {
    let beyond = |limit: &Limit| Some(threshold.direction.is_beyond(value, limit.value));
    Reading {
        lower: Some(value),
        upper: Some(value),
        events,
        beyond: beyond(&threshold.limit),
        beyond_end: beyond(threshold.end_limit()),
    }
}

#[test]
fn a_value_is_held_against_both_limits() {
    let mut rule = threshold(ratio(), Direction::Above, 0.05);
    rule.end = Some(Limit { text: "2%".to_owned(), value: 0.02 });
    rule.least = 20;
    for (value, events, knowledge, verdict) in [
        (0.06, 100, Knowledge::Whole, Verdict::Beyond),
        (0.05, 100, Knowledge::Whole, Verdict::Between),
        (0.03, 100, Knowledge::Whole, Verdict::Between),
        (0.02, 100, Knowledge::Whole, Verdict::Within),
        (1.0, 19, Knowledge::Whole, Verdict::Empty),
        (1.0, 20, Knowledge::Whole, Verdict::Beyond),
        (0.06, 100, Knowledge::Half, Verdict::Beyond),
        (0.06, 100, Knowledge::Little, Verdict::Unknown),
        (0.03, 100, Knowledge::Half, Verdict::Unknown),
        (0.00, 100, Knowledge::Half, Verdict::Unknown),
    ] {
        let reading = exactly(&rule, value, events);
        assert_eq!(rule.verdict(Some(&reading), knowledge), verdict, "{value} of {events}, {knowledge:?}");
    }
    assert_eq!(rule.verdict(None, Knowledge::Whole), Verdict::Empty);
    assert_eq!(rule.verdict(None, Knowledge::Half), Verdict::Unknown);
}

#[test]
fn a_count_that_only_grows_may_fire_by_a_part_of_its_window() {
    let above = threshold(Measure::Count, Direction::Above, 10.0);
    let below = threshold(Measure::Count, Direction::Below, 10.0);
    for (rule, value, whole, partial) in [
        (&above, 11.0, Verdict::Beyond, Verdict::Beyond),
        (&above, 10.0, Verdict::Within, Verdict::Unknown),
        (&below, 9.0, Verdict::Beyond, Verdict::Unknown),
        (&below, 10.0, Verdict::Within, Verdict::Unknown),
    ] {
        let reading = exactly(rule, value, value as u64);
        assert_eq!(rule.verdict(Some(&reading), Knowledge::Whole), whole, "{value}");
        for knowledge in [Knowledge::Half, Knowledge::Little] {
            assert_eq!(rule.verdict(Some(&reading), knowledge), partial, "{value}");
        }
    }
    assert_eq!(above.verdict(None, Knowledge::Whole), Verdict::Within, "nothing is no error");
    assert_eq!(above.verdict(None, Knowledge::Half), Verdict::Unknown);
    assert_eq!(below.verdict(None, Knowledge::Whole), Verdict::Beyond);
}

#[test]
fn bounds_that_hold_the_limit_between_them_say_nothing() {
    let p95 = Percentile { name: "p95".to_owned(), share: 0.95 };
    let rule = threshold(Measure::Histogram(p95), Direction::Above, 0.7);
    let reading = Reading { lower: Some(0.5), upper: Some(1.0), events: 100, beyond: None, beyond_end: None };
    assert_eq!(rule.verdict(Some(&reading), Knowledge::Whole), Verdict::Unknown);
    assert_eq!(
        rule.reading_said(&reading).to(Language::English),
        "the p95 is between 0.5 and 1 of 100 events over 5m; limit above 0.7"
    );
}

#[test]
fn silence_counts_only_while_ippo_was_up() {
    let minutes = |range: std::ops::Range<u32>| MinuteSet::from_minutes(range.map(Minute));
    let up = minutes(0..100).union(&minutes(200..300));
    assert_eq!(awaited_from(&up, Minute(250), 10), Some(Minute(241)));
    assert_eq!(awaited_from(&up, Minute(204), 10), Some(Minute(95)), "over the time it was down");
    assert_eq!(awaited_from(&up, Minute(5), 10), None);
    let heard = minutes(0..98);
    let at = |now: u32| {
        let from = awaited_from(&up, Minute(now), 10).unwrap_or(Minute(0));
        let silence = silence(&heard, &up, from, Minute(now), 10);
        (silence.verdict, silence.minutes)
    };
    assert_eq!(at(97), (Verdict::Within, 0));
    assert_eq!(at(99), (Verdict::Within, 2));
    assert_eq!(at(150), (Verdict::Unknown, 2), "nobody listened");
    assert_eq!(at(206), (Verdict::Within, 9));
    assert_eq!(at(207), (Verdict::Beyond, 10));
    let never = |now: u32, from: u32| silence(&MinuteSet::EMPTY, &up, Minute(from), Minute(now), 10).verdict;
    assert_eq!((never(4, 0), never(9, 0)), (Verdict::Unknown, Verdict::Beyond));
    assert_eq!(MinuteRange::ending_with(Minute(9), 10).len(), 10);
}

#[test]
fn what_fires_goes_on_under_another_condition() {
    let firing =
        Progress { phase: Phase::Firing { since: Minute(1) }, calm_minutes: 4, ..Progress::default() };
    assert_eq!(firing.under_another_condition(), Progress { calm_minutes: 0, ..firing });
    let pending =
        Progress { phase: Phase::Pending { since: Minute(1) }, held_minutes: 4, ..Progress::default() };
    assert_eq!(pending.under_another_condition(), Progress::default());
}

#[test]
fn numbers_are_short_and_groups_are_told_apart() {
    for (measure, value, text) in [
        (Measure::Count, 12_345.0, "12345"),
        (Measure::Count, 0.0, "0"),
        (ratio(), 0.0525, "5.25 %"),
        (ratio(), 1.0 / 3.0, "33.33 %"),
        (Measure::Duration(Percentile { name: "p99".to_owned(), share: 0.99 }), 1.25e9, "1.25 s"),
        (Measure::Duration(Percentile { name: "p99".to_owned(), share: 0.99 }), 850e6, "850 ms"),
        (Measure::Rate { across: Across::Sum }, 0.001_234_5, "0.001234/s"),
    ] {
        assert_eq!(value_text(&measure, value), text);
    }
    let by = ["route".to_owned(), "region".to_owned()];
    let label = |values: [Option<&str>; 2]| Group(values.map(|v| v.map(str::to_owned)).to_vec()).label(&by);
    assert_eq!(label([Some("/pay"), None]), "route=/pay, region=(none)");
    assert_ne!(label([Some("a, region=b"), Some("c")]), label([Some("a"), Some("b, region=c")]));
    assert_ne!(label([Some("(none)"), None]), label([None, None]));
}

#[test]
fn a_condition_and_what_was_measured_are_told_in_both_languages() {
    let each = |each: OverTime| Measure::Gauge { each, across: Across::Max };
    for (measure, direction, english, japanese) in [
        (
            each(OverTime::Last),
            Direction::Above,
            [
                "the value (last) of spans over 10m is above 5",
                "the value (last) is 5 over 10m; limit above 5",
            ],
            ["スパンの最新の値(10 分間)が 5 を上回る", "最新の値は 5(10 分間)、上限 5"],
        ),
        (
            each(OverTime::Min),
            Direction::AtMost,
            [
                "the value (min) of spans over 10m is at most 5",
                "the value (min) is 5 over 10m; limit at most 5",
            ],
            ["スパンの最小値(10 分間)が 5 以下", "最小値は 5(10 分間)、しきい値 5 以下"],
        ),
        (
            Measure::Rate { across: Across::Sum },
            Direction::AtLeast,
            ["the rate of spans over 10m is at least 5", "the rate is 5/s over 10m; limit at least 5"],
            ["スパンのレート(10 分間)が 5 以上", "レートは 5/s(10 分間)、しきい値 5 以上"],
        ),
        (
            Measure::Increase { across: Across::Sum },
            Direction::Below,
            ["the increase of spans over 10m is below 5", "the increase is 5 over 10m; limit below 5"],
            ["スパンの増加量(10 分間)が 5 を下回る", "増加量は 5(10 分間)、下限 5"],
        ),
    ] {
        let mut rule = threshold(measure, direction, 5.0);
        rule.limit.text = "5".to_owned();
        rule.over_minutes = 10;
        let reading =
            Reading { lower: Some(5.0), upper: Some(5.0), events: 1, beyond: None, beyond_end: None };
        let (measured, condition) = (rule.reading_said(&reading), Condition::Threshold(rule).said());
        assert_eq!([condition.english, measured.english], english);
        assert_eq!([condition.japanese, measured.japanese], japanese);
    }
}

#[test]
fn an_end_says_what_it_is_and_what_it_is_not() {
    let rule = AlertRule {
        name: "timeouts".to_owned(),
        display_name: "Timeouts".to_owned(),
        description: String::new(),
        owner: "shop".to_owned(),
        notify: vec![],
        severity: AlertSeverity::Page,
        action: "look".to_owned(),
        runbook: None,
        service: None,
        condition: Condition::Text(TextFound {
            contains: "gateway timeout".to_owned(),
            filter: String::new(),
            least: 1,
            over_minutes: 5,
            by: vec!["service".to_owned()],
        }),
        for_minutes: 1,
        resolve_after_minutes: 30,
    };
    let group = Group(vec![Some("pay".to_owned())]);
    let said = |ending| ended(&rule, &group, ending, Minute(0), None);
    assert_eq!(
        said(Ending::Calm).to(Language::English),
        "service=pay: the text has not been in the logs for 30m"
    );
    assert!(said(Ending::Gone).english.contains("not proven well"));
    let found =
        Reading { lower: Some(3.0), upper: Some(3.0), events: 3, beyond: Some(true), beyond_end: Some(true) };
    let Condition::Text(text) = &rule.condition else { unreachable!("it is one") };
    let said = began(&rule, &group, &text.reading_said(&found));
    assert_eq!(said.english, "service=pay: \"gateway timeout\" was found 3 times in 5m");
    assert_eq!(said.japanese, "service=pay: 「gateway timeout」が 5 分間に 3 回ログに出ました");
}

fn verdicts() -> impl Strategy<Value = Vec<Verdict>> {
    let run = (
        prop_oneof![
            4 => Just(Verdict::Beyond),
            3 => Just(Verdict::Within),
            1 => Just(Verdict::Between),
            2 => Just(Verdict::Empty),
            2 => Just(Verdict::Unknown),
        ],
        1usize..6,
    );
    proptest::collection::vec(run, 0..30)
        .prop_map(|runs| runs.into_iter().flat_map(|(verdict, count)| vec![verdict; count]).collect())
}

/// Whether the last `count` of `said` are all `wanted`.
fn ends_with(said: &[Verdict], wanted: Verdict, count: u32) -> bool {
    let count = count as usize;
    said.len() >= count && said[said.len() - count..].iter().all(|verdict| *verdict == wanted)
}

/// Whether an alert fires after all of `verdicts`, by what was last the case: that it begins or that it ends. Unlike the state
/// machine it remembers nothing, and looks at all of the past again for each minute.
fn fires_after(timing: Timing, verdicts: &[Verdict]) -> bool {
    let mut fires = false;
    let mut begin = 0;
    for end in 1..=verdicts.len() {
        let known: Vec<Verdict> =
            verdicts[begin..end].iter().copied().filter(|verdict| *verdict != Verdict::Unknown).collect();
        let judged: Vec<Verdict> =
            known.iter().copied().filter(|verdict| *verdict != Verdict::Empty).collect();
        if ends_with(&known, Verdict::Empty, timing.gone_after_minutes) {
            // What was before says nothing about what comes.
            (fires, begin) = (false, end);
        } else if ends_with(&judged, Verdict::Beyond, timing.for_minutes) {
            fires = true;
        } else if ends_with(&judged, Verdict::Within, timing.resolve_after_minutes) {
            fires = false;
        }
    }
    fires
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_state_machine_equals_a_look_at_all_of_the_past(
        verdicts in verdicts(),
        for_minutes in 1u32..5,
        resolve_after_minutes in 1u32..5,
        gone_after_minutes in 1u32..8,
    ) {
        let timing = Timing { for_minutes, resolve_after_minutes, gone_after_minutes };
        let mut progress = Progress::default();
        for (at, verdict) in verdicts.iter().enumerate() {
            let fired = progress.is_firing();
            let (after, change) = step(timing, progress, *verdict, Minute(at as u32));
            progress = after;
            prop_assert_eq!(progress.is_firing(), fires_after(timing, &verdicts[..=at]), "{:?}", &verdicts[..=at]);
            prop_assert_eq!(change.is_some(), fired != progress.is_firing());
            if *verdict == Verdict::Unknown {
                prop_assert_eq!(change, None, "ignorance neither begins nor ends an alert");
            }
        }
        let firing = replay(timing, verdicts.iter().enumerate().map(|(at, verdict)| (Minute(at as u32), *verdict)));
        prop_assert_eq!(firing.last().is_some_and(|episode| episode.to.is_none()), progress.is_firing());
    }
}
