//! Deploys: which version of a service went out when, as somebody said or as telemetry shows.

use std::collections::BTreeMap;
use std::time::Duration;

use ippo_base::Timestamp;

/// How long nothing is heard of a version, while another of its place is, before it is new again: a version that comes back later
/// than that was rolled back to.
pub const GONE_AFTER: Duration = Duration::from_secs(10 * 60);
/// How far a deploy that somebody told of may be from the first that is heard of the version, for both to be one.
pub const TOLD_WITHIN: Duration = Duration::from_secs(60 * 60);

/// Where a deploy is known from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeploySource {
    /// Somebody said so.
    Told,
    /// Telemetry of a new version came.
    Seen,
}

impl DeploySource {
    /// Every source.
    pub const ALL: [DeploySource; 2] = [Self::Told, Self::Seen];

    /// The word in the API and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Seen => "seen",
        }
    }
}

/// A version of a service that went out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deploy {
    /// Its id.
    pub id: String,
    /// `service.name`.
    pub service: String,
    /// `deployment.environment.name`; empty if nobody says.
    pub environment: String,
    /// `service.version`.
    pub version: String,
    /// When it began to go out.
    pub at: Timestamp,
    /// Where it is known from.
    pub source: DeploySource,
    /// Who said so; `ippo` where telemetry did.
    pub by: String,
    /// Where to read what changed.
    pub url: Option<String>,
}

/// A service in an environment.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// `service.name`.
    pub service: String,
    /// `deployment.environment.name`; empty if nobody says.
    pub environment: String,
}

/// A version somewhere.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Version {
    /// Where.
    pub place: Place,
    /// `service.version`.
    pub version: String,
}

/// When telemetry of a version happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Heard {
    /// The first of it.
    pub first: Timestamp,
    /// The last.
    pub last: Timestamp,
}

/// Of the versions that are heard now, those that went out since: the version is new where others were known, or it is heard again
/// after it was gone while another of its place went on. What is heard first somewhere is no deploy: nobody knows since when it
/// has been there. A place that was silent as a whole, or that ippo could not hear, is as it was before.
pub fn gone_out<'a>(
    known: &BTreeMap<Version, Timestamp>,
    heard: &'a BTreeMap<Version, Heard>,
) -> Vec<(&'a Version, Timestamp)> {
    let has = |place: &Place, is: &dyn Fn(Timestamp) -> bool| {
        known.iter().any(|(version, last)| version.place == *place && is(*last))
    };
    let is_new = |(version, heard): &(&Version, &Heard)| match known.get(version) {
        None => has(&version.place, &|_| true),
        Some(last) => {
            let is_long_after = |time: Timestamp| time.since(*last) > GONE_AFTER;
            is_long_after(heard.first) && has(&version.place, &is_long_after)
        }
    };
    heard.iter().filter(is_new).map(|(version, heard)| (version, heard.first)).collect()
}

/// Deploys without those that telemetry showed where somebody told of the same one. Keeps their order.
pub fn without_doubles(mut deploys: Vec<Deploy>) -> Vec<Deploy> {
    let told: Vec<Deploy> = deploys.iter().filter(|d| d.source == DeploySource::Told).cloned().collect();
    let is_told = |seen: &Deploy| {
        told.iter().any(|told| {
            let apart = told.at.since(seen.at).max(seen.at.since(told.at));
            let same_place = told.environment.is_empty() || told.environment == seen.environment;
            told.service == seen.service && told.version == seen.version && same_place && apart <= TOLD_WITHIN
        })
    };
    deploys.retain(|deploy| deploy.source == DeploySource::Told || !is_told(deploy));
    deploys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(service: &str, environment: &str, version: &str) -> Version {
        let place = Place { service: service.to_owned(), environment: environment.to_owned() };
        Version { place, version: version.to_owned() }
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_secs(1_795_000_000 + minutes * 60)
    }

    fn told(known: &[(Version, i64)], heard: &[(Version, i64, i64)]) -> Vec<String> {
        let known = known.iter().map(|(version, last)| (version.clone(), at(*last))).collect();
        let heard = heard
            .iter()
            .map(|(version, first, last)| (version.clone(), Heard { first: at(*first), last: at(*last) }))
            .collect();
        gone_out(&known, &heard).iter().map(|(version, _)| version.version.clone()).collect()
    }

    #[test]
    fn a_version_beside_another_went_out_and_the_first_of_all_did_not() {
        let (one, two) = (version("shop", "", "1"), version("shop", "", "2"));
        assert_eq!(told(&[], &[(one.clone(), 0, 1)]), Vec::<String>::new());
        assert_eq!(told(&[(one.clone(), 0)], &[(one.clone(), 1, 2), (two, 2, 2)]), ["2"]);
        let other_place = version("shop", "staging", "2");
        assert_eq!(told(&[(one, 0)], &[(other_place, 1, 1)]), Vec::<String>::new());
    }

    #[test]
    fn what_somebody_told_is_not_told_again_by_telemetry() {
        let deploy = |id: &str, environment: &str, minutes: i64, source| Deploy {
            id: id.to_owned(),
            service: "shop".to_owned(),
            environment: environment.to_owned(),
            version: "2".to_owned(),
            at: at(minutes),
            source,
            by: "ada".to_owned(),
            url: None,
        };
        let all = vec![
            deploy("late", "production", 90, DeploySource::Seen),
            deploy("seen", "production", 29, DeploySource::Seen),
            deploy("told", "", 0, DeploySource::Told),
        ];
        let left: Vec<String> = without_doubles(all).into_iter().map(|deploy| deploy.id).collect();
        assert_eq!(left, ["late", "told"]);
    }

    #[test]
    fn a_place_that_was_silent_goes_on_with_the_version_that_it_had() {
        let (one, two) = (version("shop", "", "1"), version("shop", "", "2"));
        let none = Vec::<String>::new();
        // A night without requests, or an ippo that was down.
        assert_eq!(told(&[(one.clone(), 0)], &[(one.clone(), 480, 481)]), none);
        // Two side by side, of which one has the last word by chance.
        assert_eq!(told(&[(one.clone(), 0), (two.clone(), 3)], &[(one.clone(), 480, 481)]), none);
        // Another was there in between, but elsewhere.
        let elsewhere = version("shop", "staging", "2");
        assert_eq!(told(&[(one.clone(), 0), (elsewhere, 400)], &[(one.clone(), 480, 481)]), none);
        // Only now is there another: that one went out.
        assert_eq!(told(&[(one.clone(), 0)], &[(one, 481, 482), (two, 480, 482)]), ["2"]);
    }

    #[test]
    fn a_version_that_comes_back_was_rolled_back_to_and_a_pause_is_none() {
        let (one, two) = (version("shop", "", "1"), version("shop", "", "2"));
        let known = [(one.clone(), 0), (two, 30)];
        assert_eq!(told(&known, &[(one.clone(), 31, 32)]), ["1"]);
        assert_eq!(
            told(&known, &[(one.clone(), 10, 12)]),
            Vec::<String>::new(),
            "exactly ten minutes are a pause"
        );
        assert_eq!(
            told(&[(one.clone(), 30)], &[(one, 5, 6)]),
            Vec::<String>::new(),
            "what comes late is not new"
        );
    }
}
