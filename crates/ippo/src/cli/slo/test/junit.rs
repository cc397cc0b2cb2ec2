//! The outcome of tests in JUnit's XML, which CI systems show beside a change. Deterministic: it says nothing of time.

use super::{Expectation, Report, Tested, Wrong};

/// The report as a document: a suite for each test, a case for each expectation, and one for each thing that is wrong.
pub(super) fn xml(report: &Report) -> String {
    let cases: usize = report.tests.iter().map(|test| test.expectations.len()).sum();
    let (errors, tests) = (report.errors.len(), cases + report.errors.len());
    let failures: usize = report.tests.iter().map(failed).sum();
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    xml.push_str(&format!(
        "<testsuites name=\"ippo slo test\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">\n"
    ));
    if errors > 0 {
        xml.push_str(&format!(
            "  <testsuite name=\"files\" tests=\"{errors}\" failures=\"0\" errors=\"{errors}\">\n"
        ));
        report.errors.iter().for_each(|wrong| xml.push_str(&error(wrong)));
        xml.push_str("  </testsuite>\n");
    }
    for test in &report.tests {
        xml.push_str(&format!(
            "  <testsuite name=\"{}\" file=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n",
            escaped(&test.name),
            escaped(&test.file),
            test.expectations.len(),
            failed(test)
        ));
        test.expectations.iter().for_each(|each| xml.push_str(&case(test, each)));
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn failed(test: &Tested) -> usize {
    test.expectations.iter().filter(|each| !each.as_expected).count()
}

fn error(Wrong { file, line, column, field, message }: &Wrong) -> String {
    let place = escaped(&format!("{file}:{line}:{column}"));
    let (file, field) = (escaped(file), escaped(field));
    format!(
        "    <testcase name=\"{place}\" classname=\"{field}\" file=\"{file}\" line=\"{line}\">\n      <error message=\"{}\"/>\n    </testcase>\n",
        escaped(message)
    )
}

fn case(test: &Tested, each: &Expectation) -> String {
    let head = format!(
        "    <testcase name=\"{}\" classname=\"{}.{}\" file=\"{}\" line=\"{}\"",
        escaped(&each.what()),
        escaped(&test.slo),
        escaped(&test.name),
        escaped(&test.file),
        each.line
    );
    if each.as_expected {
        return format!("{head}/>\n");
    }
    let message = escaped(&format!("expected {}, is {}", each.expected, each.actual));
    let text = escaped(&format!(
        "{}:{}:{}\nexpected {}\nactual   {}",
        test.file, each.line, each.column, each.expected, each.actual
    ));
    format!("{head}>\n      <failure message=\"{message}\">{text}</failure>\n    </testcase>\n")
}

/// Text as it may stand in an attribute or an element; what XML 1.0 cannot say at all becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_stays_within_its_element() {
        assert_eq!(escaped("a < b & \"c\" > 予算\u{1b}"), "a &lt; b &amp; &quot;c&quot; &gt; 予算\u{fffd}");
    }
}
