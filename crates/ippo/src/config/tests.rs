//! What wins over what, and how refusals read.

use std::fs;

use super::*;

fn sources(
    file: Option<&str>,
    environment: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> (Sources, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    if let Some(text) = file {
        fs::write(folder.path().join("ippo.toml"), text).expect("writes");
    }
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let given = flags.iter().map(|(key, value)| (*key, (*value).to_owned()));
    let flags = SettingFlags { file: None, given: given.collect() };
    let sources = Sources { flags, environment: environment.collect(), folder: folder.path().to_owned() };
    (sources, folder)
}

fn config(
    file: Option<&str>,
    environment: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> Result<Config, ConfigError> {
    let (sources, _folder) = sources(file, environment, flags);
    Config::read(&sources.resolve()?)
}

fn refusal(file: &str) -> String {
    config(Some(file), &[], &[]).expect_err("refused").to_string()
}

#[test]
fn nothing_needs_to_be_said() {
    let config = config(None, &[], &[]).expect("defaults");
    assert_eq!(config.listen, "127.0.0.1:4300".parse().expect("an address"));
    assert_eq!(config.keep, [ippo_telemetry::Budget::default(); 3]);
    assert_eq!(config.body_bytes, ippo_base::limits::BODY_BYTES);
    assert_eq!((config.smtp, config.heartbeat, config.public_url), (None, None, None));
    assert_eq!((config.segments, config.segments_cache_bytes), (None, 10 << 30));
    assert_eq!(config.log_format, LogFormat::Text);
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = "listen = \"127.0.0.1:1\"\notlp_grpc = \"127.0.0.1:1\"\notlp_http = \"127.0.0.1:1\"\n[query]\nrows = 5\n";
    let environment = [
        ("IPPO_LISTEN", "127.0.0.1:2"),
        ("IPPO_OTLP_GRPC", "127.0.0.1:2"),
        ("IPPO_URL", "x"),
        ("IPPO_TOKEN", "y"),
    ];
    let (sources, _folder) = sources(Some(file), &environment, &[("listen", "127.0.0.1:3")]);
    let resolved = sources.resolve().expect("resolves");
    let config = Config::read(&resolved).expect("reads");
    assert_eq!([config.listen, config.otlp_grpc, config.otlp_http].map(|a| a.port()), [3, 2, 1]);
    assert_eq!(config.query.rows, 5);
    let origin = |key: &str| {
        let found = resolved.settings().iter().find(|found| found.setting.key == key).expect("a setting");
        found.origin.to_string()
    };
    assert_eq!((origin("listen").as_str(), origin("otlp_grpc").as_str()), ("--listen", "IPPO_OTLP_GRPC"));
    assert!(origin("query.rows").ends_with("ippo.toml"), "{}", origin("query.rows"));
    assert_eq!(origin("query.time"), "default");
}

#[test]
fn a_refusal_names_the_setting_its_value_and_where_it_came_from() {
    let told = config(None, &[("IPPO_RETENTION", "forever")], &[]).expect_err("refused").to_string();
    assert_eq!(
        told,
        "retention is \"forever\", from IPPO_RETENTION: must be a length of time such as 30s, 5m, 12h or 30d"
    );
    assert!(refusal("listn = \"127.0.0.1:1\"").contains("\"listn\" is no setting"));
    assert!(refusal("listen = [1]").contains("must be one text or number"));
    assert!(refusal("[query]\nrows = 0").contains("query.rows is \"0\""));
    assert!(refusal("[metrics]\nseries = \"many\"").contains("metrics.series is \"many\""));
    assert!(refusal("memory = 64").contains("such as 512KiB"));
    let told = refusal("segments = \"https://bucket.s3.amazonaws.com\"");
    assert!(
        told.contains("it does not begin with s3://; it must be s3://bucket or s3://bucket/prefix"),
        "{told}"
    );
    assert!(refusal("[messages]\ntime_zone = \"Mars\"").contains("Asia/Tokyo"));
    assert!(refusal("[smtp]\nurl = \"smtp://x\"").starts_with("smtp.from is missing"));
}

#[test]
fn a_broken_file_is_named_and_its_lines_are_not_shown() {
    let told = refusal("[smtp]\nurl = \"smtp://user:hunter2@host\nfrom = 1");
    assert!(told.contains("ippo.toml") && !told.contains("hunter2"), "{told}");
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let (mut sources, _folder) = sources(None, &[], &[]);
    sources.flags.file = Some("other.toml".to_owned());
    assert!(sources.resolve().expect_err("refused").to_string().contains("other.toml"));
}

#[test]
fn secrets_have_no_flag_and_are_not_in_debug_output() {
    let config = config(None, &[("IPPO_SMTP_URL", "smtp://u:hunter2@h"), ("IPPO_SMTP_FROM", "i@x")], &[]);
    let config = config.expect("reads");
    assert!(config.smtp.is_some() && !format!("{config:?}").contains("hunter2"));
    let help =
        <SettingFlags as clap::Args>::augment_args(clap::Command::new("x")).render_long_help().to_string();
    assert!(!help.contains("--smtp-url") && help.contains("--smtp-from"));
}

#[test]
fn each_signal_has_a_budget_of_its_own_or_that_of_all() {
    let file =
        "retention = \"7d\"\n[logs]\nretention = \"2d\"\nspace = \"50GiB\"\n[metrics]\nspace = \"1TiB\"";
    let day = std::time::Duration::from_secs(24 * 60 * 60);
    let budget = |days, bytes| ippo_telemetry::Budget { retention: day * days, bytes };
    let keep = config(Some(file), &[], &[]).expect("valid").keep;
    assert_eq!(keep, [budget(7, None), budget(2, Some(50 << 30)), budget(7, Some(1 << 40))]);
    assert!(refusal("[spans]\nspace = \"lots\"").contains("spans.space is \"lots\""));
}

#[test]
fn spans_are_sampled_only_where_it_is_said_and_never_too_soon() {
    assert_eq!(config(None, &[], &[]).expect("valid").sampling, None);
    let file = "[spans]\nsample_after = \"7d\"\nsample_slow = \"250ms\"\nsample_per_minute = 2";
    let expected = ippo_telemetry::SamplingPolicy {
        after: std::time::Duration::from_secs(7 * 24 * 60 * 60),
        slow: std::time::Duration::from_millis(250),
        per_minute: 2,
    };
    assert_eq!(config(Some(file), &[], &[]).expect("valid").sampling, Some(expected));
    assert!(refusal("[spans]\nsample_after = \"2h\"").contains("spans.sample_after is \"2h\""));
    assert!(refusal("[spans]\nsample_slow = \"0ms\"").contains("such as 250ms"));
    assert!(refusal("[spans]\nsample_per_minute = 0").contains("1 or more"));
    assert!(refusal("[spans]\nsample_per_minute = 1001").contains("at most 1000"));
}

#[test]
fn spans_are_sampled_before_they_are_gone() {
    let kept = refusal("retention = \"7d\"\n[spans]\nsample_after = \"14d\"");
    assert!(kept.starts_with("spans.sample_after is \"14d\", from "), "{kept}");
    assert!(kept.ends_with(
        "spans are kept for 7d (retention) and would be gone before; sample them sooner, or keep them longer"
    ), "{kept}");
    let spans = refusal("[spans]\nretention = \"24h\"\nsample_after = \"1d\"");
    assert!(spans.contains("kept for 24h (spans.retention)"), "{spans}");
    let file = "[spans]\nretention = \"40d\"\nsample_after = \"35d\"";
    assert!(config(Some(file), &[], &[]).expect("reads").sampling.is_some());
}
