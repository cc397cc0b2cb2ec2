//! A month of critical user journeys in words.

use super::document::{Block, Text};
use super::{JourneyMonth, JourneySlo};
use crate::Said;

/// What users came for, what they met, and what it does to them when it fails.
pub(super) fn tell(journeys: &[JourneyMonth], blocks: &mut Vec<Block>) {
    if journeys.is_empty() {
        return;
    }
    blocks.push(Block::Heading(3, Said::new("What users came for", "ユーザーが来た目的")));
    blocks.push(Block::List(journeys.iter().map(item).collect()));
}

/// A journey whose review is due.
pub(super) fn review(journey: &JourneyMonth) -> Option<Text> {
    let (title, date) = (&journey.title, journey.review_on?);
    let said = Said::new(
        format!(
            "{title}: the review of this journey was due on {date}; do those who agreed to it still agree?"
        ),
        format!(
            "{title}: ジャーニーの見直しの期日 ({date}) を過ぎています。合意した人に、今も変わりないか確認してください"
        ),
    );
    Some(Text::to(said, path(journey)))
}

fn path(journey: &JourneyMonth) -> String {
    format!("/slos/-/journeys/{}", journey.journey)
}

fn item(journey: &JourneyMonth) -> Text {
    let JourneyMonth { title, harm, .. } = journey;
    let (mut english, mut japanese) = (format!("{title}:"), format!("{title}: "));
    for met in journey.met.iter().chain([&promises(&journey.slos)]) {
        english.push_str(&format!(" {}", met.english));
        japanese.push_str(&met.japanese);
    }
    english.push_str(&format!(" When it fails: {harm}"));
    japanese.push_str(&format!("失敗すると: {harm}"));
    Text::to(Said::new(english, japanese), path(journey))
}

/// Which of its SLOs were kept.
fn promises(slos: &[JourneySlo]) -> Said {
    let titles = |wanted: Option<bool>| -> Vec<&str> {
        slos.iter().filter(|slo| slo.is_kept == wanted).map(|slo| slo.title.as_str()).collect()
    };
    let (broken, unknown) = (titles(Some(false)), titles(None));
    let mut told = match broken.as_slice() {
        [] if unknown.len() == slos.len() => Said::default(),
        [] => Said::new("What was promised about it was kept.", "この目的についての約束は達成しました。"),
        broken => Said::new(
            format!("Not kept: {}.", broken.join(", ")),
            format!("未達の約束: {}。", broken.join("、")),
        ),
    };
    if !unknown.is_empty() {
        let gap = if told.english.is_empty() { "" } else { " " };
        told.english.push_str(&format!("{gap}Nothing was counted of {}.", unknown.join(", ")));
        told.japanese.push_str(&format!("集計なし: {}。", unknown.join("、")));
    }
    told
}
