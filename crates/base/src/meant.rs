//! Which of the known names a wrong one was probably meant to be. It must never guess silently: it only words errors.

use strsim::levenshtein;

/// Letters of the wrong name that are looked at.
const LETTERS: usize = 64;
/// Of so many letters one may be wrong, of three times as many three.
const LETTERS_AN_EDIT: usize = 3;
const EDITS_MOST: usize = 3;
/// A name so long tells something as a part of another.
const TELLING_LETTERS: usize = 4;

/// The names that are few letters away from `name`, nearest first; then those that share a telling part with it.
/// Letter case does not count.
pub fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let name: String = name.to_lowercase().chars().take(LETTERS).collect();
    let letters = name.chars().count();
    let most = (letters / LETTERS_AN_EDIT).clamp(1, EDITS_MOST);
    let near = |candidate: &'a str| {
        let lower = candidate.to_lowercase();
        let edits = levenshtein(&name, &lower);
        let shorter = letters.min(lower.chars().count());
        let shares = shorter >= TELLING_LETTERS && (lower.contains(&name) || name.contains(&lower));
        // Of a name of one letter nothing is left that could be right.
        ((edits <= most && edits < letters) || shares).then_some((edits, candidate))
    };
    let mut found: Vec<(usize, &str)> = known.into_iter().filter_map(near).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, candidate)| candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_nonsense_is_not() {
        let known = ["service", "status", "duration_ns", "Objective", "ts"];
        for (name, expected) in [
            ("servce", &["service"][..]),
            ("SERVICE", &["service"]),
            ("status_code", &["status"]),
            ("duration", &["duration_ns"]),
            ("duration_sn", &["duration_ns"]),
            ("objectives", &["Objective"]),
            ("tss", &["ts"]),
            ("xyzzy", &[]),
            ("x", &[]),
            ("", &[]),
        ] {
            assert_eq!(meant(name, known), expected, "{name}");
        }
        assert_eq!(meant("targets", ["targetPercent", "target"]), ["target"]);
        assert_eq!(
            meant("target", ["targetPercent", "tagret"]),
            ["tagret", "targetPercent"],
            "nearest first"
        );
        assert_eq!(meant(&"a".repeat(1_000_000), known), [""; 0]);
    }
}
