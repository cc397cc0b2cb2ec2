//! A body that comes in pieces, made one. The buffers that pieces are put together in are used again: memory that is asked of
//! the kernel anew for each body costs more than to copy the body into it.

use std::sync::{Arc, Mutex};

use bytes::Bytes;

/// Bytes of all buffers that wait to be used again.
const KEPT_BYTES: usize = 8 * 1024 * 1024;
/// A buffer that grew beyond this for one large body is given back.
const LARGEST_BYTES: usize = 2 * 1024 * 1024;
/// Room that is made on the word of a sender before its bytes have come.
const AHEAD_BYTES: usize = 1024 * 1024;

/// Buffers that wait to be used again.
#[derive(Default)]
pub(super) struct Buffers(Mutex<Vec<Vec<u8>>>);

impl Buffers {
    /// An empty buffer, with this much room if there is one.
    fn take(&self, bytes: usize) -> Vec<u8> {
        let mut kept = self.0.lock().expect("nothing panics while it is held");
        let fitting = kept.iter().rposition(|buffer| buffer.capacity() >= bytes);
        let buffer = fitting.map(|at| kept.swap_remove(at)).or_else(|| kept.pop());
        drop(kept);
        let mut buffer = buffer.unwrap_or_default();
        buffer.reserve(bytes);
        buffer
    }

    fn put_back(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let mut kept = self.0.lock().expect("nothing panics while it is held");
        let bytes: usize = kept.iter().map(Vec::capacity).sum();
        if buffer.capacity() <= LARGEST_BYTES && bytes + buffer.capacity() <= KEPT_BYTES {
            kept.push(buffer);
        }
    }
}

/// A body whose buffer goes back when nobody reads it any more.
struct Whole {
    bytes: Vec<u8>,
    buffers: Arc<Buffers>,
}

impl AsRef<[u8]> for Whole {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        self.buffers.put_back(std::mem::take(&mut self.bytes));
    }
}

/// What has come of a body.
pub(super) struct Pieces {
    /// Bytes that the sender says will come; 0 where it does not say.
    announced: usize,
    /// All of it, as long as that is one piece.
    only: Bytes,
    joined: Option<Vec<u8>>,
    buffers: Arc<Buffers>,
}

impl Pieces {
    /// None yet, of so many bytes as the sender says.
    pub(super) fn new(announced: u64, buffers: Arc<Buffers>) -> Self {
        let announced = usize::try_from(announced).unwrap_or(usize::MAX);
        Self { announced, only: Bytes::new(), joined: None, buffers }
    }

    /// Adds what comes next. A piece that is not all is let go at once: the connection reads on into the same memory.
    pub(super) fn add(&mut self, piece: Bytes) {
        if self.joined.is_none() && self.only.is_empty() && piece.len() >= self.announced {
            self.only = piece;
            return;
        }
        let joined = self.joined.get_or_insert_with(|| {
            let mut buffer = self.buffers.take(self.announced.min(AHEAD_BYTES));
            buffer.extend_from_slice(&std::mem::take(&mut self.only));
            buffer
        });
        joined.extend_from_slice(&piece);
    }

    /// The body.
    pub(super) fn finish(self) -> Bytes {
        match self.joined {
            None => self.only,
            Some(bytes) => Bytes::from_owner(Whole { bytes, buffers: self.buffers }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(buffers: &Arc<Buffers>, announced: u64, pieces: &[&'static str]) -> Bytes {
        let mut of = Pieces::new(announced, buffers.clone());
        pieces.iter().for_each(|piece| of.add(Bytes::from_static(piece.as_bytes())));
        of.finish()
    }

    fn kept(buffers: &Buffers) -> Vec<usize> {
        buffers.0.lock().expect("nothing panicked").iter().map(Vec::capacity).collect()
    }

    #[test]
    fn a_body_is_its_pieces_whatever_was_announced() {
        let buffers = Arc::default();
        for announced in [0, 3, 6, 7, u64::MAX] {
            for pieces in [&["abcdef"][..], &["abc", "def"], &["a", "", "bcde", "f"], &["", "abcdef"]] {
                assert_eq!(body(&buffers, announced, pieces), "abcdef", "{announced}, {pieces:?}");
            }
        }
        assert_eq!(body(&buffers, 0, &[]), "");
    }

    #[test]
    fn buffers_are_used_again_and_only_when_nobody_reads_them() {
        let buffers = Arc::default();
        let first = body(&buffers, 6, &["abc", "def"]);
        let second = first.slice(3..);
        drop(first);
        assert!(kept(&buffers).is_empty());
        let address = second.as_ptr().addr() - 3;
        drop(second);
        assert_eq!(kept(&buffers).len(), 1);
        let third = body(&buffers, 6, &["gh", "ijkl"]);
        assert_eq!((&third[..], third.as_ptr().addr()), (&b"ghijkl"[..], address));
        assert!(kept(&buffers).is_empty());
    }

    #[test]
    fn what_waits_is_bounded_and_large_buffers_go() {
        let buffers = Arc::<Buffers>::default();
        buffers.put_back(Vec::with_capacity(LARGEST_BYTES + 1));
        assert!(kept(&buffers).is_empty());
        for _ in 0..20 {
            buffers.put_back(Vec::with_capacity(LARGEST_BYTES));
        }
        assert!(kept(&buffers).iter().sum::<usize>() <= KEPT_BYTES);
        let word = body(&buffers, u64::MAX, &["a", "b"]);
        assert_eq!(word, "ab");
    }
}
