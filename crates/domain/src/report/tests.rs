//! A report of two teams, word by word.

use ippo_base::{Minute, MinuteRange, Timestamp};
use jiff::tz::TimeZone;

use super::*;
use crate::Language;
use crate::incident::{Impact, IncidentKind, IncidentState, Severity};
use crate::slo::Counts;
use crate::slo::budget::Budget;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn result(objective: &str, target: &str, (good, bad): (u64, u64), left: (i128, i128)) -> PeriodResult {
    let total = i128::from(good + bad);
    let remaining = Ratio::new(left.0, left.1);
    PeriodResult {
        objective: objective.to_owned(),
        target: Some(target.to_owned()),
        attained: Some(Ratio::new(i128::from(good), total)),
        is_kept: Some(remaining >= Ratio::ZERO),
        budget: Some(Budget { allowed: Ratio::ONE, spent: Ratio::ONE, remaining }),
        remaining: Some(remaining),
        counts: Counts { good, bad, unknown: 0 },
        coverage: Ratio::ONE,
        excluded_minutes: 0,
    }
}

fn incident(id: i64, opened: &str, resolved: Option<&str>) -> Incident {
    Incident {
        id,
        source: "slo/checkout".to_owned(),
        kind: IncidentKind::Slo,
        title: Said::new("checkout fails", "checkout が失敗"),
        description: String::new(),
        state: if resolved.is_some() { IncidentState::Resolved } else { IncidentState::Open },
        severity: Severity::Sev2,
        owner: Some("payments".to_owned()),
        slo: Some("checkout".to_owned()),
        service: None,
        runbook: None,
        notify: vec![],
        opened_at: at(opened),
        acknowledged: None,
        resolved: resolved.map(|resolved| (at(resolved), "ada".to_owned())),
        muted: false,
        reopened: 0,
        rule: None,
        action: None,
        examples: vec![],
        impact: Some(Impact {
            from: at(opened),
            to: at(opened),
            requests: 1203,
            users: 310,
            users_exact: false,
            example_traces: vec![],
        }),
    }
}

fn promise(slo: &str, is_monthly: bool, periods: Vec<PeriodMonth>) -> PromiseMonth {
    let (slo, title) = (slo.to_owned(), format!("{slo} works"));
    PromiseMonth { service: slo.clone(), slo, title, is_monthly, review_on: None, periods, worst: vec![] }
}

fn report(teams: Vec<TeamMonth>, known_until: &str) -> MonthlyReport {
    MonthlyReport {
        month: Month::parse("2026-10").expect("a month"),
        zone: TimeZone::get("Asia/Tokyo").expect("known"),
        known_until: at(known_until),
        teams,
        warnings: vec![],
    }
}

fn journey(name: &str, kept: &[Option<bool>], review_on: Option<jiff::civil::Date>) -> JourneyMonth {
    let slo = |(place, is_kept): (usize, &Option<bool>)| JourneySlo {
        slo: format!("{name}-{place}"),
        title: format!("{name} {place}"),
        is_kept: *is_kept,
    };
    JourneyMonth {
        journey: name.to_owned(),
        title: format!("Users {name}"),
        harm: "an order is lost | for good".to_owned(),
        review_on,
        met: vec![Said::new(
            "Of 1,000 attempts in October 2026, 3 failed.",
            "2026年10月の 1,000 回のうち、失敗 3 回。",
        )],
        slos: kept.iter().enumerate().map(slo).collect(),
    }
}

/// A team with a broken promise, an incident that is open still, and one of everything that can be done.
fn payments() -> TeamMonth {
    let zone = TimeZone::get("Asia/Tokyo").expect("known");
    let month = Month::parse("2026-10").expect("a month").range(&zone);
    let ended = |results, before| vec![PeriodMonth { period: month, is_over: true, results, before }];
    let rungs = vec![
        result("success", "0.999", (998_797, 1_203), (-203, 1000)),
        result("fast | 300 ms", "0.99", (999_000, 1_000), (9, 10)),
    ];
    let before = vec![result("success", "0.999", (999_900, 100), (9, 10))];
    let mut checkout = promise("checkout", true, ended(rungs, before));
    checkout.worst = vec![WorstHour {
        range: MinuteRange {
            from: Minute(at("2026-10-05T03:00:00Z").minute().0),
            to: at("2026-10-05T04:00:00Z").minute(),
        },
        bad: Ratio::new(1100, 1),
        total: Ratio::new(5000, 1),
        share: Ratio::new(11, 10),
        incidents: vec![3],
    }];
    let mut slow = result("", "0.99", (100, 0), (1, 1));
    slow.coverage = Ratio::new(1, 2);
    let mut refunds = promise("refunds", true, ended(vec![slow], vec![]));
    refunds.review_on = Some(jiff::civil::date(2026, 10, 15));
    let said = Said::new("time was excluded: maintenance", "除外: 定期メンテナンス");
    TeamMonth {
        owner: "payments".to_owned(),
        journeys: vec![
            journey("buy", &[Some(false), Some(true)], Some(jiff::civil::date(2026, 10, 31))),
            journey("pay_back", &[Some(true)], Some(jiff::civil::date(2026, 12, 1))),
            journey("ask", &[None, Some(true)], None),
        ],
        promises: vec![checkout, refunds],
        incidents: vec![
            IncidentMonth {
                incident: incident(3, "2026-10-05T03:10:00Z", Some("2026-10-05T04:20:30Z")),
                last_comment: Some(("ada".to_owned(), "rolled back\n*2.3.1*".to_owned())),
            },
            IncidentMonth { incident: incident(9, "2026-10-31T14:00:00Z", None), last_comment: None },
        ],
        deeds: vec![Deed {
            at: at("2026-10-10T00:00:00Z"),
            by: "ada".to_owned(),
            slo: "checkout".to_owned(),
            said,
        }],
        deploys: vec![("checkout".to_owned(), 12), ("refunds".to_owned(), 1)],
    }
}

#[test]
fn a_month_is_told_with_what_was_kept_what_hurt_and_what_was_done() {
    let report = report(vec![payments(), TeamMonth::default()], "2026-10-31T15:00:00Z");
    let document = document(&report);
    insta::assert_snapshot!("month_en", document.markdown(Language::English, "https://ippo.example"));
    insta::assert_snapshot!("month_ja", document.markdown(Language::Japanese, ""));
}

#[test]
fn a_month_that_goes_on_says_so_and_periods_of_other_lengths_are_named() {
    let week = |from: &str, is_over| PeriodMonth {
        period: MinuteRange { from: at(from).minute(), to: at(from).minute().plus(7 * 1440) },
        is_over,
        results: vec![PeriodResult {
            target: None,
            attained: None,
            budget: None,
            ..result("search", "1", (9, 1), (1, 10))
        }],
        before: vec![],
    };
    let mut weekly = promise("search", false, vec![week("2026-10-04T15:00:00Z", false)]);
    weekly.periods[0].results.push(result("part", "0.5", (9, 1), (-1, 10)));
    let team = TeamMonth { promises: vec![weekly], ..TeamMonth::default() };
    let told = document(&report(vec![team], "2026-10-08T00:00:00Z"));
    insta::assert_snapshot!("goes_on_en", told.markdown(Language::English, ""));
    let nothing = document(&report(vec![], "2026-11-08T00:00:00Z")).markdown(Language::Japanese, "");
    assert!(nothing.contains("最初の SLO は"), "{nothing}");
}

#[test]
fn what_people_wrote_stays_words_in_markdown() {
    let mut team = payments();
    team.incidents[0].last_comment = Some(("eve".to_owned(), "<script>|[a](b)\n# no".to_owned()));
    let told = document(&report(vec![team], "2026-11-08T00:00:00Z")).markdown(Language::English, "");
    assert!(told.contains(r"\<script\>\|\[a\](b) \# no (eve)"), "{told}");
}
