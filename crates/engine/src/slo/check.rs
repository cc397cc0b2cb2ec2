//! The release gate at work: gathers what it has to go by, and enters who went past it.

use ippo_base::ids::LedgerEntryId;
use ippo_base::{Minute, MinuteRange, Timestamp};
use ippo_domain::Said;
use ippo_domain::slo::gate::{DeployFacts, Exemption, Gate, GateFacts, GateVerdict, Gated, check};
use ippo_domain::slo::{Counts, Entered, LedgerEntry, Override, Sli, Slo, evaluate};
use ippo_state::slo_ledger;
use ippo_telemetry::expr::Expr;
use ippo_telemetry::{CounterSpec, Counts as CountedRows};

use super::book::DefinedSlo;
use super::counters::{quoted, signal};
use super::gather::Gatherer;
use super::read::{Moment, Notes};
use super::{SloError, Slos, blocking};

/// How far back a version is looked for.
const VERSION_MINUTES: u32 = 24 * 60;

/// What is asked of the gate.
#[derive(Clone, Debug)]
pub struct CheckFor {
    /// These SLOs; none for all, or all of the service.
    pub slos: Vec<String>,
    /// The SLOs of this service.
    pub service: Option<String>,
    /// What must be.
    pub gate: Gate,
    /// A version to be held against the others.
    pub version: Option<String>,
}

/// What the gate says of an SLO.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub display_name: String,
    /// What the gate says.
    pub gated: Gated,
}

/// Who goes past the gate, and why.
#[derive(Clone, Debug)]
pub struct GoPast {
    /// Why.
    pub reason: String,
    /// What the gate never holds up.
    pub exemption: Option<Exemption>,
    /// Who.
    pub by: String,
}

impl Slos {
    /// Asks the gate. Nothing is remembered of it.
    ///
    /// # Errors
    /// When there is no SLO of a name, or state or telemetry fail.
    pub async fn check(&self, wish: &CheckFor, now: Timestamp) -> Result<Vec<Checked>, SloError> {
        let pages = self.book.read();
        let wanted: Vec<_> = match wish.slos.as_slice() {
            [] => {
                let of_service =
                    |slo: &Slo| wish.service.as_ref().is_none_or(|service| slo.service == *service);
                pages.slos.values().filter(|defined| of_service(&defined.slo)).cloned().collect()
            }
            names => names.iter().map(|name| self.defined(name)).collect::<Result<_, _>>()?,
        };
        let mut deploys = Vec::with_capacity(wanted.len());
        for defined in &wanted {
            deploys.push(match &wish.version {
                Some(version) => Some(self.deploy(defined, version, now).await?),
                None => None,
            });
        }
        // All SLOs are judged by one moment.
        let (moment, notes) = (Moment::read(self, now).await?, Notes::read(self, now).await?);
        let (slos, gate) = (self.clone(), wish.gate.clone());
        blocking(move || {
            let mut gatherer = Gatherer::new(&slos.store, &slos.book, &moment.up);
            let of = wanted.iter().zip(deploys);
            of.map(|(defined, deploy)| checked_one(&mut gatherer, defined, (&moment, &notes), deploy, &gate))
                .collect()
        })
        .await
    }

    /// Asks the gate of one SLO, and enters into its ledger that somebody goes past what it says.
    ///
    /// # Errors
    /// When the gate passes the SLO, so that there is nothing to go past; else as [`Slos::check`].
    pub async fn go_past(
        &self,
        slo: &str,
        wish: &CheckFor,
        past: GoPast,
        now: Timestamp,
    ) -> Result<Entered, SloError> {
        let wish = CheckFor { slos: vec![slo.to_owned()], ..wish.clone() };
        let gated = self.check(&wish, now).await?.remove(0).gated;
        if gated.verdict == GateVerdict::Pass {
            return Err(SloError::Refused(format!(
                "the gate passes SLO {slo}: there is nothing to override"
            )));
        }
        let reasons = gated.checks.into_iter().filter(|check| check.verdict != GateVerdict::Pass);
        let entry = LedgerEntry::Override(Override {
            verdict: gated.verdict,
            exemption: past.exemption,
            reason: past.reason,
            version: wish.version,
            said: reasons.map(|check| check.text).collect(),
        });
        let id = LedgerEntryId::fresh(&*self.ids).to_string();
        let entered = Entered { id, at: now, by: past.by, entry };
        let mut tx = self.state.begin().await?;
        slo_ledger::add(&mut tx, slo, &entered).await?;
        tx.commit().await?;
        Ok(entered)
    }

    /// How a version does beside the others, by each objective of an SLO.
    async fn deploy(
        &self,
        defined: &DefinedSlo,
        version: &str,
        now: Timestamp,
    ) -> Result<DeployFacts, SloError> {
        let version = version.to_owned();
        let range = MinuteRange::ending_with(now.minute(), VERSION_MINUTES);
        let unknown = Err(Said::default());
        let mut counts = vec![unknown; defined.slo.objectives.len()];
        for sli in defined.slo.slis() {
            let objectives = defined.slo.objectives.iter().enumerate();
            let places: Vec<usize> =
                objectives.filter(|(_, objective)| objective.sli == *sli).map(|(place, _)| place).collect();
            let found = self.deploy_of(defined, sli, &places, &version, range).await?;
            for (number, place) in places.into_iter().enumerate() {
                counts[place] = found.as_ref().map(|found| found[number]).map_err(Clone::clone);
            }
        }
        Ok(DeployFacts { version, counts })
    }

    /// The same of the objectives at `places`, which share an SLI; or why versions cannot be told apart.
    async fn deploy_of(
        &self,
        defined: &DefinedSlo,
        sli: &Sli,
        places: &[usize],
        version: &str,
        range: MinuteRange,
    ) -> Result<Result<Vec<(Counts, Counts)>, Said>, SloError> {
        if sli.is_by_increase() {
            return Ok(Err(Said::new(
                "what it counts are increases of metrics, which do not say whose they are",
                "この SLI はメトリクスの増分を数えるため、バージョンを区別できません",
            )));
        }
        let of = signal(sli.signal);
        let specs = by_version(defined, sli, places, version)?;
        let found = self.store.read(move |reader| reader.minute_counts(of, &specs, range)).await?;
        if found.partial {
            return Ok(Err(Said::same(found.warnings.join("; "))));
        }
        Ok(Ok(beside(&found.value.counts, range)))
    }
}

fn checked_one(
    gatherer: &mut Gatherer<'_>,
    defined: &DefinedSlo,
    (moment, notes): (&Moment, &Notes),
    deploy: Option<DeployFacts>,
    gate: &Gate,
) -> Checked {
    let slo = &defined.slo;
    let exclusions = moment.exclusions_of(&slo.name);
    let gathered = gatherer.gather(defined, moment.reach(slo), &exclusions, moment.firing_of(slo));
    let status = evaluate(slo, &gathered.inputs, moment.now);
    let minute = moment.now.minute();
    // The source that has been silent for longest; none if one was never heard.
    let heard: Option<Vec<Minute>> = gathered.coverage.iter().map(|of| of.source.last()).collect();
    let heard = heard.and_then(|heard| heard.into_iter().min());
    let facts = GateFacts {
        heard_minutes_ago: heard.map(|last| minute.0.saturating_sub(last.0)),
        open_incident: notes.open_incident(&slo.name),
        policies: notes.standing(&slo.name),
        deploy,
    };
    let gated = check(slo, &status, &facts, gate);
    Checked { name: slo.name.clone(), display_name: slo.display_name.clone(), gated }
}

/// Of each of these objectives of an SLI, what counts the version's events and what counts those of others.
fn by_version(
    defined: &DefinedSlo,
    sli: &Sli,
    places: &[usize],
    version: &str,
) -> Result<Vec<CounterSpec>, SloError> {
    let of = signal(sli.signal);
    let (total, version) = (&sli.total, quoted(version));
    let column = "service_version";
    let parse = |text: String| Expr::parse(&text, of).map_err(|error| SloError::Refused(error.message));
    let new = parse(format!("({total}) AND {column} = {version}"))?;
    let others = parse(format!("({total}) AND ({column} <> {version} OR {column} IS NULL)"))?;
    let specs = places.iter().map(|place| &defined.counters.objectives[*place]).flat_map(|(_, spec)| {
        [&new, &others].map(|total| CounterSpec { total: total.clone(), ..spec.clone() })
    });
    Ok(specs.collect())
}

/// Sums of the version and of the others, for each objective: those of the others from as long before the version was first
/// seen as it has been there since.
fn beside(counts: &[Vec<(Minute, CountedRows)>], range: MinuteRange) -> Vec<(Counts, Counts)> {
    let first = counts.iter().step_by(2).filter_map(|new| new.first()).map(|(minute, _)| *minute).min();
    let from = first.map_or(range.from, |first| first.minus(range.to.0 - first.0));
    let sum = |minutes: &[(Minute, CountedRows)]| {
        let mut sum = Counts::default();
        for (_, counts) in minutes.iter().filter(|(minute, _)| *minute >= from) {
            sum += Counts { good: counts.good, bad: counts.bad, unknown: counts.unknown };
        }
        sum
    };
    counts.chunks_exact(2).map(|pair| (sum(&pair[0]), sum(&pair[1]))).collect()
}
