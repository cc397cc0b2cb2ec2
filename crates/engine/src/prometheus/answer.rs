//! What Prometheus' HTTP API answers: series with samples, or an error in its own words.
//!
//! Format: <https://prometheus.io/docs/prometheus/latest/querying/api/>.

use ippo_domain::polled::{PollFailure, ServerKind};
use ippo_telemetry::prometheus::{FetchedSeries, SeriesLabels};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Of an error's text, in characters.
const REASON_CHARS: usize = 300;
/// What Prometheus says where a query touches more samples than it loads, and others that speak its API.
const TOO_MUCH: [&str; 3] = ["too many samples", "exceeds the limit", "limit exceeded"];

#[derive(Deserialize)]
struct Answer<'a> {
    status: &'a str,
    #[serde(borrow)]
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(rename = "resultType")]
    result_type: &'a str,
    #[serde(borrow)]
    result: Vec<Series<'a>>,
}

#[derive(Deserialize)]
struct Series<'a> {
    metric: SeriesLabels,
    #[serde(borrow, default)]
    values: Vec<(f64, &'a str)>,
    #[serde(default)]
    histograms: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    #[serde(rename = "errorType", default)]
    error_type: String,
    error: String,
}

/// Reads the body of an answer with status 200.
///
/// # Errors
/// When it is no matrix, or one of native histograms.
pub(super) fn read(body: &[u8]) -> Result<Vec<FetchedSeries>, PollFailure> {
    let malformed =
        |reason: &str| PollFailure::Malformed { by: ServerKind::Prometheus, reason: reason.to_owned() };
    let answer: Answer<'_> =
        serde_json::from_slice(body).map_err(|_| malformed("it is not the JSON of its API"))?;
    let data =
        answer.data.filter(|_| answer.status == "success").ok_or_else(|| malformed("it has no data"))?;
    if data.result_type != "matrix" {
        return Err(malformed("it has no samples over time"));
    }
    if data.result.iter().any(|each| each.values.is_empty() && !each.histograms.is_empty()) {
        return Err(PollFailure::NativeHistogram);
    }
    data.result.into_iter().map(fetched).collect()
}

fn fetched(series: Series<'_>) -> Result<FetchedSeries, PollFailure> {
    let sample = |(secs, value): &(f64, &str)| {
        // Times have three decimals, far below what a double holds.
        let ms = (secs * 1_000.0).round();
        let value: f64 = value.parse().ok()?;
        (ms.abs() < 9e15).then_some((ms as i64, value))
    };
    let samples: Option<Vec<(i64, f64)>> = series.values.iter().map(sample).collect();
    let samples = samples.ok_or_else(|| PollFailure::Malformed {
        by: ServerKind::Prometheus,
        reason: "a sample is no number".to_owned(),
    })?;
    Ok(FetchedSeries { labels: series.metric, samples })
}

/// What an answer with another status says.
pub(super) fn refusal(status: u16, body: &[u8]) -> PollFailure {
    match status {
        401 | 403 => return PollFailure::Forbidden { status },
        300..=399 => return PollFailure::Moved { status },
        _ => {}
    }
    let Ok(told) = serde_json::from_slice::<ErrorAnswer>(body) else { return PollFailure::Status { status } };
    if TOO_MUCH.iter().any(|words| told.error.contains(words)) || told.error_type == "timeout" {
        return PollFailure::TooLarge;
    }
    match status {
        400 | 422 => {
            let plain = |c: char| if c.is_control() { ' ' } else { c };
            PollFailure::Refused {
                by: ServerKind::Prometheus,
                reason: told.error.chars().map(plain).take(REASON_CHARS).collect(),
            }
        }
        _ => PollFailure::Status { status },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(series: &str) -> Result<Vec<FetchedSeries>, PollFailure> {
        let body = format!(
            "{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{series}]}},\"warnings\":[\"w\"]}}"
        );
        read(body.as_bytes())
    }

    #[test]
    fn samples_keep_their_times_and_values() {
        let series = matrix(
            r#"{"metric":{"__name__":"up","job":"a\"b"},"values":[[1764000000.123,"1"],[1764000015,"1.5e3"],[1,"NaN"],[2,"+Inf"]]}"#,
        );
        let series = series.expect("a matrix");
        assert_eq!(series[0].labels["job"], "a\"b");
        assert_eq!(series[0].samples[..2], [(1_764_000_000_123, 1.0), (1_764_000_015_000, 1_500.0)]);
        assert!(series[0].samples[2].1.is_nan() && series[0].samples[3].1 == f64::INFINITY);
        assert_eq!(matrix(""), Ok(vec![]));
    }

    #[test]
    fn what_is_no_matrix_of_samples_is_told() {
        let malformed = |body: &[u8]| matches!(read(body), Err(PollFailure::Malformed { .. }));
        assert!(malformed(b"<html>"));
        assert!(malformed(br#"{"status":"success"}"#));
        assert!(malformed(br#"{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}"#));
        assert!(malformed(br#"{"status":"success","data":{"resultType":"vector","result":[]}}"#));
        assert!(matrix(r#"{"metric":{},"values":[[1,"x"]]}"#).is_err());
        assert!(matrix(r#"{"metric":{},"values":[[1e300,"1"]]}"#).is_err());
        assert_eq!(matrix(r#"{"metric":{},"histograms":[[1,{}]]}"#), Err(PollFailure::NativeHistogram));
    }

    #[test]
    fn errors_are_told_in_prometheus_words() {
        let error = |kind: &str, text: &str| {
            format!("{{\"status\":\"error\",\"errorType\":\"{kind}\",\"error\":\"{text}\"}}").into_bytes()
        };
        let reason =
            |text: &str| PollFailure::Refused { by: ServerKind::Prometheus, reason: text.to_owned() };
        for (status, body, expected) in [
            (400, error("bad_data", "parse error"), reason("parse error")),
            (
                422,
                error("execution", "query processing would load too many samples into memory"),
                PollFailure::TooLarge,
            ),
            (503, error("timeout", "query timed out"), PollFailure::TooLarge),
            (503, b"busy".to_vec(), PollFailure::Status { status: 503 }),
            (404, error("x", "secret"), PollFailure::Status { status: 404 }),
            (401, error("x", "secret"), PollFailure::Forbidden { status: 401 }),
            (302, Vec::new(), PollFailure::Moved { status: 302 }),
        ] {
            assert_eq!(refusal(status, &body), expected);
        }
    }
}
