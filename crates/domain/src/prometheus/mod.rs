//! SLIs over a Prometheus server that a team already has: where it is, and what is asked of it. Pure: asks nobody, and never
//! holds a secret, only its name.

mod alerting;
mod counted;
mod query;
mod stored;
mod token;
mod union;

use std::fmt;

use crate::polled::{Query, QueryKind};

pub use alerting::{Absent, Alerting, Beyond, Made, Supposed, Watched, is_counter, read_alerting, seconds};
pub use counted::{CountedPart, CountedRatio, Grouped, NotCounted, Side, read_error_ratio, read_events};
pub use query::{QUERY_BYTES, QueryError, Selector, read_expression, read_selector};
pub use stored::stored_label;

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
pub struct PrometheusServer {
    /// Its address, without `/api/v1/…` and without a slash at its end.
    pub url: String,
    /// How it knows ippo.
    pub access: Access,
}

/// The query for a selector's raw samples.
pub fn samples(source: &str, selector: &Selector) -> Query {
    let metric = format!("{source}/{}", selector.metric());
    Query { kind: QueryKind::Samples, text: selector.to_string(), metric, subject: None }
}

/// The query for an expression's values.
pub fn values(source: &str, expression: &str) -> Query {
    let name = read_selector(expression).map(|selector| selector.metric().to_owned());
    let metric = format!("{source}/{}", name.as_deref().unwrap_or("expression"));
    Query { kind: QueryKind::Values, text: expression.trim().to_owned(), metric, subject: None }
}

impl fmt::Display for PrometheusServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({})", self.url)?;
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
        let query = samples("eu", &selector);
        assert_eq!(query.metric, "eu/up");
        assert_eq!(
            query.stored_as("eu"),
            "metric = 'eu/up' AND resource['ippo.data_source'] = 'eu' AND resource['ippo.query'] = 'up{msg=\"it''s\"}'"
        );
        let kinds = ["queue_fill", "max(queue_fill) / 2"].map(|text| values("eu", text).metric);
        assert_eq!(kinds, ["eu/queue_fill", "eu/expression"]);
    }
}
