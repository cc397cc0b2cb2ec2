//! What is measured.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use super::load::{APART_MICROS, LoadArgs, Over, Sent, Stream, bodies};
use super::reads;
use super::server::{Server, Used};
use super::table::{Row, markdown};
use super::yardstick;

/// How to measure.
pub(crate) struct Plan<'a> {
    /// Only cases whose name contains this.
    pub(crate) only: &'a str,
    /// Times each is measured.
    pub(crate) rounds: usize,
    /// Items of one measurement.
    pub(crate) items: u64,
}

/// A way of sending whose CPU is measured.
struct Case {
    name: &'static str,
    stream: Stream,
    over: Over,
    per_request: u64,
    must: &'static str,
}

const CASES: [Case; 5] = [
    Case {
        name: "spans over HTTP",
        stream: Stream::Spans,
        over: Over::Http,
        per_request: 1_000,
        must: "4.5 (3.2)",
    },
    Case { name: "spans over gRPC", stream: Stream::Spans, over: Over::Grpc, per_request: 1_000, must: "5" },
    Case {
        name: "spans over HTTP with gzip",
        stream: Stream::Spans,
        over: Over::Gzip,
        per_request: 1_000,
        must: "7",
    },
    Case {
        name: "spans over HTTP, 10 a request",
        stream: Stream::Spans,
        over: Over::Http,
        per_request: 10,
        must: "7",
    },
    Case {
        name: "log records over HTTP",
        stream: Stream::Logs,
        over: Over::Http,
        per_request: 1_000,
        must: "4.5 (3.2)",
    },
];

/// Small requests come from many senders.
const SMALL_AT_ONCE: usize = 64;

/// Measures everything that is asked for, and prints the table.
pub(crate) fn measure(plan: &Plan<'_>) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for case in CASES.iter().filter(|case| case.name.contains(plan.only)) {
        rows.extend(cpu(plan, case)?);
    }
    if "acknowledgement at 20,000 spans/s".contains(plan.only) {
        rows.push(latency(plan)?);
    }
    rows.extend(reads::measure(plan)?);
    write!(std::io::stdout().lock(), "\n{}", markdown(&rows))?;
    Ok(())
}

struct Round {
    ratio: f64,
    yardstick_micros: f64,
    item_micros: f64,
    item_bytes: f64,
    peak_bytes: u64,
    sent: Sent,
}

fn cpu(plan: &Plan<'_>, case: &Case) -> anyhow::Result<Vec<Row>> {
    // Start and exit of the server are in every figure. Of log records, which take half as much as spans, it takes twice as
    // many for them to count as little; of small requests, which take longer, fewer measure as well.
    let items = match case.stream {
        Stream::Logs => plan.items * 2,
        Stream::Spans if case.per_request < 100 => plan.items / 2,
        Stream::Spans => plan.items,
    };
    let yardstick_bodies: Vec<Vec<u8>> =
        bodies(case.stream, items, case.per_request, Duration::from_micros(APART_MICROS)).collect();
    let mut rounds = Vec::new();
    for round in 0..plan.rounds {
        let before = yardstick::decode(case.stream, &yardstick_bodies)?;
        let folder = tempfile::tempdir()?;
        let server = Server::start(folder.path(), &[])?;
        let mut args = load(case.stream, case.over, items, case.per_request);
        if case.per_request < 100 {
            args.at_once = SMALL_AT_ONCE;
        }
        let sent = server.load(args)?;
        let used = server.stop()?;
        // On both sides of the measurement: other guests of the machine come and go.
        let yardstick = (before + yardstick::decode(case.stream, &yardstick_bodies)?) / 2;
        let one = Round::of(items, yardstick, used, sent, size(&folder.path().join("segments"))?);
        tell(&format!(
            "{} {}/{}: {:.2} µs, yardstick {:.2} µs, {:.0} items/s",
            case.name,
            round + 1,
            plan.rounds,
            one.item_micros,
            one.yardstick_micros,
            items as f64 / one.sent.seconds
        ))?;
        rounds.push(one);
    }
    Ok(rows(case, &rounds))
}

impl Round {
    fn of(items: u64, yardstick: Duration, used: Used, sent: Sent, bytes: u64) -> Self {
        let each = |duration: Duration| duration.as_secs_f64() * 1e6 / items as f64;
        Self {
            ratio: used.cpu.as_secs_f64() / yardstick.as_secs_f64(),
            yardstick_micros: each(yardstick),
            item_micros: each(used.cpu),
            item_bytes: bytes as f64 / items as f64,
            peak_bytes: used.peak_bytes,
            sent,
        }
    }
}

fn rows(case: &Case, rounds: &[Round]) -> Vec<Row> {
    let of = |read: fn(&Round) -> f64| median(rounds.iter().map(read).collect());
    let mut rows = vec![Row {
        figure: format!("CPU, {}", case.name),
        measured: format!(
            "{:.2} × yardstick ({:.2} µs against {:.2} µs)",
            of(|r| r.ratio),
            of(|r| r.item_micros),
            of(|r| r.yardstick_micros)
        ),
        must: case.must,
    }];
    if case.over == Over::Http && case.per_request > 100 {
        let (must_bytes, must_peak) = match case.stream {
            Stream::Spans => ("40 (34)", "256"),
            Stream::Logs => ("30 (20)", "256"),
        };
        rows.push(Row {
            figure: format!("bytes on disk, {}", case.name),
            measured: format!("{:.1} an item", of(|r| r.item_bytes)),
            must: must_bytes,
        });
        rows.push(Row {
            figure: format!("peak memory at full speed, {}", case.name),
            measured: format!("{:.0} MB", of(|r| r.peak_bytes as f64) / 1e6),
            must: must_peak,
        });
    }
    rows
}

fn latency(plan: &Plan<'_>) -> anyhow::Result<Row> {
    const RATE: u64 = 20_000;
    let folder = tempfile::tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    let mut args = load(Stream::Spans, Over::Http, plan.items, 500);
    args.rate = Some(RATE);
    let sent = server.load(args)?;
    server.stop()?;
    let [median, p99, most] = sent.ack_ms;
    Ok(Row {
        figure: "acknowledgement at 20,000 spans/s".to_owned(),
        measured: format!("p50 {median:.1} ms, p99 {p99:.1} ms, longest {most:.1} ms"),
        must: "p99 25 ms (12)",
    })
}

pub(super) fn load(stream: Stream, over: Over, count: u64, per_request: u64) -> LoadArgs {
    let apart_micros = APART_MICROS;
    LoadArgs { to: String::new(), stream, over, count, per_request, at_once: 8, apart_micros, rate: None }
}

pub(super) fn size(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

pub(super) fn tell(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stderr().lock(), "{line}")?;
    Ok(())
}
