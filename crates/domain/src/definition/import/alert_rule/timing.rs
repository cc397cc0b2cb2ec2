//! Lengths of time of rule files, in whole minutes.

use super::super::super::fields::Fields;
use super::super::super::scalar::Scalar;
use super::super::super::{WAIT_MINUTES, yaml::Position};
use super::super::reader::Reason;
use super::Rules;
use crate::prometheus::seconds;
use crate::slo::duration_text;

/// How long something must last, in minutes, as far as a field says it; a begun minute is a whole one, and told.
pub(super) fn minutes(reader: &mut Rules<'_, '_>, fields: &Fields<'_>, name: &str) -> Option<u32> {
    let written = fields.scalar(&mut reader.report(), name)?;
    let (at, path) = (written.at(), fields.path_of(name));
    let Some(seconds) = read(written) else {
        let message = format!("{:?} is not a length of time, such as 5m or 1h30m", written.text());
        reader.report().error(at, &path, message);
        return None;
    };
    if seconds == 0 {
        return None;
    }
    let minutes = u32::try_from(seconds.div_ceil(60)).unwrap_or(u32::MAX);
    if minutes > WAIT_MINUTES {
        refuse_long(reader, (at, &path), written.text());
        return None;
    }
    if !seconds.is_multiple_of(60) {
        let note =
            format!("{} is {} here, as ippo judges whole minutes", written.text(), duration_text(minutes));
        reader.note((at, &path), note);
    }
    Some(minutes)
}

fn refuse_long(reader: &mut Rules<'_, '_>, at: (Position, &str), text: &str) {
    let why = format!("{text} is longer than a rule waits, {}", duration_text(WAIT_MINUTES));
    reader
        .refuse(at, Reason::new(why, "write a shorter one; what goes on for weeks is the budget of an SLO"));
}

fn read(written: &Scalar) -> Option<u64> {
    match written.text() {
        "0" => Some(0),
        text => match text.strip_suffix("ms") {
            Some(millis) => millis.parse::<u64>().ok().map(|millis| millis.div_ceil(1_000)),
            None => seconds(text),
        },
    }
}
