//! A question to CloudWatch: `GetMetricData` in the JSON protocol, and its signature.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use ippo_base::Timestamp;
use ippo_domain::cloudwatch::CloudWatchRegion;
use ippo_domain::polled::{PollFailure, Query, Stretch};
use serde_json::{Value, json};

const CONTENT_TYPE: (&str, &str) = ("content-type", "application/x-amz-json-1.0");
const TARGET: (&str, &str) = ("x-amz-target", "GraniteServiceVersion20100801.GetMetricData");
/// As AWS calls CloudWatch in signatures.
const SERVICE: &str = "monitoring";
/// Seconds of a minute.
const PERIOD_SECS: i64 = 60;

/// The body of a question for the minutes of a stretch; `token` goes on where an answer ended.
pub(super) fn body(queries: &[&Query], stretch: Stretch, token: Option<&str>) -> Vec<u8> {
    let queries = queries.iter().enumerate().filter_map(|(at, query)| Some((at, query.subject.as_ref()?)));
    let queries: Vec<Value> = queries
        .map(|(at, metric)| {
            let dimensions: Vec<Value> =
                metric.dimensions().iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
            json!({
                "Id": id(at),
                "MetricStat": {
                    "Metric": {"Namespace": metric.namespace(), "MetricName": metric.name(), "Dimensions": dimensions},
                    "Period": PERIOD_SECS,
                    "Stat": metric.statistic().name(),
                },
            })
        })
        .collect();
    let mut question = json!({
        // The beginning is in it and the end is not; of a stretch it is the other way round.
        "StartTime": stretch.from.as_secs() + PERIOD_SECS,
        "EndTime": stretch.to.as_secs() + PERIOD_SECS,
        "ScanBy": "TimestampAscending",
        "MetricDataQueries": queries,
    });
    if let Some(token) = token {
        question["NextToken"] = json!(token);
    }
    question.to_string().into_bytes()
}

/// What a query is called in a question.
pub(super) fn id(at: usize) -> String {
    format!("q{at}")
}

/// The headers of a question, its signature among them.
pub(super) fn headers(
    region: &CloudWatchRegion,
    body: &[u8],
    credentials: Credentials,
    now: Timestamp,
) -> Result<Vec<(String, String)>, PollFailure> {
    let unsigned = |error: String| PollFailure::NoCredentials { reason: error };
    let identity = credentials.into();
    let now = SystemTime::UNIX_EPOCH + Duration::from_nanos(u64::try_from(now.as_nanos()).unwrap_or(0));
    let params = SigningParams::builder()
        .identity(&identity)
        .region(&region.region)
        .name(SERVICE)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| unsigned(error.to_string()))?;
    let url = format!("{}/", region.url());
    let request =
        SignableRequest::new("POST", &url, [CONTENT_TYPE, TARGET].into_iter(), SignableBody::Bytes(body))
            .map_err(|error| unsigned(error.to_string()))?;
    let signed = sign(request, &params.into()).map_err(|error| unsigned(error.to_string()))?;
    let (instructions, _) = signed.into_parts();
    let of_signature = instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let own = [CONTENT_TYPE, TARGET].map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(own.into_iter().chain(of_signature).collect())
}
