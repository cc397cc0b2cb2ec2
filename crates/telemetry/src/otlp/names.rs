//! Which attribute fills which column: names of the current semantic conventions first, then the old ones.
//!
//! Only names live here. It must never decide what a value means.

use super::wire::{Pair, Value};

/// A fact about a span or a log record that several attribute names can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    Method,
    Route,
    HttpStatus,
    RpcSystem,
    RpcService,
    RpcMethod,
    RpcStatus,
    GrpcStatus,
    DbSystem,
    MessagingDestination,
    ErrorType,
    UserId,
    SessionId,
    EventName,
    SamplingThreshold,
    SamplingRate,
}

const FACTS: usize = Fact::SamplingRate as usize + 1;

/// The fact that an attribute gives, and its rank among the names that give the same: 0 is the current name.
const fn fact(key: &str) -> Option<(Fact, u8)> {
    Some(match key.as_bytes() {
        b"http.request.method" => (Fact::Method, 0),
        b"http.method" => (Fact::Method, 1),
        b"http.route" => (Fact::Route, 0),
        b"http.response.status_code" => (Fact::HttpStatus, 0),
        b"http.status_code" => (Fact::HttpStatus, 1),
        b"rpc.system.name" => (Fact::RpcSystem, 0),
        b"rpc.system" => (Fact::RpcSystem, 1),
        b"rpc.service" => (Fact::RpcService, 0),
        b"rpc.method" => (Fact::RpcMethod, 0),
        b"rpc.response.status_code" => (Fact::RpcStatus, 0),
        b"rpc.grpc.status_code" => (Fact::GrpcStatus, 0),
        b"db.system.name" => (Fact::DbSystem, 0),
        b"db.system" => (Fact::DbSystem, 1),
        b"messaging.destination.name" => (Fact::MessagingDestination, 0),
        b"messaging.destination" => (Fact::MessagingDestination, 1),
        b"error.type" => (Fact::ErrorType, 0),
        b"user.id" => (Fact::UserId, 0),
        b"enduser.id" => (Fact::UserId, 1),
        b"enduser.pseudo.id" => (Fact::UserId, 2),
        b"session.id" => (Fact::SessionId, 0),
        b"event.name" => (Fact::EventName, 0),
        b"sampling.threshold" => (Fact::SamplingThreshold, 0),
        b"sampling.rate" => (Fact::SamplingRate, 0),
        b"sampling.ratio" => (Fact::SamplingRate, 1),
        b"sampling.probability" => (Fact::SamplingRate, 2),
        b"SampleRate" => (Fact::SamplingRate, 3),
        b"sampleRate" => (Fact::SamplingRate, 4),
        b"sample_rate" => (Fact::SamplingRate, 5),
        _ => return None,
    })
}

/// The facts that the attributes of one item give.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    values: [Option<(u8, Value<'a>)>; FACTS],
}

impl<'a> Facts<'a> {
    pub(crate) fn of(attributes: impl Iterator<Item = Pair<'a>>) -> Self {
        let mut values: [Option<(u8, Value<'a>)>; FACTS] = [None; FACTS];
        for pair in attributes {
            let Some(value) = pair.value else { continue };
            let Some((fact, rank)) = fact(pair.key) else { continue };
            let slot = &mut values[fact as usize];
            if slot.is_none_or(|(held, _)| rank < held) {
                *slot = Some((rank, value));
            }
        }
        Self { values }
    }

    /// The value under the best name that was given.
    pub(crate) fn get(&self, fact: Fact) -> Option<Value<'a>> {
        self.values[fact as usize].map(|(_, value)| value)
    }
}
