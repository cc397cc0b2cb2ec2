//! Every setting: its name, what it means, its default. The names of flags and variables follow from it.

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its key in `ippo.toml`; a dot separates a table's name.
    pub key: &'static str,
    /// Its flag without the dashes, such as `otlp-grpc`. A secret has none: command lines are visible to others.
    pub flag: Option<&'static str>,
    /// What it is when nobody says anything.
    pub default: Option<&'static str>,
    /// What it means.
    pub what: &'static str,
}

/// Every setting, in the order in which `ippo config` shows them.
pub const SETTINGS: &[Setting] = &[
    setting("data_dir", "data-dir", Some("./ippo-data"), "The folder of everything ippo keeps"),
    setting(
        "listen",
        "listen",
        Some("127.0.0.1:4300"),
        "Where the pages, the API, /healthz, /readyz and /metrics are",
    ),
    setting("otlp_grpc", "otlp-grpc", Some("127.0.0.1:4317"), "Where OTLP over gRPC is taken"),
    setting("otlp_http", "otlp-http", Some("127.0.0.1:4318"), "Where OTLP over HTTP is taken"),
    setting(
        "public_url",
        "public-url",
        None,
        "The address that people use, for links in messages and for cookies [default: that of --listen]",
    ),
    setting("retention", "retention", Some("30d"), "How long telemetry is kept: 12h, 30d"),
    setting("spans.retention", "spans-retention", None, "How long spans are kept [default: as retention]"),
    setting(
        "logs.retention",
        "logs-retention",
        None,
        "How long log records are kept [default: as retention]",
    ),
    setting(
        "metrics.retention",
        "metrics-retention",
        None,
        "How long metric points are kept [default: as retention]",
    ),
    setting(
        "spans.space",
        "spans-space",
        None,
        "Space for stored spans, such as 50GiB; beyond it the oldest hours go [default: no limit]",
    ),
    setting(
        "logs.space",
        "logs-space",
        None,
        "Space for stored log records; beyond it the oldest hours go [default: no limit]",
    ),
    setting(
        "metrics.space",
        "metrics-space",
        None,
        "Space for stored metric points; beyond it the oldest hours go [default: no limit]",
    ),
    setting(
        "spans.sample_after",
        "spans-sample-after",
        None,
        "When spans are so old, keep only traces with an error or a slow span, some of each endpoint, and those that incidents name: 7d; 3h at the soonest [default: all traces are kept]",
    ),
    setting(
        "spans.sample_slow",
        "spans-sample-slow",
        Some("1s"),
        "Where spans are sampled, traces with a span that took so long are kept: 500ms, 2s",
    ),
    setting(
        "spans.sample_per_minute",
        "spans-sample-per-minute",
        Some("5"),
        "Where spans are sampled, so many traces of each endpoint are kept for each minute",
    ),
    setting(
        "segments",
        "segments",
        None,
        "A bucket for segments, s3://bucket/prefix, with the local disk as a cache; AWS_* variables say how to reach it [default: the local disk alone]",
    ),
    setting(
        "segments_cache",
        "segments-cache",
        Some("10GiB"),
        "Room that segments may take on the local disk before those in the bucket leave it",
    ),
    setting("memory", "memory", Some("36MiB"), "Telemetry held in memory before it is written to segments"),
    setting(
        "body_limit",
        "body-limit",
        Some("64MiB"),
        "The largest request of telemetry, after decompression",
    ),
    setting(
        "metrics.series_per_metric",
        "metrics-series-per-metric",
        Some("50000"),
        "Series that one metric may have within an hour; points of more are refused",
    ),
    setting(
        "metrics.series",
        "metrics-series",
        Some("500000"),
        "Series that all metrics may have within an hour; points of more are refused",
    ),
    setting("query.rows", "query-rows", Some("10000"), "Rows that one query may answer with"),
    setting("query.time", "query-time", Some("30s"), "Time that one query or search may take"),
    setting("query.memory", "query-memory", Some("256MiB"), "Memory that one query may use"),
    secret(
        "smtp.url",
        "The mail server: smtp://host:25, smtp://user:password@host:587?tls=required, smtps://user:password@host",
    ),
    setting("smtp.from", "smtp-from", None, "The sender of mails, such as 'ippo <ippo@example.org>'"),
    secret(
        "heartbeat.url",
        "Where ippo says that it is alive; whoever listens there can tell when it is not",
    ),
    setting(
        "heartbeat.interval",
        "heartbeat-interval",
        Some("1m"),
        "How often ippo says that it is alive, if there is somewhere to say it",
    ),
    setting("messages.language", "messages-language", Some("en"), "The language of messages: en or ja"),
    setting(
        "messages.time_zone",
        "messages-time-zone",
        Some("UTC"),
        "The time zone of messages, such as Asia/Tokyo",
    ),
    setting("log_format", "log-format", Some("text"), "The form of the log: text or json"),
    setting(
        "log",
        "log",
        Some("info"),
        "What is logged: error, warn, info, debug, or per module such as info,ippo_engine=debug",
    ),
];

const fn setting(
    key: &'static str,
    flag: &'static str,
    default: Option<&'static str>,
    what: &'static str,
) -> Setting {
    Setting { key, flag: Some(flag), default, what }
}

const fn secret(key: &'static str, what: &'static str) -> Setting {
    Setting { key, flag: None, default: None, what }
}

impl Setting {
    /// The setting of that key.
    pub fn named(key: &str) -> Option<&'static Setting> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// Its name in the environment, such as `IPPO_SMTP_URL`.
    pub fn variable(&self) -> String {
        format!("IPPO_{}", self.key.to_ascii_uppercase().replace('.', "_"))
    }

    /// Its line in the table of the documentation.
    #[cfg(test)]
    fn documented(&self) -> String {
        let flag = self.flag.map(|flag| format!("`--{flag}`")).unwrap_or_default();
        let default = self.default.map(|text| format!("`{text}`")).unwrap_or_default();
        let what = self.what.replace('|', "\\|");
        format!("| `{}` | {flag} | `{}` | {default} | {what} |", self.key, self.variable())
    }

    /// Whether its value must not be shown.
    pub fn is_secret(&self) -> bool {
        self.flag.is_none()
    }
}

/// The settings that were given as flags, by key, and the file to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingFlags {
    /// `--config`.
    pub file: Option<String>,
    /// Key and value.
    pub given: Vec<(&'static str, String)>,
}

impl Args for SettingFlags {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .help("The file of settings [default: ippo.toml in the working folder, if it is there] [env: IPPO_CONFIG=]");
        let flags = SETTINGS.iter().filter_map(|setting| {
            let flag = setting.flag?;
            let default = setting.default.map(|text| format!(" [default: {text}]")).unwrap_or_default();
            Some(Arg::new(setting.key).long(flag).value_name(value_name(setting.key)).help(format!(
                "{}{default} [env: {}=]",
                setting.what,
                setting.variable()
            )))
        });
        command.arg(file).args(flags)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = SETTINGS.iter().filter(|setting| !setting.is_secret()).filter_map(|setting| {
            matches.get_one::<String>(setting.key).map(|value| (setting.key, value.clone()))
        });
        Ok(Self { file: matches.get_one::<String>("config").cloned(), given: given.collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn value_name(key: &str) -> &'static str {
    match key {
        "data_dir" => "DIR",
        "listen" | "otlp_grpc" | "otlp_http" => "ADDR",
        "public_url" | "segments" => "URL",
        "query.time" | "heartbeat.interval" | "spans.sample_after" | "spans.sample_slow" => "TIME",
        "memory" | "body_limit" | "query.memory" | "segments_cache" => "SIZE",
        key if key.ends_with("retention") => "TIME",
        key if key.ends_with(".space") => "SIZE",
        "query.rows" | "spans.sample_per_minute" | "metrics.series" | "metrics.series_per_metric" => "N",
        _ => "TEXT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_every_setting() {
        let page = include_str!("../../../../docs/operate/configuration.md");
        let lines: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
        let expected: Vec<String> = SETTINGS.iter().map(Setting::documented).collect();
        assert_eq!(lines, expected, "the table of docs/operate/configuration.md");
    }
}
