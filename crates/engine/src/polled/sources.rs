//! Who asks which kind of data source.

use ippo_base::SharedClock;
use ippo_domain::polled::{DataSource, PollFailure, Query, Server, Stretch};
use ippo_telemetry::prometheus::FetchedSeries;

use crate::cloudwatch::CloudWatchClient;
use crate::prometheus::PrometheusClient;

/// What became of a question.
pub(super) type Answer = Result<Vec<FetchedSeries>, PollFailure>;

/// Asks data sources of every kind. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Sources {
    /// Asks Prometheus servers.
    pub prometheus: PrometheusClient,
    /// Asks Amazon CloudWatch.
    pub cloudwatch: CloudWatchClient,
    /// The clock by which turns take long.
    pub clock: SharedClock,
}

impl Sources {
    /// Asks several queries of a source at once for the same stretch of time. One answer for each, in their order.
    pub(super) async fn ask(&self, source: &DataSource, queries: &[&Query], stretch: Stretch) -> Vec<Answer> {
        match &source.server {
            Server::Prometheus(server) => {
                let mut answers = Vec::with_capacity(queries.len());
                for query in queries {
                    answers.push(self.prometheus.fetch(server, query, stretch).await);
                }
                answers
            }
            Server::CloudWatch(region) => self.cloudwatch.fetch(region, queries, stretch).await,
        }
    }
}
