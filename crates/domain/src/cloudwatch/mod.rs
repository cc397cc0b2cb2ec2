//! SLIs over Amazon CloudWatch: which account and region is asked, and which statistic of which metric. Pure: asks nobody, and
//! never holds a credential: those are AWS' own chain's to find.

mod metric;
mod statistic;

use std::fmt;

pub use metric::{Metric, MetricError};
pub use statistic::{Statistic, StatisticError};

use crate::polled::{Query, QueryKind};

/// The longest region, in bytes.
const REGION_BYTES: usize = 32;
/// The longest ARN of a role, in bytes.
const ARN_BYTES: usize = 2_048;

/// A CloudWatch: one region, as one account sees it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CloudWatchRegion {
    /// Its name, such as `ap-northeast-1`.
    pub region: String,
    /// Its address where it is not the public one, without a slash at its end.
    pub endpoint: Option<String>,
    /// The role that ippo assumes to ask, if any.
    pub role: Option<AssumedRole>,
}

/// A role that is assumed before CloudWatch is asked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct AssumedRole {
    /// Its ARN.
    pub arn: String,
    /// What the role's trust policy may ask for besides; no secret.
    pub external_id: Option<String>,
}

impl CloudWatchRegion {
    /// Where it is asked.
    pub fn url(&self) -> String {
        let domain = if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        self.endpoint.clone().unwrap_or_else(|| format!("https://monitoring.{}.{domain}", self.region))
    }
}

impl fmt::Display for CloudWatchRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}", self.region)?;
        if let Some(endpoint) = &self.endpoint {
            write!(f, " at {endpoint}")?;
        }
        f.write_str(")")?;
        match &self.role {
            Some(role) => write!(f, " as {}", role.arn),
            None => Ok(()),
        }
    }
}

/// Whether a text can be the name of a region. It becomes part of a host's name.
pub fn is_region(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.len() <= REGION_BYTES
        && text.chars().all(plain)
        && text.split('-').count() >= 3
        && text.split('-').all(|part| !part.is_empty())
        && text.ends_with(|c: char| c.is_ascii_digit())
}

/// Whether a text can be the ARN of a role.
pub fn is_role_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, account, resource] = parts.as_slice() else { return false };
    text.len() <= ARN_BYTES
        && *arn == "arn"
        && partition.starts_with("aws")
        && (*service, *region) == ("iam", "")
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty())
        && text.chars().all(|c| c.is_ascii_graphic())
}

/// The query for what a metric counts in each minute.
pub fn counts(source: &str, metric: &Metric) -> Query {
    query(source, metric, QueryKind::Counts)
}

/// The query for a metric's value in each minute.
pub fn statistics(source: &str, metric: &Metric) -> Query {
    query(source, metric, QueryKind::Statistics)
}

fn query(source: &str, metric: &Metric, kind: QueryKind) -> Query {
    let name = format!("{source}/{}", metric.name());
    Query { kind, text: metric.to_string(), metric: name, subject: Some(metric.clone()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_a_name_and_never_more_of_an_address() {
        for region in ["ap-northeast-1", "us-gov-west-1", "cn-north-1"] {
            assert!(is_region(region), "{region}");
        }
        for text in
            ["", "tokyo", "ap-northeast-", "AP-northeast-1", "a-b-1.example.org/", "us--1", "us-east-1\n"]
        {
            assert!(!is_region(text), "{text}");
        }
        let region =
            |region: &str| CloudWatchRegion { region: region.to_owned(), endpoint: None, role: None };
        assert_eq!(region("ap-northeast-1").url(), "https://monitoring.ap-northeast-1.amazonaws.com");
        assert_eq!(region("cn-north-1").url(), "https://monitoring.cn-north-1.amazonaws.com.cn");
    }

    #[test]
    fn a_role_is_named_in_full() {
        assert!(is_role_arn("arn:aws:iam::123456789012:role/ops/ippo-reader"));
        assert!(is_role_arn("arn:aws-cn:iam::123456789012:role/ippo"));
        for text in [
            "ippo",
            "arn:aws:iam::123:role/ippo",
            "arn:aws:iam::123456789012:user/ippo",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:sts:eu:123456789012:role/ippo",
        ] {
            assert!(!is_role_arn(text), "{text}");
        }
    }
}
