//! Plans what rests on SLOs: journeys and agreements.

use super::{Current, Kind, Missing, Step, Written, left, step};
use crate::definition::{DefinitionError, Definitions, JourneyDefinition, Position, SlaDefinition};
use crate::journey::{GOES_ON_WITHIN_MINUTES, Journey};
use crate::sla::{ExcludedTime, Sla};
use crate::slo::{Slo, duration_text};

/// The steps of what is desired, in the order of the files.
pub(super) fn steps(current: &Current, desired: &Definitions) -> Vec<Step> {
    let journey = |definition: &JourneyDefinition| {
        let name = &definition.journey.name;
        let before = current.journeys.iter().find(|(stored, _)| stored.name == *name);
        let before = before.map(|(stored, text)| (journey_fields(stored), text));
        step(Kind::Journey, name, before, (journey_fields(&definition.journey), &definition.document))
    };
    let sla = |definition: &SlaDefinition| {
        let name = &definition.sla.name;
        let before = current.slas.iter().find(|(stored, _)| stored.name == *name);
        let before = before.map(|(stored, text)| (sla_fields(stored), text));
        step(Kind::Sla, name, before, (sla_fields(&definition.sla), &definition.document))
    };
    desired.journeys.iter().map(journey).chain(desired.slas.iter().map(sla)).collect()
}

/// Those that are stored and not in the files, by name.
pub(super) fn leaving<'a>(current: &'a Current, desired: &Definitions) -> Vec<&'a str> {
    leaving_steps(current, desired).map(|(name, _)| name).collect()
}

/// The end of each of them.
pub(super) fn ends(current: &Current, desired: &Definitions) -> Vec<Step> {
    leaving_steps(current, desired).map(|(_, step)| step).collect()
}

fn leaving_steps<'a>(current: &'a Current, desired: &Definitions) -> impl Iterator<Item = (&'a str, Step)> {
    let journeys = current.journeys.iter().map(|(journey, _)| journey);
    let journeys =
        journeys.filter(|journey| !desired.journeys.iter().any(|d| d.journey.name == journey.name));
    let slas = current.slas.iter().map(|(sla, _)| sla);
    let slas = slas.filter(|sla| !desired.slas.iter().any(|d| d.sla.name == sla.name));
    let journeys: Vec<_> = journeys
        .map(|journey| (journey.name.as_str(), left(Kind::Journey, &journey.name, &journey_fields(journey))))
        .collect();
    let slas: Vec<_> =
        slas.map(|sla| (sla.name.as_str(), left(Kind::Sla, &sla.name, &sla_fields(sla)))).collect();
    journeys.into_iter().chain(slas)
}

/// The SLO of that name as it will be.
fn slo_of<'a>(
    name: &str,
    current: &'a Current,
    desired: &'a Definitions,
    missing: Missing,
) -> Option<&'a Slo> {
    let stays = current.slos.iter().map(|(slo, _)| slo).filter(|_| missing == Missing::Keep);
    desired.slos.iter().map(|definition| &definition.slo).chain(stays).find(|slo| slo.name == name)
}

/// SLAs that name no objective where one must be named, or one that there is not.
pub(super) fn errors(current: &Current, desired: &Definitions, missing: Missing) -> Vec<DefinitionError> {
    let wrong = |definition: &SlaDefinition| {
        let slo = slo_of(&definition.sla.slo, current, desired, missing)?;
        let error = definition.sla.place_in(slo).err()?;
        let Position { line, column } = definition.objective_at;
        let (file, field) = (definition.file.clone(), "spec.objective".to_owned());
        Some(DefinitionError { file, line, column, field, message: error.to_string() })
    };
    desired.slas.iter().filter_map(wrong).collect()
}

/// What is unwise: agreements of which their SLOs give no early warning, those in the files and those that a change of an SLO makes
/// so.
pub(super) fn warnings(current: &Current, desired: &Definitions, missing: Missing) -> Vec<String> {
    let kept = current.slas.iter().map(|(sla, _)| sla).filter(|sla| {
        missing == Missing::Keep
            && !desired.slas.iter().any(|definition| definition.sla.name == sla.name)
            && desired.slos.iter().any(|definition| definition.slo.name == sla.slo)
    });
    let unwise = |sla: &Sla| {
        let slo = slo_of(&sla.slo, current, desired, missing)?;
        match sla.place_in(slo) {
            Ok(place) => Some(format!("SLA {}: {}", sla.name, sla.stricter_than(&slo.objectives[place])?)),
            Err(error) => {
                Some(format!("SLA {}, which is not in the files, cannot be told any more: {error}", sla.name))
            }
        }
    };
    desired.slas.iter().map(|definition| &definition.sla).chain(kept).filter_map(unwise).collect()
}

/// What a journey says, as fields in a fixed order; empty ones are left out.
fn journey_fields(journey: &Journey) -> Written {
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let mut fields = vec![
        ("displayName".to_owned(), journey.display_name.clone()),
        ("description".to_owned(), journey.description.clone()),
        ("owner".to_owned(), journey.owner.clone()),
        ("harm".to_owned(), journey.harm.clone()),
        ("slos".to_owned(), journey.slos.join(", ")),
        ("agreedBy".to_owned(), journey.agreed_by.join(", ")),
        ("agreedOn".to_owned(), day(journey.agreed_on)),
        ("reviewOn".to_owned(), day(journey.review_on)),
        ("session.attribute".to_owned(), journey.session_attribute.clone().unwrap_or_default()),
    ];
    if journey.goes_on_within_minutes != GOES_ON_WITHIN_MINUTES {
        fields.push(("session.goesOnWithin".to_owned(), duration_text(journey.goes_on_within_minutes)));
    }
    for (place, step) in journey.steps.iter().enumerate() {
        let slow = step.slow_ms.map(|millis| format!(", slow from {millis}ms")).unwrap_or_default();
        let text = format!("{} ({}): {}{slow}", step.name, step.display_name, step.filter);
        fields.push((format!("steps[{place}]"), text));
    }
    fields.retain(|(_, value)| !value.is_empty());
    fields
}

/// What an SLA says, as fields in a fixed order; empty ones are left out.
fn sla_fields(sla: &Sla) -> Written {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let zone = sla.zone.as_ref().and_then(|zone| zone.iana_name()).unwrap_or_default();
    let mut fields = vec![
        ("displayName".to_owned(), sla.display_name.clone()),
        ("description".to_owned(), sla.description.clone()),
        ("owner".to_owned(), sla.owner.clone()),
        ("customers".to_owned(), sla.customers.clone()),
        ("slo".to_owned(), sla.slo.clone()),
        ("objective".to_owned(), text(&sla.objective)),
        ("target".to_owned(), sla.target.to_string()),
        ("period".to_owned(), format!("{}M", sla.months)),
        ("timeZone".to_owned(), zone.to_owned()),
    ];
    for (place, credit) in sla.credits.iter().enumerate() {
        fields.push((format!("credits[{place}]"), format!("below {}: {}", credit.below, credit.credit)));
    }
    if sla.excluded != ExcludedTime::default() {
        fields.push(("excludedTime".to_owned(), sla.excluded.name().to_owned()));
    }
    fields.extend([
        ("contract".to_owned(), text(&sla.contract)),
        ("from".to_owned(), day(sla.from)),
        ("until".to_owned(), day(sla.until)),
    ]);
    fields.retain(|(_, value)| !value.is_empty());
    fields
}
