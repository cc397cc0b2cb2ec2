//! What changed before an incident began: whoever is told asks that first. Says what came before, and never that it is why.

use std::time::Duration;

use ippo_base::Timestamp;

use super::Incident;
use crate::Said;
use crate::deploy::Deploy;
use crate::slo::{Entered, LedgerEntry};

/// How far back before an incident's beginning changes are looked for.
pub const CHANGES_WITHIN: Duration = Duration::from_secs(24 * 3600);
/// A change that is noticed by its telemetry may be known only a little after the alert.
pub const NOTICED_WITHIN: Duration = Duration::from_secs(5 * 60);

/// A change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Changed {
    /// When.
    pub at: Timestamp,
    /// Who did it; `ippo` where telemetry says so.
    pub by: String,
    /// In words.
    pub said: Said,
    /// Whether it is of the incident's own service, SLO or alert rule.
    pub is_own: bool,
    /// Where to read what changed.
    pub url: Option<String>,
}

/// A revision of the definition that an incident is of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Revised {
    /// When it was applied.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Its kind: `SLO` or `AlertRule`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its number.
    pub revision: u32,
}

/// What changed before `incident` began: what is its own first, then the latest first. At most `most`.
pub fn changed(
    incident: &Incident,
    deploys: &[Deploy],
    revised: &[Revised],
    entered: &[Entered],
    most: usize,
) -> Vec<Changed> {
    let deploys = deploys.iter().map(|deploy| of_deploy(incident, deploy));
    let entered = entered.iter().filter(|entered| is_change(&entered.entry)).map(|entered| Changed {
        at: entered.at,
        by: entered.by.clone(),
        said: entered.entry.words(),
        is_own: true,
        url: None,
    });
    let mut all: Vec<Changed> = deploys.chain(revised.iter().map(of_revision)).chain(entered).collect();
    all.sort_by_key(|change| (!change.is_own, std::cmp::Reverse(change.at)));
    all.truncate(most);
    all
}

/// Whether somebody changed something by an entry; the others follow from the numbers.
fn is_change(entry: &LedgerEntry) -> bool {
    match entry {
        LedgerEntry::Exclusion(_)
        | LedgerEntry::Reset(_)
        | LedgerEntry::Withdrawal { .. }
        | LedgerEntry::Override(_) => true,
        LedgerEntry::SuppressedPage(_) | LedgerEntry::Policy(_) | LedgerEntry::Closing(_) => false,
    }
}

fn of_deploy(incident: &Incident, deploy: &Deploy) -> Changed {
    let Deploy { service, version, environment, .. } = deploy;
    let (place, place_ja) = match environment.as_str() {
        "" => (String::new(), String::new()),
        environment => (format!(" to {environment}"), format!(" ({environment})")),
    };
    Changed {
        at: deploy.at,
        by: deploy.by.clone(),
        said: Said::new(
            format!("{service} {version} went out{place}"),
            format!("{service} {version} をリリース{place_ja}"),
        ),
        is_own: incident.service.as_ref() == Some(service),
        url: deploy.url.clone(),
    }
}

fn of_revision(revised: &Revised) -> Changed {
    let Revised { kind, name, revision, .. } = revised;
    let said = match revision {
        1 => Said::new(format!("{kind} {name} was made"), format!("{kind} {name} を作成")),
        _ => Said::new(
            format!("{kind} {name} was changed, to revision {revision}"),
            format!("{kind} {name} を変更（リビジョン {revision}）"),
        ),
    };
    Changed { at: revised.at, by: revised.by.clone(), said, is_own: true, url: None }
}

#[cfg(test)]
mod tests {
    use super::super::tests::opened;
    use super::*;
    use crate::deploy::DeploySource;
    use crate::slo::PolicyApplied;

    fn deploy(service: &str, secs: i64) -> Deploy {
        Deploy {
            id: "1".to_owned(),
            service: service.to_owned(),
            environment: if secs > 100 { "production".to_owned() } else { String::new() },
            version: "2.3.1".to_owned(),
            at: Timestamp::from_secs(secs),
            source: DeploySource::Told,
            by: "ci".to_owned(),
            url: Some("https://ci.example/7".to_owned()),
        }
    }

    #[test]
    fn what_is_its_own_comes_first_then_the_latest() {
        let mut incident = opened();
        incident.service = Some("checkout".to_owned());
        let deploys = [deploy("search", 300), deploy("checkout", 100), deploy("payment", 200)];
        let revised = Revised {
            at: Timestamp::from_secs(150),
            by: "ada".to_owned(),
            kind: "SLO".to_owned(),
            name: "checkout".to_owned(),
            revision: 4,
        };
        let applied = PolicyApplied {
            policy: "freeze".to_owned(),
            rule: "spent".to_owned(),
            stands: true,
            incident: None,
            said: Said::same("so"),
        };
        let entered =
            |entry| Entered { id: "1".to_owned(), at: Timestamp::from_secs(50), by: "eve".to_owned(), entry };
        let withdrawal =
            LedgerEntry::Withdrawal { of: "0".to_owned(), from: None, reason: "over".to_owned() };
        let entries = [entered(LedgerEntry::Policy(applied)), entered(withdrawal)];
        let told = changed(&incident, &deploys, &[revised], &entries, 4);
        let words: Vec<&str> = told.iter().map(|change| change.said.english.as_str()).collect();
        assert_eq!(
            words,
            [
                "SLO checkout was changed, to revision 4",
                "checkout 2.3.1 went out",
                "an entry was withdrawn: over",
                "search 2.3.1 went out to production",
            ]
        );
        assert_eq!(told.iter().map(|change| change.is_own).collect::<Vec<_>>(), [true, true, true, false]);
        assert_eq!(told[3].said.japanese, "search 2.3.1 をリリース (production)");
    }
}
