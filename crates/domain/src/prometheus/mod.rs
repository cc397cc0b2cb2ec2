//! SLIs over a Prometheus server that a team already has: where it is, what is asked of it, which stretch of time is asked
//! for next, and what is said when it does not answer. Pure: asks nobody, and never holds a secret, only its name.

mod alerting;
mod counted;
mod failure;
mod fill;
mod query;
mod stored;
mod token;
mod union;

use std::fmt;

pub use alerting::{Absent, Alerting, Beyond, Made, Supposed, Watched, is_counter, read_alerting, seconds};
pub use counted::{CountedPart, CountedRatio, Grouped, NotCounted, Side, read_error_ratio, read_events};
pub use failure::PollFailure;
pub use fill::{CHUNK_LEAST, Filled, OVERLAP, POLL_EVERY, Stretch, Way, next_stretch, smaller_chunk};
pub use query::{QUERY_BYTES, QueryError, Selector, read_expression, read_selector};
pub use stored::stored_label;

/// Who sent a point that ippo fetched: the attribute of its resource with the name of the DataSource.
pub const SOURCE_ATTRIBUTE: &str = "ippo.data_source";
/// What it was fetched by: the attribute of its resource with the query.
pub const QUERY_ATTRIBUTE: &str = "ippo.query";
/// Every name of an environment variable that a DataSource may name begins so: whoever may write definitions is not to send
/// any other of ippo's secrets to an address of their own.
pub const SECRET_PREFIX: &str = "PROMETHEUS_";

/// How a server knows who asks. Names of environment variables, never what is in them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Access {
    /// It asks for nothing.
    Open,
    /// By a bearer token.
    Bearer {
        /// The variable with the token.
        env: String,
    },
    /// By a name and a password.
    Basic {
        /// The name.
        username: String,
        /// The variable with the password.
        password_env: String,
    },
}

/// A Prometheus server, or whatever speaks its HTTP API.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct DataSource {
    /// The name of its document. Series are told apart by it, so that a server may move to another address.
    pub name: String,
    /// Its address, without `/api/v1/…` and without a slash at its end.
    pub url: String,
    /// How it knows ippo.
    pub access: Access,
}

/// How a query is asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum QueryKind {
    /// A selector of counters: its raw samples are fetched as they were scraped.
    Samples,
    /// An expression, evaluated each minute: its results are samples of a gauge.
    Values,
}

impl QueryKind {
    /// The word that is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Samples => "samples",
            Self::Values => "values",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Samples, Self::Values].into_iter().find(|kind| kind.name() == name)
    }
}

/// What is asked of a data source. Two that are equal are fetched once, whichever SLOs they are of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Query {
    /// How it is asked.
    pub kind: QueryKind,
    /// In PromQL: a selector in its canonical form, or an expression as it was written.
    pub text: String,
    /// What its points are called in ippo: the data source, a slash, and the metric. No name of Prometheus has a slash, so
    /// that they are never mixed with what came by remote write.
    pub metric: String,
}

impl Query {
    /// The query for a selector's raw samples.
    pub fn samples(source: &str, selector: &Selector) -> Self {
        let metric = format!("{source}/{}", selector.metric());
        Self { kind: QueryKind::Samples, text: selector.to_string(), metric }
    }

    /// The query for an expression's values.
    pub fn values(source: &str, expression: &str) -> Self {
        let name = read_selector(expression).map(|selector| selector.metric().to_owned());
        let metric = format!("{source}/{}", name.as_deref().unwrap_or("expression"));
        Self { kind: QueryKind::Values, text: expression.trim().to_owned(), metric }
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

/// What an SLI reads of a Prometheus server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PrometheusSli {
    /// The server.
    pub source: DataSource,
    /// Which events count, or the value that is held against a threshold.
    pub total: Query,
    /// Which of them are good, or bad; exactly where the SLI is a ratio.
    pub part: Option<Query>,
}

impl PrometheusSli {
    /// Every query.
    pub fn queries(&self) -> impl Iterator<Item = &Query> {
        [&self.total].into_iter().chain(&self.part)
    }
}

impl fmt::Display for DataSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.url)?;
        match &self.access {
            Access::Open => Ok(()),
            Access::Bearer { env } => write!(f, ", token from {env}"),
            Access::Basic { username, password_env } => write!(f, ", {username} with {password_env}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_named_by_their_source_and_query() {
        let selector = read_selector(r#"http_requests_total{job="api",msg='it''s'}"#);
        assert!(selector.is_err(), "two texts in a row");
        let selector = read_selector(r#"up{msg="it's"}"#).expect("a selector");
        let query = Query::samples("eu", &selector);
        assert_eq!(query.metric, "eu/up");
        assert_eq!(
            query.stored_as("eu"),
            "metric = 'eu/up' AND resource['ippo.data_source'] = 'eu' AND resource['ippo.query'] = 'up{msg=\"it''s\"}'"
        );
        let kinds = ["queue_fill", "max(queue_fill) / 2"].map(|text| Query::values("eu", text).metric);
        assert_eq!(kinds, ["eu/queue_fill", "eu/expression"]);
    }
}
