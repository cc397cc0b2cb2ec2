//! What may be left of a budget, under each objective or part of `ippo slo show`.

use ippo_api::slo::Slo;
use ippo_api::slo::forecast::{Forecast, SloForecast};

use super::super::client::{ApiClient, Failure};
use super::{minute, path, share};

/// The forecasts of an SLO.
pub(super) struct Forecasts {
    /// That of a composite SLO as a whole.
    whole: Option<SloForecast>,
    /// One for each objective, in order.
    objectives: Vec<SloForecast>,
}

impl Forecasts {
    /// Asks for all of them.
    pub(super) async fn of(slo: &Slo, client: &ApiClient) -> Result<Self, Failure> {
        let path = format!("{}/forecast", path(&slo.name)?);
        let whole = match slo.composite {
            None => None,
            Some(_) => Some(client.get(&path).await?),
        };
        let mut objectives = Vec::with_capacity(slo.objectives.len());
        for place in 0..slo.objectives.len() {
            objectives.push(client.get(&format!("{path}?objective={place}")).await?);
        }
        Ok(Self { whole, objectives })
    }

    /// That of a composite SLO in words; empty without one.
    pub(super) fn whole_text(&self) -> String {
        told(self.whole.as_ref())
    }

    /// That of the objective at `place`; empty without one.
    pub(super) fn text(&self, place: usize) -> String {
        told(self.objectives.get(place))
    }
}

fn told(forecast: Option<&SloForecast>) -> String {
    forecast.and_then(|told| told.forecast.as_ref()).map(text).unwrap_or_default()
}

/// The range at the end of a forecast, and when the budget turns. Empty without one.
fn text(forecast: &Forecast) -> String {
    let Some(last) = forecast.points.last() else { return String::new() };
    let mut text = format!(
        "  forecast: on {} {} to {} is left, as likely more than {} as less, if what comes is like what was\n",
        minute(last.time),
        share(Some(last.low)),
        share(Some(last.high)),
        share(Some(last.middle)),
    );
    let turns = if forecast.spent { "is there again" } else { "ends" };
    let times = [("soonest", forecast.soonest), ("likely", forecast.likely), ("latest", forecast.latest)];
    let told: Vec<String> =
        times.iter().filter_map(|(name, time)| time.map(|time| format!("{name} {}", minute(time)))).collect();
    if !told.is_empty() {
        text.push_str(&format!("  the budget {turns}: {}\n", told.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use ippo_api::slo::forecast::ForecastPoint;
    use ippo_api::time::Time;
    use ippo_base::Timestamp;

    use super::*;

    fn at(text: &str) -> Time {
        Time(Timestamp::parse(text).expect("a time"))
    }

    fn forecast(low: f64, middle: f64, high: f64) -> Forecast {
        let time = at("2026-11-30T03:00:00Z");
        Forecast {
            past_from: at("2026-10-27T00:00:00Z"),
            past_to: at("2026-11-24T02:00:00Z"),
            points: vec![ForecastPoint { time, low, middle, high }],
            spent: false,
            soonest: None,
            likely: None,
            latest: None,
        }
    }

    #[test]
    fn a_range_is_told_and_when_the_budget_may_end() {
        assert_eq!(
            text(&forecast(0.12, 0.4, 0.61)),
            "  forecast: on 2026-11-30T03:00:00Z 12 % to 61 % is left, as likely more than 40 % as less, if what comes is like \
             what was\n"
        );
        let mut ends = forecast(-0.5, -0.01, 0.2);
        ends.soonest = Some(at("2026-11-25T03:00:00Z"));
        ends.likely = Some(at("2026-11-29T03:00:00Z"));
        assert!(
            text(&ends).ends_with(
                "\n  the budget ends: soonest 2026-11-25T03:00:00Z, likely 2026-11-29T03:00:00Z\n"
            ),
            "{}",
            text(&ends)
        );
        ends.spent = true;
        assert!(text(&ends).contains("the budget is there again: soonest"));
    }
}
