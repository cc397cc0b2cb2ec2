//! SLIs over what a team measures elsewhere, and ippo asks for each minute: what is asked of whom, which stretch of time is
//! asked for next, and what is said where there is no answer. Pure: asks nobody, and knows of no secret.
//!
//! What is particular to one kind of source is in a module of its name: [`crate::prometheus`].

mod failure;
mod fill;

use std::fmt;

pub use failure::PollFailure;
pub use fill::{CHUNK_LEAST, Filled, OVERLAP, POLL_EVERY, Stretch, Way, next_stretch, smaller_chunk};

use crate::prometheus::{self, PrometheusServer, read_selector};

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
}

impl Server {
    /// Which kind it is.
    pub fn kind(&self) -> ServerKind {
        match self {
            Self::Prometheus(_) => ServerKind::Prometheus,
        }
    }
}

/// Kinds of data sources.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ServerKind {
    /// Prometheus.
    Prometheus,
}

impl ServerKind {
    /// Every kind.
    pub const ALL: [Self; 1] = [Self::Prometheus];

    /// The `type` of its documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prometheus => "prometheus",
        }
    }

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Prometheus => "Prometheus",
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
}

impl QueryKind {
    const ALL: [Self; 2] = [Self::Samples, Self::Values];

    /// The word that is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Samples => "samples",
            Self::Values => "values",
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
}

impl Query {
    /// A query of a source that was remembered by its kind and text; none where it reads no more.
    pub fn remembered(source: &str, kind: QueryKind, text: &str) -> Option<Self> {
        match kind {
            QueryKind::Samples => {
                read_selector(text).ok().map(|selector| prometheus::samples(source, &selector))
            }
            QueryKind::Values => Some(prometheus::values(source, text)),
        }
    }

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
        }
    }
}
