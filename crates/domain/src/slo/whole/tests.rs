//! Composite SLOs, by hand and by brute force over single events.

use std::collections::BTreeMap;

use ippo_base::{Minute, MinuteRange};
use proptest::prelude::*;

use super::super::alerts::{SloAlert, changes, firing_windows};
use super::super::burn::{BurnSeverity, BurnStatus, pairs_of};
use super::super::replay::{Input, Replay, Stretch};
use super::super::tests::{NOW, now, slo as plain};
use super::super::*;
use super::*;

const DAY: u32 = 1440;

/// A composite SLO of parts with these weights and targets.
fn composite(parts: &[(&str, &str)]) -> Slo {
    let targets: Vec<&str> = parts.iter().map(|(_, target)| *target).collect();
    let mut slo = plain(&targets);
    for (place, (objective, (weight, _))) in slo.objectives.iter_mut().zip(parts).enumerate() {
        objective.display_name = format!("part {place}");
        objective.sli.total = format!("service = 'part-{place}'");
        objective.weight = Some(Weight::parse(weight).expect(weight));
    }
    slo
}

/// Good and bad events of the same minutes up to now, all of them measured.
fn even(minutes: u32, good: u64, bad: u64) -> ObjectiveInputs {
    of_minutes(&vec![(good, bad); minutes as usize])
}

fn of_minutes(counts: &[(u64, u64)]) -> ObjectiveInputs {
    let range = MinuteRange::ending_with(NOW, counts.len() as u32);
    let all = MinuteSet::from_ranges([range]);
    let counts: Vec<(Minute, Counts)> = range
        .iter()
        .zip(counts)
        .map(|(minute, (good, bad))| (minute, Counts { good: *good, bad: *bad, unknown: 0 }))
        .collect();
    let coverage = Coverage { up: all.clone(), source: all };
    let history = History::new(&counts, &MinuteSet::EMPTY, &coverage, &Exclusions::default(), None);
    ObjectiveInputs { history, firing: Vec::new() }
}

fn unknown() -> ObjectiveInputs {
    let up = MinuteSet::from_ranges([MinuteRange::ending_with(NOW, 28 * DAY)]);
    let coverage = Coverage { up, source: MinuteSet::EMPTY };
    let history = History::new(&[], &MinuteSet::EMPTY, &coverage, &Exclusions::default(), None);
    ObjectiveInputs { history, firing: Vec::new() }
}

fn whole_of(slo: &Slo, objectives: Vec<ObjectiveInputs>) -> (SloStatus, WholeStatus) {
    let status = evaluate(slo, &SloInputs { objectives, backfilling: false }, now());
    let whole = status.whole.clone().expect("a composite SLO");
    (status, whole)
}

/// Share of the budget that is left, in per cent, and the parts' contributions.
fn figures(whole: &WholeStatus) -> (String, Vec<String>) {
    let window = whole.window();
    let parts = window.parts.iter().map(|part| part.of_whole.to_percent(3)).collect();
    (window.remaining().map_or("none".to_owned(), |left| left.to_percent(3)), parts)
}

#[test]
fn the_whole_spends_what_its_parts_spend_by_weight() {
    // 0.7 of 0.999 with 5 bad of 10,000 a minute: half of its budget. 0.3 of 0.99 with 25 of 1,000: two and a half budgets.
    let slo = composite(&[("0.7", "0.999"), ("0.3", "0.99")]);
    let (status, whole) = whole_of(&slo, vec![even(28 * DAY, 9_995, 5), even(28 * DAY, 975, 25)]);
    // 0.7 × 0.5 + 0.3 × 2.5 = 0.35 + 0.75.
    assert_eq!(figures(&whole), ("-10".to_owned(), vec!["35".to_owned(), "75".to_owned()]));
    assert_eq!(whole.window().spent, Some(Ratio::new(11, 10)));
    assert_eq!(whole.hour_burn, Some(Ratio::new(11, 10)));
    let own: Vec<_> = whole.window().parts.iter().map(|part| part.own.expect("counted")).collect();
    assert_eq!(own, [Ratio::new(1, 2), Ratio::new(5, 2)]);
    assert_eq!(status.state, SloState::Rising, "a ticket over three days burns at 1.1");
    assert!(status.objectives.iter().all(|part| part.burn.is_empty()), "alerts are the whole's");
}

#[test]
fn a_part_without_traffic_or_data_adds_nothing_and_keeps_its_weight() {
    let slo = composite(&[("1", "0.999"), ("1", "0.999")]);
    let busy = || even(28 * DAY, 9_990, 10);
    let (idle, silent) = (even(28 * DAY, 0, 0), unknown());
    for (other, state) in [(idle, SloState::Fine), (silent, SloState::Fine)] {
        let (status, whole) = whole_of(&slo, vec![busy(), other]);
        assert_eq!(figures(&whole), ("50".to_owned(), vec!["50".to_owned(), "0".to_owned()]));
        assert_eq!(whole.window().parts[1].own, None);
        assert_eq!(status.state, state);
    }
    let (status, whole) = whole_of(&slo, vec![unknown(), unknown()]);
    assert_eq!((figures(&whole).0.as_str(), status.state), ("none", SloState::NoData));
    // What is not measured counts as the SLO says: here as bad, which is a thousand budgets of that part.
    let bad = Slo { unmeasured: UnmeasuredTime::Bad, ..slo };
    let (_, whole) = whole_of(&bad, vec![busy(), unknown()]);
    assert_eq!(whole.window().spent, Some(Ratio::new(1_001, 2)));
}

#[test]
fn the_last_hour_is_known_if_half_of_the_weight_is() {
    for (weight, state, words) in [
        ("1", SloState::Fine, "100 % of the budget remains"),
        (
            "1.01",
            SloState::NoData,
            "49.8 % of the last hour is measured, each part by its weight, under half",
        ),
    ] {
        let slo = composite(&[("1", "0.999"), (weight, "0.999")]);
        let (status, _) = whole_of(&slo, vec![even(28 * DAY, 10_000, 0), unknown()]);
        assert_eq!((status.state, status.state_rule.english.as_str()), (state, words));
    }
}

#[test]
fn pairs_that_no_outage_of_all_parts_reaches_are_left_out_with_the_arithmetic() {
    let slo = composite(&[("3", "0.9"), ("1", "0.95")]);
    let aim = slo.aims().next().expect("one");
    let pairs = pairs_of(&aim, 28 * DAY);
    assert_eq!(
        pairs.omitted[0].reason,
        "cannot fire: with every request of every part failing, the burn is 0.75 / (1 - 0.9) + 0.25 / (1 - 0.95) = 12.5, below \
         the factor 13.44 = 2 % x 28d / 1h"
    );
    assert_eq!(pairs.kept.len(), 3);
    // 0.74 / 0.1 + 0.26 / 0.05 = 12.6; at 0.312 of the second it is 13.12 and at 0.344 it is 13.44 to the last digit.
    let reaches = |second: &str, first: &str| {
        let slo = composite(&[(first, "0.9"), (second, "0.95")]);
        pairs_of(&slo.aims().next().expect("one"), 28 * DAY).omitted.is_empty()
    };
    assert!(reaches("344", "656"));
    assert!(!reaches("343.999999", "656.000001"));
}

fn firing(burn: &[BurnStatus]) -> Vec<String> {
    burn.iter().filter(|status| status.firing).map(|status| status.pair.label()).collect()
}

#[test]
fn one_part_out_of_many_pages_by_its_weight() {
    // All of one part fails for six minutes: its burn over an hour is 100 at 0.999. By weight a half is 50, a tenth is 10.
    let outage = || {
        let mut counts = vec![(60, 0); 28 * DAY as usize];
        let from = counts.len() - 6;
        counts[from..].fill((0, 60));
        of_minutes(&counts)
    };
    for (weight, pages) in [("1", true), ("9", false)] {
        let slo = composite(&[("1", "0.999"), (weight, "0.999")]);
        let (status, whole) = whole_of(&slo, vec![outage(), even(28 * DAY, 60, 0)]);
        assert_eq!(firing(&whole.burn).contains(&"page 1h/5m".to_owned()), pages, "{weight}");
        assert_eq!(status.state == SloState::Critical, pages);
    }
}

#[test]
fn a_firing_page_is_held_while_a_part_is_not_measured() {
    let slo = composite(&[("1", "0.999"), ("1", "0.999")]);
    let mut objectives = vec![even(28 * DAY, 60, 0), unknown()];
    objectives[0].firing = vec![60];
    let (_, whole) = whole_of(&slo, objectives);
    let page = &whole.burn[0];
    assert!(page.firing && page.held, "nobody can say that the other part is well");
    let ignoring = Slo { unmeasured: UnmeasuredTime::Ignore, ..slo };
    let mut objectives = vec![even(28 * DAY, 60, 0), unknown()];
    objectives[0].firing = vec![60];
    assert!(!whole_of(&ignoring, objectives).1.burn[0].firing);
}

#[test]
fn few_failures_page_only_if_together_they_are_more_than_chance() {
    let slo = composite(&[("1", "0.999"), ("1", "0.999")]);
    // In the last hour ten requests of each, this many of them bad in the last minute.
    let few = |bad: u64| {
        let mut counts = vec![(0, 0); 60];
        counts[59] = (10 - bad, bad);
        of_minutes(&counts)
    };
    let page = |slo: &Slo, bad: [u64; 2]| whole_of(slo, bad.map(few).into()).1.burn[0].clone();
    // One failure of ten is a burn of 100, of the whole 50. Its lower bound is 0.51 %: 2.6 for the whole.
    let one = page(&slo, [1, 0]);
    assert!(one.too_few && !one.firing);
    assert!(one.burn_shown.expect("held back") < Ratio::new(3, 1));
    // Both at once: with 97.5 % each, 0.253 % each, 2.5 for the whole.
    let both = page(&slo, [1, 1]);
    assert!(both.too_few);
    assert_eq!(both.burn_shown.expect("held back").to_decimal(2), "2.53");
    // Two of ten in both: 2.52 % each, 25 for the whole.
    assert!(page(&slo, [2, 2]).firing);
    let matters = Slo { every_failure_matters: true, ..slo.clone() };
    assert!(page(&matters, [1, 0]).firing, "where every failure matters chance is no excuse");
    // A part with traffic that burns by itself pages, whatever an idle one does.
    let mut busy = vec![(100, 0); 60];
    busy[55..].fill((0, 100));
    let inputs = vec![of_minutes(&busy), few(1)];
    assert!(whole_of(&slo, inputs).1.burn[0].firing);
    let told = ledger_words(&slo, &one);
    assert_eq!(
        told,
        "page 1h/5m of Checkout was not sent: 1 of 20 failed over all parts, a burn of 50 at a factor of 13.44, but so few may be \
         chance: with 95 % confidence the burn is only above 1.26, not above 13.44"
    );
}

fn ledger_words(slo: &Slo, status: &BurnStatus) -> String {
    let page = suppressed_page(&slo.aims().next().expect("one"), status);
    LedgerEntry::SuppressedPage(page).words().english
}

#[test]
fn each_source_of_a_part_is_told_by_its_name_when_it_falls_silent() {
    use super::super::absence::Presence;
    let slo = composite(&[("1", "0.999"), ("1", "0.999")]);
    let absent = Presence::Absent { last_heard: Minute(NOW.0 - 4), silent_minutes: 3 };
    let burn = burn_now(
        &slo,
        &SloInputs { objectives: vec![even(60, 9, 0), even(60, 9, 0)], backfilling: false },
        now(),
    );
    let told = changes(&slo, &burn, &[(0, Presence::Present), (1, absent)], &Default::default());
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].alert, SloAlert::Absence { objective: 1 });
    assert!(
        told[0].text.english.starts_with("nothing is heard from part 1: its last spans"),
        "{}",
        told[0].text
    );
    // What was a part and is one no longer is no longer awaited.
    let fires = [SloAlert::Absence { objective: 1 }].into();
    let told = changes(&slo, &burn, &[(0, Presence::Present)], &fires);
    assert_eq!(told[0].alert, SloAlert::Absence { objective: 1 });
}

/// Minutes of one part: mostly quiet, some with failures, some without events.
fn minutes() -> impl Strategy<Value = Vec<(u64, u64)>> {
    let one = prop_oneof![6 => Just((40, 0)), 2 => (0u64..60, 0u64..12), 1 => Just((0, 0))];
    proptest::collection::vec(one, 90..200)
}

/// Weight, thousandths of the target, and minutes of good and bad events.
type PartGiven = (u32, u32, Vec<(u64, u64)>);

fn parts() -> impl Strategy<Value = Vec<PartGiven>> {
    proptest::collection::vec((1u32..50, 900u32..1_000, minutes()), 1..5)
}

fn made(parts: &[PartGiven], scale: u32) -> (Slo, Vec<ObjectiveInputs>) {
    let words: Vec<(String, String)> = parts
        .iter()
        .map(|(weight, target, _)| ((weight * scale).to_string(), format!("0.{target}")))
        .collect();
    let words: Vec<(&str, &str)> = words.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    (composite(&words), parts.iter().map(|(_, _, counts)| of_minutes(counts)).collect())
}

/// The burn of the last minutes, from the events one by one: Σ wᵢ × (badᵢ ÷ allᵢ) × 1000 ÷ (1000 − tᵢ) ÷ Σ wᵢ.
fn brute(parts: &[PartGiven], minutes: usize) -> Option<f64> {
    let (mut sum, mut weights, mut any) = (0.0, 0.0, false);
    for (weight, target, counts) in parts {
        let last = &counts[counts.len().saturating_sub(minutes)..];
        let (bad, all) = last.iter().fold((0, 0), |(bad, all), (good, b)| (bad + b, all + good + b));
        weights += f64::from(*weight);
        if all > 0 {
            any = true;
            sum += f64::from(*weight) * bad as f64 / all as f64 * 1_000.0 / f64::from(1_000 - target);
        }
    }
    any.then_some(sum / weights)
}

fn close(share: Option<Ratio>, brute: Option<f64>) -> bool {
    match (share.map(Ratio::to_f64), brute) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * b.abs().max(1.0),
        (None, None) => true,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn one_part_alone_is_the_plain_slo_in_every_number(
        weight in 1u32..1_000, target in 900u32..1_000, counts in minutes(), fired in any::<bool>(),
    ) {
        let (slo, mut objectives) = made(&[(weight, target, counts)], 1);
        objectives[0].firing = if fired { vec![60] } else { vec![] };
        let mut alone = slo.clone();
        alone.objectives[0].weight = None;
        let inputs = SloInputs { objectives, backfilling: false };
        let (composite, plain) = (evaluate(&slo, &inputs, now()), evaluate(&alone, &inputs, now()));
        let whole = composite.whole.as_ref().expect("composite");
        let objective = &plain.objectives[0];
        prop_assert_eq!(&whole.burn, &objective.burn);
        prop_assert_eq!(&whole.burn_omitted, &objective.burn_omitted);
        prop_assert_eq!(whole.window().remaining(), objective.window().budget.map(|budget| budget.remaining));
        prop_assert_eq!((whole.exhausts_at, whole.hour_burn), (objective.exhausts_at, objective.hour_burn));
        prop_assert_eq!((composite.state, &composite.state_rule), (plain.state, &plain.state_rule));
        prop_assert_eq!((composite.exhausts_at, composite.coverage), (plain.exhausts_at, plain.coverage));
        prop_assert_eq!(composite.objectives[0].window(), objective.window());
    }

    #[test]
    fn neither_the_order_of_parts_nor_the_scale_of_weights_matters(parts in parts(), scale in 1u32..500) {
        let (slo, objectives) = made(&parts, 1);
        let mut turned = parts;
        turned.reverse();
        let (other, others) = made(&turned, scale);
        let (status, whole) = whole_of(&slo, objectives);
        let (turned, other) = whole_of(&other, others);
        prop_assert_eq!(whole.window().spent, other.window().spent);
        prop_assert_eq!(&whole.burn, &other.burn);
        prop_assert_eq!(
            whole.burn_omitted.iter().map(|omitted| omitted.pair).collect::<Vec<_>>(),
            other.burn_omitted.iter().map(|omitted| omitted.pair).collect::<Vec<_>>()
        );
        prop_assert_eq!((whole.hour_burn, whole.exhausts_at), (other.hour_burn, other.exhausts_at));
        prop_assert_eq!((status.state, status.state_rule), (turned.state, turned.state_rule));
        let mut shares: Vec<_> = other.window().parts.clone();
        shares.reverse();
        prop_assert_eq!(&whole.window().parts, &shares);
    }

    #[test]
    fn what_is_spent_and_what_pages_is_what_single_events_say(parts in parts()) {
        let (mut slo, objectives) = made(&parts, 1);
        // Without the guard a page is a matter of two burns.
        slo.every_failure_matters = true;
        let (_, whole) = whole_of(&slo, objectives);
        prop_assert!(close(whole.window().spent, brute(&parts, usize::MAX)));
        let of_all = whole.window().parts.iter().fold(Ratio::ZERO, |sum, part| sum.plus(part.of_whole));
        prop_assert_eq!(Some(of_all), whole.window().spent.or(Some(Ratio::ZERO)));
        for status in &whole.burn {
            let (long, short) =
                (brute(&parts, status.pair.long_minutes as usize), brute(&parts, status.pair.short_minutes as usize));
            prop_assert!(close(status.long_burn, long) && close(status.short_burn, short), "{:?}", status);
            let factor = status.pair.factor.to_f64();
            let far = |burn: Option<f64>| burn.is_none_or(|burn| (burn - factor).abs() > 1e-9 * factor);
            if far(long) && far(short) {
                let fires = long.is_some_and(|b| b > factor) && short.is_some_and(|b| b > factor);
                prop_assert_eq!(status.firing, fires);
            }
        }
    }

    #[test]
    fn a_replay_pages_in_the_minutes_in_which_single_events_say_so(parts in parts()) {
        let (mut slo, _) = made(&parts, 1);
        slo.every_failure_matters = true;
        let start = Minute(NOW.0 - 10_000);
        let input: Vec<Vec<Stretch>> = parts
            .iter()
            .map(|(_, _, counts)| {
                let one = |(good, bad): &(u64, u64)| {
                    let counts = Counts { good: *good, bad: *bad, unknown: 0 };
                    Stretch { minutes: 1, input: Input::Events { counts, every: 1 } }
                };
                counts[..90].iter().map(one).collect()
            })
            .collect();
        let mut replay = Replay::new(&slo, start, &input, &Exclusions::default());
        let aim = slo.aims().next().expect("one");
        let Some(pair) = pairs_of(&aim, 28 * DAY).kept.into_iter().find(|pair| pair.long_minutes == 60) else {
            return Ok(());
        };
        let mut fires = false;
        for minute in 0..90usize {
            replay.play(start.plus(minute as u32));
            let so_far: Vec<_> =
                parts.iter().map(|(w, t, counts)| (*w, *t, counts[..=minute].to_vec())).collect();
            let factor = pair.factor.to_f64();
            let (long, short) = (brute(&so_far, 60), brute(&so_far, pair.short_minutes as usize));
            // The minutes before the beginning are unmeasured, so that nothing resolves until the short window is full.
            fires = match fires {
                false => long.is_some_and(|b| b >= factor) && short.is_some_and(|b| b >= factor),
                true => minute + 1 < pair.short_minutes as usize || short.is_some_and(|b| b >= 0.9 * factor),
            };
            let page = SloAlert::Burn { objective: 0, severity: BurnSeverity::Page, long_minutes: 60 };
            prop_assert_eq!(replay.firing().contains(&page), fires, "in minute {}", minute);
        }
        let windows = firing_windows(&slo, replay.firing());
        prop_assert_eq!(windows[0].contains(&60), fires);
        prop_assert!(windows[1..].iter().all(Vec::is_empty));
    }
}

#[test]
fn parts_have_their_own_slices_of_time() {
    let mut slo = composite(&[("1", "0.9"), ("1", "0.9")]);
    slo.budgeting_method = BudgetingMethod::Timeslices;
    let cut = |minutes| TimeSlices::new(minutes, SliceJudge::Target(Ratio::new(1, 2)));
    (slo.objectives[0].slices, slo.objectives[1].slices) = (cut(5), cut(60));
    let range = MinuteRange { from: Minute(NOW.0 - NOW.0 % DAY - DAY), to: NOW.plus(1) };
    let all = MinuteSet::from_ranges([range]);
    let bad_first_hour: BTreeMap<Minute, Counts> = range
        .iter()
        .map(|minute| {
            let bad = u64::from(minute.0 < range.from.0 + 60) * 10;
            (minute, Counts { good: 10 - bad, bad, unknown: 0 })
        })
        .collect();
    let counts: Vec<_> = bad_first_hour.into_iter().collect();
    let coverage = Coverage { up: all.clone(), source: all };
    let given = |slices| ObjectiveInputs {
        history: History::new(&counts, &MinuteSet::EMPTY, &coverage, &Exclusions::default(), slices),
        firing: Vec::new(),
    };
    let inputs = vec![given(slo.objectives[0].slices), given(slo.objectives[1].slices)];
    let (status, whole) = whole_of(&slo, inputs);
    let bad = |place: usize| status.objectives[place].window().sum.judged().bad;
    assert_eq!((bad(0), bad(1)), (12, 1), "an hour is twelve slices of five minutes, or one of an hour");
    let spent = |place: usize| status.objectives[place].window().spent().expect("judged");
    assert_eq!(whole.window().spent, Some(spent(0).plus(spent(1)).by(Ratio::new(1, 2))));
    let label = |pair: &super::super::burn::OmittedPair| pair.reason.clone();
    assert!(whole.burn_omitted.iter().map(label).any(|why| why.contains("shorter than a slice of 1h")));
}

#[test]
fn a_period_of_the_whole_is_kept_within_the_budget_that_its_parts_share() {
    let slo = composite(&[("0.7", "0.999"), ("0.3", "0.99")]);
    let inputs =
        |second| SloInputs { objectives: vec![even(10 * DAY, 9_995, 5), second], backfilling: false };
    let from = Minute(NOW.0 / DAY * DAY - 5 * DAY);
    let period = MinuteRange { from, to: from.plus(3 * DAY) };
    let told = period_results(&slo, &inputs(even(10 * DAY, 975, 25)), period, NOW);
    assert_eq!(told.len(), 3, "the whole, then its parts");
    let whole = &told[0];
    assert_eq!((whole.remaining, whole.is_kept), (Some(Ratio::new(-1, 10)), Some(false)));
    assert_eq!((whole.target.as_deref(), whole.attained, whole.budget), (None, None, None));
    assert_eq!(whole.counts.bad, u64::from(3 * DAY) * 30);
    assert_eq!((told[1].is_kept, told[2].is_kept), (Some(true), Some(false)));
    // What nobody measured spends nothing that anybody could show, and is missing of the coverage.
    let half = period_results(&slo, &inputs(unknown()), period, NOW);
    assert_eq!((half[0].remaining, half[0].is_kept), (Some(Ratio::new(13, 20)), Some(true)));
    assert_eq!(half[0].coverage, Ratio::new(1, 2));
    let words = Closing { period, zone: "UTC".to_owned(), results: told }.words();
    assert!(
        words
            .english
            .contains("has ended: as a whole it was not kept: -10 % of the budget left; part 0 was kept"),
        "{}",
        words.english
    );
    assert!(words.japanese.contains("全体は未達(バジェットの残り -10 %)"), "{}", words.japanese);
}

#[test]
fn the_whole_is_foretold_by_what_its_parts_spend_in_the_same_stretches() {
    let slo = composite(&[("0.7", "0.999"), ("0.3", "0.99")]);
    let of = |slo: &Slo, given: &[&ObjectiveInputs]| {
        let parts = slo.shares().into_iter().zip(&slo.objectives).zip(given);
        let parts: Vec<_> =
            parts.map(|((share, objective), given)| (share, objective, &given.history)).collect();
        forecast(slo, &parts, now()).expect("enough is known")
    };
    // Outages of one part lie where the other has none: together they are no likelier than they were.
    let minutes = |bad_day: u32| {
        let of = move |minute: u32| if minute / DAY % 4 == bad_day { (990, 10) } else { (1_000, 0) };
        of_minutes(&(0..40 * DAY).map(of).collect::<Vec<_>>())
    };
    let (one, other) = (minutes(0), minutes(2));
    let together = of(&slo, &[&one, &other]);
    let mut even_days = composite(&[("1", "0.999")]);
    even_days.objectives[0].target = slo.objectives[0].target.clone();
    let alone = of(&even_days, &[&one]);
    assert_eq!(alone.points.len(), together.points.len());
    for (alone, together) in alone.points.iter().zip(&together.points) {
        assert!(together.low <= together.middle && together.middle <= together.high);
        assert!(
            together.middle > alone.middle,
            "the second part spends a tenth of the budget that the first does"
        );
    }
    let unheard = of(&slo, &[&one, &unknown()]);
    let spent = |told: &Forecast| Ratio::ONE.minus(told.points[0].middle);
    assert_eq!(spent(&unheard), spent(&alone).by(Ratio::new(7, 10)), "its weight stays");
}
