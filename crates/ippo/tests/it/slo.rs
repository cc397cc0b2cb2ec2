//! SLOs against a real server: slices of time and calendars as the API tells them, and the ledger on the command line.

use std::path::Path;
use std::process::Command;

use ippo_base::{Clock as _, Minute, SystemClock};
use serde_json::{Value, json};

use crate::apply::{CHECKOUT, apply, write};
use crate::binary::{BINARY, Running, ippo_at, token};
use crate::wire::JSON;

/// How long something may take that happens by itself.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// The frontend answers ten requests in a minute, of which so many fail.
async fn requests(server: &Running, minute: Minute, failed: usize) {
    versioned(server, minute, "1.0", 10, failed).await;
}

/// A version of the frontend answers so many requests in a minute, of which so many fail.
async fn versioned(server: &Running, minute: Minute, version: &str, count: usize, failed: usize) {
    let whose = if version == "1.0" { 100 } else { 101 };
    let span = |n: usize| {
        let start = minute.start().as_nanos() + i64::try_from(n).expect("few");
        json!({
            "traceId": format!("{:032x}", u128::from(minute.0) << 8 | n as u128 | 1 << whose),
            "spanId": format!("{:016x}", n + 1), "name": "GET /", "kind": 2,
            "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 1_000).to_string(),
            "status": {"code": if n < failed { 2 } else { 1 }},
        })
    };
    let body = json!({"resourceSpans": [{
        "resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": "frontend"}},
            {"key": "service.version", "value": {"stringValue": version}},
        ]},
        "scopeSpans": [{"spans": (0..count).map(span).collect::<Vec<_>>()}],
    }]});
    let (status, _) = server.otlp("/v1/traces", JSON, body.to_string().into_bytes()).await;
    assert_eq!(status, 200);
}

/// What a run wrote, and its exit code.
fn said(server: &Running, arguments: &[&str]) -> (String, i32) {
    let done = ippo_at(server, arguments);
    let text = [done.stdout, done.stderr].concat();
    (String::from_utf8(text).expect("UTF-8"), done.status.code().expect("it ended"))
}

fn window(slo: &Value, place: usize) -> &Value {
    &slo["objectives"][0]["windows"][place]
}

#[tokio::test(flavor = "multi_thread")]
async fn slices_are_counted_over_several_windows_and_time_is_taken_out_and_back() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let token = token(data.path());
    let server = Running::start(data.path(), &token);
    let definition = CHECKOUT
        .replace(
            "  name: checkout\n",
            "  name: checkout\n  annotations:\n    ippo.dev/windows: 1h, 1M from 2026-01-01 in Asia/Tokyo\n",
        )
        .replace("Occurrences", "Timeslices")
        .replace("target: 0.999", "target: 0.8\n      timeSliceTarget: 0.95\n      timeSliceWindow: 1m");
    write(files.path(), "checkout.yaml", &definition);
    assert!(apply(&server, files.path(), &[]).ends_with("exit 0"));
    let now = SystemClock::new().now().minute();
    // Of ten minutes that are over, three have failures.
    for ago in 1..=10 {
        requests(&server, now.minus(ago), usize::from([3, 5, 7].contains(&ago))).await;
    }

    let slo = server.get("/api/v1/slos/checkout").await;
    let told = |slo: &Value| {
        let window = window(slo, 0);
        (window["slices_good"].clone(), window["slices_bad"].clone(), window["attained"].clone())
    };
    assert_eq!(told(&slo), (json!(7.0), json!(3.0), json!(0.7)), "{slo}");
    assert_eq!(window(&slo, 0)["bad"], json!(3), "and what the requests were");
    // Three bad slices of ten spend a budget of two once and a half.
    assert_eq!(window(&slo, 0)["budget_remaining"], json!(-0.5));
    assert_eq!((&window(&slo, 1)["window"], &window(&slo, 1)["rolls"]), (&json!("1h"), &json!(true)));
    assert_eq!(window(&slo, 2)["window"], json!("1M from 2026-01-01 in Asia/Tokyo"));
    assert_eq!(window(&slo, 2)["rolls"], json!(false));

    let (recount, code) = said(&server, &["slo", "recount", "checkout"]);
    assert!(
        code == 0 && recount.contains("10 min from") && recount.contains("no minute differs"),
        "{recount}"
    );
    assert_eq!(recount.matches("good 97, bad 3, unknown 0").count(), 2, "{recount}");

    let at = |minute: Minute| minute.start().to_string();
    let (from, to) = (at(now.minus(3)), at(now.minus(2)));
    let wish = ["slo", "exclude", "checkout", "--from", &from, "--to", &to, "--reason", "load test"];
    let (planned, code) = said(&server, &[&wish[..], &["--dry-run"]].concat());
    assert_eq!(code, 0, "{planned}");
    assert!(planned.contains("0.8: budget left -50 % before, -11.2 % after"), "{planned}");
    assert!(planned.contains("Nothing is entered"), "{planned}");
    assert_eq!(said(&server, &["slo", "ledger", "checkout"]).0.lines().count(), 1, "it is empty");
    let (entered, code) = said(&server, &[&wish[..], &["--ticket", "OPS-7"]].concat());
    assert!(code == 0 && entered.contains("agreed in OPS-7") && entered.contains("Entered"), "{entered}");

    // All of it is there after a restart.
    assert_eq!(server.stop(), Some(0));
    let server = Running::start(data.path(), &token);
    let slo = server.get("/api/v1/slos/checkout").await;
    assert_eq!(
        (window(&slo, 0)["slices_bad"].clone(), window(&slo, 0)["minutes_excluded"].clone()),
        (json!(2.0), json!(1))
    );
    let ledger: Value = server.get("/api/v1/slos/checkout/ledger").await;
    let id = ledger["entries"][0]["id"].as_str().expect("an id").to_owned();
    let (back, code) = said(&server, &["slo", "include", "checkout", &id, "--reason", "a slip"]);
    assert!(code == 0 && back.contains("withdrawn: a slip"), "{back}");
    let (again, code) = said(&server, &["slo", "include", "checkout", &id, "--reason", "a slip"]);
    assert!(code == 2 && again.contains("withdrawn already"), "{again}");
    assert_eq!(told(&server.get("/api/v1/slos/checkout").await).1, json!(3.0));
    let ledger = said(&server, &["slo", "ledger", "checkout"]).0;
    assert!(ledger.contains("withdrawn: a slip") && ledger.contains("load test"), "{ledger}");

    // A new start, seen before it is made, and taken back.
    let reset = ["slo", "reset-budget", "checkout", "--reason", "a new start"];
    let (planned, code) = said(&server, &[&reset[..], &["--dry-run"]].concat());
    assert!(code == 0 && planned.contains("0.8: budget left -50 % before, 100 % after"), "{planned}");
    let (entered, code) = said(&server, &reset);
    assert!(
        code == 0 && entered.contains("the budget was reset") && entered.contains("Entered"),
        "{entered}"
    );
    assert_eq!(told(&server.get("/api/v1/slos/checkout").await).1, json!(0.0));
    let ledger: Value = server.get("/api/v1/slos/checkout/ledger").await;
    assert_eq!(ledger["entries"][0]["kind"], json!("reset"));
    let id = ledger["entries"][0]["id"].as_str().expect("an id").to_owned();
    let (back, code) = said(&server, &["slo", "include", "checkout", &id, "--reason", "no"]);
    assert!(code == 0 && back.contains("withdrawn: no"), "{back}");
    assert_eq!(told(&server.get("/api/v1/slos/checkout").await).1, json!(3.0));

    // The month that goes on, judged by what is known of it.
    let (history, code) = said(&server, &["slo", "history", "checkout"]);
    assert!(code == 0 && history.contains("not so far") && history.contains("goes on"), "{history}");
    let history = server.get("/api/v1/slos/checkout/history?periods=2").await;
    assert_eq!((&history["time_zone"], &history["periods"][0]["now"]["bad"]), (&json!("UTC"), &json!(3)));
    let (shown, code) = said(&server, &["slo", "show", "checkout"]);
    assert!(code == 0 && !shown.contains("forecast"), "ten minutes tell nothing of the next days: {shown}");
    assert_eq!(server.get("/api/v1/slos/checkout/forecast").await["forecast"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_of_an_exclusion_is_told_in_the_words_of_the_command_line() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let server = Running::start(data.path(), &token(data.path()));
    write(files.path(), "checkout.yaml", CHECKOUT);
    assert!(apply(&server, files.path(), &[]).ends_with("exit 0"));
    let exclude = |name: &str, from: &str, to: &str, reason: &str| {
        said(&server, &["slo", "exclude", name, "--from", from, "--to", to, "--reason", reason])
    };
    let (early, late) = ("2026-11-01T00:00:00Z", "2026-11-01T01:00:00Z");
    let again = |more: &[&str]| {
        let once = ["slo", "exclude", "checkout", "--from", early, "--to", late, "--reason", "why"];
        said(&server, &[&once[..], more].concat())
    };
    for ((text, code), words) in [
        (exclude("checkout", late, early, "why"), "--to must be later than"),
        (exclude("checkout", early, late, " "), "--reason must say why"),
        (exclude("checkout", "yesterday", late, "why"), "is not an RFC 3339 time"),
        (exclude("checkout", "2020-01-01T00:00:00Z", late, "why"), "at most 366 days long"),
        (exclude("Checkout", early, late, "why"), "is not an SLO's name"),
        (again(&["--repeat", "weekly"]), "--repeat \"weekly\" is not how often"),
        (again(&["--repeat", "0d"]), "--repeat time that is excluded comes back after one day at least"),
        (again(&["--repeat", "1w", "--time-zone", "Mars"]), "--time-zone \"Mars\" is not a time zone"),
        (again(&["--repeat", "1w", "--until", early]), "--until must be later than --from"),
    ] {
        assert!(code == 2 && text.contains(words), "{words}: {text} exit {code}");
    }
    let (text, code) = said(&server, &["slo", "recount", "nothing"]);
    assert!(code == 2 && text.contains("There is no SLO"), "{text} exit {code}");
    let (text, code) = exclude("nothing", early, late, "why");
    assert!(code == 2 && text.contains("There is no SLO"), "{text} exit {code}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_the_past_kept_is_suggested_defined_and_applied() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let token = token(data.path());
    let server = Running::start(data.path(), &token);
    let (nothing, code) = said(&server, &["slo", "suggest", "--service", "frontend"]);
    assert!(code == 1 && nothing.contains("Nothing was counted"), "{nothing}");

    // Of 1,000 requests in 100 minutes, one fails.
    let now = SystemClock::new().now().minute();
    for ago in 1..=100 {
        requests(&server, now.minus(ago), usize::from(ago == 50)).await;
    }
    let service = ["slo", "suggest", "--service", "frontend", "--window-days", "7"];
    let (text, code) = said(&server, &service);
    assert!(
        code == 0 && text.contains("good 999, bad 1, unknown 0; 100 % of the time is measured"),
        "{text}"
    );
    let (endpoint, _) = said(&server, &[&service[..], &["--endpoint", "GET /nowhere"]].concat());
    assert!(endpoint.contains("nothing was counted"), "{endpoint}");

    let suggested =
        server.get("/api/v1/slo-suggestions?service=frontend&endpoint=GET%20%2F&window_days=7").await;
    let availability = &suggested["candidates"][0];
    let ladder = &availability["ladder"];
    // 10,080 minutes at ten requests each; at 99.9 % a hundred of them may fail, of which one in a thousand is all.
    assert_eq!(
        (&availability["kind"], &ladder["events"], &ladder["short"]),
        (&json!("availability"), &json!(100_800), &json!(true))
    );
    let rung = |target: f64| {
        let targets = ladder["targets"].as_array().expect("a ladder");
        targets.iter().find(|rung| rung["target"] == json!(target)).expect("on the ladder").clone()
    };
    assert_eq!((&rung(0.999)["verdict"], &rung(0.999)["allowed"]), (&json!("kept"), &json!(100)));
    assert_eq!(rung(0.9995)["verdict"], json!("broken"));
    assert_eq!(
        (&rung(0.99999)["allowed"], &rung(0.99999)["events_for_confidence"]),
        (&json!(1), &json!(299_572))
    );
    let recommended = usize::try_from(ladder["recommended"].as_u64().expect("one")).expect("small");
    assert_eq!(ladder["targets"][recommended]["target"], json!(0.998));
    // All of them took a microsecond: the tightest threshold is enough.
    assert_eq!(
        (&suggested["candidates"][1]["within_ms"], &suggested["candidates"][1]["chosen"]),
        (&json!(10), &json!(true))
    );
    assert_eq!(suggested["candidates"].as_array().map(Vec::len), Some(2));

    let (definition, code) = said(&server, &[&service[..], &["--define", "--owner", "team-front"]].concat());
    assert!(
        code == 0 && definition.contains("target: 0.998") && definition.contains("ippo.dev/review"),
        "{definition}"
    );
    write(files.path(), "suggested.yaml", &definition);
    let applied = apply(&server, files.path(), &[]);
    assert!(applied.ends_with("exit 0"), "{applied}");
    let slo = server.get("/api/v1/slos/frontend-availability").await;
    assert_eq!(
        (&window(&slo, 0)["good"], &window(&slo, 0)["bad"]),
        (&json!(999), &json!(1)),
        "as was suggested"
    );
    assert_eq!(slo["owner"], json!("team-front"));

    let (again, code) = said(&server, &["slo", "suggest", "frontend-availability", "--window-days", "7"]);
    assert!(
        code == 0 && again.contains("objective 1 (0.998), target 99.8 %") && again.contains("=>  99.8 %"),
        "{again}"
    );
    let (other, _) = said(&server, &[&service[..], &["--define"]].concat());
    assert!(other.contains("name: frontend-availability-2\n"), "a name that is free: {other}");
    for (wrong, why) in [
        (vec!["slo", "suggest"], "--service"),
        (vec!["slo", "suggest", "--service", "x", "--days", "91"], "--days"),
        (vec!["slo", "suggest", "--service", "frontend", "--define", "--target", "1"], "--target"),
    ] {
        let (text, code) = said(&server, &wrong);
        assert!(code == 2 && text.contains(why), "{wrong:?}: {code} {text}");
    }
}

/// The lines of a script in a file of a pipeline, without what they are indented by.
fn script(file: &str, begins: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ci").join(file);
    let text = std::fs::read_to_string(&path).expect("it is there");
    let mut lines = text.lines().skip_while(|line| line.trim() != begins).skip(1).peekable();
    let indent = lines.peek().map(|line| line.len() - line.trim_start().len()).expect("a script");
    let of_script = lines.take_while(|line| line.len() - line.trim_start().len() >= indent);
    of_script.map(|line| format!("{}\n", &line[indent..])).collect()
}

/// Runs a pipeline's script as its runner does; what it said, and its exit code.
fn pipeline(server: &Running, folder: &Path, script: &str, variables: &[(&str, &str)]) -> (String, i32) {
    let binary = Path::new(BINARY).parent().expect("a folder");
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    let done = Command::new("sh")
        .args(["-e", "-c", script])
        .current_dir(folder)
        .env("PATH", path)
        .env("IPPO_URL", &server.http)
        .env("IPPO_TOKEN", &server.token)
        .envs([("SERVICE", "frontend"), ("VERSION", ""), ("OVERRIDE", "")])
        .envs(variables.iter().copied())
        .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
        .output()
        .expect("a shell");
    let text = [done.stdout, done.stderr].concat();
    (String::from_utf8(text).expect("UTF-8"), done.status.code().expect("it ended"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_asks_the_release_gate_and_goes_past_it() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let token = token(data.path());
    let server = Running::start(data.path(), &token);
    let (nothing, code) = said(&server, &["slo", "check", "--service", "frontend"]);
    assert!(code == 3 && nothing.contains("INCONCLUSIVE: there is no SLO to ask"), "{nothing}");
    write(
        files.path(),
        "checkout.yaml",
        &CHECKOUT.replace("28d", "2h").replace("target: 0.999", "target: 0.9"),
    );
    assert!(apply(&server, files.path(), &[]).ends_with("exit 0"));
    let (silent, code) = said(&server, &["slo", "check", "checkout"]);
    assert!(code == 3 && silent.contains("nothing was ever heard"), "{silent}");

    // An hour of ten requests a minute, of which one in a hundred fails: a tenth of the budget.
    let now = SystemClock::new().now().minute();
    for ago in 1..=60 {
        requests(&server, now.minus(ago), usize::from(ago % 10 == 0)).await;
    }
    let (passed, code) = said(&server, &["slo", "check"]);
    assert!(
        code == 0 && passed.contains("90 % of the error budget is left") && passed.contains("pass: all of 1"),
        "{passed}"
    );
    let (strict, code) = said(&server, &["slo", "check", "checkout", "--min-budget", "0.95"]);
    assert!(
        code == 1 && strict.contains("less than 95 %") && strict.contains("--override REASON"),
        "{strict}"
    );
    let (few, code) = said(&server, &["slo", "check", "--min-events", "1000"]);
    assert!(code == 3 && few.contains("less than 1000"), "{few}");

    // A version of which half fails, beside others that hardly do.
    versioned(&server, now.minus(2), "2.0", 40, 20).await;
    let (worse, code) = said(&server, &["slo", "check", "--version", "2.0"]);
    assert!(code == 1 && worse.contains("version 2.0 fails more: 20 of 40"), "{worse}");
    let (unseen, code) = said(&server, &["slo", "check", "--version", "3.0"]);
    assert!(code == 3 && unseen.contains("too few events of version 3.0"), "{unseen}");

    // A pipeline tells that it goes out.
    let tell =
        ["deploy", "tell", "--service", "frontend", "--version", "2.0", "--link", "https://ci.example/7"];
    let (told, code) = said(&server, &tell);
    assert!(code == 0 && told.contains("frontend 2.0 went out at"), "{told}");
    let (listed, code) = said(&server, &["deploy", "list", "--service", "frontend"]);
    assert!(
        code == 0 && listed.contains("token:test") && listed.contains("https://ci.example/7"),
        "{listed}"
    );
    assert!(said(&server, &["deploy", "list", "--service", "cart"]).0.starts_with("No deploy is known"));
    let (wrong, code) = said(&server, &["deploy", "tell", "--service", " ", "--version", "2.0"]);
    assert!(code == 2 && wrong.contains("--service"), "{wrong}");

    // Whose they were, and when.
    let (text, code) = said(&server, &["slo", "spend", "checkout"]);
    assert!(code == 0 && text.contains("26 of 64 allowed are bad"), "{text}");
    let (text, code) = said(&server, &["slo", "spend", "checkout", "--by", "version", "--last", "2h"]);
    let rows: Vec<Vec<&str>> = text.lines().skip(2).map(|row| row.split_whitespace().collect()).collect();
    assert_eq!(code, 0, "{text}");
    assert_eq!(
        rows,
        [["2.0", "20", "40", "50", "%", "31.2", "%"], ["1.0", "6", "600", "1", "%", "9.37", "%"]],
        "{text}"
    );
    for (wrong, why) in [("nothing", "is no dimension"), ("name) FROM spans --", "it is no column")] {
        let (text, code) = said(&server, &["slo", "spend", "checkout", "--by", wrong]);
        assert!(code == 2 && text.contains(why), "{text}");
    }

    for (file, begins, person) in
        [("github-actions.yml", "run: |", "ACTOR"), ("gitlab-ci.yml", "- |", "GITLAB_USER_LOGIN")]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let script = script(file, begins);
        let run = |variables: &[(&str, &str)]| pipeline(&server, folder.path(), &script, variables);
        let (text, code) = run(&[]);
        assert_eq!(code, 0, "{file}: {text}");
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a report");
        assert!(read("gate.xml").contains("failures=\"0\"") && read("gate.md").contains("| pass |"));
        let (text, code) = run(&[("VERSION", "2.0")]);
        assert_eq!(code, 3, "{file}: a hundred events are asked of a version: {text}");
        assert!(read("gate.xml").contains("errors=\"1\""));
        let (text, code) = run(&[("VERSION", "2.0"), ("OVERRIDE", "rolls \"back\""), (person, "ada")]);
        assert_eq!(code, 0, "{file}: {text}");
        assert!(
            text.contains("Entered into the ledger by ada (") && read("gate.md").contains("Overridden"),
            "{text}"
        );
    }
    let ledger = server.get("/api/v1/slos/checkout/ledger").await;
    let overrides = ledger["entries"].as_array().expect("entries");
    assert!(overrides.iter().all(|entry| entry["kind"] == "override"), "{ledger}");
    assert_eq!(overrides.len(), 2, "{ledger}");
    assert!(
        overrides[0]["text"]
            .as_str()
            .is_some_and(|text| text.contains("2.0 went past the release gate: rolls \"back\""))
    );

    for (wrong, why) in [
        (vec!["slo", "check", "nothing"], "no SLO \"nothing\""),
        (vec!["slo", "check", "--min-budget", "2"], "from 0 to 1"),
        (vec!["slo", "check", "--override", "because"], "--by"),
        (vec!["slo", "check", "-f", "missing.yaml", "--counts", "c.csv"], "cannot read missing.yaml"),
    ] {
        let (text, code) = said(&server, &wrong);
        assert!(code == 2 && text.contains(why), "{wrong:?}: {code} {text}");
    }

    // Without a server: the same definition, and counts from a file.
    let definition = files.path().join("checkout.yaml");
    let offline = |rows: &str, more: &[&str]| {
        write(files.path(), "counts.csv", rows);
        let counts = files.path().join("counts.csv");
        let mut arguments = vec!["slo", "check", "-f", definition.to_str().expect("UTF-8"), "--counts"];
        arguments.push(counts.to_str().expect("UTF-8"));
        arguments.extend(more);
        said(&server, &arguments)
    };
    let rows = |bad: u32| -> String {
        let row = |minute: u32| format!("2026-11-24T10:{minute:02}:00Z,{},{bad}\n", 10 - bad);
        ["time,good,bad\n".to_owned()].into_iter().chain((0..60).map(row)).collect()
    };
    let (passed, code) = offline(&rows(0), &[]);
    assert!(code == 0 && passed.contains("100 % of the error budget is left"), "{passed}");
    let (spent, code) = offline(&rows(2), &[]);
    assert!(code == 1 && spent.contains("the error budget is spent: -100 %"), "{spent}");
    let (stale, code) = offline(&rows(0), &["--at", "2026-11-24T11:30:00Z"]);
    assert!(code == 3 && stale.contains("stale"), "{stale}");
    let (wrong, code) = offline("time,good\n", &[]);
    assert!(code == 2 && wrong.contains("counts.csv:1: the column bad is missing"), "{wrong}");
}

/// Waits until so many rules of policies stand for the checkout.
async fn until_standing(server: &Running, wanted: usize) {
    let clock = SystemClock::new();
    let deadline = clock.monotonic() + PATIENCE;
    loop {
        let slo = server.get("/api/v1/slos/checkout").await;
        if slo["standing"].as_array().expect("a list").len() == wanted {
            return;
        }
        assert!(clock.monotonic() < deadline, "{slo:#}");
        tokio::task::yield_now().await;
    }
}

/// Waits until the ledger of the checkout has the end of a rule beside its beginning.
async fn until_ended(server: &Running) {
    let clock = SystemClock::new();
    let deadline = clock.monotonic() + PATIENCE;
    loop {
        let ledger = server.get("/api/v1/slos/checkout/ledger").await;
        let entries = ledger["entries"].as_array().expect("a list");
        if entries.iter().filter(|entry| entry["kind"] == "policy").count() == 2 {
            return;
        }
        assert!(clock.monotonic() < deadline, "{ledger:#}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_blocks_closes_the_gate_and_one_that_advises_is_only_said() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let token = token(data.path());
    let server = Running::start(data.path(), &token);
    let checkout = CHECKOUT.replace("28d", "2h").replace("target: 0.999", "target: 0.9");
    write(files.path(), "checkout.yaml", &checkout);
    assert!(apply(&server, files.path(), &[]).ends_with("exit 0"));
    assert!(said(&server, &["slo", "policies"]).0.contains("an exhausted budget changes nothing"));

    // Half of the budget is spent, and the gate passes.
    let now = SystemClock::new().now().minute();
    for ago in 1..=60 {
        requests(&server, now.minus(ago), usize::from(ago % 2 == 0)).await;
    }
    let (passed, code) = said(&server, &["slo", "check"]);
    assert!(code == 0 && passed.contains("50 % of the error budget is left"), "{passed}");

    let policy = |freeze: &str| {
        format!(
            "apiVersion: ippo/v1\nkind: ErrorBudgetPolicy\nmetadata: {{name: standard}}\nspec:\n  slos: [checkout]\n  rules:\n    \
             - {{name: careful, when: {{budgetRemaining: 60%}}, then: {{freeze: {freeze}}}}}\n"
        )
    };
    write(files.path(), "policy.yaml", &policy("advise"));
    let planned = apply(&server, files.path(), &["--dry-run"]);
    assert!(planned.contains("+ create ErrorBudgetPolicy standard"), "{planned}");
    assert!(apply(&server, files.path(), &[]).ends_with("exit 0"));
    until_standing(&server, 1).await;
    let (text, _) = said(&server, &["slo", "policies"]);
    assert!(text.contains("▲ checkout since") && text.contains("a freeze of changes is advised"), "{text}");
    let (advised, code) = said(&server, &["slo", "check"]);
    assert!(code == 0 && advised.contains("error budget policy standard, careful: 50 % of"), "{advised}");

    write(files.path(), "policy.yaml", &policy("block"));
    let planned = apply(&server, files.path(), &["--dry-run"]);
    assert!(planned.contains("rules.careful") && planned.contains("freeze (block)"), "{planned}");
    assert!(apply(&server, files.path(), &[]).ends_with("exit 0"));
    let (blocked, code) = said(&server, &["slo", "check"]);
    assert!(code == 1 && blocked.contains("lets only P0 and security fixes pass"), "{blocked}");
    let over = ["slo", "check", "--exempt", "security", "--override", "CVE-2026-1", "--by", "ada"];
    assert_eq!(said(&server, &over).1, 0, "what is exempt goes past");
    assert!(said(&server, &["slo", "show", "checkout"]).0.contains("standard, careful, since"));
    let (ledger, _) = said(&server, &["slo", "ledger", "checkout"]);
    assert!(ledger.contains("error budget policy standard: careful applies: 50 %"), "{ledger}");

    std::fs::remove_file(files.path().join("policy.yaml")).expect("it is there");
    assert!(apply(&server, files.path(), &["--prune"]).ends_with("exit 0"));
    assert_eq!(said(&server, &["slo", "check"]).1, 0, "at once");
    until_ended(&server).await;
    let (ledger, _) = said(&server, &["slo", "ledger", "checkout"]);
    assert!(ledger.contains("it is no longer defined for this SLO"), "{ledger}");
}
