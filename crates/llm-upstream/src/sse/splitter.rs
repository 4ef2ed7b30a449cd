//! Chunks to frames.

use bytes::{Bytes, BytesMut};
use memchr::memchr2;

use super::Frame;

/// A frame that does not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event is longer than {limit} bytes")]
pub struct FrameTooLong {
    /// The limit in bytes.
    pub limit: usize,
}

/// Cuts chunks into frames, whatever the chunks' borders are. The frames together are the chunks together, byte by
/// byte. A frame within one chunk is a slice of it; only one that spans chunks is copied.
#[derive(Debug)]
pub struct FrameSplitter {
    limit: usize,
    /// The beginning of a frame, from earlier chunks.
    partial: BytesMut,
    /// No frame ends in `partial` before here.
    scanned: usize,
    /// The last chunk, from the first byte that is neither in a frame nor in `partial`.
    chunk: Bytes,
}

impl Default for FrameSplitter {
    fn default() -> Self {
        Self::new(Self::LIMIT)
    }
}

impl FrameSplitter {
    /// The longest partial frame that is held by default: 8 MiB.
    pub const LIMIT: usize = 8 << 20;

    /// Holds at most `limit` bytes of a frame that has not ended.
    pub fn new(limit: usize) -> Self {
        Self { limit, partial: BytesMut::new(), scanned: 0, chunk: Bytes::new() }
    }

    /// Takes a chunk. Its frames come from [`next_frame`](Self::next_frame), and are best all taken before the next
    /// chunk: what has not been taken counts as held.
    pub fn push(&mut self, chunk: Bytes) -> Result<(), FrameTooLong> {
        self.keep_rest();
        if self.partial.len() > self.limit {
            return Err(FrameTooLong { limit: self.limit });
        }
        self.chunk = chunk;
        Ok(())
    }

    /// The next whole frame, if there is one.
    pub fn next_frame(&mut self) -> Option<Frame> {
        if self.partial.is_empty() {
            let end = end_of_frame(&self.chunk, 0)?;
            return Some(Frame::new(self.chunk.split_to(end)));
        }
        // First with a little of the chunk: mostly the frame that began before ends soon.
        [0, HEAD, usize::MAX].into_iter().find_map(|most| self.frame_with(most.min(self.chunk.len())))
    }

    /// The frame that ends in `partial`, or in the first bytes of the chunk.
    fn frame_with(&mut self, copied: usize) -> Option<Frame> {
        let held = self.partial.len();
        self.partial.extend_from_slice(&self.chunk[..copied]);
        let Some(end) = end_of_frame(&self.partial, self.scanned) else {
            let _ = self.chunk.split_to(copied);
            self.scanned = self.partial.len().saturating_sub(TERMINATOR_MAX - 1);
            return None;
        };
        let rest = self.partial.split_off(end);
        if end < held {
            // More than one frame was held. What was copied of the chunk is still in it.
            self.partial_after(rest, held - end)
        } else {
            let _ = self.chunk.split_to(end - held);
            Some(Frame::new(std::mem::take(&mut self.partial).freeze())).inspect(|_| self.scanned = 0)
        }
    }

    fn partial_after(&mut self, mut rest: BytesMut, held: usize) -> Option<Frame> {
        rest.truncate(held);
        self.scanned = 0;
        Some(Frame::new(std::mem::replace(&mut self.partial, rest).freeze()))
    }

    /// What is left when the stream ends: a frame without its terminator. None when nothing is left.
    pub fn finish(&mut self) -> Option<Frame> {
        self.keep_rest();
        self.scanned = 0;
        (!self.partial.is_empty()).then(|| Frame::new(std::mem::take(&mut self.partial).freeze()))
    }

    fn keep_rest(&mut self) {
        let rest = std::mem::take(&mut self.chunk);
        self.partial.extend_from_slice(&rest);
    }
}

/// `\r\n\r\n`.
const TERMINATOR_MAX: usize = 4;
/// Of a chunk that ends a frame so many bytes are copied first: most frames are shorter.
const HEAD: usize = 1024;

/// The end of the first frame: behind its blank line. A line ends with `\n`, `\r\n` or `\r`; with a `\r` as the last
/// byte that came it is not known yet whether a `\n` belongs to it, so the frame is not whole until more comes.
fn end_of_frame(bytes: &[u8], from: usize) -> Option<usize> {
    // Back to where a line begins, or a terminator could be seen half.
    let mut at = from;
    loop {
        let line_end = at + memchr2(b'\n', b'\r', bytes.get(at..)?)?;
        let next = after_line_end(bytes, line_end)?;
        match bytes.get(next)? {
            b'\n' | b'\r' => {
                // The blank line's own end.
                return match (bytes[next], bytes.get(next + 1)) {
                    (b'\n', _) => Some(next + 1),
                    (_, Some(b'\n')) => Some(next + 2),
                    (_, Some(_)) => Some(next + 1),
                    // `\r` at the end: whole all the same if lines end with it alone, as the last one did.
                    (_, None) => (bytes[line_end] == b'\r' && next == line_end + 1).then_some(next + 1),
                };
            }
            _ => at = next,
        }
    }
}

fn after_line_end(bytes: &[u8], at: usize) -> Option<usize> {
    match (bytes[at], bytes.get(at + 1)) {
        (b'\r', Some(b'\n')) => Some(at + 2),
        (b'\r', None) => None,
        _ => Some(at + 1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The frames of `stream`, cut into chunks at `cuts`, and what is left at its end.
    fn frames(stream: &[u8], cuts: &[usize]) -> Vec<Bytes> {
        let mut splitter = FrameSplitter::default();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let mut frames = Vec::new();
        for pair in cuts.windows(2) {
            splitter.push(Bytes::copy_from_slice(&stream[pair[0]..pair[1]])).unwrap();
            while let Some(frame) = splitter.next_frame() {
                frames.push(frame.into_bytes());
            }
        }
        frames.extend(splitter.finish().map(Frame::into_bytes));
        assert_eq!(splitter.finish(), None);
        frames
    }

    #[test]
    fn lines_may_end_in_all_three_ways() {
        for (stream, expected) in [
            ("data: a\n\ndata: b\n\n", vec!["data: a\n\n", "data: b\n\n"]),
            ("data: a\r\n\r\ndata: b\r\n\r\n", vec!["data: a\r\n\r\n", "data: b\r\n\r\n"]),
            ("data: a\r\rdata: b\r\r", vec!["data: a\r\r", "data: b\r\r"]),
            ("event: x\ndata: a\n\n: c\n\nrest", vec!["event: x\ndata: a\n\n", ": c\n\n", "rest"]),
            ("", vec![]),
        ] {
            assert_eq!(frames(stream.as_bytes(), &[]), expected, "{stream:?}");
        }
    }

    #[test]
    fn a_frame_within_a_chunk_is_not_copied_and_leaves_at_once() {
        let chunk = Bytes::from_static(b"data: a\n\ndata: b\n\n");
        let mut splitter = FrameSplitter::default();
        splitter.push(chunk.clone()).unwrap();
        for _ in 0..2 {
            let frame = splitter.next_frame().unwrap();
            assert!(chunk.as_ptr_range().contains(&frame.bytes().as_ptr()));
        }
        assert_eq!(splitter.next_frame(), None);
        // Lines that end with `\n` are whole with their last byte, not with the first of the next frame.
        splitter.push(Bytes::from_static(b"data: c\n")).unwrap();
        assert_eq!(splitter.next_frame(), None);
        splitter.push(Bytes::from_static(b"\n")).unwrap();
        assert_eq!(splitter.next_frame().unwrap().bytes(), "data: c\n\n");
    }

    #[test]
    fn a_frame_that_does_not_end_is_given_up_at_the_limit() {
        let mut splitter = FrameSplitter::new(1_000);
        let chunk = Bytes::from(vec![b'x'; 400]);
        let refused = (0..10).find(|_| {
            let refused = splitter.push(chunk.clone()).is_err();
            assert_eq!(splitter.next_frame(), None);
            refused
        });
        assert_eq!(refused, Some(3));
    }

    #[test]
    fn chunks_that_pile_up_give_the_same_frames() {
        let mut splitter = FrameSplitter::default();
        for chunk in ["data: a\n\ndata: b\n", "\ndata: c\n\nda", "ta: d\n\n"] {
            splitter.push(Bytes::from_static(chunk.as_bytes())).unwrap();
        }
        let taken: Vec<Bytes> = std::iter::from_fn(|| splitter.next_frame()).map(Frame::into_bytes).collect();
        assert_eq!(taken, ["data: a\n\n", "data: b\n\n", "data: c\n\n", "data: d\n\n"]);
    }

    fn streams() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            8 => "(data: ?|: |event: )[a-z{}\":,]{0,12}".prop_map(String::into_bytes),
            6 => proptest::sample::select(vec!["\n\n", "\r\n\r\n", "\r\r", "\n", "\r", "\r\n"])
                .prop_map(|end| end.as_bytes().to_vec()),
            1 => proptest::collection::vec(any::<u8>(), 0..2_000),
        ];
        proptest::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_chunking_gives_every_byte_once_in_order(stream in streams(), cuts in proptest::collection::vec(any::<usize>(), 0..30)) {
            prop_assert_eq!(frames(&stream, &cuts).concat(), stream);
        }

        #[test]
        fn the_chunking_does_not_change_the_frames(
            events in proptest::collection::vec("(data: ?|: )[a-z{}\":,]{0,12}", 1..8),
            end in proptest::sample::select(vec!["\n\n", "\r\n\r\n", "\r\r"]),
            cuts in proptest::collection::vec(any::<usize>(), 0..30),
        ) {
            let expected: Vec<String> = events.iter().map(|event| format!("{event}{end}")).collect();
            let stream = expected.concat();
            prop_assert_eq!(frames(stream.as_bytes(), &cuts), expected.clone());
            let every_byte: Vec<usize> = (0..stream.len()).collect();
            prop_assert_eq!(frames(stream.as_bytes(), &every_byte), expected);
        }
    }
}
