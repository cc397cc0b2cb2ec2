//! Plays traffic to ippo as it is heard of, and holds what ippo says against a count of every request.

use std::collections::BTreeMap;

use super::server::{Ippo, Told, Window, slo_name, time};
use super::stream::{DAY, END, Event, FOLLOWED, HOUR, MINUTE, Stream, Traffic};
use super::truth::{Counts, count, pages_at, pair_at};

/// How often in the last hours all of the window is counted: there are hundreds of thousands of requests in it.
const WINDOW_EVERY: i64 = 15 * MINUTE;

/// What ippo said of a kind of traffic on the way.
#[derive(Clone, Debug)]
pub(super) struct Followed {
    /// When each pair's page began.
    pub(super) pages: [Option<i64>; 2],
    /// At [`Traffic::burns_at`].
    pub(super) burns: [[Option<f64>; 2]; 2],
    /// In the end.
    pub(super) last: Told,
}

/// What is heard of from one time up to another.
fn heard(traffic: &Traffic, from: i64, to: i64) -> &[Event] {
    let first = traffic.events.partition_point(|event| event.heard < from);
    let last = traffic.events.partition_point(|event| event.heard < to);
    &traffic.events[first..last]
}

/// The window that ends at the end of a minute, counted request by request.
fn window(traffic: &Traffic, days: i64, at: i64) -> Window {
    let counts = count(traffic, at - days * DAY, at, at);
    Window { counts, unknown: 0, attained: counts.attained(), left: counts.left() }
}

/// Burns at the end of a minute, counted request by request.
fn burns(traffic: &Traffic, at: i64) -> [[Option<f64>; 2]; 2] {
    [0, 1].map(|pair| pair_at(traffic, pair, at)).map(|(long, short)| [long.burn(), short.burn()])
}

/// Good and bad of each minute that has any, by when requests began.
fn by_minute(traffic: &Traffic) -> Vec<(i64, Counts)> {
    let mut minutes = BTreeMap::<i64, Counts>::new();
    for event in &traffic.events {
        let counts = minutes.entry(event.began / MINUTE).or_default();
        match event.failed {
            true => counts.bad += 1,
            false => counts.good += 1,
        }
    }
    minutes.into_iter().collect()
}

/// Plays a stream, and asserts that ippo differs by nothing: at the end of each minute of the last hours as it was known then,
/// and of each minute of the whole as it is known in the end.
pub(super) async fn play(ippo: &mut Ippo, stream: &Stream) -> BTreeMap<&'static str, Followed> {
    for from in (stream.begin()..END - FOLLOWED).step_by(usize::try_from(HOUR).expect("positive")) {
        ippo.move_to(from + HOUR);
        send(ippo, stream, from, from + HOUR).await;
    }
    // An incident that is open already takes further pages in.
    let before = ippo.incidents().await;
    let mut followed = BTreeMap::<&'static str, Followed>::new();
    for from in (END - FOLLOWED..END).step_by(usize::try_from(MINUTE).expect("positive")) {
        let at = from + MINUTE;
        // First what comes in the minute, so that nobody looks at it by halves.
        send(ippo, stream, from, at).await;
        ippo.move_to(at);
        let mut told = ippo.told().await;
        for traffic in &stream.traffic {
            let name = slo_name(traffic.name);
            let told = told.remove(&name).expect("it has an SLO");
            let known = followed.remove(traffic.name);
            let is_first = known.as_ref().is_none_or(|known| known.pages == [None; 2]);
            let now = look(traffic, stream.days, at, known, told);
            if is_first && now.pages != [None; 2] && !before.contains_key(&name) {
                let opened = ippo.incident(&name).await;
                assert!(
                    (time(from)..time(at)).contains(&opened),
                    "{name}: {opened}, not before {}",
                    time(at)
                );
            }
            followed.insert(traffic.name, now);
        }
    }
    for traffic in &stream.traffic {
        let name = slo_name(traffic.name);
        let (told, counted) = (ippo.minutes(&name).await, by_minute(traffic));
        let differs = told.iter().zip(&counted).find(|(told, counted)| told != counted);
        assert!(told == counted, "{name}: {} minutes, {} counted; {differs:?}", told.len(), counted.len());
    }
    followed
}

/// Sends what is heard of from one time up to another, of all traffic in one body.
async fn send(ippo: &mut Ippo, stream: &Stream, from: i64, to: i64) {
    let events: Vec<_> =
        stream.traffic.iter().map(|traffic| (traffic.name, heard(traffic, from, to))).collect();
    ippo.send(&events).await;
}

/// Holds what ippo says of an SLO at the end of a minute against the count.
fn look(traffic: &Traffic, days: i64, at: i64, known: Option<Followed>, told: Told) -> Followed {
    let (name, when) = (traffic.name, time(at));
    let mut differences = in_burns(burns(traffic, at), told.burns);
    if at % WINDOW_EVERY == 0 {
        differences.extend(in_window(window(traffic, days, at), told.window));
    }
    assert!(differences.is_empty(), "{name} at {when}: {differences:?}");
    let mut pages = known.as_ref().map_or([None; 2], |known| known.pages);
    for (pair, page) in pages.iter_mut().enumerate().filter(|(_, page)| page.is_none()) {
        // One that began goes on by rules of its own, which PromQL does not have.
        assert_eq!(told.pages[pair], pages_at(traffic, pair, days, at), "{name} at {when}: pair {pair}");
        *page = told.pages[pair].then_some(at);
    }
    let earlier = known.filter(|_| at != traffic.burns_at);
    Followed { pages, burns: earlier.map_or(told.burns, |known| known.burns), last: told }
}

/// As a client reads it: serde's reader of JSON is off in the last digit now and then, and so is what ippo says, once read.
fn as_read(value: Option<f64>) -> Option<f64> {
    value.map(|value| serde_json::from_str(&value.to_string()).expect("a number"))
}

/// In what ippo's burns differ from the count.
fn in_burns(counted: [[Option<f64>; 2]; 2], told: [[Option<f64>; 2]; 2]) -> Vec<String> {
    let names = ["burn 1h", "burn 5m", "burn 6h", "burn 30m"].iter();
    let each = names.zip(counted.as_flattened().iter().zip(told.as_flattened()));
    each.filter(|(_, (counted, told))| as_read(**counted) != **told)
        .map(|(name, _)| (*name).to_owned())
        .collect()
}

/// In what ippo's window differs from the count.
fn in_window(counted: Window, told: Window) -> Vec<String> {
    let mut found = Vec::new();
    let by = |told: u64, counted: u64| i128::from(told) - i128::from(counted);
    let by =
        (by(told.counts.good, counted.counts.good), by(told.counts.bad, counted.counts.bad), told.unknown);
    if by != (0, 0, 0) {
        found.push(format!("good by {}, bad by {}, unknown by {}", by.0, by.1, by.2));
    }
    let shares = [("attained", counted.attained, told.attained), ("budget left", counted.left, told.left)];
    let differ = shares.into_iter().filter(|(_, counted, told)| as_read(*counted) != *told);
    found.extend(differ.map(|(name, ..)| name.to_owned()));
    found
}

/// Asserts that the comparison can fail: one failed request more than was counted, of the last minutes, is found in every number.
pub(super) async fn one_too_many(ippo: &mut Ippo, traffic: &Traffic, days: i64) {
    let began = END - 90_000;
    ippo.send(&[(traffic.name, &[Event { began, heard: began, failed: true }])]).await;
    let told = ippo.told().await.remove(&slo_name(traffic.name)).expect("it has an SLO");
    let found = in_window(window(traffic, days, END), told.window);
    assert_eq!(found, ["good by 0, bad by 1, unknown by 0", "attained", "budget left"]);
    let found = in_burns(burns(traffic, END), told.burns);
    assert_eq!(found, ["burn 1h", "burn 5m", "burn 6h", "burn 30m"]);
    let counted = by_minute(traffic);
    let told = ippo.minutes(&slo_name(traffic.name)).await;
    let differ: Vec<i64> =
        told.iter().zip(&counted).filter(|(told, counted)| told != counted).map(|(told, _)| told.0).collect();
    assert_eq!(differ, [began / MINUTE], "and in its minute");
}
