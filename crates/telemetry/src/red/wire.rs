//! A rollup as bytes: protobuf, each text once, each series as columns.

use std::collections::BTreeMap;

use ippo_base::Minute;
use prost::Message;

use super::{Key, Red, Rollup, Series, Sketch};

/// Counted up when the meaning of the bytes changes.
const VERSION: u32 = 1;
/// A rollup of more bytes than this is none that was written here.
const MOST_BYTES: usize = 256 * 1024 * 1024;

#[derive(Clone, PartialEq, Message)]
struct WireRollup {
    #[prost(uint32, tag = "1")]
    version: u32,
    #[prost(string, repeated, tag = "2")]
    texts: Vec<String>,
    #[prost(message, repeated, tag = "3")]
    series: Vec<WireSeries>,
}

#[derive(Clone, PartialEq, Message)]
struct WireSeries {
    /// Positions of service, namespace, environment, name and kind among the texts, and of method and route behind 0 for
    /// none.
    #[prost(uint32, repeated, tag = "1")]
    key: Vec<u32>,
    #[prost(uint32, tag = "2")]
    status_class: u32,
    #[prost(sfixed64, tag = "3")]
    last: i64,
    /// Minutes, each as the difference from the one before.
    #[prost(uint32, repeated, tag = "4")]
    minutes: Vec<u32>,
    /// Errors of each minute.
    #[prost(uint64, repeated, tag = "5")]
    errors: Vec<u64>,
    /// How many buckets each minute has.
    #[prost(uint32, repeated, tag = "6")]
    lengths: Vec<u32>,
    /// Buckets, each as the difference from the one before in its minute.
    #[prost(uint32, repeated, tag = "7")]
    buckets: Vec<u32>,
    /// Rows of each bucket.
    #[prost(uint64, repeated, tag = "8")]
    counts: Vec<u64>,
}

/// Texts that have positions.
#[derive(Default)]
struct Texts<'a> {
    positions: BTreeMap<&'a str, u32>,
    texts: Vec<String>,
}

impl<'a> Texts<'a> {
    fn position(&mut self, text: &'a str) -> u32 {
        *self.positions.entry(text).or_insert_with(|| {
            self.texts.push(text.to_owned());
            u32::try_from(self.texts.len() - 1).expect("fewer than 2^32 texts")
        })
    }

    fn optional(&mut self, text: Option<&'a str>) -> u32 {
        text.map_or(0, |text| self.position(text) + 1)
    }
}

impl Rollup {
    /// As bytes.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut texts = Texts::default();
        let series = self.series.iter().map(|(key, series)| encode(&mut texts, key, series)).collect();
        let message = WireRollup { version: VERSION, texts: texts.texts, series }.encode_to_vec();
        zstd::bulk::compress(&message, 3).expect("zstd compresses any bytes")
    }

    /// From bytes; `None` if they are not those of a rollup that this ippo knows.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let length = zstd::zstd_safe::get_frame_content_size(bytes).ok()??;
        let length = usize::try_from(length).ok().filter(|length| *length <= MOST_BYTES)?;
        let message = WireRollup::decode(&*zstd::bulk::decompress(bytes, length).ok()?).ok()?;
        if message.version != VERSION {
            return None;
        }
        let series = message.series.iter().map(|series| decode(&message.texts, series));
        Some(Self { series: series.collect::<Option<_>>()? })
    }
}

fn encode<'a>(texts: &mut Texts<'a>, key: &'a Key, series: &Series) -> WireSeries {
    let mut wire = WireSeries {
        key: [&key.service, &key.namespace, &key.environment, &key.name, &key.kind]
            .map(|text| texts.position(text))
            .to_vec(),
        status_class: u32::from(key.status_class),
        last: series.last,
        ..WireSeries::default()
    };
    wire.key.extend([&key.method, &key.route].map(|text| texts.optional(text.as_deref())));
    let mut minute_before = 0;
    for (minute, red) in &series.minutes {
        wire.minutes.push(minute.0 - minute_before);
        minute_before = minute.0;
        wire.errors.push(red.errors);
        let buckets = red.durations.buckets();
        wire.lengths.push(u32::try_from(buckets.len()).expect("fewer than 2^16 buckets"));
        let mut bucket_before = 0;
        for (bucket, count) in buckets {
            wire.buckets.push(u32::from(bucket - bucket_before));
            bucket_before = *bucket;
            wire.counts.push(*count);
        }
    }
    wire
}

fn decode(texts: &[String], wire: &WireSeries) -> Option<(Key, Series)> {
    let text = |at: u32| texts.get(at as usize).cloned();
    let optional = |at: u32| if at == 0 { Some(None) } else { text(at - 1).map(Some) };
    let [service, namespace, environment, name, kind, method, route] = wire.key[..].try_into().ok()?;
    let key = Key {
        service: text(service)?,
        namespace: text(namespace)?,
        environment: text(environment)?,
        name: text(name)?,
        kind: text(kind)?,
        method: optional(method)?,
        route: optional(route)?,
        status_class: u8::try_from(wire.status_class).ok()?,
    };
    let mut buckets = wire.buckets.iter().zip(&wire.counts);
    let mut minutes = BTreeMap::new();
    let mut minute = 0_u32;
    for ((difference, errors), length) in wire.minutes.iter().zip(&wire.errors).zip(&wire.lengths) {
        minute = minute.checked_add(*difference)?;
        let mut bucket = 0_u16;
        let of_minute = buckets.by_ref().take(*length as usize).map(|(difference, count)| {
            bucket = bucket.checked_add(u16::try_from(*difference).ok()?)?;
            Some((bucket, *count))
        });
        let durations = Sketch::from_buckets(of_minute.collect::<Option<_>>()?)?;
        minutes.insert(Minute(minute), Red { errors: *errors, durations });
    }
    Some((key, Series { last: wire.last, minutes }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> impl Strategy<Value = Key> {
        let texts = proptest::array::uniform5("[ab]{0,1}");
        let optional = proptest::array::uniform2(proptest::option::of("[ab]{0,1}"));
        (texts, optional, 0u8..6).prop_map(
            |([service, namespace, environment, name, kind], [method, route], status_class)| Key {
                service,
                namespace,
                environment,
                name,
                kind,
                method,
                route,
                status_class,
            },
        )
    }

    fn series() -> impl Strategy<Value = Series> {
        let red = (0u64..3, proptest::collection::vec(0i64..5_000_000, 1..4));
        let minutes = proptest::collection::vec((0u32..100, red), 1..5);
        (any::<i64>(), minutes).prop_map(|(last, minutes)| {
            let mut series = Series { last, ..Series::default() };
            for (minute, (errors, durations)) in minutes {
                let red = series.minutes.entry(Minute(minute)).or_default();
                red.errors += errors;
                durations.iter().for_each(|nanos| red.durations.add(*nanos));
            }
            series
        })
    }

    proptest! {
        #[test]
        fn a_rollup_comes_back(series in proptest::collection::btree_map(key(), series(), 0..6)) {
            let rollup = Rollup { series };
            prop_assert_eq!(Rollup::decode(&rollup.encode()), Some(rollup));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _ = Rollup::decode(&bytes);
            let _ = Rollup::decode(&zstd::bulk::compress(&bytes, 1).expect("compressed"));
        }
    }
}
