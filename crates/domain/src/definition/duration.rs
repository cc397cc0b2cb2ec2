//! OpenSLO's shorthand for durations: a whole number and a unit, such as `28d`. Never months or longer: they differ in
//! length, so that a rolling window of them would not be one length.

/// Minutes, from `90m`, `6h`, `28d` or `4w`.
pub(super) fn minutes(text: &str) -> Result<u32, String> {
    let example = "write a whole number and m, h, d or w, for example 28d";
    let unit = text.chars().last().ok_or_else(|| format!("the duration is empty; {example}"))?;
    let number = &text[..text.len() - unit.len_utf8()];
    let per_unit = match unit {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        'w' => 7 * 24 * 60,
        'M' | 'Q' | 'Y' => {
            return Err(format!(
                "a rolling window cannot be {text}: months, quarters and years differ in length (M is months, m is minutes); write days, for example 28d"
            ));
        }
        's' => return Err(format!("{text} is in seconds, and counts are kept by the minute; {example}")),
        _ => return Err(format!("{text:?} is not a duration; {example}")),
    };
    let plain = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let count: u32 = match number.parse() {
        Ok(0) if plain => return Err(format!("{text} is no time at all; {example}")),
        Ok(count) if plain => count,
        _ => return Err(format!("{text:?} is not a duration; {example}")),
    };
    count.checked_mul(per_unit).ok_or_else(|| format!("{text} is too long; the longest window is 366d"))
}

/// How long a request may take, in milliseconds, at most.
const SLOW_MOST_MILLIS: u32 = 60 * 60 * 1_000;

/// Milliseconds, from `800ms` or `2s`.
pub(super) fn millis(text: &str) -> Result<u32, String> {
    let example = "write a whole number and ms or s, for example 800ms";
    let (number, per_unit) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => (number, 1),
        (None, Some(number)) => (number, 1_000),
        (None, None) => return Err(format!("{text:?} is not such a time; {example}")),
    };
    let plain = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let millis = number.parse::<u32>().ok().filter(|_| plain).and_then(|count| count.checked_mul(per_unit));
    match millis {
        Some(millis @ 1..=SLOW_MOST_MILLIS) => Ok(millis),
        Some(_) => Err(format!("{text} is not from 1ms to 3600s; {example}")),
        None => Err(format!("{text:?} is not such a time; {example}")),
    }
}

/// Minutes from durations one after the other: `28d`, `28d 5m` or `1d12h`.
pub(super) fn span(text: &str) -> Result<u32, String> {
    let mut total: u32 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return minutes(rest);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let end = digits + rest[digits..].chars().next().map_or(0, char::len_utf8);
        let part = minutes(&rest[..end])?;
        total = total.checked_add(part).ok_or_else(|| format!("{text} is too long"))?;
        rest = rest[end..].trim_start();
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::{millis, minutes, span};

    #[test]
    fn a_limit_is_read_exactly() {
        for (text, expected) in [("800ms", 800), ("2s", 2_000), ("3600s", 3_600_000)] {
            assert_eq!(millis(text), Ok(expected), "{text}");
        }
        for text in ["", "ms", "0ms", "800", "1.5s", "-1s", "+1s", "1m", "3601s", "99999999999ms", "800 ms"] {
            assert!(millis(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_add_up() {
        for (text, minutes) in [("28d", 40_320), ("28d 5m", 40_325), ("1d12h", 2_160), (" 90m ", 90)] {
            assert_eq!(span(text), Ok(minutes), "{text}");
        }
        for text in
            ["", "5", "d", "1d 5", "1d-5m", "1d, 5m", "1d 0m", "二d", "99999999999w", "2900000w 2900000w"]
        {
            assert!(span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn shorthand_is_read_exactly() {
        let cases = [("90m", 90), ("6h", 360), ("28d", 40_320), ("4w", 40_320)];
        for (text, expected) in cases {
            assert_eq!(minutes(text), Ok(expected));
        }
        for text in [
            "",
            "d",
            "0d",
            "-1d",
            "1.5d",
            "28",
            "28 d",
            "28D",
            "1M",
            "1Q",
            "1Y",
            "30s",
            "99999999w",
            "+4d",
            "二d",
        ] {
            assert!(minutes(text).is_err(), "{text}");
        }
        assert!(minutes("1M").expect_err("months").contains("m is minutes"));
    }
}
