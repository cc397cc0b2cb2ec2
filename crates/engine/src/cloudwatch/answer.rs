//! What CloudWatch answers: points of each metric, or an error in its own words.

use ippo_domain::polled::{PollFailure, ServerKind};
use serde::Deserialize;

/// Of an error's text, in characters.
const REASON_CHARS: usize = 300;
/// What errors are called that mean: too often.
const THROTTLED: [&str; 5] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
];
/// What they are called where whoever asks is known and may not.
const DENIED: [&str; 4] = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"];
/// What they are called where whoever asks is not known.
const UNKNOWN: [&str; 12] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "OptInRequired",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
];

/// A page of an answer.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Page {
    #[serde(default)]
    pub(super) metric_data_results: Vec<MetricResult>,
    pub(super) next_token: Option<String>,
}

/// Some points of a metric.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MetricResult {
    pub(super) id: String,
    #[serde(default)]
    timestamps: Vec<f64>,
    #[serde(default)]
    values: Vec<f64>,
    #[serde(default)]
    status_code: String,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    #[serde(rename = "__type", default)]
    kind: String,
    #[serde(alias = "Message", default)]
    message: String,
}

/// Reads the body of an answer with status 200.
pub(super) fn read(body: &[u8]) -> Result<Page, PollFailure> {
    serde_json::from_slice(body).map_err(|_| malformed("it is not the JSON of its API"))
}

impl MetricResult {
    /// Its points: milliseconds since the epoch, and values.
    pub(super) fn points(&self) -> Result<Vec<(i64, f64)>, PollFailure> {
        // Of this metric alone: the others in the answer are as good as ever.
        if matches!(self.status_code.as_str(), "Forbidden" | "InternalError") {
            let reason = self.status_code.clone();
            return Err(PollFailure::Refused { by: ServerKind::CloudWatch, reason });
        }
        if self.timestamps.len() != self.values.len() {
            return Err(malformed("it has another number of times than of values"));
        }
        let point = |(secs, value): (&f64, &f64)| {
            let ms = (secs * 1_000.0).round();
            (ms.abs() < 9e15 && value.is_finite()).then_some((ms as i64, *value))
        };
        let points: Option<Vec<(i64, f64)>> = self.timestamps.iter().zip(&self.values).map(point).collect();
        points.ok_or_else(|| malformed("a point is no number"))
    }
}

/// What an answer with another status says. `header` is the one that names the error, where there is one.
pub(super) fn refusal(status: u16, header: Option<&str>, body: &[u8]) -> PollFailure {
    if (300..=399).contains(&status) {
        return PollFailure::Moved { status };
    }
    let told: Option<ErrorAnswer> = serde_json::from_slice(body).ok();
    let named = told.as_ref().map(|told| told.kind.as_str()).filter(|kind| !kind.is_empty()).or(header);
    // `com.amazonaws.cloudwatch#Throttling:http://…`, or the last of it alone.
    let code = named.map(|name| name.split(':').next().unwrap_or(name).rsplit('#').next().unwrap_or(name));
    let code: String = code.unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect();
    if status == 429 || THROTTLED.contains(&code.as_str()) {
        return PollFailure::Throttled;
    }
    if DENIED.contains(&code.as_str()) {
        return PollFailure::Denied { code };
    }
    if UNKNOWN.contains(&code.as_str()) || matches!(status, 401 | 403) {
        let code = if code.is_empty() { format!("HTTP {status}") } else { code };
        return PollFailure::BadCredentials { code };
    }
    match told {
        Some(told) if status == 400 && !code.is_empty() => {
            let plain = |c: char| if c.is_control() { ' ' } else { c };
            let reason = format!("{code}: {}", told.message).chars().map(plain).take(REASON_CHARS).collect();
            PollFailure::Refused { by: ServerKind::CloudWatch, reason }
        }
        _ => PollFailure::Status { status },
    }
}

pub(super) fn malformed(reason: &str) -> PollFailure {
    PollFailure::Malformed { by: ServerKind::CloudWatch, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_keep_their_times_and_values() {
        let page = read(
            br#"{"MetricDataResults":[{"Id":"q0","Label":"x","Timestamps":[1795481220,1.79548128E9],"Values":[15.0,9007199254740991],"StatusCode":"Complete"}],"NextToken":"t"}"#,
        );
        let page = page.unwrap_or_else(|failure| panic!("{failure:?}"));
        let points = page.metric_data_results[0].points();
        assert_eq!(points, Ok(vec![(1_795_481_220_000, 15.0), (1_795_481_280_000, 9_007_199_254_740_991.0)]));
        assert_eq!(page.next_token.as_deref(), Some("t"));
        assert!(read(b"<xml/>").is_err());
    }

    #[test]
    fn half_an_answer_is_none() {
        let result = |rest: &str| {
            let page = read(format!("{{\"MetricDataResults\":[{{\"Id\":\"q0\",{rest}}}]}}").as_bytes());
            page.unwrap_or_else(|failure| panic!("{failure:?}")).metric_data_results.remove(0).points()
        };
        assert!(matches!(result(r#""Timestamps":[1],"Values":[]"#), Err(PollFailure::Malformed { .. })));
        assert!(matches!(result(r#""Timestamps":[1e300],"Values":[1]"#), Err(PollFailure::Malformed { .. })));
        for code in ["Forbidden", "InternalError"] {
            let refused = PollFailure::Refused { by: ServerKind::CloudWatch, reason: code.to_owned() };
            assert_eq!(result(&format!("\"StatusCode\":\"{code}\"")), Err(refused));
        }
        assert_eq!(
            result(r#""StatusCode":"PartialData","Timestamps":[1],"Values":[2]"#),
            Ok(vec![(1_000, 2.0)])
        );
    }

    #[test]
    fn errors_are_told_by_what_helps() {
        let error = |kind: &str| format!("{{\"__type\":\"{kind}\",\"message\":\"m\"}}");
        let denied = |code: &str| PollFailure::Denied { code: code.to_owned() };
        let bad = |code: &str| PollFailure::BadCredentials { code: code.to_owned() };
        for (status, header, body, expected) in [
            (
                400,
                None,
                error("com.amazonaws.cloudwatch#ThrottlingException:http://x"),
                PollFailure::Throttled,
            ),
            (400, None, error("Throttling"), PollFailure::Throttled),
            (429, None, String::new(), PollFailure::Throttled),
            (400, None, error("AccessDeniedException"), denied("AccessDeniedException")),
            (403, Some("AccessDenied"), String::new(), denied("AccessDenied")),
            (400, None, error("ExpiredTokenException"), bad("ExpiredTokenException")),
            (403, None, String::new(), bad("HTTP 403")),
            (
                400,
                None,
                error("com.amazonaws.cloudwatch#ValidationException"),
                PollFailure::Refused {
                    by: ServerKind::CloudWatch,
                    reason: "ValidationException: m".to_owned(),
                },
            ),
            (400, None, "<html>".to_owned(), PollFailure::Status { status: 400 }),
            (503, None, error("ServiceUnavailable"), PollFailure::Status { status: 503 }),
            (307, None, String::new(), PollFailure::Moved { status: 307 }),
        ] {
            assert_eq!(refusal(status, header, body.as_bytes()), expected, "{status} {body}");
        }
    }
}
