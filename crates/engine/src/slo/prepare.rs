//! Reads ahead what pages will ask for: after each tick some SLOs are looked at whole, so that nobody who opens a page waits
//! for the days of a long window to be read. What windows no longer reach is let go.

use ippo_base::{Minute, Timestamp};
use ippo_domain::slo::evaluate;

use super::book::{DefinedSlo, Pages, SloBook};
use super::gather::Gatherer;
use super::read::Moment;
use super::{SloError, Slos, blocking};

/// Every SLO is looked at once in so many ticks: about a minute.
const TICKS: usize = 12;
/// Days that one tick reads at most, but for those of one SLO.
const READS: usize = 300;

/// Looks at the next SLOs in turn.
///
/// # Errors
/// When the state database fails.
pub(super) async fn read_ahead(slos: &Slos, now: Timestamp) -> Result<(), SloError> {
    let (slos, moment) = (slos.clone(), Moment::read(slos, now).await?);
    blocking(move || look_at_next(&slos, &slos.book.read(), &moment)).await
}

fn look_at_next(slos: &Slos, pages: &Pages, moment: &Moment) {
    let all = pages.slos.len();
    let mut gatherer = Gatherer::new(&slos.store, &slos.book, &moment.up);
    let first = slos.book.turn_of(0);
    let mut done = 0;
    for defined in pages.slos.values().cycle().skip(first % all.max(1)).take(all.div_ceil(TICKS)) {
        if gatherer.read > READS {
            break;
        }
        let reach = moment.reach(&defined.slo);
        let exclusions = moment.exclusions_of(&defined.slo.name);
        let gathered = gatherer.gather(defined, reach, &exclusions, moment.firing_of(&defined.slo));
        // For the hours of a day in which windows begin.
        drop(evaluate(&defined.slo, &gathered.inputs, moment.now));
        forget_before(defined, reach.from);
        done += 1;
    }
    slos.book.turn_of(done);
    forget_sources(&slos.book, pages, moment);
}

fn forget_before(defined: &DefinedSlo, minute: Minute) {
    defined.known.iter().for_each(|known| known.forget_before(minute.day()));
}

/// Sources are shared: none of a day goes that any SLO reaches.
fn forget_sources(book: &SloBook, pages: &Pages, moment: &Moment) {
    let first = pages.slos.values().map(|defined| moment.reach(&defined.slo).from.day()).min();
    for defined in pages.slos.values() {
        for (key, _) in &defined.counters.sources {
            let source = book.source(key);
            first.iter().for_each(|first| source.forget_before(first.saturating_sub(1)));
        }
    }
}
