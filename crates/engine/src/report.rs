//! Monthly reports: what was promised, kept, hurt and done, by team.

use std::collections::BTreeMap;

use ippo_base::{TimeRange, Timestamp};
use ippo_domain::Said;
use ippo_domain::incident::{EntryKind, Incident, IncidentKind};
use ippo_domain::report::{Deed, IncidentMonth, Month, MonthlyReport, TeamMonth};
use ippo_domain::slo::LedgerEntry;
use ippo_state::definition::AppliedRevision;
use ippo_state::{definition, deploy, incident, slo_ledger, timeline};

use crate::slo::{SloError, Slos};

/// Whoever makes reports. Cheap to clone; clones share.
#[derive(Clone)]
pub struct Reports {
    /// Whose state and counts they are made of.
    pub slos: Slos,
}

/// What happened in a month, of all teams.
struct Happened {
    incidents: Vec<IncidentMonth>,
    deeds: Vec<Deed>,
    deploys: Vec<(String, usize)>,
}

/// Who answers for what.
struct Owners {
    of_slo: BTreeMap<String, String>,
    of_service: BTreeMap<String, String>,
}

impl Reports {
    /// The month that ended last.
    pub fn last_month(&self, now: Timestamp) -> Month {
        Month::of(now.minute(), &self.slos.book.zone()).before()
    }

    /// The report of a month, of one owner or of all.
    ///
    /// # Errors
    /// When the month has not begun, or state or telemetry fail.
    pub async fn monthly(
        &self,
        month: Month,
        owner: Option<&str>,
        now: Timestamp,
    ) -> Result<MonthlyReport, SloError> {
        let zone = self.slos.book.zone();
        let minutes = month.range(&zone);
        if minutes.from.start() > now {
            return Err(SloError::Refused(format!("{month} has not begun")));
        }
        let known_until = minutes.to.start().min(now);
        // What happens in this very moment is part of it.
        let moment = now.plus(std::time::Duration::from_micros(1));
        let range = TimeRange { from: minutes.from.start(), to: minutes.to.start().min(moment) };
        let happened = self.happened(range).await?;
        let mut by_slo: BTreeMap<String, Vec<Incident>> = BTreeMap::new();
        for each in &happened.incidents {
            if let Some(slo) = &each.incident.slo {
                by_slo.entry(slo.clone()).or_default().push(each.incident.clone());
            }
        }
        let told = self.slos.months(minutes, by_slo, now).await?;
        let (mut journeys, of_journeys) = self.slos.journey_months(month, minutes, now).await?;
        let kept: BTreeMap<&str, Option<bool>> =
            told.promises.iter().map(|(_, promise)| (promise.slo.as_str(), promise.is_kept())).collect();
        for slo in journeys.iter_mut().flat_map(|(_, journey)| &mut journey.slos) {
            slo.is_kept = kept.get(slo.slo.as_str()).copied().flatten();
        }
        let owners = self.owners();
        let mut teams: BTreeMap<String, TeamMonth> = BTreeMap::new();
        let mut of = |owner: &str, add: &mut dyn FnMut(&mut TeamMonth)| {
            let team = teams.entry(owner.to_owned()).or_default();
            owner.clone_into(&mut team.owner);
            add(team);
        };
        for (owner, journey) in journeys {
            of(&owner, &mut |team| team.journeys.push(journey.clone()));
        }
        for (owner, promise) in told.promises {
            of(&owner, &mut |team| team.promises.push(promise.clone()));
        }
        for each in happened.incidents {
            of(&owners.of_incident(&each.incident), &mut |team| team.incidents.push(each.clone()));
        }
        for deed in happened.deeds {
            of(owners.slo(&deed.slo), &mut |team| team.deeds.push(deed.clone()));
        }
        for (service, deploys) in happened.deploys {
            of(owners.service(&service), &mut |team| team.deploys.push((service.clone(), deploys)));
        }
        let mut teams: Vec<TeamMonth> = teams.into_values().collect();
        teams.retain(|team| owner.is_none_or(|owner| team.owner == owner));
        // What nobody answers for sorts first by name, and is told last.
        let nobodys = teams.iter().take_while(|team| team.owner.is_empty()).count();
        teams.rotate_left(nobodys);
        let warnings = told.warnings.into_iter().chain(of_journeys).collect();
        Ok(MonthlyReport { month, zone, known_until, teams, warnings })
    }

    async fn happened(&self, range: TimeRange) -> Result<Happened, SloError> {
        let mut connection = self.slos.state.read().await?;
        let mut incidents = Vec::new();
        for one in incident::in_range(&mut connection, range).await? {
            // A ticket of a policy, and what ippo cannot do, hurt no user.
            if matches!(one.kind, IncidentKind::Policy | IncidentKind::Ippo) {
                continue;
            }
            let last = timeline::last(&mut connection, one.id, EntryKind::Comment).await?;
            let last_comment = last.map(|entry| (entry.actor, entry.text.english));
            incidents.push(IncidentMonth { incident: one, last_comment });
        }
        let entered = slo_ledger::in_range(&mut connection, range).await?;
        let of_ledger = entered.into_iter().filter(|(_, entered)| is_deed(&entered.entry));
        let mut deeds: Vec<Deed> = of_ledger
            .map(|(slo, entered)| Deed { at: entered.at, by: entered.by, slo, said: entered.entry.words() })
            .collect();
        let revisions = definition::applied_in(&mut connection, "SLO", range).await?;
        deeds.extend(revisions.into_iter().map(deed_of));
        deeds.sort_by_key(|deed| deed.at);
        let deploys = deploy::count_in(&mut connection, range).await?;
        Ok(Happened { incidents, deeds, deploys })
    }

    fn owners(&self) -> Owners {
        let pages = self.slos.book.read();
        let mut owners = Owners { of_slo: BTreeMap::new(), of_service: BTreeMap::new() };
        for (name, defined) in &pages.slos {
            let (service, owner) = (&defined.slo.service, &defined.slo.owner);
            owners.of_slo.insert(name.clone(), owner.clone());
            if !owner.is_empty() {
                owners.of_service.entry(service.clone()).or_insert_with(|| owner.clone());
            }
        }
        owners
    }
}

impl Owners {
    fn slo(&self, slo: &str) -> &str {
        self.of_slo.get(slo).map_or("", String::as_str)
    }

    fn service(&self, service: &str) -> &str {
        self.of_service.get(service).map_or("", String::as_str)
    }

    fn of_incident(&self, incident: &Incident) -> String {
        let own = incident.owner.as_deref().filter(|owner| !owner.is_empty());
        let of_slo = || incident.slo.as_deref().map(|slo| self.slo(slo));
        let of_service = || incident.service.as_deref().map(|service| self.service(service));
        own.or_else(of_slo).or_else(of_service).unwrap_or_default().to_owned()
    }
}

/// Whether an entry is something that was decided, and not what follows from the numbers.
fn is_deed(entry: &LedgerEntry) -> bool {
    !matches!(entry, LedgerEntry::Closing(_) | LedgerEntry::SuppressedPage(_))
}

fn deed_of(revision: AppliedRevision) -> Deed {
    let number = revision.revision;
    let said = match (revision.is_end, number) {
        (true, _) => Said::new("the SLO was ended", "SLO を終了しました"),
        (false, 1) => Said::new("the SLO was made", "SLO を作成しました"),
        (false, number) => Said::new(
            format!("the SLO was changed, to revision {number}"),
            format!("SLO を変更しました（リビジョン {number}）"),
        ),
    };
    Deed { at: revision.applied_at, by: revision.applied_by, slo: revision.name, said }
}
