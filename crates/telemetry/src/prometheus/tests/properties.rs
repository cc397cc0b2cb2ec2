//! Whatever the bytes: no panic, and what comes out is OTLP that the store takes.

use proptest::prelude::*;

use super::messages::{sample, v1, v2};
use super::*;

fn check(version: WriteVersion, body: &[u8]) -> Result<(), TestCaseError> {
    let Ok(translated) = remote_write_to_otlp(version, body, accept()) else { return Ok(()) };
    let decoded = rows(&translated);
    prop_assert_eq!(decoded.outcome.rejected, 0, "what is refused is refused before");
    prop_assert_eq!(decoded.outcome.accepted, translated.samples + translated.histograms);
    Ok(())
}

type Labels = Vec<(String, String)>;
type Samples = Vec<(i64, f64)>;

fn series() -> impl Strategy<Value = (Labels, Samples)> {
    let labels = prop::collection::vec(("(__name__|job|instance|a|b)", "[a-c]{0,2}(_total)?"), 0..6);
    (labels, prop::collection::vec((AT_MS - 9_000_000..AT_MS + 9_000_000, any::<f64>()), 0..5))
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body: Vec<u8>) {
        check(WriteVersion::V1, &body)?;
        check(WriteVersion::V2, &body)?;
    }

    #[test]
    fn broken_requests_are_read_without_panic(
        (labels, samples) in series(),
        at: prop::sample::Index,
        byte: u8,
        cut: prop::sample::Index,
    ) {
        let pairs: Vec<(&str, &str)> = labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let samples: Vec<_> = samples.into_iter().map(|(at, value)| sample(at, value)).collect();
        let one = v1(&pairs, samples.clone()).encode_to_vec();
        let two = v2(&pairs, samples, 1, "s", AT_MS).encode_to_vec();
        for (version, whole) in [(WriteVersion::V1, one), (WriteVersion::V2, two)] {
            check(version, &whole)?;
            if whole.is_empty() {
                continue;
            }
            let mut broken = whole.clone();
            broken[at.index(whole.len())] = byte;
            check(version, &broken)?;
            check(version, &whole[..cut.index(whole.len())])?;
        }
    }

    #[test]
    fn every_sample_is_taken_or_refused((labels, samples) in series()) {
        let pairs: Vec<(&str, &str)> = labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let sent = samples.len();
        let samples = samples.into_iter().map(|(at, value)| sample(at, value)).collect();
        let translated = translated(WriteVersion::V1, &v1(&pairs, samples).encode_to_vec());
        prop_assert_eq!(translated.samples + translated.refused_total(), sent);
    }
}
