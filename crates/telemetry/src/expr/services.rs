//! Which services an expression confines itself to.

use std::collections::BTreeSet;

use super::ast::{Leaf, Op, Predicate, Text};

const SERVICE: Text = Text::Column("service");

/// The services without one of which the condition cannot be true; nothing if it does not say.
pub(super) fn mentioned(predicate: &Predicate) -> Option<BTreeSet<&str>> {
    match predicate {
        Predicate::Leaf(leaf) => match leaf.as_ref() {
            Leaf::TextIs(text, Op::Eq, name) if *text == SERVICE => Some(BTreeSet::from([name.as_ref()])),
            Leaf::TextIn(text, names) if *text == SERVICE => Some(names.iter().map(AsRef::as_ref).collect()),
            _ => None,
        },
        Predicate::And(parts) => parts
            .iter()
            .filter_map(mentioned)
            .reduce(|left, right| left.intersection(&right).copied().collect()),
        Predicate::Or(parts) => parts
            .iter()
            .filter(|part| !matches!(part, Predicate::Const(None | Some(false))))
            .map(mentioned)
            .reduce(|left, right| Some(&left? | &right?))
            .flatten(),
        _ => None,
    }
}
