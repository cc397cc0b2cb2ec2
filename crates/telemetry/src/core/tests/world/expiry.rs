//! Spans and logs that are kept for some hours, each for its own: what is older goes and gives its room back, and nothing
//! else goes.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};

use super::*;
use crate::read::{LogFilter, LogSearch, Reader};

/// Log records by their numbers, which are their bodies.
#[derive(Default)]
pub(super) struct Logs {
    sent: BTreeMap<u64, Timestamp>,
    acknowledged: BTreeSet<u64>,
}

impl World {
    /// Takes so many steps of a store whose telemetry expires, unless the power goes.
    pub(in crate::core::tests) fn live_and_forget(&mut self, steps: usize) {
        self.events_follow_clock = true;
        for _ in 0..steps {
            if self.disk.is_dead() {
                return;
            }
            match self.rng.random_range(0..16) {
                0..4 => self.send_something(),
                4..7 => self.send_logs(),
                7..10 => self.step_flush(),
                10..12 => self.step_compaction(),
                12 => self.expire(),
                13 => self.activate_something(),
                14 => self.step_filling(),
                _ => self.now = self.now.plus(Duration::from_secs(60 * self.rng.random_range(0..30))),
            }
        }
    }

    /// Spans are kept for two hours, logs for one more.
    fn expire(&mut self) {
        let before = self.now.minute().minus(120);
        self.core.expire_before([before, before.minus(60), before]);
    }

    pub(super) fn send_logs(&mut self) {
        let first = self.logs.sent.len() as u64;
        let at = self.now.minus(Duration::from_secs(60 * self.rng.random_range(0..200)));
        let numbers = first..first + self.rng.random_range(1..4);
        let record = |number: u64| LogRecord {
            time_unix_nano: u64::try_from(at.as_nanos()).expect("after 1970"),
            body: Some(AnyValue { value: Some(Value::StringValue(number.to_string())) }),
            ..LogRecord::default()
        };
        let scope = ScopeLogs { log_records: numbers.clone().map(record).collect(), ..ScopeLogs::default() };
        let resource = ResourceLogs { scope_logs: vec![scope], ..ResourceLogs::default() };
        let body = ExportLogsServiceRequest { resource_logs: vec![resource] }.encode_to_vec();
        self.logs.sent.extend(numbers.clone().map(|number| (number, at)));
        let is_accepted = at >= self.reception(Signal::Logs).accept.from;
        if self.append_bodies(Signal::Logs, vec![body]) && is_accepted {
            self.logs.acknowledged.extend(numbers);
        }
    }

    /// What is kept is there once, and what is there was sent.
    pub(in crate::core::tests) fn check_kept(&self) {
        let from = |signal| self.core.expired_before(signal).start();
        let rows = self.rows();
        let there: BTreeSet<u64> = rows.iter().copied().collect();
        assert_eq!(there.len(), rows.len(), "no span is there twice");
        assert!(there.is_subset(&self.sent));
        for batch in self.batches_sent.values().filter(|batch| self.begin_of(batch, 0) >= from(Signal::Spans))
        {
            let mut spans = batch.first_id..batch.first_id + batch.spans;
            assert!(spans.all(|id| there.contains(&id) || !self.acknowledged.contains(&id)), "{batch:?}");
        }
        self.check_counts(&self.batches(), self.core.expired_before(Signal::Spans));

        let logs = self.log_numbers();
        let there: BTreeSet<u64> = logs.iter().copied().collect();
        assert_eq!(there.len(), logs.len(), "no record is there twice");
        assert!(there.iter().all(|number| self.logs.sent.contains_key(number)));
        let mut kept =
            self.logs.acknowledged.iter().filter(|number| self.logs.sent[number] >= from(Signal::Logs));
        assert!(kept.all(|number| there.contains(number)), "what is kept of the logs is there");
    }

    /// Once all is written, what expired is gone from memory and disk. How many spans and records that is.
    pub(in crate::core::tests) fn check_forgotten(&mut self) -> usize {
        self.filling.clear();
        self.come_to_rest();
        // The one before may still have written what expired meanwhile.
        self.flush();
        self.flush_counters();
        self.check_kept();
        for signal in [Signal::Spans, Signal::Logs] {
            let from = self.core.expired_before(signal);
            assert!(
                self.core.segments(signal).all(|segment| segment.window >= from.0),
                "of {}",
                signal.name()
            );
        }
        assert_eq!(self.useless(), Vec::<String>::new(), "the room is there again");
        self.acknowledged.len() + self.logs.acknowledged.len() - self.rows().len() - self.log_numbers().len()
    }

    fn log_numbers(&self) -> Vec<u64> {
        let search =
            LogSearch { range: TimeRange::ALL, only: LogFilter::default(), limit: 10_000, after: None };
        let found = Reader::new(self.core.files(), self.core.snapshot()).logs(&search);
        assert!(!found.partial, "{:?}", found.warnings);
        found.value.items.iter().map(|record| record.body.parse().expect("a number")).collect()
    }
}
