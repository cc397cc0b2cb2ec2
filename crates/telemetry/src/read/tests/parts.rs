//! Files of several row groups that fail, or whose reading ends, in their middle: what they had added up to does not count.

use arrow::array::RecordBatch;
use bytes::Bytes;
use ippo_base::TimeRange;
use ippo_base::disk::Disk as _;
use parquet::file::reader::{FileReader as _, SerializedFileReader};

use super::world::{LogFact, MINUTE, World, all_time, now};
use crate::read::parts::{Counting, FilePart, Sum};
use crate::read::{Found, LogFilter, Needle, ReadLimits, Stop};
use crate::segment::{SegmentError, SegmentRef};
use crate::signal::Signal;

const LARGE: usize = 1_000;
const HOURS: usize = 4;

/// A file of four row groups in the hour before last, among small ones of other hours.
async fn world() -> (World, SegmentRef) {
    let world = World::of_hours(HOURS).await;
    let fact = |n: usize| LogFact {
        time: now().as_nanos() - 100 * MINUTE + n as i64,
        service: "cart".to_owned(),
        severity_number: 9,
        body: format!("line {n} of hour"),
        event_name: None,
        observed: now().as_nanos(),
        trace_id: None,
    };
    world.send_logs(&(0..LARGE).map(fact).collect::<Vec<_>>()).await;
    world.store.flush().await.expect("flushed");
    let snapshot = world.store.snapshot();
    let large = snapshot.segments(Signal::Logs, TimeRange::ALL).find(|meta| meta.rows == LARGE as u64);
    (world, large.expect("it is a file of its own").clone())
}

#[tokio::test]
async fn a_file_that_is_damaged_in_its_middle_adds_nothing() {
    let (world, large) = world().await;
    let of_hour =
        LogFilter { contains: Some(Needle::new("hour", false).expect("short")), ..LogFilter::default() };
    let count = |filter: &LogFilter| world.reader().log_counts(all_time(), filter, 60);
    assert_eq!(count(&of_hour).value.total(), (LARGE + HOURS) as u64);
    let bytes = Bytes::from(world.disk.read_all(&large.path()).expect("read"));
    let reader = SerializedFileReader::new(bytes).expect("a Parquet file");
    assert_eq!(reader.metadata().num_row_groups(), 4);
    let bodies =
        reader.metadata().row_group(2).columns().iter().find(|of| of.column_path().string() == "body");
    let (from, length) = bodies.expect("a column").byte_range();
    let at = usize::try_from(from + length / 2).expect("small");
    world.disk.flip_bit(&large.path(), at, 3).expect("flipped");
    // Found by what is read; told from memory then.
    for _ in 0..2 {
        let told = count(&of_hour);
        assert_eq!((told.value.total(), told.partial), (HOURS as u64, true));
        assert!(told.warnings.iter().any(|warning| warning.contains(&large.file)), "{:?}", told.warnings);
    }
}

#[derive(Debug)]
struct Rows(u64);

impl Sum for Rows {
    fn merge(&mut self, other: Self) {
        self.0 += other.0;
    }
}

#[tokio::test]
async fn a_file_whose_reading_ends_in_its_middle_adds_nothing() {
    let (world, large) = world().await;
    let snapshot = world.store.snapshot();
    let files: Vec<SegmentRef> = snapshot.segments(Signal::Logs, TimeRange::ALL).cloned().collect();
    // The others have a row each.
    let before = files.iter().take_while(|meta| meta.file != large.file).count() as u64;
    for ends_at in 0..4 {
        let stop = Stop::default();
        let reader = world.reader().within(ReadLimits::until(&stop));
        let part = |part: &FilePart<'_>| -> Result<Rows, SegmentError> {
            if part.meta.file == large.file && part.range.groups.start == ends_at {
                stop.stop();
            }
            Ok(Rows(part.range.rows))
        };
        let counting = Counting {
            none: || Rows(0),
            rows: |sum: &mut Rows, rows: &RecordBatch| sum.0 += rows.num_rows() as u64,
            part,
        };
        let Found { value, partial, warnings, .. } = reader.sum(Signal::Logs, TimeRange::ALL, &counting);
        // Another thread is ahead, so that it may end earlier, but never within a file.
        assert!(partial && value.0 <= before, "{value:?} when it ended at {ends_at}");
        let told = format!("{} of {} files were read", value.0, files.len());
        assert!(warnings.iter().any(|warning| warning.contains(&told)), "{warnings:?} say {told}");
    }
}
