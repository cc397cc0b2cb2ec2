//! Reads DataSource documents: a signal of ippo's own telemetry, a Prometheus server and how it knows ippo, or a region of
//! Amazon CloudWatch. Secrets are named, never written.

use super::coverage::AWS_SECRETS;
use super::fields::{Fields, Report, unknown};
use super::indicator::signal_named;
use super::scalar::Scalar;
use super::yaml::Node;
use crate::cloudwatch::{AssumedRole, CloudWatchRegion, is_region, is_role_arn};
use crate::polled::{DataSource, Server, ServerKind};
use crate::prometheus::{Access, PrometheusServer, SECRET_PREFIX};
use crate::slo::Signal;

/// The type of a DataSource that is a Prometheus server.
pub(super) const PROMETHEUS: &str = "prometheus";
/// The type of a DataSource that is Amazon CloudWatch, and as OpenSLO's examples write it.
pub(super) const CLOUDWATCH: [&str; 2] = ["cloudwatch", "CloudWatch"];
const KIND: &str = "DataSource";
/// What only one type of DataSource has in its connectionDetails.
const OF_PROMETHEUS: [&str; 3] = ["url", "bearerTokenFrom", "basicAuth"];
const OF_CLOUDWATCH: [&str; 4] = ["region", "endpoint", "roleArn", "externalId"];
const DETAILS: &str = "spec.connectionDetails";
/// The longest address, in bytes.
const URL_BYTES: usize = 2_048;

/// Where SLIs read from.
#[derive(Clone)]
pub(super) enum Provider {
    /// ippo's own telemetry.
    Telemetry(Signal),
    /// A Prometheus server.
    Prometheus(DataSource),
    /// Amazon CloudWatch.
    CloudWatch(DataSource),
}

impl Provider {
    /// The word of its type.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Telemetry(signal) => signal.name(),
            Self::Prometheus(_) => PROMETHEUS,
            Self::CloudWatch(_) => CLOUDWATCH[0],
        }
    }

    /// Whether this is a word for its type.
    pub(super) fn is_called(&self, word: &str) -> bool {
        match self {
            Self::CloudWatch(_) => CLOUDWATCH.contains(&word),
            Self::Telemetry(_) | Self::Prometheus(_) => word == self.name(),
        }
    }
}

/// Reads the `spec` of the DataSource `name`.
pub(super) fn read(report: &mut Report<'_>, name: &str, spec: &Node) -> Option<Provider> {
    let spec = Fields::take(report, spec, "spec", KIND, "spec")?;
    let kind = spec.require_scalar(report, "type", "spans")?;
    if CLOUDWATCH.contains(&kind.text()) {
        let details = spec.require(report, "connectionDetails", "{region: ap-northeast-1}")?;
        let details = Fields::take(report, details, DETAILS, KIND, DETAILS)?;
        misplaced(
            report,
            &details,
            &OF_PROMETHEUS,
            "belongs to a Prometheus server; CloudWatch needs its region",
        );
        let server = Server::CloudWatch(cloudwatch(report, &details)?);
        return Some(Provider::CloudWatch(DataSource { name: name.to_owned(), server }));
    }
    if kind.text() != PROMETHEUS {
        if spec.get("connectionDetails").is_some() {
            let message = "SLIs over spans, logs and metrics read ippo's own telemetry, which needs no connection; remove it";
            report.error(spec.place_of("connectionDetails"), DETAILS, message);
        }
        return signal_named(report, kind, "spec.type").map(Provider::Telemetry);
    }
    let details = spec.require(report, "connectionDetails", "{url: \"http://prometheus:9090\"}")?;
    let details = Fields::take(report, details, DETAILS, KIND, DETAILS)?;
    misplaced(report, &details, &OF_CLOUDWATCH, "belongs to CloudWatch; a Prometheus server has its url");
    let url = details.require_scalar(report, "url", "http://prometheus:9090");
    let url = url.and_then(|written| {
        let checked = address(written.text(), ServerKind::Prometheus);
        checked.map_err(|message| report.error(written.at(), &details.path_of("url"), message)).ok()
    });
    let access = access(report, &details);
    let server = Server::Prometheus(PrometheusServer { url: url?, access: access? });
    Some(Provider::Prometheus(DataSource { name: name.to_owned(), server }))
}

fn misplaced(report: &mut Report<'_>, details: &Fields<'_>, names: &[&str], why: &str) {
    for name in names.iter().filter(|name| details.get(name).is_some()) {
        report.error(details.place_of(name), &details.path_of(name), format!("{name} {why}"));
    }
}

/// Where CloudWatch is asked, and as whom.
fn cloudwatch(report: &mut Report<'_>, details: &Fields<'_>) -> Option<CloudWatchRegion> {
    let region = details.require_scalar(report, "region", "ap-northeast-1");
    let region = region.filter(|written| {
        let is_one = is_region(written.text());
        if !is_one {
            let message = "this is no region of AWS; write its name, such as ap-northeast-1";
            report.error(written.at(), &details.path_of("region"), message);
        }
        is_one
    });
    let mut endpoint = Ok(None);
    if let Some(written) = details.scalar(report, "endpoint") {
        endpoint = address(written.text(), ServerKind::CloudWatch).map(Some);
        if let Err(message) = &endpoint {
            report.error(written.at(), &details.path_of("endpoint"), message.as_str());
        }
    }
    let role = role(report, details);
    let (region, endpoint) = (region?.text().to_owned(), endpoint.ok()?);
    Some(CloudWatchRegion { region, endpoint, role: role.ok()? })
}

/// The role to assume, if one is named.
fn role(report: &mut Report<'_>, details: &Fields<'_>) -> Result<Option<AssumedRole>, ()> {
    let external_id = details.scalar(report, "externalId");
    let Some(arn) = details.scalar(report, "roleArn") else {
        let Some(external_id) = external_id else { return Ok(None) };
        let message = "externalId is said when a role is assumed; give its roleArn too";
        report.error(external_id.at(), &details.path_of("externalId"), message);
        return Err(());
    };
    if !is_role_arn(arn.text()) {
        let message = "this is not the ARN of a role; write for example arn:aws:iam::123456789012:role/ippo";
        report.error(arn.at(), &details.path_of("roleArn"), message);
        return Err(());
    }
    let external_id = external_id.map(|written| written.text().to_owned());
    Ok(Some(AssumedRole { arn: arn.text().to_owned(), external_id }))
}

/// The address without a slash at its end.
fn address(url: &str, of: ServerKind) -> Result<String, String> {
    let example = match of {
        ServerKind::Prometheus => {
            "write for example http://prometheus:9090, or https://metrics.example.org/prometheus"
        }
        ServerKind::CloudWatch => {
            "write for example https://vpce-0123-monitoring.ap-northeast-1.vpce.amazonaws.com, or leave it away"
        }
    };
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest.filter(|rest| !rest.is_empty() && url.len() <= URL_BYTES) else {
        return Err(format!("this is not an http or https address; {example}"));
    };
    let host = rest.split('/').next().unwrap_or_default();
    if host.contains('@') {
        return Err(match of {
            ServerKind::Prometheus => {
                "a name and a password do not belong in the address; write basicAuth: {username: …, passwordFrom: \
                 {env: PROMETHEUS_PASSWORD}}"
            }
            ServerKind::CloudWatch => AWS_SECRETS,
        }
        .to_owned());
    }
    let misplaced = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#');
    if host.is_empty() || rest.contains(misplaced) {
        return Err(format!("this is not the address of {}; {example}", named(of)));
    }
    let base = url.trim_end_matches('/');
    if base.ends_with("/api/v1") || base.contains("/api/v1/") {
        return Err("leave /api/v1 away: ippo adds it".to_owned());
    }
    Ok(base.to_owned())
}

fn named(kind: ServerKind) -> &'static str {
    match kind {
        ServerKind::Prometheus => "a Prometheus",
        ServerKind::CloudWatch => "CloudWatch",
    }
}

fn access(report: &mut Report<'_>, details: &Fields<'_>) -> Option<Access> {
    match (details.get("bearerTokenFrom"), details.get("basicAuth")) {
        (None, None) => Some(Access::Open),
        (Some(_), Some(_)) => {
            let message = "give either bearerTokenFrom or basicAuth, not both";
            report.error(details.place_of("basicAuth"), &details.path_of("basicAuth"), message);
            None
        }
        (Some(_), None) => {
            Some(Access::Bearer { env: variable(report, details, ("bearerTokenFrom", "PROMETHEUS_TOKEN"))? })
        }
        (None, Some(node)) => {
            let path = details.path_of("basicAuth");
            let basic = Fields::take(report, node, &path, KIND, &path)?;
            let username = basic.require_scalar(report, "username", "ippo").map(Scalar::text);
            basic.require(report, "passwordFrom", "{env: PROMETHEUS_PASSWORD}")?;
            let password_env = variable(report, &basic, ("passwordFrom", "PROMETHEUS_PASSWORD"));
            Some(Access::Basic { username: username?.to_owned(), password_env: password_env? })
        }
    }
}

/// The name of the variable in a field that must be there.
fn variable(report: &mut Report<'_>, holder: &Fields<'_>, (field, example): (&str, &str)) -> Option<String> {
    let path = holder.path_of(field);
    let from = Fields::take(report, holder.get(field)?, &path, KIND, &path)?;
    let name = from.require_scalar(report, "env", example)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let rest = name.text().strip_prefix(SECRET_PREFIX);
    if !rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(plain)) {
        let message = format!(
            "name an environment variable that begins with {SECRET_PREFIX}, such as {example}; it holds the secret, or the \
             same with _FILE the path of its file. The secret itself does not belong here"
        );
        report.error(name.at(), &from.path_of("env"), message);
        return None;
    }
    Some(name.text().to_owned())
}

/// The message about a DataSource that is not among the files.
pub(super) fn missing(name: &str, known: &[&str]) -> String {
    if known.is_empty() {
        format!(
            "there is no DataSource document named {name:?} among the files; apply it together with this one, or write type: spans"
        )
    } else {
        unknown(name, KIND, known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_that_of_a_server_and_holds_no_secret() {
        assert_eq!(
            address("http://prometheus:9090/", ServerKind::Prometheus).as_deref(),
            Ok("http://prometheus:9090")
        );
        assert_eq!(
            address("https://m.example/prom", ServerKind::Prometheus).as_deref(),
            Ok("https://m.example/prom")
        );
        for (url, message) in [
            ("prometheus:9090", "not an http"),
            ("https://", "not an http"),
            ("http:///x", "not the address"),
            ("http://a:b@prometheus", "do not belong"),
            ("http://prometheus/?token=x", "not the address"),
            ("http://prometheus/api/v1/query", "leave /api/v1 away"),
        ] {
            assert!(address(url, ServerKind::Prometheus).is_err_and(|told| told.contains(message)), "{url}");
        }
    }
}
