//! Which log records a search, a tail, a count or an export is about: one meaning for all of them.

use arrow::array::{Array as _, RecordBatch};

use super::super::cell::{Names, Numbers, id, texts};
use super::Needle;
use crate::expr::Expr;

/// Which records, whenever they happened. Everything that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    /// Only of this service.
    pub service: Option<String>,
    /// Only those for which each of these is true.
    pub conditions: Vec<Expr>,
    /// Only those whose body has this text, in either case.
    pub contains: Option<Needle>,
    /// Only those of at least this severity number.
    pub severity_number: Option<i64>,
    /// Only of this trace.
    pub trace_id: Option<[u8; 16]>,
    /// Only of this span.
    pub span_id: Option<[u8; 8]>,
}

impl LogFilter {
    /// The rows of a batch that fit. The batch has at least the columns of [`LogFilter::columns`].
    pub(crate) fn matching(&self, batch: &RecordBatch) -> Vec<usize> {
        let services = self.service.as_ref().map(|service| (Names::of(batch, "service"), service));
        let severities = self.severity_number.map(|least| (Numbers::of(batch, "severity_number"), least));
        let conditions: Vec<_> = self.conditions.iter().map(|condition| condition.eval(batch)).collect();
        let fits = |row: &usize| {
            let row = *row;
            services.as_ref().is_none_or(|(services, service)| services.text(row) == *service)
                && severities.as_ref().is_none_or(|(severities, least)| severities.number(row) >= *least)
                && self.trace_id.is_none_or(|wanted| id(batch, "trace_id", row) == Some(wanted))
                && self.span_id.is_none_or(|wanted| id(batch, "span_id", row) == Some(wanted))
                && conditions.iter().all(|truth| truth.is_valid(row) && truth.value(row))
        };
        match &self.contains {
            Some(needle) => needle.rows(texts(batch, "body")).into_iter().filter(fits).collect(),
            None => (0..batch.num_rows()).filter(fits).collect(),
        }
    }

    /// Words that the body of every record has that fits, in lower case.
    pub(super) fn words(&self) -> &[Vec<u8>] {
        self.contains.as_ref().map_or(&[], Needle::words)
    }

    /// The columns that it reads, each once.
    pub(crate) fn columns(&self) -> Vec<&'static str> {
        let mut columns: Vec<&'static str> = self.conditions.iter().flat_map(Expr::columns).collect();
        columns.extend(self.service.as_ref().map(|_| "service"));
        columns.extend(self.contains.as_ref().map(|_| "body"));
        columns.extend(self.severity_number.map(|_| "severity_number"));
        columns.extend(self.trace_id.map(|_| "trace_id"));
        columns.extend(self.span_id.map(|_| "span_id"));
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}
