//! Asks CloudWatch for many metrics at once, page after page, with limits on how long and how large. Errors name neither the
//! address nor a credential.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ippo_base::{SharedClock, Timestamp};
use ippo_domain::cloudwatch::CloudWatchRegion;
use ippo_domain::polled::{PollFailure, Query, Stretch};
use ippo_telemetry::prometheus::FetchedSeries;

use super::answer::{self, Page, malformed};
use super::credentials::AwsCredentials;
use super::question;
use crate::channels::{ChannelError, HttpClient, cause};

/// How long one page may take, all of it.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// A page, in bytes.
const ANSWER_BYTES: usize = 64 * 1024 * 1024;
/// Pages of one answer. What is asked for at once fits into one.
const PAGES: usize = 20;

/// Refused questions that are asked again in halves. Two wrong ones among five hundred take eighteen.
const REFUSALS: u32 = 40;

type Answer = Result<Vec<FetchedSeries>, PollFailure>;

/// Asks CloudWatch. Cheap to clone; clones share connections and credentials.
#[derive(Clone)]
pub struct CloudWatchClient {
    http: HttpClient,
    credentials: AwsCredentials,
    clock: SharedClock,
}

impl CloudWatchClient {
    /// Asks as whom AWS' chain says.
    ///
    /// # Errors
    /// When the operating system's certificates cannot be used.
    pub fn new(clock: SharedClock) -> Result<Self, ChannelError> {
        let http = HttpClient::new(Arc::clone(&clock))?;
        let credentials = AwsCredentials::chain(http.client().clone());
        Ok(Self { http, credentials, clock })
    }

    /// Asks with these credentials.
    ///
    /// # Errors
    /// When the operating system's certificates cannot be used.
    pub fn with_credentials(credentials: AwsCredentials, clock: SharedClock) -> Result<Self, ChannelError> {
        Ok(Self { http: HttpClient::new(Arc::clone(&clock))?, credentials, clock })
    }

    /// The points of each query in the stretch; one answer for each, in their order.
    ///
    /// Where one of them is refused, CloudWatch answers none. Then halves are asked, so that the others have theirs, a limited
    /// number of times: what all are refused for is not asked one by one.
    pub(crate) async fn fetch(
        &self,
        region: &CloudWatchRegion,
        queries: &[&Query],
        stretch: Stretch,
    ) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(queries.len());
        let mut refusals = 0;
        // The last of them is the first in the order of the queries.
        let mut waiting = vec![queries];
        while let Some(queries) = waiting.pop() {
            match self.ask(region, queries, stretch).await {
                Ok(found) => answers.extend(found),
                Err(PollFailure::Refused { .. }) if queries.len() > 1 && refusals < REFUSALS => {
                    refusals += 1;
                    let (first, second) = queries.split_at(queries.len() / 2);
                    waiting.extend([second, first]);
                }
                Err(failure) => answers.extend(queries.iter().map(|_| Err(failure.clone()))),
            }
        }
        answers
    }

    async fn ask(
        &self,
        region: &CloudWatchRegion,
        queries: &[&Query],
        stretch: Stretch,
    ) -> Result<Vec<Answer>, PollFailure> {
        let places: HashMap<String, usize> = (0..queries.len()).map(|at| (question::id(at), at)).collect();
        let mut found: Vec<Result<Vec<(i64, f64)>, PollFailure>> =
            queries.iter().map(|_| Ok(Vec::new())).collect();
        let mut token = None;
        for _ in 0..PAGES {
            let body = question::body(queries, stretch, token.as_deref());
            let page = self.page(region, body).await?;
            for result in &page.metric_data_results {
                let at = places.get(&result.id).ok_or_else(|| malformed("it has what nobody asked for"))?;
                match (&mut found[*at], result.points()) {
                    (Ok(points), Ok(more)) => points.extend(more),
                    (found, Err(failure)) => *found = Err(failure),
                    (Err(_), Ok(_)) => {}
                }
            }
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                let answers = found.into_iter().zip(queries);
                return Ok(answers
                    .map(|(points, query)| points.map(|points| series(query, points, stretch)))
                    .collect());
            }
        }
        Err(PollFailure::TooLarge)
    }

    async fn page(&self, region: &CloudWatchRegion, body: Vec<u8>) -> Result<Page, PollFailure> {
        let asked = tokio::select! {
            asked = self.signed_page(region, body) => asked,
            () = self.clock.sleep(ANSWER_WITHIN) => Err(PollFailure::TimedOut { secs: ANSWER_WITHIN.as_secs() }),
        };
        if matches!(asked, Err(PollFailure::BadCredentials { .. })) {
            self.credentials.forget(region).await;
        }
        asked
    }

    async fn signed_page(&self, region: &CloudWatchRegion, body: Vec<u8>) -> Result<Page, PollFailure> {
        let credentials = self.credentials.of(region, &self.clock).await?;
        let headers = question::headers(region, &body, credentials, self.clock.now())?;
        let request = self.http.client().post(format!("{}/", region.url()));
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let broken = |error: reqwest::Error| PollFailure::Unreachable { cause: cause(&error) };
        let mut answer = request.body(body).send().await.map_err(broken)?;
        let status = answer.status();
        let named = ["x-amzn-errortype", "x-amzn-query-error"].into_iter().find_map(|name| {
            let value = answer.headers().get(name)?.to_str().ok()?;
            Some(value.split(';').next().unwrap_or(value).to_owned())
        });
        let mut text = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(broken)? {
            if text.len() + piece.len() > ANSWER_BYTES {
                return Err(PollFailure::TooLarge);
            }
            text.extend_from_slice(&piece);
        }
        if !status.is_success() {
            return Err(answer::refusal(status.as_u16(), named.as_deref(), &text));
        }
        let read = tokio::task::spawn_blocking(move || answer::read(&text)).await;
        read.unwrap_or_else(|_| Err(PollFailure::NotStored { reason: "ippo stops".to_owned() }))
    }
}

/// What lies in the stretch, as a series; none where nothing does.
fn series(query: &Query, mut points: Vec<(i64, f64)>, stretch: Stretch) -> Vec<FetchedSeries> {
    let ms = |time: Timestamp| time.as_nanos().div_euclid(1_000_000);
    points.retain(|(at, _)| ms(stretch.from) < *at && *at <= ms(stretch.to));
    points.sort_unstable_by_key(|(at, _)| *at);
    if points.is_empty() {
        return Vec::new();
    }
    let labels = query.subject.as_ref().map(|metric| metric.dimensions().clone()).unwrap_or_default();
    vec![FetchedSeries { labels, samples: points }]
}
