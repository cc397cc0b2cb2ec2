//! Answers as OTLP writes them: the export responses with their partial success, and `google.rpc.Status` for refusals.

use ippo_telemetry::{Receipt, Signal};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message as _;
use serde_json::json;
use tonic::Code;

use super::{Refused, RefusedKind};

/// `google.rpc.Status`: <https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto>.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RpcStatus {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(crate) details: Vec<RpcAny>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RpcAny {
    #[prost(string, tag = "1")]
    pub(crate) type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) value: Vec<u8>,
}

/// `google.rpc.RetryInfo`, with its `google.protobuf.Duration`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    pub(crate) retry_delay: Option<RpcDuration>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(crate) struct RpcDuration {
    #[prost(int64, tag = "1")]
    pub(crate) seconds: i64,
}

/// The type of [`RetryInfo`] in a status' details.
pub(crate) const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";

/// The export response in protobuf. Partial success is set only where there is something to say.
pub(crate) fn protobuf(signal: Signal, receipt: &Receipt) -> Vec<u8> {
    let rejected = i64::try_from(receipt.rejected).unwrap_or(i64::MAX);
    let error_message = receipt.message.clone();
    match signal {
        Signal::Spans => ExportTraceServiceResponse {
            partial_success: error_message
                .map(|error_message| ExportTracePartialSuccess { rejected_spans: rejected, error_message }),
        }
        .encode_to_vec(),
        Signal::Logs => ExportLogsServiceResponse {
            partial_success: error_message.map(|error_message| ExportLogsPartialSuccess {
                rejected_log_records: rejected,
                error_message,
            }),
        }
        .encode_to_vec(),
        Signal::Metrics => ExportMetricsServiceResponse {
            partial_success: error_message.map(|error_message| ExportMetricsPartialSuccess {
                rejected_data_points: rejected,
                error_message,
            }),
        }
        .encode_to_vec(),
    }
}

/// The export response in JSON, by the protobuf mapping: 64-bit numbers are texts.
pub(crate) fn json(signal: Signal, receipt: &Receipt) -> Vec<u8> {
    let rejected = match signal {
        Signal::Spans => "rejectedSpans",
        Signal::Logs => "rejectedLogRecords",
        Signal::Metrics => "rejectedDataPoints",
    };
    let answer = match &receipt.message {
        None => json!({}),
        Some(message) => {
            let mut partial = json!({ "errorMessage": message });
            if receipt.rejected > 0 {
                partial[rejected] = json!(receipt.rejected.to_string());
            }
            json!({ "partialSuccess": partial })
        }
    };
    answer.to_string().into_bytes()
}

impl Refused {
    /// The gRPC code. Those that OTLP lets a client repeat are only given where repeating may help.
    pub(crate) fn code(&self) -> Code {
        match self.kind {
            RefusedKind::Malformed | RefusedKind::Unsupported => Code::InvalidArgument,
            RefusedKind::TooLarge => Code::ResourceExhausted,
            RefusedKind::Unauthenticated => Code::Unauthenticated,
            RefusedKind::Forbidden => Code::PermissionDenied,
            RefusedKind::Overloaded | RefusedKind::Unavailable => Code::Unavailable,
        }
    }

    /// The refusal as `google.rpc.Status`.
    pub(crate) fn status(&self) -> RpcStatus {
        let retry = self.retry_after_secs.map(|secs| RpcAny {
            type_url: RETRY_INFO.to_owned(),
            value: RetryInfo {
                retry_delay: Some(RpcDuration { seconds: i64::try_from(secs).unwrap_or(i64::MAX) }),
            }
            .encode_to_vec(),
        });
        RpcStatus {
            code: self.code() as i32,
            message: self.message.clone(),
            details: retry.into_iter().collect(),
        }
    }
}
