//! One selector in the place of two that are added up. Only where no series can be found by both, as it would be counted
//! twice before and once after.

use super::query::Selector;

/// Alternatives in one comparison.
const ALTERNATIVES: usize = 50;

impl Selector {
    /// The selector of the series of both, if they differ in one label alone and can have none in common.
    pub fn or(&self, other: &Self) -> Option<Self> {
        let only_here: Vec<_> = self.matchers.iter().filter(|one| !other.matchers.contains(one)).collect();
        let only_there: Vec<_> = other.matchers.iter().filter(|one| !self.matchers.contains(one)).collect();
        let ([(label, sign, value)], [(same, other_sign, other_value)]) = (&only_here[..], &only_there[..])
        else {
            return None;
        };
        if self.metric != other.metric || label != same {
            return None;
        }
        let (here, there) = (alternatives(sign, value)?, alternatives(other_sign, other_value)?);
        let apart = here.iter().all(|one| there.iter().all(|another| are_apart(one, another)));
        if !apart || here.len() + there.len() > ALTERNATIVES {
            return None;
        }
        let mut matchers = self.matchers.clone();
        matchers.retain(|(name, ..)| name != label);
        // The label may be compared otherwise, too.
        matchers.extend(
            self.matchers.iter().filter(|one| one.0 == *label && other.matchers.contains(one)).cloned(),
        );
        matchers.push((label.clone(), "=~", [here, there].concat().join("|")));
        matchers.sort();
        Some(Self { metric: self.metric.clone(), matchers })
    }
}

/// What a comparison finds, as patterns of one length each, in which a point is any character.
fn alternatives(sign: &str, value: &str) -> Option<Vec<String>> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | ':' | ' ');
    match sign {
        "=" => (!value.is_empty() && value.chars().all(plain)).then(|| vec![value.to_owned()]),
        "=~" => {
            let inside = value.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(value);
            let each = inside.split('|').map(str::to_owned).collect::<Vec<_>>();
            let fits = |one: &String| !one.is_empty() && one.chars().all(|c| plain(c) || c == '.');
            each.iter().all(fits).then_some(each)
        }
        _ => None,
    }
}

/// Whether no text fits both.
fn are_apart(one: &str, another: &str) -> bool {
    one.len() != another.len()
        || one.bytes().zip(another.bytes()).any(|(a, b)| a != b && a != b'.' && b != b'.')
}

#[cfg(test)]
mod tests {
    use super::super::read_selector;

    fn or(one: &str, another: &str) -> Option<String> {
        let read = |query| read_selector(query).expect("a selector");
        let union = read(one).or(&read(another)).map(|union| union.to_string());
        let reversed = read(another).or(&read(one));
        assert_eq!(union.is_some(), reversed.is_some(), "whichever is first");
        union
    }

    #[test]
    fn what_cannot_overlap_is_one_selector() {
        for (one, another, union) in [
            (r#"x{code="429"}"#, r#"x{code=~"5.."}"#, r#"x{code=~"429|5.."}"#),
            (
                r#"x{code=~"(5..|429)",job="a"}"#,
                r#"x{job="a",code="499"}"#,
                r#"x{code=~"5..|429|499",job="a"}"#,
            ),
            (
                r#"x{code=~"5..",code!="503"}"#,
                r#"x{code!="503",code="429"}"#,
                r#"x{code!="503",code=~"5..|429"}"#,
            ),
        ] {
            assert_eq!(or(one, another).as_deref(), Some(union));
        }
        for (one, another) in [
            ("x", "x"),
            ("x", r#"x{code="500"}"#),
            (r#"x{code="500"}"#, r#"y{code="501"}"#),
            (r#"x{code="500"}"#, r#"x{code="500"}"#),
            (r#"x{code="500"}"#, r#"x{code=~"5.."}"#),
            (r#"x{code=~"50."}"#, r#"x{code=~"5.1"}"#),
            (r#"x{code="500"}"#, r#"x{job="a"}"#),
            (r#"x{code="500",job="a"}"#, r#"x{code="501",job="b"}"#),
            (r#"x{code="500"}"#, r#"x{code!="500"}"#),
            (r#"x{code=~"4.+"}"#, r#"x{code=~"5.."}"#),
            (r#"x{code=""}"#, r#"x{code="500"}"#),
            (r#"x{code="a.b"}"#, r#"x{code="c"}"#),
        ] {
            assert_eq!(or(one, another), None, "{one} {another}");
        }
    }
}
