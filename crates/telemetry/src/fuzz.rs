//! Everything here that reads bytes from outside, as functions that a fuzzer calls with any bytes.
//!
//! A target panics when a promise is broken, and only then. The harness in `fuzz/` gives them to libFuzzer; a test
//! below runs the same functions on the same seeds with mutations of its own. They must never need DataFusion.

#[cfg(test)]
mod mutation;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::DataType;
use ippo_base::disk::{Disk as _, SimDisk};
use ippo_base::limits::BODY_BYTES;
use ippo_base::{TimeRange, Timestamp};

use crate::columns;
use crate::expr::{Expr, ValueExpr};
use crate::otlp::{self, DecodeError, Decoded, Reception};
use crate::signal::Signal;
use crate::wal::{self, Entry, Lsn, Wal};

/// When every request of the targets comes: the time around which the seeds were recorded.
const NOW: Timestamp = Timestamp::from_nanos(1_795_486_560_000_000_000);
/// Requests recorded from the shop, as rows.
static RECORDED: LazyLock<[RecordBatch; 3]> = LazyLock::new(|| {
    let bodies: [&[u8]; 3] = [
        include_bytes!("../../../fuzz/seeds/otlp_protobuf/spans"),
        include_bytes!("../../../fuzz/seeds/otlp_protobuf/logs"),
        include_bytes!("../../../fuzz/seeds/otlp_protobuf/metrics"),
    ];
    Signal::ALL.map(|signal| decode(signal, bodies[signal.index()]).expect("a good request").rows)
});
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// Decodes the bytes as a protobuf request of each signal.
pub fn otlp_protobuf(data: &[u8]) {
    for signal in Signal::ALL {
        if let Some(decoded) = decode(signal, data) {
            assert_eq!(decode(signal, data).as_ref(), Some(&decoded), "decoding is a function of the body");
            let canonical =
                otlp::canonical(signal, data).expect("the general decoder reads what is read in place");
            assert_eq!(decode(signal, &canonical), Some(decoded), "and reads the same");
        } else if let Ok(canonical) = otlp::canonical(signal, data) {
            assert_eq!(decode(signal, &canonical), None, "what the general decoder reads is read in place");
        }
    }
}

/// Translates the bytes from JSON as a request of each signal, and decodes what comes of it.
pub fn otlp_json(data: &[u8]) {
    for signal in Signal::ALL {
        match otlp::json_to_protobuf(signal, data) {
            Ok(body) if body.len() <= BODY_BYTES => {
                decode(signal, &body).expect("a translation is a good message");
            }
            Ok(_) => {}
            Err(DecodeError::Json { path, offset, .. }) => {
                assert!(path.starts_with('$') && offset <= data.len(), "{path} {offset}");
            }
            Err(DecodeError::TooLarge { bytes, limit, .. }) => assert!(bytes > limit),
            Err(DecodeError::Protobuf { reason, .. }) => panic!("the translation is no message: {reason}"),
        }
    }
}

fn decode(signal: Signal, body: &[u8]) -> Option<Decoded> {
    let accept = TimeRange { from: NOW.minus(DAY), to: NOW.plus(DAY) };
    let decoded = otlp::decode(signal, body, &Reception { received: NOW, accept }).ok()?;
    assert_eq!(decoded.rows.schema(), columns::schema(signal));
    assert_eq!(decoded.rows.num_rows(), decoded.outcome.accepted);
    assert_eq!(
        decoded.outcome.reasons.iter().map(|(_, count)| count).sum::<usize>(),
        decoded.outcome.rejected
    );
    assert_eq!(
        decoded.outcome.message().is_none(),
        decoded.outcome.rejected
            + decoded.outcome.dropped_attributes
            + decoded.outcome.cut_values
            + decoded.outcome.bad_ids
            == 0
    );
    for name in ["attrs", "resource", "events", "links", "distribution"] {
        let Some(texts) = decoded.rows.column_by_name(name).and_then(|column| column.as_string_opt::<i32>())
        else {
            continue;
        };
        for text in texts.iter().flatten() {
            serde_json::from_str::<serde_json::Value>(text).expect("columns of JSON hold JSON");
        }
    }
    Some(decoded)
}

/// Parses the text as a condition and as a number of each signal, and evaluates what comes of it on recorded rows.
pub fn expression(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for signal in Signal::ALL {
        let rows = &RECORDED[signal.index()];
        match Expr::parse(text, signal) {
            Ok(condition) => holds(&condition, rows),
            Err(error) => {
                assert!(text.is_char_boundary(error.offset) && !error.message.is_empty(), "{error}");
            }
        }
        if let Ok(number) = ValueExpr::parse(text, signal) {
            let narrow = only(rows, &number.columns());
            assert_eq!(number.eval(rows), number.eval(&narrow), "it reads no other columns");
        }
    }
}

fn holds(condition: &Expr, rows: &RecordBatch) {
    let truths = condition.eval(rows);
    assert_eq!(truths.len(), rows.num_rows());
    let narrow = only(rows, &condition.columns());
    assert_eq!(truths, condition.eval(&narrow), "it reads no other columns");
    let half = rows.num_rows() / 2;
    assert_eq!(condition.eval(&rows.slice(half, 1)), truths.slice(half, 1), "each row counts by itself");
    let Some(named) = condition.mentioned_services() else { return };
    let services = rows.column_by_name("service").expect("every signal has services");
    let services = arrow::compute::cast(services, &DataType::Utf8).expect("a service is text");
    for (service, truth) in services.as_string::<i32>().iter().zip(&truths) {
        let is_named = service.is_some_and(|service| named.iter().any(|name| name == service));
        assert!(is_named || truth != Some(true), "only rows of the services it names are true");
    }
}

fn only(rows: &RecordBatch, columns: &[&str]) -> RecordBatch {
    let indices: Vec<usize> =
        columns.iter().map(|name| rows.schema().index_of(name).expect("a column of the table")).collect();
    rows.project(&indices).expect("its own columns")
}

/// Reads the bytes as a file of the log and as a record's payload, and logs them and damages the log.
pub fn wal(data: &[u8]) {
    any_file(data);
    entry(data);
    one_flipped_bit(data);
}

fn entry(payload: &[u8]) {
    if let Ok(entry) = Entry::decode(payload) {
        assert_eq!(Entry::decode(&entry.encode()).as_ref(), Ok(&entry), "what was read can be written");
    }
}

fn any_file(data: &[u8]) {
    let disk = SimDisk::new(0);
    let name = format!("{}/00000000000000000001-0000000001", wal::FOLDER);
    disk.write_new(&name, data).expect("a healthy disk");
    let found = wal::replay(&disk, Lsn(0)).expect("a healthy disk");
    assert_eq!((found.bytes, found.attempt), (data.len() as u64, 1));
    let mut end = 0;
    for damage in &found.damage {
        assert!(damage.offset >= end && damage.bytes > 0, "damaged places follow one another");
        end = damage.offset + damage.bytes;
    }
    let read: usize = found.records.iter().map(|record| record.stored_bytes).sum();
    assert!(end <= data.len() && read <= data.len());
    assert!(found.records.is_sorted_by(|a, b| a.lsn < b.lsn), "each number once, in order");
    found
        .records
        .iter()
        .filter_map(|record| record.payload(&disk).expect("a healthy disk"))
        .for_each(|payload| entry(&payload));
}

/// Of a group of three records behind which is a mark, and one flipped bit, only the record with that bit is lost, and it is
/// said so.
fn one_flipped_bit(data: &[u8]) {
    let Some((place, rest)) = data.split_first_chunk::<4>() else { return };
    let payloads: Vec<Vec<u8>> = (0..3).map(|n| rest.iter().skip(n).step_by(3).copied().collect()).collect();
    let disk = SimDisk::new(0);
    let mut log = Wal::after(Arc::new(disk.clone()), Lsn(0), 0, 0);
    log.append(&payloads).expect("a healthy disk");
    log.mark();
    let whole = wal::replay(&disk, Lsn(0)).expect("a healthy disk");
    assert!(whole.damage.is_empty() && whole.lost.is_empty());
    assert!(
        whole.records[..3]
            .iter()
            .filter_map(|record| record.payload(&disk).expect("a healthy disk"))
            .eq(payloads),
        "what was logged is read"
    );

    let place = u32::from_le_bytes(*place) as usize;
    let offset = (place >> 3) % usize::try_from(whole.bytes).expect("a small file");
    let mut end = 0;
    let hit = whole.records.iter().position(|record| {
        end += record.stored_bytes;
        offset < end
    });
    let hit = hit.expect("the offset is in a record");
    let name = disk.list(wal::FOLDER).expect("a healthy disk").remove(0);
    let bit = u8::try_from(place & 7).expect("three bits");
    disk.flip_bit(&format!("{}/{name}", wal::FOLDER), offset, bit).expect("the offset is in the file");
    let found = wal::replay(&disk, Lsn(0)).expect("a healthy disk");
    assert_eq!(found.damage.len(), 1, "one place is damaged");
    // The mark itself looks like an interrupted write: nothing behind it says that it was durable.
    let number = whole.records[hit].lsn;
    let lost: &[(Lsn, Lsn)] = if hit == 3 { &[] } else { &[(number, number)] };
    assert_eq!(found.lost, lost);
    let kept = whole.records.iter().filter(|record| record.lsn != whole.records[hit].lsn);
    assert!(found.records.iter().eq(kept), "the other records are kept");
}
