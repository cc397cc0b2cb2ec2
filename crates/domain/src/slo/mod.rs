//! Promises and what is left of them: SLIs, SLOs, error budgets, burn rates, states. Pure: counts, revisions and
//! exclusions go in, what is the case comes out. Never reads a clock or a store, and decides nothing in floats.

pub mod absence;
mod aim;
pub mod alerts;
pub mod budget;
pub mod budget_policy;
pub mod burn;
mod counts;
mod day;
mod evaluate;
mod exclusion;
pub mod expectation;
mod forecast;
pub mod gate;
pub mod guard;
mod history;
mod ledger;
mod minutes;
mod model;
pub mod paging;
mod past;
mod period;
mod policy;
mod ratio;
mod remark;
pub mod replay;
mod slices;
mod state;
pub mod suggest;
mod weight;
mod whole;
mod window;

#[cfg(test)]
mod tests;

pub use aim::{Aim, Ceiling};
pub use counts::{Counts, Gap, MinuteTally, WindowSum};
pub use day::{CountedMinute, DayMinutes, DaySums, Unread};
pub use evaluate::{
    AimStatus, ObjectiveInputs, ObjectiveStatus, SeriesPoint, SloInputs, SloStatus, WindowStatus, burn_now,
    coverage_of, evaluate, objective_label, series, series_together,
};
pub use exclusion::{
    Change, Effect, ExcludedTime, Exclusion, Exclusions, Repeat, RepeatError, Reset, effects,
};
pub use forecast::{Forecast, ForecastPoint, Turn, forecast, forecast_reach};
pub use history::{Coverage, History, HistoryDay, Marks, SOURCE_SPEAKS_FOR_MINUTES};
pub use ledger::{BoundOf, Entered, LedgerEntry, Override, PolicyApplied, SuppressedPage, suppressed_page};
pub use minutes::MinuteSet;
pub use model::{
    BudgetingMethod, Comparison, Measure, Objective, Signal, Sli, Slo, TARGET_DECIMALS, Target, TargetError,
    Threshold, UnmeasuredTime,
};
pub use past::Past;
pub use period::{Closing, PeriodResult, closing_calendar, period_results};
pub use policy::{AbsenceTold, AlertPolicy, NeverFires};
pub use ratio::Ratio;
pub use remark::{NamedSource, SERIES_MOST, SloRemark};
pub use slices::{RATIO_PARTS, SliceJudge, TimeSlices};
pub use state::{RISING_HORIZON_SECS, SloState};
pub use weight::{WEIGHT_DECIMALS, WEIGHT_MOST, Weight, weighted};
pub use whole::{PartSpent, WholeStatus, WholeWindow};
pub(crate) use window::duration_in_japanese;
pub use window::{
    CalendarUnit, CalendarWindow, RollingWindow, WINDOW_MAX_MINUTES, WINDOW_MIN_MINUTES, Window, WindowNow,
    duration_text,
};
