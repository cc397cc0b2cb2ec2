//! Typed ids and where they come from.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::clock::SharedClock;
use crate::random;

/// Gives ids that no one else has.
pub trait IdSource: Send + Sync {
    /// A fresh 128-bit id. Later ids sort after earlier ones, as far as the clock allows.
    fn fresh(&self) -> u128;
}

/// A source of ids that many parts share.
pub type SharedIds = Arc<dyn IdSource>;

/// UUID version 7 (RFC 9562): 48 bits of wall-clock milliseconds, the rest random.
pub struct SystemIds {
    clock: SharedClock,
}

impl SystemIds {
    /// Ids that carry the time of `clock`.
    pub fn new(clock: SharedClock) -> Self {
        Self { clock }
    }
}

impl IdSource for SystemIds {
    fn fresh(&self) -> u128 {
        let millis = u128::from(self.clock.now().as_micros().max(0).unsigned_abs() / 1_000);
        let noise = u128::from_be_bytes(random::bytes::<16>());
        const VERSION_7: u128 = 0x7 << 76;
        const VARIANT: u128 = 0b10 << 62;
        let noise = noise & !(0xffff_ffff_ffff << 80) & !(0xf << 76) & !(0b11 << 62);
        (millis << 80) | noise | VERSION_7 | VARIANT
    }
}

/// Ids counted up from one: the same run gives the same ids.
#[cfg(feature = "sim")]
#[derive(Debug, Default)]
pub struct SimIds {
    last: std::sync::atomic::AtomicU64,
}

#[cfg(feature = "sim")]
impl IdSource for SimIds {
    fn fresh(&self) -> u128 {
        u128::from(self.last.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1)
    }
}

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {kind}: expected 32 hexadecimal digits")]
pub struct ParseIdError {
    kind: &'static str,
    text: String,
}

/// Defines a 128-bit id type that is written as 32 lower-case hexadecimal digits.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// Takes a fresh id.
            pub fn fresh(source: &dyn IdSource) -> Self {
                Self(source.fresh())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let error = || ParseIdError { kind: $kind, text: text.to_owned() };
                let plain = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
                if !plain {
                    return Err(error());
                }
                u128::from_str_radix(text, 16).map(Self).map_err(|_| error())
            }
        }
    };
}

id!(
    /// A person who can sign in.
    AccountId, "an account id"
);
id!(
    /// A signed-in browser.
    SessionId, "a session id"
);
id!(
    /// An API token or ingest key.
    TokenId, "a token id"
);
id!(
    /// One entry of an incident's timeline.
    TimelineEntryId, "a timeline entry id"
);
id!(
    /// One entry of an SLO's ledger.
    LedgerEntryId, "a ledger entry id"
);
id!(
    /// A version of a service that went out.
    DeployId, "a deploy id"
);
id!(
    /// One effect waiting in the outbox. Constant across its attempts.
    DeliveryId, "a delivery id"
);
id!(
    /// One entry of the audit log.
    AuditId, "an audit id"
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    #[test]
    fn ids_round_trip_and_refuse_other_text() {
        let ids = SystemIds::new(Arc::new(SystemClock::new()));
        let id = TokenId::fresh(&ids);
        assert_eq!(id.to_string().parse::<TokenId>(), Ok(id));
        for bad in ["", "xyz", "+1111111111111111111111111111111"] {
            assert!(bad.parse::<TokenId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn system_ids_are_uuid_version_7() {
        let ids = SystemIds::new(Arc::new(SystemClock::new()));
        let id = ids.fresh();
        assert_eq!((id >> 76) & 0xf, 7);
        assert_eq!((id >> 62) & 0b11, 0b10);
    }
}
