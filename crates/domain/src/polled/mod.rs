//! SLIs over what a team measures elsewhere, and ippo asks for each minute: what is asked of whom, which stretch of time is
//! asked for next, and what is said where there is no answer. Pure: asks nobody, and knows of no secret.
//!
//! What is particular to one kind of source is in a module of its name: [`crate::prometheus`] and [`crate::cloudwatch`].

mod failure;
mod fill;

use std::fmt;
use std::time::Duration;

pub use failure::PollFailure;
pub use fill::{CHUNK_LEAST, Filled, OVERLAP, POLL_EVERY, Stretch, Way, next_stretch, smaller_chunk};

use crate::cloudwatch::{CloudWatchRegion, Metric};
use crate::prometheus::PrometheusServer;

/// Who sent a point that ippo fetched: the attribute of its resource with the name of the DataSource.
pub const SOURCE_ATTRIBUTE: &str = "ippo.data_source";
/// What it was fetched by: the attribute of its resource with the query.
pub const QUERY_ATTRIBUTE: &str = "ippo.query";

/// Where ippo asks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct DataSource {
    /// The name of its document. Series are told apart by it, so that a server may move to another address.
    pub name: String,
    /// What it is.
    pub server: Server,
}

/// What a data source is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Server {
    /// A Prometheus server, or whatever speaks its HTTP API.
    Prometheus(PrometheusServer),
    /// Amazon CloudWatch.
    CloudWatch(CloudWatchRegion),
}

impl Server {
    /// Which kind it is.
    pub fn kind(&self) -> ServerKind {
        match self {
            Self::Prometheus(_) => ServerKind::Prometheus,
            Self::CloudWatch(_) => ServerKind::CloudWatch,
        }
    }
}

/// Kinds of data sources.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ServerKind {
    /// Prometheus.
    Prometheus,
    /// Amazon CloudWatch.
    CloudWatch,
}

impl ServerKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Prometheus, Self::CloudWatch];

    /// The `type` of its documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prometheus => "prometheus",
            Self::CloudWatch => "cloudwatch",
        }
    }

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Prometheus => "Prometheus",
            Self::CloudWatch => "CloudWatch",
        }
    }

    /// Which queries are asked at once, at the most.
    pub fn queries_at_once(self) -> usize {
        match self {
            Self::Prometheus => 1,
            Self::CloudWatch => 500,
        }
    }

    /// How far back it has anything by the minute; none where that is its own settings'.
    pub fn keeps(self) -> Option<Duration> {
        match self {
            Self::Prometheus => None,
            // A little less than the 15 days, so that nothing is asked for that goes meanwhile.
            Self::CloudWatch => Some(Duration::from_secs(15 * 24 * 3_600 - 10 * 60)),
        }
    }

    /// How many minutes its newest minute is behind, at the most, while all is well. SLOs are judged by so much later.
    pub fn lag_minutes(self) -> u32 {
        match self {
            Self::Prometheus => 0,
            Self::CloudWatch => 4,
        }
    }
}

/// How a query is asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum QueryKind {
    /// A selector of a Prometheus' counters: its raw samples are fetched as they were scraped.
    Samples,
    /// An expression that a Prometheus evaluates each minute: its results are samples of a gauge.
    Values,
    /// What a metric of CloudWatch counts in each minute.
    Counts,
    /// A value of a metric of CloudWatch for each minute: samples of a gauge.
    Statistics,
}

impl QueryKind {
    const ALL: [Self; 4] = [Self::Samples, Self::Values, Self::Counts, Self::Statistics];

    /// The word that is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Samples => "samples",
            Self::Values => "values",
            Self::Counts => "counts",
            Self::Statistics => "statistics",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What is asked of a data source. Two that are equal are fetched once, whichever SLOs they are of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Query {
    /// How it is asked.
    pub kind: QueryKind,
    /// In the language of the source, in a form that is the same however it was written where there is one.
    pub text: String,
    /// What its points are called in ippo: the data source, a slash, and the metric. No name of Prometheus has a slash, so
    /// that they are never mixed with what came by remote write.
    pub metric: String,
    /// What CloudWatch is asked for; none where the text is what is asked.
    pub subject: Option<Metric>,
}

impl Query {
    /// The expression over ippo's own metrics that holds for its points and for no others.
    pub fn stored_as(&self, source: &str) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        format!(
            "metric = {} AND resource['{SOURCE_ATTRIBUTE}'] = {} AND resource['{QUERY_ATTRIBUTE}'] = {}",
            quoted(&self.metric),
            quoted(source),
            quoted(&self.text)
        )
    }
}

/// What an SLI reads of a data source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolledSli {
    /// Where.
    pub source: DataSource,
    /// Which events count, or the value that is held against a threshold.
    pub total: Query,
    /// Which of them are good, or bad; exactly where the SLI is a ratio.
    pub part: Option<Query>,
}

impl PolledSli {
    /// Every query.
    pub fn queries(&self) -> impl Iterator<Item = &Query> {
        [&self.total].into_iter().chain(&self.part)
    }
}

impl fmt::Display for DataSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.name)?;
        match &self.server {
            Server::Prometheus(server) => write!(f, "{server}"),
            Server::CloudWatch(region) => write!(f, "{region}"),
        }
    }
}
