//! What an SLO's numbers are by a count of every request, by ippo, and by the usual PromQL on a real Prometheus, over the same
//! traffic: ippo differs by nothing, and by how much the others differ is in `docs/guide/exactness.md`, which is held to it.

mod page;
mod prometheus;
mod server;
mod stream;
mod truth;

use std::collections::BTreeMap;

use page::{Figures, Row, Shares};
use prometheus::{Rules, Scraped, rules, whole};
use server::{Ippo, Told, slo_name, time};
use stream::{DAY, END, Event, FOLLOWED, HOUR, MINUTE, Stream, Traffic};
use truth::{Counts, ONE_IN, count, factors, pages_at, pair_at};

/// What the page's figures are of.
const SEED: u64 = 1;
const DAYS: i64 = 7;
/// How long the windows of further seeds are.
const MORE_DAYS: i64 = 30;

/// What is heard of from one time up to another.
fn heard(traffic: &Traffic, from: i64, to: i64) -> &[Event] {
    let first = traffic.events.partition_point(|event| event.heard < from);
    let last = traffic.events.partition_point(|event| event.heard < to);
    &traffic.events[first..last]
}

/// What ippo should say at the end of a minute. Pages are those that should begin, if none has.
fn counted(traffic: &Traffic, days: i64, at: i64) -> Told {
    let counts = count(traffic, at - days * DAY, at, at);
    let pairs = [0, 1].map(|pair| pair_at(traffic, pair, at));
    Told {
        counts,
        unknown: 0,
        attained: counts.attained(),
        left: counts.left(),
        burns: pairs.map(|(long, short)| [long.burn(), short.burn()]),
        pages: [0, 1].map(|pair| pages_at(traffic, pair, days, at)),
    }
}

/// Good and bad of each minute, by when requests began.
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

/// What ippo said of a kind of traffic on the way.
#[derive(Clone, Debug)]
struct Followed {
    /// When each pair's page began.
    pages: [Option<i64>; 2],
    /// At [`Traffic::burns_at`].
    burns: Option<[[Option<f64>; 2]; 2]>,
    /// In the end.
    last: Told,
}

/// Plays the traffic to ippo in the order in which it is heard of, and holds what ippo says against a count of every request:
/// minute by minute in the last hours, and each minute of the whole in the end.
async fn play(ippo: &mut Ippo, stream: &Stream) -> BTreeMap<&'static str, Followed> {
    let mut followed = BTreeMap::<&'static str, Followed>::new();
    let mut at = stream.begin();
    while at < END {
        let to = if at < END - FOLLOWED { at + HOUR } else { at + MINUTE };
        // First what comes in the minute, so that nobody looks at it by halves.
        let events: Vec<_> =
            stream.traffic.iter().map(|traffic| (traffic.name, heard(traffic, at, to))).collect();
        if to - at > MINUTE {
            ippo.move_to(to);
            ippo.send(&events).await;
        } else {
            ippo.send(&events).await;
            ippo.move_to(to);
        }
        at = to;
        if at < END - FOLLOWED {
            continue;
        }
        let told = ippo.told().await;
        for traffic in &stream.traffic {
            let told = told[&slo_name(traffic.name)].clone();
            let known = followed.get(traffic.name).cloned();
            let known = known.unwrap_or(Followed { pages: [None; 2], burns: None, last: told.clone() });
            let next = look(traffic, stream.days, at, known, told);
            if next.pages.iter().any(|page| *page == Some(at)) {
                let opened = ippo.incident(&slo_name(traffic.name)).await;
                assert!(opened <= time(at), "{}: {opened}", traffic.name);
            }
            followed.insert(traffic.name, next);
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

/// Holds what ippo says of an SLO at the end of a minute against the count.
fn look(traffic: &Traffic, days: i64, at: i64, mut known: Followed, told: Told) -> Followed {
    let counted = counted(traffic, days, at);
    let differences = differences(&counted, &told);
    assert!(differences.is_empty(), "{} at {}: {differences:?}", traffic.name, time(at));
    for pair in [0, 1] {
        // A page that began goes on by rules of its own.
        if known.pages[pair].is_none() {
            assert_eq!(
                told.pages[pair],
                counted.pages[pair],
                "{} at {}: pair {pair}",
                traffic.name,
                time(at)
            );
            known.pages[pair] = told.pages[pair].then_some(at);
        }
    }
    if at == traffic.burns_at {
        known.burns = Some(told.burns);
    }
    Followed { last: told, ..known }
}

/// In what ippo differs from the count: nothing, where both are right.
fn differences(counted: &Told, told: &Told) -> Vec<String> {
    // The client's reading of JSON rounds the last digit, so that the count is written and read like this too.
    let read = |value: Option<f64>| {
        value.map(|value| serde_json::from_str::<f64>(&value.to_string()).expect("a number"))
    };
    let pairs = [
        ("attained", counted.attained, told.attained),
        ("budget left", counted.left, told.left),
        ("burn 1h", counted.burns[0][0], told.burns[0][0]),
        ("burn 5m", counted.burns[0][1], told.burns[0][1]),
        ("burn 6h", counted.burns[1][0], told.burns[1][0]),
        ("burn 30m", counted.burns[1][1], told.burns[1][1]),
    ];
    let shares = pairs.into_iter().filter(|(_, counted, told)| read(*counted) != *told);
    let mut found: Vec<String> = shares.map(|(what, ..)| what.to_owned()).collect();
    if (told.counts, told.unknown) != (counted.counts, counted.unknown) {
        let by = |told: u64, counted: u64| i128::from(told) - i128::from(counted);
        let (good, bad) =
            (by(told.counts.good, counted.counts.good), by(told.counts.bad, counted.counts.bad));
        found.push(format!("good by {good}, bad by {bad}, unknown by {}", told.unknown));
    }
    found
}

/// The rules of the page, for windows of so many days.
fn rules_for(page: &str, days: i64) -> Rules {
    let [of_page, of_days] = [DAYS, days].map(|days| factors(days).map(|factor| factor as f64 / 100.0));
    let for_days = |expr: String| {
        let expr = expr.replace(&format!("[{DAYS}d]"), &format!("[{days}d]"));
        let factors = of_page.iter().zip(of_days);
        factors.fold(expr, |expr, (from, to)| expr.replace(&format!("> {from} "), &format!("> {to} ")))
    };
    rules(page).into_iter().map(|(name, expr)| (name, for_days(expr))).collect()
}

/// Everything that is compared, of one kind of traffic a row.
async fn figures(
    stream: &Stream,
    page: &str,
    followed: &BTreeMap<&'static str, Followed>,
    scraped: &Scraped,
) -> Figures {
    let rules = rules_for(page, stream.days);
    let mut at_end = BTreeMap::new();
    for what in ["failed:increase", "failed_share:increase", "failed_share:sums", "failed_share:mean"] {
        at_end.insert(what, scraped.at_end(&whole(&rules, &format!("service:{what}"))).await);
    }
    // As rules are generated, what is divided by nothing is no number.
    let generated = whole(&rules, "service:failed_share:mean").replace(" > 0)", ")");
    at_end.insert("generated", scraped.at_end(&generated).await);
    let mut burns = Vec::new();
    for window in ["1h", "5m", "6h", "30m"] {
        let share = whole(&rules, &format!("service:failed_share:{window}"));
        burns.push(scraped.at_minutes(&share, END - FOLLOWED).await);
    }
    let mut alerts = Vec::new();
    for name in ["ErrorBudgetBurn1h", "ErrorBudgetBurn6h"] {
        alerts.push(scraped.at_minutes(&whole(&rules, name), END - FOLLOWED).await);
    }
    let row = |traffic: &Traffic| {
        let found = |what: &str| at_end[what].get(traffic.name).copied();
        let known = &followed[traffic.name];
        let counted = count(traffic, END - stream.days * DAY, END, END);
        let burn = |place: usize| {
            let share = burns[place].get(traffic.name).and_then(|values| values.get(&traffic.burns_at));
            share.map(|share| share * ONE_IN as f64)
        };
        let first = |pair: usize| alerts[pair].get(traffic.name).and_then(|at| at.keys().next().copied());
        let burns_of = known.burns.expect("it was looked at then");
        let pairs = [0, 1].map(|pair| pair_at(traffic, pair, traffic.burns_at));
        Row {
            name: traffic.name,
            counted,
            ippo: known.last.counts,
            increase: found("failed:increase"),
            shares: Shares {
                ippo: known.last.attained.map(|_| known.last.counts.failed()).flatten(),
                increase: found("failed_share:increase"),
                sums: found("failed_share:sums"),
                mean: found("failed_share:mean"),
                generated: found("generated"),
            },
            burns_at: traffic.burns_at,
            burns_counted: pairs.map(|(long, short)| [long.burn(), short.burn()]).concat(),
            burns_ippo: burns_of.concat(),
            burns_prometheus: (0..4).map(burn).collect(),
            pages_counted: [0, 1].map(|pair| first_page(traffic, pair, stream.days)),
            pages_ippo: known.pages,
            pages_prometheus: [0, 1].map(first),
        }
    };
    Figures { rows: stream.traffic.iter().map(row).collect(), version: scraped.version().await }
}

/// The end of the minute in which a page should begin in the last hours.
fn first_page(traffic: &Traffic, pair: usize, days: i64) -> Option<i64> {
    let step = usize::try_from(MINUTE).expect("positive");
    (END - FOLLOWED..=END).step_by(step).find(|at| pages_at(traffic, pair, days, *at))
}

/// Sends one request more than was counted, which failed, and gives what is found to differ.
async fn one_too_many(ippo: &mut Ippo, traffic: &Traffic, days: i64) -> Vec<String> {
    let more = Event { began: END - 90_000, heard: END - 90_000, failed: true };
    ippo.send(&[(traffic.name, &[more])]).await;
    let told = ippo.told().await;
    differences(&counted(traffic, days, END), &told[&slo_name(traffic.name)])
}

#[tokio::test(flavor = "multi_thread")]
async fn ippo_differs_by_nothing_from_a_count_of_every_request_and_prometheus_by_what_the_page_says() {
    let seeds =
        std::env::var("IPPO_EXACTNESS_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(SEED);
    for seed in SEED..=seeds {
        let days = if seed == SEED { DAYS } else { MORE_DAYS };
        let stream = Stream::new(seed, days);
        let (data, home) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let names: Vec<&str> = stream.traffic.iter().map(|traffic| traffic.name).collect();
        let mut ippo = Ippo::start(data.path(), stream.begin(), &names, days).await;
        let followed = play(&mut ippo, &stream).await;
        let differences = one_too_many(&mut ippo, &stream.traffic[0], days).await;
        let all = [
            "attained",
            "budget left",
            "burn 1h",
            "burn 5m",
            "burn 6h",
            "burn 30m",
            "good by 0, bad by 1, unknown by 0",
        ];
        assert_eq!(differences, all, "one request that nobody counted is noticed everywhere");
        ippo.stop().await;
        let clock = <ippo_base::SystemClock as Default>::default(); let page = page::read(page::ENGLISH);
        let scraped = Scraped::start(home.path(), &stream, &page).await;
        let figures = figures(&stream, &page, &followed, &scraped).await;
        println!("Seed {seed}, {days} days, Prometheus {}:\n{}", figures.version, figures.english());
        println!("{:?}", ippo_base::Clock::monotonic(&clock)); figures.check();
        if seed == SEED {
            figures.check_pages();
        }
    }
}
