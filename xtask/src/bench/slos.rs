//! What a thousand SLOs cost: while telemetry comes in, at each tick, when a page asks, and in memory.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::cases::{Plan, load, median, tell};
use super::load::{LoadArgs, Over, Stream};
use super::reads::{Asker, Took};
use super::server::Server;
use super::table::Row;

const DEFINITIONS: u64 = 1_000;
/// Days that their windows have, and their counts.
const DAYS: u64 = 30;
/// Spans of these days: each service is heard in nearly each minute.
const SPANS: u64 = 2_000_000;
/// Ticks that are looked at.
const TICKS: usize = 12;
const TICK_EVERY: Duration = Duration::from_secs(5);

const BESIDE: &str = "1,000 SLOs";
const FILLED: &str = "1,000 SLOs of 30 days";

/// Measures what is asked for.
pub(super) fn measure(plan: &Plan<'_>, runtime: &tokio::runtime::Runtime) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    if BESIDE.contains(plan.only) {
        rows.push(beside(plan, runtime)?);
    }
    if FILLED.contains(plan.only) {
        rows.extend(filled(runtime)?);
    }
    Ok(rows)
}

/// CPU of ingest with this many SLOs against none.
fn beside(plan: &Plan<'_>, runtime: &tokio::runtime::Runtime) -> anyhow::Result<Row> {
    let mut ratios = Vec::new();
    for _ in 0..plan.rounds {
        let mut used = Vec::new();
        for count in [0, DEFINITIONS] {
            let folder = tempfile::tempdir()?;
            let token = Server::token(folder.path())?;
            let server = Server::start(folder.path(), &[])?;
            apply(&Asker::of(&server, &token), runtime, (0..count).map(narrow))?;
            // What it costs to make them is not asked.
            let before = server.cpu()?;
            server.load(load(Stream::Spans, Over::Http, plan.items, 1_000))?;
            used.push((server.cpu()? - before).as_secs_f64());
            server.stop()?;
        }
        tell(&format!("{BESIDE}: {:.2} s against {:.2} s", used[1], used[0]))?;
        ratios.push(used[1] / used[0]);
    }
    let measured = format!("{:.2} × the cost of none", median(ratios));
    Ok(Row { figure: format!("{BESIDE} beside ingest"), measured, must: "2 ×" })
}

/// A month of counts: the tick, the pages, and the memory against a server without SLOs.
fn filled(runtime: &tokio::runtime::Runtime) -> anyhow::Result<Vec<Row>> {
    let mut resident = Vec::new();
    let mut rows = Vec::new();
    for count in [0, DEFINITIONS] {
        let folder = tempfile::tempdir()?;
        let token = Server::token(folder.path())?;
        let server = Server::start(folder.path(), &[])?;
        apply(&Asker::of(&server, &token), runtime, (0..count).map(wide))?;
        let apart_micros = DAYS * 24 * 60 * 60 * 1_000_000 / SPANS;
        server.load(LoadArgs { apart_micros, ..load(Stream::Spans, Over::Http, SPANS, 1_000) })?;
        server.stop()?;
        let server = Server::start(folder.path(), &[])?;
        server.settle()?;
        if count > 0 {
            rows = asked(&Asker::of(&server, &token), runtime)?;
        }
        resident.push(server.resident_bytes()?);
        server.stop()?;
    }
    let more = resident[1].saturating_sub(resident[0]) as f64 / 1e6;
    let measured = format!("{more:.0} MB more than none ({:.0} MB)", resident[0] as f64 / 1e6);
    rows.push(Row { figure: format!("memory, {FILLED}"), measured, must: "128 MB" });
    Ok(rows)
}

fn asked(asker: &Asker, runtime: &tokio::runtime::Runtime) -> anyhow::Result<Vec<Row>> {
    let one =
        |answer: &Value| answer["objectives"][0]["windows"][0]["good"].as_u64().is_some_and(|good| good > 0);
    let many =
        |answer: &Value| answer["slos"].as_array().is_some_and(|slos| slos.len() as u64 == DEFINITIONS);
    let series = |answer: &Value| answer["points"].as_array().is_some_and(|points| points.len() > 100);
    let names = || (0..DEFINITIONS).step_by(5).map(|n| format!("/api/v1/slos/slo-{n}"));
    runtime.block_on(async {
        // The first that asks after a start reads a month of counts.
        let first = asker.ask(std::iter::once("/api/v1/slos".to_owned()), many).await?;
        let list = asker.ask((0..20).map(|_| "/api/v1/slos".to_owned()), many).await?;
        let page = asker.ask(names(), one).await?;
        let charts = asker.ask(names().map(|name| format!("{name}/series?last={DAYS}d")), series).await?;
        let mut ticks = Vec::new();
        for _ in 0..TICKS {
            std::thread::sleep(TICK_EVERY);
            ticks.push(asker.tick_ms().await?);
        }
        ticks.sort_by(f64::total_cmp);
        let text = |took: &Took| took.text();
        tell(&format!("{FILLED}: the first list after a start {}", text(&first)))?;
        Ok(vec![
            Row { figure: format!("a tick, {FILLED}"), measured: text(&Took(ticks)), must: "100 ms" },
            Row { figure: format!("the page of one, {FILLED}"), measured: text(&page), must: "20 ms" },
            Row { figure: format!("the chart of one, {FILLED}"), measured: text(&charts), must: "20 ms" },
            Row { figure: format!("the list, {FILLED}"), measured: text(&list), must: "stated" },
        ])
    })
}

fn apply(
    asker: &Asker,
    runtime: &tokio::runtime::Runtime,
    definitions: impl Iterator<Item = Value>,
) -> anyhow::Result<()> {
    let files: Vec<Value> = definitions.collect();
    if !files.is_empty() {
        runtime.block_on(asker.post("/api/v1/apply", &json!({ "files": files, "wait": true })))?;
    }
    Ok(())
}

const SERVICES: [&str; 5] = ["frontend", "catalog", "cart", "checkout", "payment"];

/// Routes and services of their own, as teams write them.
fn narrow(number: u64) -> Value {
    let route = ["/api/search", "/api/cart", "/api/checkout", "/api/orders/{id}", "/api/products/{id}"]
        [usize::try_from(number % 5).unwrap_or(0)];
    let service = SERVICES[usize::try_from(number / 5 % 5).unwrap_or(0)];
    let total = format!(
        "service = '{service}' AND kind = 'server' AND route = '{route}' AND user_id <> 'u{number:05}'"
    );
    definition(number, service, &total)
}

/// All that a service answers, so that each minute counts.
fn wide(number: u64) -> Value {
    let service = SERVICES[usize::try_from(number % 5).unwrap_or(0)];
    definition(
        number,
        service,
        &format!("service = '{service}' AND kind = 'server' AND duration_ns > {number}"),
    )
}

fn definition(number: u64, service: &str, total: &str) -> Value {
    let text = format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: slo-{number}\n  annotations:\n    ippo.dev/owner: team\n\
         spec:\n  service: {service}\n  indicator:\n    metadata:\n      name: sli-{number}\n    spec:\n      ratioMetric:\n\
         \x20       bad:\n          metricSource:\n            type: spans\n            spec:\n\
         \x20             where: http_status >= 500 OR duration_ns > {}\n\
         \x20       total:\n          metricSource:\n            type: spans\n            spec:\n\
         \x20             where: {total}\n\
         \x20 timeWindow:\n    - duration: 30d\n      isRolling: true\n  budgetingMethod: Occurrences\n\
         \x20 objectives:\n    - target: 0.999\n",
        100_000_000 + number * 1_000_000,
    );
    json!({ "path": format!("slo-{number}.yaml"), "text": text })
}

impl Asker {
    /// How long the last evaluation took, in milliseconds.
    async fn tick_ms(&self) -> anyhow::Result<f64> {
        let text = self.text("/metrics").await?;
        let line = text.lines().find_map(|line| line.strip_prefix("ippo_part_seconds{part=\"evaluate\"} "));
        let secs: f64 = line.context("no time of an evaluation in /metrics")?.trim().parse()?;
        Ok(secs * 1e3)
    }
}
