//! What is sent to the store: requests of spans, sent again by those who heard nothing.

use super::*;

/// How long a span of a batch takes.
pub(in crate::core::tests) const fn duration_of(n: u64) -> Duration {
    Duration::from_millis(3 * n)
}

impl World {
    pub(in crate::core::tests) fn send_something(&mut self) {
        if self.rng.random_bool(0.2) && !self.last.is_empty() {
            // Clients that heard nothing, or whose answer was lost, send the same again: not all of them at once.
            let mut again = self.last.clone();
            again.retain(|_| self.rng.random_bool(0.7));
            // Later than the window they would be new telemetry.
            if !again.is_empty() && self.now.since(self.last_since) <= limits::DUPLICATE_WINDOW {
                self.append(&again);
            }
            return;
        }
        let group: Vec<Batch> = (0..self.rng.random_range(1..4)).map(|_| self.batch()).collect();
        self.append(&group);
    }

    pub(super) fn send_points(&mut self) {
        let bodies = self.points.requests(self.now);
        if !self.append_metrics(bodies.clone()) && !self.disk.is_dead() && self.rng.random_bool(0.8) {
            // Who heard nothing sends the same again.
            self.append_metrics(bodies);
        }
    }

    /// Sends requests of metrics as one group. Returns whether they were acknowledged.
    pub(in crate::core::tests) fn append_metrics(&mut self, bodies: Vec<Vec<u8>>) -> bool {
        self.append_bodies(Signal::Metrics, bodies)
    }

    pub(super) fn append_bodies(&mut self, signal: Signal, bodies: Vec<Vec<u8>>) -> bool {
        let reception = self.reception(signal);
        let request = |body: Vec<u8>| Request {
            signal,
            identity: "test".to_owned(),
            body: Bytes::from(body),
            reception,
        };
        let rows: Vec<String> = bodies.iter().flat_map(|body| names::of_request(signal, body)).collect();
        let requests: Vec<Request> = bodies.into_iter().map(request).collect();
        let before = self.wal.durable();
        let known = |key: &BatchKey, received| self.core.knows(key, received);
        let mut group = self.preparer.prepare(requests, Before::Done, known).expect("small requests");
        if group.log(&mut self.wal).is_err() {
            return false;
        }
        self.core.publish(group);
        if self.marks_each {
            self.wal.mark();
        }
        // What is known already is not logged.
        if self.wal.durable() > before {
            self.groups.push(rows);
        }
        true
    }

    pub(super) fn reception(&self, signal: Signal) -> Reception {
        let accept = TimeRange {
            from: self.now.minus(limits::DEFAULT_RETENTION).max(self.core.expired_before(signal).start()),
            to: self.now.plus(limits::FUTURE_TOLERANCE),
        };
        Reception { received: self.now, accept }
    }

    /// Sends the batches as one group. Returns whether they were acknowledged.
    pub(in crate::core::tests) fn append(&mut self, batches: &[Batch]) -> bool {
        let requests: Vec<Request> = batches.iter().map(|batch| self.to_send(batch)).collect();
        let known = |key: &BatchKey, received| self.core.knows(key, received);
        let mut group = self.preparer.prepare(requests, Before::Done, known).expect("small requests");
        for batch in batches {
            self.sent.extend(batch.first_id..batch.first_id + batch.spans);
            if self.batches_sent.insert(batch.first_id, *batch).is_none() {
                self.last_since = self.now;
            }
        }
        self.last = batches.to_vec();
        if group.log(&mut self.wal).is_err() {
            return false;
        }
        self.core.publish(group);
        if self.marks_each || self.batches_sent.len().is_multiple_of(3) {
            self.wal.mark();
        }
        let spans = batches.iter().flat_map(|batch| batch.first_id..batch.first_id + batch.spans);
        let spans: Vec<String> =
            spans.filter(|id| !self.acknowledged.contains(id)).map(names::of_span).collect();
        if !spans.is_empty() {
            self.groups.push(spans);
        }
        let accepted = self.reception(Signal::Spans).accept;
        for batch in batches {
            if accepted.from <= self.begin_of(batch, 0) {
                self.acknowledged.extend(batch.first_id..batch.first_id + batch.spans);
            }
        }
        true
    }

    /// Logs the batches though they are there already, as no group that is known to be durable does.
    pub(in crate::core::tests) fn log_again(&mut self, batches: &[Batch]) {
        let requests = batches.iter().map(|batch| self.to_send(batch)).collect();
        let mut group = self.preparer.prepare(requests, Before::Done, |_, _| false).expect("small requests");
        group.log(&mut self.wal).expect("durable");
    }

    pub(in crate::core::tests) fn to_send(&self, batch: &Batch) -> Request {
        Request {
            signal: Signal::Spans,
            identity: "test".to_owned(),
            body: Bytes::from(self.request(batch).encode_to_vec()),
            reception: self.reception(Signal::Spans),
        }
    }

    pub(super) fn batch(&mut self) -> Batch {
        let is_large = self.large_batches && self.rng.random_bool(0.1);
        let spans = if is_large { self.rng.random_range(128..200) } else { self.rng.random_range(1..6) };
        self.next_id += spans;
        let since_start =
            if self.events_follow_clock { self.now.since(self.start).as_secs() / 60 } else { 0 };
        let is_old = self.over_days
            && !self.events_follow_clock
            && self.sampling.is_none()
            && self.rng.random_bool(0.2);
        let days_ago = if is_old { self.rng.random_range(1..5) } else { 0 };
        Batch {
            first_id: self.next_id - spans,
            spans,
            minute_offset: since_start as i64 - self.rng.random_range(0..200) - days_ago * 24 * 60,
            service: if self.rng.random_bool(0.6) { "shop" } else { "pay" },
            errors: self.rng.random_range(0..=spans),
        }
    }

    /// When a span of a batch begins: the last of a trace no later than now.
    pub(in crate::core::tests) fn begin_of(&self, batch: &Batch, n: u64) -> Timestamp {
        let (apart, most) = match self.sampling {
            Some(_) => (APART, 5),
            None => (Duration::from_nanos(1), 0),
        };
        let nanos = |duration: Duration, times: u64| {
            i64::try_from(duration.as_nanos()).expect("short") * times as i64
        };
        let begins = self.start.as_nanos() + batch.minute_offset * 60_000_000_000 - nanos(apart, most);
        Timestamp::from_nanos(begins + nanos(apart, n))
    }

    /// The trace of a batch's spans.
    pub(in crate::core::tests) fn trace_of(&self, batch: &Batch) -> [u8; 16] {
        match self.sampling {
            Some(_) => u128::from(batch.first_id).to_be_bytes(),
            None => [7; 16],
        }
    }

    pub(in crate::core::tests) fn request(&self, batch: &Batch) -> ExportTraceServiceRequest {
        let at = |n: u64| u64::try_from(self.begin_of(batch, n).as_nanos()).expect("after 1970");
        let span = |n: u64| Span {
            trace_id: self.trace_of(batch).to_vec(),
            span_id: (batch.first_id + n).to_be_bytes().to_vec(),
            name: if n.is_multiple_of(2) { "GET /".to_owned() } else { "work".to_owned() },
            start_time_unix_nano: at(n),
            end_time_unix_nano: at(n) + u64::try_from(duration_of(n).as_nanos()).expect("short"),
            status: Some(Status { code: if n < batch.errors { 2 } else { 0 }, message: String::new() }),
            ..Span::default()
        };
        let name = Some(AnyValue { value: Some(Value::StringValue(batch.service.to_owned())) });
        let attributes =
            vec![KeyValue { key: "service.name".to_owned(), value: name, ..KeyValue::default() }];
        ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                resource: Some(Resource { attributes, ..Resource::default() }),
                scope_spans: vec![ScopeSpans {
                    spans: (0..batch.spans).map(span).collect(),
                    ..ScopeSpans::default()
                }],
                ..ResourceSpans::default()
            }],
        }
    }
}
