//! What sessions did, against a look at every span that was sent.

use std::collections::{BTreeMap, BTreeSet};

use ippo_base::{TimeRange, Timestamp};

use super::world::{MILLISECOND, SpanFact, World, all_time, minutes_ago};
use crate::expr::Expr;
use crate::read::sessions::{Caps, stays};
use crate::read::{JoinBy, Place, SessionRow, SessionSearch, Sessions};
use crate::signal::Signal;

fn search(join: JoinBy, range: TimeRange) -> SessionSearch {
    let place = |text: &str, slow_ms: Option<i64>| Place {
        filter: Expr::parse(text, Signal::Spans).expect("good"),
        slow_ns: slow_ms.map(|limit| limit * MILLISECOND),
    };
    let places = vec![
        place("route = '/cart'", Some(40)),
        place("service = 'payment'", None),
        place("name = 'x'", None),
    ];
    SessionSearch { places, join, range }
}

/// The same by a look at every fact.
fn recount(world: &World, range: TimeRange) -> (Vec<Vec<SessionRow>>, u64) {
    let (mut by_user, mut nameless) = (BTreeMap::<&String, Vec<SessionRow>>::new(), 0);
    for span in world.spans.iter().filter(|span| span.is_in(range)) {
        let row = |place, slow| SessionRow {
            at: Timestamp::from_nanos(span.start),
            place,
            failed: span.error,
            slow,
        };
        let cart = (span.route == "/cart").then(|| row(0, span.duration_ns > 40 * MILLISECOND));
        let payment = (span.service == "payment").then(|| row(1, false));
        for row in cart.into_iter().chain(payment) {
            match &span.user {
                Some(user) => by_user.entry(user).or_default().push(row),
                None => nameless += 1,
            }
        }
    }
    let sorted = |mut rows: Vec<SessionRow>| {
        rows.sort_unstable();
        rows
    };
    (by_user.into_values().map(sorted).collect(), nameless)
}

#[tokio::test]
async fn sessions_equal_a_look_at_every_span() {
    for seed in 0..4 {
        let world = World::new(seed).await;
        for range in [all_time(), minutes_ago(170, 40), minutes_ago(400, 395)] {
            let (sessions, nameless) = recount(&world, range);
            for join in [JoinBy::Usual, JoinBy::Attribute("user.id".to_owned())] {
                let is_usual = join == JoinBy::Usual;
                let found = world.reader().sessions(&search(join, range));
                assert!(!found.partial && found.warnings.is_empty());
                let by_user = if is_usual { sessions.len() as u64 } else { 0 };
                let expected =
                    Sessions { sessions: sessions.clone(), one_of: 1, nameless, by_user, sampled: 0 };
                assert_eq!(found.value, expected, "seed {seed}");
            }
        }
    }
}

#[tokio::test]
async fn of_too_many_sessions_some_are_looked_at_whole() {
    let world = World::new(9).await;
    let asked = search(JoinBy::Usual, all_time());
    let all = world.reader().sessions(&asked).value;
    let caps = |sessions, rows| Caps { sessions, rows };
    for cap in [caps(1, 1_000), caps(3, 1_000), caps(5, 1_000), caps(9, 60), caps(1_000, 30)] {
        let some = world.reader().sessions_within(&asked, cap).value;
        let rows: usize = some.sessions.iter().map(Vec::len).sum();
        assert!(some.one_of > 1 && some.sessions.len() <= cap.sessions && rows <= cap.rows, "{some:?}");
        assert!(some.sessions.iter().all(|session| all.sessions.contains(session)), "whole ones");
        assert_eq!((some.nameless, some.sampled), (all.nameless, all.sampled));
        let level = some.one_of.trailing_zeros();
        let is_there = |span: &&SpanFact| span.route == "/cart" || span.service == "payment";
        let users = world.spans.iter().filter(is_there).filter_map(|span| span.user.as_ref());
        let would: BTreeSet<&String> = users.collect();
        let at = |level: u32| would.iter().filter(|id| stays(&format!("u{id}"), level)).count();
        assert_eq!(some.sessions.len(), at(level), "whichever order they came in");
        if cap.rows == 1_000 {
            assert!(at(level - 1) > cap.sessions, "no fewer than there must be");
        }
    }
    assert_eq!((all.one_of, all.sessions.len()), (1, 9));
}

#[test]
fn half_of_all_ids_stay_at_each_level() {
    for level in 1..5 {
        let count = (0..20_000).filter(|number| stays(&format!("s{number}"), level)).count();
        let expected = 20_000 >> level;
        assert!(count.abs_diff(expected) < expected / 10, "{count} of {expected}");
    }
}
