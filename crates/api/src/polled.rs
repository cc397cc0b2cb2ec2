//! What `/metrics` says of the data sources that SLIs read elsewhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use ippo_domain::polled::ServerKind;
use ippo_engine::polled::{Polls, SourceCounts};

use crate::metrics::{MetricSource, MetricText};

/// The names and the words of one kind of source.
struct Family {
    kind: ServerKind,
    questions: (&'static str, &'static str),
    samples: (&'static str, &'static str),
    failing: (&'static str, &'static str),
}

const FAMILIES: [Family; 2] = [
    Family {
        kind: ServerKind::Prometheus,
        questions: (
            "ippo_prometheus_questions_total",
            "Questions to the Prometheus servers that SLIs read, by how they ended; ok counts answers whose samples are stored.",
        ),
        samples: (
            "ippo_prometheus_samples_total",
            "Samples of Prometheus servers that were fetched and stored, each once.",
        ),
        failing: ("ippo_prometheus_failing", "Whether the last question to a Prometheus server failed."),
    },
    Family {
        kind: ServerKind::CloudWatch,
        questions: (
            "ippo_cloudwatch_metrics_requested_total",
            "Metrics that CloudWatch was asked for, each time one, by how that ended; AWS charges for them.",
        ),
        samples: (
            "ippo_cloudwatch_points_total",
            "Points of CloudWatch that were fetched and stored; one that was revised counts again.",
        ),
        failing: ("ippo_cloudwatch_failing", "Whether the last question to CloudWatch failed."),
    },
];

/// Questions and samples, by the name of the data source.
pub fn metrics(polls: Polls) -> MetricSource {
    Arc::new(move |text| {
        let counts = polls.counts();
        FAMILIES.iter().for_each(|family| write(text, family, &counts));
    })
}

fn write(text: &mut MetricText, names: &Family, counts: &BTreeMap<String, SourceCounts>) {
    let counts = || counts.iter().filter(|(_, counts)| counts.kind == names.kind);
    let mut family = text.counter(names.questions.0, names.questions.1);
    for (source, counts) in counts() {
        family.sample(&[("source", source), ("outcome", "ok")], counts.answered);
        for (outcome, failed) in &counts.failed {
            family.sample(&[("source", source), ("outcome", outcome)], failed);
        }
    }
    let mut family = text.counter(names.samples.0, names.samples.1);
    for (source, counts) in counts() {
        family.sample(&[("source", source)], counts.samples);
    }
    let mut family = text.gauge(names.failing.0, names.failing.1);
    for (source, counts) in counts() {
        family.sample(&[("source", source)], u8::from(counts.is_failing));
    }
}
