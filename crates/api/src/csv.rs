//! Comma-separated values as RFC 4180 writes them, and the header that makes a browser save a file.
//!
//! It must never change a value: what a spreadsheet makes of it is the reader's choice.

use http::HeaderValue;

/// One line with its end.
pub(crate) fn line<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        if field.contains(['"', ',', '\r', '\n']) {
            line.push('"');
            line.push_str(&field.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(field);
        }
    }
    line.push_str("\r\n");
    line
}

/// `Content-Disposition` of a file with this name, which is of letters, digits, `-` and `.`.
pub(crate) fn attachment(name: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).expect("the name is plain")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        assert_eq!(
            line(["a", "", "b,c", "say \"x\"", "two\nlines", "=1+1", "支払い"]),
            "a,,\"b,c\",\"say \"\"x\"\"\",\"two\nlines\",=1+1,支払い\r\n"
        );
    }
}
