//! Secrets: randomness from the operating system, and from nowhere else.

/// `N` unpredictable bytes.
///
/// # Panics
/// If the operating system has no randomness to give; nothing secret can be made then.
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks for randomness")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    getrandom::fill(&mut out).expect("the operating system gives randomness");
    out
}
