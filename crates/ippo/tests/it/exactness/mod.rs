//! What an SLO's numbers are by a count of every request, by ippo, and by the usual PromQL on a real Prometheus, over the same
//! traffic: ippo differs by nothing, and by how much the others differ is in `docs/guide/exactness.md`, which is held to it.

mod page;
mod play;
mod prometheus;
mod server;
mod stream;
mod truth;

use std::collections::BTreeMap;

use page::{Figures, Row, Shares};
use play::{Followed, one_too_many, play};
use prometheus::{Rules, Scraped, rules, whole};
use server::Ippo;
use stream::{DAY, END, FOLLOWED, HOUR, MINUTE, Stream, Traffic};
use truth::{ONE_IN, count, factors, pages_at, pair_at};

/// What the page's figures are of.
const SEED: u64 = 1;
const DAYS: i64 = 7;
/// How long the windows of further seeds are.
const MORE_DAYS: i64 = 30;

#[tokio::test(flavor = "multi_thread")]
async fn ippo_differs_by_nothing_from_a_count_of_every_request_and_prometheus_by_what_the_page_says() {
    let last = std::env::var("IPPO_EXACTNESS_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    for seed in SEED..=last.unwrap_or(SEED) {
        let stream = Stream::new(seed, if seed == SEED { DAYS } else { MORE_DAYS });
        let figures = compare(&stream).await;
        println!("Seed {seed}, Prometheus {}:\n{}", figures.version, figures.english());
        figures.check();
        if seed == SEED {
            figures.check_pages();
        }
    }
}

/// Plays a stream to both.
async fn compare(stream: &Stream) -> Figures {
    let (data, home) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let names: Vec<&str> = stream.traffic.iter().map(|traffic| traffic.name).collect();
    let mut ippo = Ippo::start(data.path(), stream.begin(), &names, stream.days).await;
    let followed = play(&mut ippo, stream).await;
    one_too_many(&mut ippo, &stream.traffic[0], stream.days).await;
    ippo.stop().await;
    let page = page::read(page::ENGLISH);
    let asked = Asked::of(stream, &page, &Scraped::start(home.path(), stream, &page).await).await;
    let row = |traffic| asked.row(traffic, stream.days, &followed[traffic.name]);
    Figures { rows: stream.traffic.iter().map(row).collect(), version: asked.version }
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

/// Values at ends of minutes, by kind of traffic, by what was asked for.
struct Asked {
    values: BTreeMap<String, BTreeMap<String, BTreeMap<i64, f64>>>,
    version: String,
}

impl Asked {
    async fn of(stream: &Stream, page: &str, scraped: &Scraped) -> Self {
        let rules = rules_for(page, stream.days);
        let mut values = BTreeMap::new();
        for name in rules.keys() {
            // What is over the whole window is long to compute, and asked for in the end only.
            let over_window = rules[name].contains(&format!("[{}d]", stream.days));
            let from = if over_window { END } else { END - FOLLOWED + MINUTE };
            values.insert(name.clone(), scraped.at_minutes(&whole(&rules, name), from).await);
        }
        // As rules are generated, where 0 is divided by 0.
        let generated = whole(&rules, "service:failed_share:mean").replace(" > 0)", ")");
        values.insert("generated".to_owned(), scraped.at_minutes(&generated, END).await);
        Self { values, version: scraped.version().await }
    }

    fn value(&self, what: &str, traffic: &Traffic, at: i64) -> Option<f64> {
        self.values[what].get(traffic.name)?.get(&at).copied()
    }

    fn row(&self, traffic: &Traffic, days: i64, followed: &Followed) -> Row {
        let at = traffic.burns_at;
        let share = |by: &str| self.value(&format!("service:failed_share:{by}"), traffic, END);
        let burn = |window| {
            let share = self.value(&format!("service:failed_share:{window}"), traffic, at);
            share.map(|share| share * ONE_IN as f64)
        };
        let first = |alert: &str| self.values[alert].get(traffic.name)?.keys().next().copied();
        let pairs = [0, 1].map(|pair| pair_at(traffic, pair, at));
        Row {
            name: traffic.name,
            counted: count(traffic, END - days * DAY, END, END),
            ippo: followed.last.window.counts,
            increase: self.value("service:failed:increase", traffic, END),
            hour: count(traffic, at - HOUR, at, at).bad,
            hour_increase: self.value("service:failed:1h", traffic, at),
            shares: Shares {
                ippo: followed.last.window.counts.failed(),
                increase: share("increase"),
                sums: share("sums"),
                mean: share("mean"),
                generated: self.value("generated", traffic, END),
            },
            burns_at: at,
            burns_counted: pairs.map(|(long, short)| [long.burn(), short.burn()]).concat(),
            burns_ippo: followed.burns.concat(),
            burns_prometheus: ["1h", "5m", "6h", "30m"].map(burn).to_vec(),
            pages_counted: [0, 1].map(|pair| first_page(traffic, pair, days)),
            pages_ippo: followed.pages,
            pages_prometheus: ["ErrorBudgetBurn1h", "ErrorBudgetBurn6h"].map(first),
        }
    }
}

/// The end of the minute in which a page should begin in the last hours.
fn first_page(traffic: &Traffic, pair: usize, days: i64) -> Option<i64> {
    let step = usize::try_from(MINUTE).expect("positive");
    (END - FOLLOWED + MINUTE..=END).step_by(step).find(|at| pages_at(traffic, pair, days, *at))
}
