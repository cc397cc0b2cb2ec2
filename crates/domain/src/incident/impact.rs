//! Since when users are harmed, and what the timeline hears of it. Counts and rows are looked up elsewhere.

use ippo_base::Minute;

use super::model::{Entry, EntryKind, Fact, IPPO, Impact};
use crate::Said;
use crate::slo::{Counts, Target};

/// Minutes within the promise that end the look back: harm with shorter pauses is one harm.
pub const CALM_MINUTES: u32 = 5;

/// The minute since which the promise is broken: back from `opened`, until it was kept for [`CALM_MINUTES`]. `minutes` are
/// those with events, ascending, as far back as harm may reach.
pub fn harmed_since(minutes: &[(Minute, Counts)], target: &Target, opened: Minute) -> Minute {
    let allowance = target.allowance();
    let (share, of) = (allowance.numerator(), allowance.denominator());
    let mut first = opened;
    for (minute, counts) in minutes.iter().rev().filter(|(minute, _)| *minute <= opened) {
        if first.0 - minute.0 > CALM_MINUTES {
            break;
        }
        if i128::from(counts.bad) * of > i128::from(counts.good + counts.bad) * share {
            first = *minute;
        }
    }
    first
}

/// What the timeline hears of the impact that is known now: `told` are the requests it heard of last. It hears when there
/// is any, when it has doubled, and at the end.
pub fn impact_entry(told: Option<u64>, known: &Impact, ended: bool) -> Option<Entry> {
    let said = told.unwrap_or(0);
    let doubled = known.requests >= said.saturating_mul(2).max(1);
    if !(doubled || ended && known.requests != said) {
        return None;
    }
    let Impact { requests, users, users_exact, .. } = known;
    let text = match (users_exact, users) {
        // None of the requests says whose it was, as where metrics are counted.
        (false, 0) => Said::new(
            format!("{requests} requests, of users who are not known"),
            format!("{requests} 件のリクエスト (ユーザー数は不明)"),
        ),
        (false, _) => Said::new(
            format!("{requests} requests, about {users} users"),
            format!("{requests} 件のリクエスト、約 {users} 人のユーザー"),
        ),
        (true, _) => Said::new(
            format!("{requests} requests, {users} users"),
            format!("{requests} 件のリクエスト、{users} 人のユーザー"),
        ),
    };
    let number = |count: u64| Fact::Number(i64::try_from(count).unwrap_or(i64::MAX));
    let entry = Entry::new(EntryKind::Impact, known.to, IPPO, text)
        .with("requests", number(known.requests))
        .with("users", number(known.users));
    Some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harm_reaches_back_over_short_pauses_and_not_over_calm() {
        let target = Target::parse("0.99").expect("valid");
        let since = |bad_at: &[u32]| {
            let minutes: Vec<(Minute, Counts)> = (0..=100)
                .map(|m| (Minute(m), if bad_at.contains(&m) { (90, 10) } else { (100, 1) }))
                .map(|(m, (good, bad))| (m, Counts { good, bad, unknown: 0 }))
                .collect();
            harmed_since(&minutes, &target, Minute(90)).0
        };
        assert_eq!(since(&[]), 90, "101 with one bad is within 99 %");
        assert_eq!(since(&[89, 90]), 89);
        assert_eq!(since(&[80, 85, 88, 90]), 80);
        assert_eq!(
            since(&[79, 85, 88, 90, 95]),
            85,
            "six minutes of calm before, and later minutes do not count"
        );
        assert_eq!(harmed_since(&[], &target, Minute(90)), Minute(90));
    }
}
