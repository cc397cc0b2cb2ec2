//! Secrets that are carried by browsers, tokens and links: made from the system's randomness, kept as SHA-256 alone.
//!
//! They have 256 bits, so a plain hash is enough; passwords have not, and are in `password.rs`.

use ippo_base::random;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The longest secret that is looked at, in bytes.
const SECRET_MAX_BYTES: usize = 256;

/// A fresh secret: 64 hexadecimal digits.
pub(crate) fn fresh() -> String {
    hex::encode(random::bytes::<32>())
}

/// How a secret is kept.
pub(crate) fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// Whether a text that came from outside can be a secret at all.
pub(crate) fn is_plausible(secret: &str) -> bool {
    !secret.is_empty() && secret.len() <= SECRET_MAX_BYTES && secret.bytes().all(|b| b.is_ascii_graphic())
}

/// What a browser sends with each change of the session with that secret. Tells nothing of the secret.
pub(crate) fn csrf(session_secret: &str) -> String {
    hash(&format!("ippo csrf {session_secret}"))
}

/// Compares without telling, by the time it takes, how much is right.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}
