//! Texts with templates, as texts that stand still: what a template fills in for each alert is told by ippo beside the text. Evaluates
//! nothing.

/// Functions that change how a value is written, and not which.
const FORMATS: [&str; 14] = [
    "humanize",
    "humanize1024",
    "humanizeDuration",
    "humanizePercentage",
    "humanizeTimestamp",
    "printf",
    "title",
    "toUpper",
    "toLower",
    "toTime",
    "stripPort",
    "stripDomain",
    "reReplaceAll",
    "safeHtml",
];

/// A text without its templates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Still {
    pub(super) text: String,
    /// The labels that it told, the first one first.
    pub(super) labels: Vec<String>,
    /// Whether something stands for what was filled in.
    pub(super) has_places: bool,
}

/// The text of an alert with a word in braces for what was filled in; none if a template does more than that.
pub(super) fn still(text: &str, alert: &str) -> Option<Still> {
    let mut still = Still { text: String::new(), labels: vec![], has_places: false };
    let mut rest = text;
    while let Some(begin) = rest.find("{{") {
        let end = begin + rest[begin..].find("}}")?;
        still.text.push_str(&rest[..begin]);
        let inside = rest[begin + 2..end].trim_matches('-').trim();
        match filled_in(inside)? {
            FilledIn::Label("alertname") => still.text.push_str(alert),
            FilledIn::Label(label) => {
                still.has_places = true;
                still.text.push_str(&format!("{{{label}}}"));
                if !still.labels.iter().any(|known| known == label) {
                    still.labels.push(label.to_owned());
                }
            }
            FilledIn::Value => {
                still.has_places = true;
                still.text.push_str("{value}");
            }
        }
        rest = &rest[end + 2..];
    }
    still.text.push_str(rest);
    still.text = still.text.trim().to_owned();
    Some(still)
}

enum FilledIn<'a> {
    Label(&'a str),
    Value,
}

/// What a template fills in, if that is a label or the value, however it is written.
fn filled_in(inside: &str) -> Option<FilledIn<'_>> {
    let mut parts = inside.split('|').map(str::trim);
    let first = parts.next()?;
    let only_format = |part: &str| part.split_whitespace().next().is_some_and(|word| FORMATS.contains(&word));
    if !parts.all(only_format) {
        return None;
    }
    if let Some(label) = first.strip_prefix("index $labels ") {
        return label_named(label.trim().strip_prefix('"')?.strip_suffix('"')?);
    }
    let (before, last) = first.rsplit_once(char::is_whitespace).unwrap_or(("", first));
    if !before.is_empty() && !only_format(before) {
        return None;
    }
    match last {
        "$value" | ".Value" => Some(FilledIn::Value),
        _ => label_named(last.strip_prefix("$labels.").or_else(|| last.strip_prefix(".Labels."))?),
    }
}

fn label_named(label: &str) -> Option<FilledIn<'_>> {
    let is_name =
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    is_name.then_some(FilledIn::Label(label))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_filled_in_is_a_word_in_braces() {
        for (text, expected, labels) in [
            ("Disk is full", Some("Disk is full"), ""),
            ("{{ $labels.instance }} is down", Some("{instance} is down"), "instance"),
            ("{{.Labels.job}}/{{ $labels.job }}: {{ .Value }}", Some("{job}/{job}: {value}"), "job"),
            (
                "{{- $value | humanizePercentage -}} of {{ index $labels \"a.b\" }}",
                Some("{value} of {a.b}"),
                "a.b",
            ),
            ("{{ printf \"%.2f\" $value }} s, {{ humanizeDuration $value }}", Some("{value} s, {value}"), ""),
            ("https://wiki/{{ $labels.alertname }}", Some("https://wiki/HostDown"), ""),
            ("{{ if eq $labels.a \"b\" }}x{{ end }}", None, ""),
            ("{{ with query \"up\" }}x{{ end }}", None, ""),
            ("{{ $externalLabels.cluster }}", None, ""),
            ("{{ $labels.a | first }}", None, ""),
            ("{{ $labels.a", None, ""),
            ("{{ }}", None, ""),
            ("{{ $labels.a b }}", None, ""),
        ] {
            let still = still(text, "HostDown");
            assert_eq!(still.as_ref().map(|still| still.text.as_str()), expected, "{text}");
            assert_eq!(still.map(|still| still.labels.join(",")).unwrap_or_default(), labels, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn no_template_stays(text in r#"(\{\{|\}\}|\$labels\.a|\$value|\||printf| |[a-zあ"-]){0,20}"#) {
            if let Some(still) = still(&text, "A") {
                prop_assert!(!still.text.contains("{{"), "{}", still.text);
            }
        }
    }
}
