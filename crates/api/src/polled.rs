//! What `/metrics` says of the Prometheus servers that SLIs read.

use std::sync::Arc;

use ippo_engine::polled::Polls;

use crate::metrics::MetricSource;

/// Questions and samples, by the name of the data source.
pub fn metrics(polls: Polls) -> MetricSource {
    Arc::new(move |text| {
        let counts = polls.counts();
        let mut family = text.counter(
            "ippo_prometheus_questions_total",
            "Questions to the Prometheus servers that SLIs read, by how they ended; ok counts answers whose samples are stored.",
        );
        for (source, counts) in &counts {
            family.sample(&[("source", source), ("outcome", "ok")], counts.answered);
            for (outcome, failed) in &counts.failed {
                family.sample(&[("source", source), ("outcome", outcome)], failed);
            }
        }
        let mut family = text.counter(
            "ippo_prometheus_samples_total",
            "Samples of Prometheus servers that were fetched and stored, each once.",
        );
        for (source, counts) in &counts {
            family.sample(&[("source", source)], counts.samples);
        }
        let mut family =
            text.gauge("ippo_prometheus_failing", "Whether the last question to a Prometheus server failed.");
        for (source, counts) in &counts {
            family.sample(&[("source", source)], u8::from(counts.is_failing));
        }
    })
}
