//! Standard output and standard error, where whoever reads may leave at any time: `ippo … | head`. That is no failure.
//!
//! Nothing but this file writes an answer to standard output.

use std::io::{self, ErrorKind, Write};

use super::Failure;

/// Writes an answer to standard output. A command goes on when nobody reads any more, and ends as it would have.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    written(text.as_bytes()).map(drop)
}

/// Writes to standard output. False when nobody reads there any more, so that there is no point in going on.
pub(super) fn written(bytes: &[u8]) -> Result<bool, Failure> {
    into(&mut io::stdout().lock(), bytes)
        .map_err(|error| Failure::inconclusive(format!("cannot write to standard output: {error}")))
}

/// A value as pretty JSON, with a final newline.
pub(super) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::inconclusive)?;
    print(&format!("{text}\n"))
}

/// Says on standard error what is about the answer and no part of it.
pub(super) fn note(text: &str) {
    // Nobody is left to tell when standard error takes nothing.
    let _ = into(&mut io::stderr().lock(), format!("{text}\n").as_bytes());
}

/// Whether whoever reads took it.
fn into(out: &mut impl Write, bytes: &[u8]) -> io::Result<bool> {
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error),
    }
}
