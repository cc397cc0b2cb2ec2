//! Which services or metrics an expression confines itself to.

use std::collections::BTreeSet;

use super::ast::{Leaf, Op, Predicate, Text};

/// The values of a column of texts without one of which the condition cannot be true; nothing if it does not say.
pub(super) fn mentioned<'a>(predicate: &'a Predicate, column: &'static str) -> Option<BTreeSet<&'a str>> {
    let meant = Text::Column(column);
    match predicate {
        Predicate::Leaf(leaf) => match leaf.as_ref() {
            Leaf::TextIs(text, Op::Eq, name) if *text == meant => Some(BTreeSet::from([name.as_ref()])),
            Leaf::TextIn(text, names) if *text == meant => Some(names.iter().map(AsRef::as_ref).collect()),
            _ => None,
        },
        Predicate::And(parts) => parts
            .iter()
            .filter_map(|part| mentioned(part, column))
            .reduce(|left, right| left.intersection(&right).copied().collect()),
        Predicate::Or(parts) => parts
            .iter()
            .filter(|part| !matches!(part, Predicate::Const(None | Some(false))))
            .map(|part| mentioned(part, column))
            .reduce(|left, right| Some(&left? | &right?))
            .flatten(),
        _ => None,
    }
}
