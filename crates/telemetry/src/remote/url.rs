//! Where segments are kept, as people write it: `s3://bucket/prefix`.

use std::fmt;
use std::str::FromStr;

/// A bucket, and what the keys of all objects begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketUrl {
    /// The bucket's name.
    pub bucket: String,
    /// Parts of a key with `/` between them; empty for none.
    pub prefix: String,
}

/// Why a text says no bucket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}; it must be s3://bucket or s3://bucket/prefix")]
pub struct BucketUrlError(&'static str);

impl FromStr for BucketUrl {
    type Err = BucketUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("s3://").ok_or(BucketUrlError("it does not begin with s3://"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(letter) {
            return Err(BucketUrlError(
                "a bucket's name has 3 to 63 small letters, digits, hyphens and dots (no user, no port: the address of the \
                 server is AWS_ENDPOINT_URL)",
            ));
        }
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.=".contains(c);
        let is_part =
            |part: &str| !part.is_empty() && ![".", ".."].contains(&part) && part.chars().all(plain);
        if !prefix.is_empty() && !prefix.split('/').all(is_part) {
            return Err(BucketUrlError(
                "a prefix has letters, digits, hyphens, dots, equals signs and underscores between single slashes",
            ));
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

impl fmt::Display for BucketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.bucket)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_and_prefixes_are_read_and_shown_and_the_rest_is_refused() {
        for (text, shown) in [
            ("s3://telemetry", "s3://telemetry"),
            ("s3://telemetry/", "s3://telemetry"),
            ("s3://my.bucket-1/ippo/prod_1/", "s3://my.bucket-1/ippo/prod_1"),
            ("s3://bucket/env=prod", "s3://bucket/env=prod"),
        ] {
            assert_eq!(text.parse::<BucketUrl>().map(|url| url.to_string()), Ok(shown.to_owned()));
        }
        for text in [
            "",
            "bucket/prefix",
            "https://bucket.s3.amazonaws.com",
            "s3://",
            "s3:///prefix",
            "s3://ab",
            "s3://Bucket",
            "s3://key:secret@bucket/x",
            "s3://bucket//x",
            "s3://bucket/../x",
            "s3://bucket/x?region=y",
        ] {
            let told = text.parse::<BucketUrl>().expect_err(text).to_string();
            assert!(told.ends_with("it must be s3://bucket or s3://bucket/prefix"), "{told}");
            assert!(!told.contains("secret"), "{told}");
        }
    }
}
