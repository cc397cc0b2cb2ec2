//! Asks a Prometheus over its HTTP API: one question, with limits on how long and how large. Errors name neither the
//! address nor a secret.

use std::sync::Arc;
use std::time::Duration;

use ippo_base::{SharedClock, Timestamp};
use ippo_domain::polled::{PollFailure, Query, QueryKind, Stretch};
use ippo_domain::prometheus::{Access, PrometheusServer};
use ippo_telemetry::prometheus::FetchedSeries;
use reqwest::{RequestBuilder, Response};

use super::answer;
use crate::channels::{ChannelError, HttpClient, Secrets, cause};

/// How long one answer may take, all of it.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// An answer, after decompression, in bytes.
const ANSWER_BYTES: usize = 64 * 1024 * 1024;
/// Of an error's answer, in bytes.
const ERROR_BYTES: usize = 16 * 1024;
/// A file with a secret, in bytes.
const SECRET_BYTES: usize = 16 * 1024;
/// The step of expressions, in seconds.
const STEP_SECS: i64 = 60;

/// Asks Prometheus servers. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct PrometheusClient {
    http: HttpClient,
    secrets: Secrets,
    clock: SharedClock,
}

impl PrometheusClient {
    /// Reads secrets by the names of environment variables when they are needed.
    ///
    /// # Errors
    /// When the operating system's certificates cannot be used.
    pub fn new(secrets: Secrets, clock: SharedClock) -> Result<Self, ChannelError> {
        Ok(Self { http: HttpClient::new(Arc::clone(&clock))?, secrets, clock })
    }

    /// Every sample of the stretch, in the order of Prometheus.
    ///
    /// # Errors
    /// When it gives no answer that can be used.
    pub(crate) async fn fetch(
        &self,
        server: &PrometheusServer,
        query: &Query,
        stretch: Stretch,
    ) -> Result<Vec<FetchedSeries>, PollFailure> {
        let (path, form) = question(query, stretch);
        let request = self.http.client().post(format!("{}/api/v1/{path}", server.url)).form(&form);
        let request = self.signed(request, &server.access).await?;
        let body = tokio::select! {
            body = body_of(request) => body?,
            () = self.clock.sleep(ANSWER_WITHIN) => {
                return Err(PollFailure::TimedOut { secs: ANSWER_WITHIN.as_secs() });
            }
        };
        let read = tokio::task::spawn_blocking(move || answer::read(&body)).await;
        let series =
            read.unwrap_or_else(|_| Err(PollFailure::NotStored { reason: "ippo stops".to_owned() }))?;
        Ok(series
            .into_iter()
            .map(|each| within(each, stretch))
            .filter(|each| !each.samples.is_empty())
            .collect())
    }

    async fn signed(&self, request: RequestBuilder, access: &Access) -> Result<RequestBuilder, PollFailure> {
        Ok(match access {
            Access::Open => request,
            Access::Bearer { env } => request.bearer_auth(self.secret(env).await?),
            Access::Basic { username, password_env } => {
                request.basic_auth(username, Some(self.secret(password_env).await?))
            }
        })
    }

    /// The value of the variable, or the line in the file that its twin names. Files are read each time: tokens are renewed.
    async fn secret(&self, env: &str) -> Result<String, PollFailure> {
        let set = |name: &str| (self.secrets)(name).filter(|value| !value.is_empty());
        if let Some(value) = set(env) {
            return Ok(value);
        }
        let path =
            set(&format!("{env}_FILE")).ok_or_else(|| PollFailure::NoSecret { env: env.to_owned() })?;
        let unusable = || PollFailure::NoSecretFile { env: env.to_owned() };
        let length = tokio::fs::metadata(&path).await.map_err(|_| unusable())?.len();
        let text = match length <= SECRET_BYTES as u64 {
            true => tokio::fs::read_to_string(&path).await.map_err(|_| unusable())?,
            false => return Err(unusable()),
        };
        let line = text.trim();
        if line.is_empty() || line.contains(char::is_control) { Err(unusable()) } else { Ok(line.to_owned()) }
    }
}

/// The path and the form of a question.
fn question(query: &Query, stretch: Stretch) -> (&'static str, Vec<(&'static str, String)>) {
    let (from, to) = (millis(stretch.from), millis(stretch.to));
    let secs = |ms: i64| format!("{}.{:03}", ms.div_euclid(1_000), ms.rem_euclid(1_000));
    // Of Thanos: half an answer would leave a hole that nobody asks for again.
    let whole = ("partial_response", "false".to_owned());
    match query.kind {
        QueryKind::Samples => {
            // Whether a range includes its beginning differs between versions; what is too early is left out afterwards.
            let range = to - from;
            ("query", vec![("query", format!("{}[{range}ms]", query.text)), ("time", secs(to)), whole])
        }
        // Those of CloudWatch are never asked of a Prometheus: a query is made for its source.
        QueryKind::Values | QueryKind::Counts | QueryKind::Statistics => {
            let first = (from.div_euclid(STEP_SECS * 1_000) + 1) * STEP_SECS * 1_000;
            let form = vec![
                ("query", query.text.clone()),
                ("start", secs(first)),
                ("end", secs(to.max(first))),
                ("step", STEP_SECS.to_string()),
                whole,
            ];
            ("query_range", form)
        }
    }
}

/// What lies in the stretch.
fn within(mut series: FetchedSeries, stretch: Stretch) -> FetchedSeries {
    let (from, to) = (millis(stretch.from), millis(stretch.to));
    series.samples.retain(|(ms, _)| from < *ms && *ms <= to);
    series
}

fn millis(time: Timestamp) -> i64 {
    time.as_nanos().div_euclid(1_000_000)
}

async fn body_of(request: RequestBuilder) -> Result<Vec<u8>, PollFailure> {
    let answer = request.send().await.map_err(|error| PollFailure::Unreachable { cause: cause(&error) })?;
    let status = answer.status();
    if status.is_success() {
        return limited(answer, ANSWER_BYTES).await?.ok_or(PollFailure::TooLarge);
    }
    let told = limited(answer, ERROR_BYTES).await.ok().flatten().unwrap_or_default();
    Err(answer::refusal(status.as_u16(), &told))
}

/// The body, unless it is longer than that.
async fn limited(mut answer: Response, most: usize) -> Result<Option<Vec<u8>>, PollFailure> {
    let mut body = Vec::new();
    let broken = |error: reqwest::Error| PollFailure::Unreachable { cause: cause(&error) };
    while let Some(piece) = answer.chunk().await.map_err(broken)? {
        if body.len() + piece.len() > most {
            return Ok(None);
        }
        body.extend_from_slice(&piece);
    }
    Ok(Some(body))
}

#[cfg(test)]
mod tests {
    use ippo_domain::polled::Way;

    use super::*;

    #[test]
    fn questions_name_their_stretch_to_the_millisecond() {
        let at = |secs: i64, ms: i64| Timestamp::from_nanos((secs * 1_000 + ms) * 1_000_000);
        let stretch = Stretch { from: at(1_800_000_000, 0), to: at(1_800_000_090, 7), way: Way::New };
        let query = |kind| Query { kind, text: "up".to_owned(), metric: "eu/up".to_owned(), subject: None };
        let (path, form) = question(&query(QueryKind::Samples), stretch);
        assert_eq!(
            (path, form[0].1.as_str(), form[1].1.as_str()),
            ("query", "up[90007ms]", "1800000090.007")
        );
        let (path, form) = question(&query(QueryKind::Values), stretch);
        let texts: Vec<&str> = form.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(
            (path, &texts[..4]),
            ("query_range", &["up", "1800000060.000", "1800000090.007", "60"][..])
        );
        let series = FetchedSeries {
            samples: [1_800_000_000_000, 1_800_000_000_001, 1_800_000_090_007, 1_800_000_090_008]
                .map(|ms| (ms, 1.0))
                .to_vec(),
            ..FetchedSeries::default()
        };
        assert_eq!(within(series, stretch).samples.len(), 2);
    }
}
