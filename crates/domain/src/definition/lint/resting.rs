//! What a good reviewer would say of journeys and agreements: nobody agreed, nobody looks again, a promise outward that breaks
//! before the one inward.

use jiff::civil::Date;

use super::{Finding, Rule};
use crate::definition::{Definitions, JourneyDefinition, Kind, Position, Reference, SlaDefinition};

/// Everything worth a word of them on the day `today`.
pub(super) fn lint(definitions: &Definitions, today: Date) -> Vec<Finding> {
    let journeys = definitions.journeys.iter().flat_map(|journey| of_journey(definitions, journey, today));
    let slas = definitions.slas.iter().flat_map(|sla| of_sla(definitions, sla));
    journeys.chain(slas).collect()
}

/// A remark on a place of a definition.
struct At<'a> {
    kind: Kind,
    name: &'a str,
    file: &'a str,
}

impl At<'_> {
    fn say(&self, rule: Rule, at: Position, field: &str, message: impl Into<String>) -> Finding {
        let Position { line, column } = at;
        let (kind, name, file) = (self.kind, self.name.to_owned(), self.file.to_owned());
        Finding { rule, kind, name, file, line, column, field: field.to_owned(), message: message.into() }
    }

    /// An SLO that may be on the server, which is not asked.
    fn elsewhere(&self, definitions: &Definitions, named: &Reference) -> Option<Finding> {
        let is_here = definitions.slos.iter().any(|definition| definition.slo.name == named.name);
        (!is_here).then(|| {
            let message = format!(
                "the SLO {:?} is in none of these files; unless the server has it, ippo apply will refuse this",
                named.name
            );
            self.say(Rule::SloElsewhere, named.at, &named.field, message)
        })
    }
}

fn of_journey(definitions: &Definitions, definition: &JourneyDefinition, today: Date) -> Vec<Finding> {
    let journey = &definition.journey;
    let at = At { kind: Kind::Journey, name: &journey.name, file: &definition.file };
    let name = definition.name_at;
    let mut told = Vec::new();
    if journey.owner.is_empty() {
        told.push(at.say(
            Rule::NoOwner,
            name,
            "spec.owner",
            "nobody answers for it; name a team or a person",
        ));
    }
    if journey.agreed_by.is_empty() {
        let message =
            "nobody agreed to it; name those who did, from the business as well, and the day in agreedOn";
        told.push(at.say(Rule::NobodyAgreed, name, "spec.agreedBy", message));
    }
    match journey.review_on {
        None => {
            let message = "nobody looks at it again; name a day, such as 2027-04-01";
            told.push(at.say(Rule::NoReview, name, "spec.reviewOn", message));
        }
        Some(day) if day < today => {
            let message = format!(
                "its review was due on {day}, and today is {today}; ask those who agreed whether it still holds, then name the \
                 next day"
            );
            told.push(at.say(Rule::ReviewIsPast, definition.review_at, "spec.reviewOn", message));
        }
        Some(_) => {}
    }
    told.extend(definition.slos.iter().filter_map(|named| at.elsewhere(definitions, named)));
    told
}

fn of_sla(definitions: &Definitions, definition: &SlaDefinition) -> Vec<Finding> {
    let sla = &definition.sla;
    let at = At { kind: Kind::Sla, name: &sla.name, file: &definition.file };
    let mut told = Vec::new();
    if sla.owner.is_empty() {
        let message = "nobody answers for it; name a team or a person";
        told.push(at.say(Rule::NoOwner, definition.name_at, "spec.owner", message));
    }
    told.extend(at.elsewhere(definitions, &definition.slo));
    let slo = definitions.slos.iter().find(|definition| definition.slo.name == sla.slo);
    let stricter = slo.and_then(|definition| {
        let place = sla.place_in(&definition.slo).ok()?;
        sla.stricter_than(&definition.slo.objectives[place])
    });
    if let Some(message) = stricter {
        let (place, field) = &definition.target_at;
        told.push(at.say(Rule::StricterThanSlo, *place, field, message));
    }
    told
}
