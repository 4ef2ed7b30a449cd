//! The frame around an answer: a head of 16 bytes, then the body, compressed where that saves something.

use std::borrow::Cow;

use flate2::{Decompress, FlushDecompress, Status};

use super::WireError;

/// Length of an answer's head, bytes.
pub const HEAD_LEN: usize = 16;

/// What an answer's first 16 bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Echo of the request's sequence number.
    pub sequence: u32,
    /// Echo of the request's method.
    pub method: u16,
    /// Bytes of body on the wire.
    pub wire_len: u16,
    /// Bytes of body after inflating; the body is zlib exactly where this differs from `wire_len`.
    pub body_len: u16,
}

impl Head {
    /// Reads a head. The first byte of the magic number varies between servers, so the other three are checked.
    pub fn parse(bytes: &[u8; HEAD_LEN]) -> Result<Self, WireError> {
        let [m0, m1, m2, m3, _flags, s0, s1, s2, s3, _varies, c0, c1, z0, z1, u0, u1] = *bytes;
        if [m1, m2, m3] != [0xcb, 0x74, 0x00] {
            return Err(WireError::Magic { found: [m0, m1, m2, m3] });
        }
        Ok(Self {
            sequence: u32::from_le_bytes([s0, s1, s2, s3]),
            method: u16::from_le_bytes([c0, c1]),
            wire_len: u16::from_le_bytes([z0, z1]),
            body_len: u16::from_le_bytes([u0, u1]),
        })
    }

    /// Whether this answers the request with that method and sequence number.
    pub fn answers(&self, method: u16, sequence: u32) -> Result<(), WireError> {
        if self.method != method {
            return Err(WireError::MethodEcho { asked: method, found: self.method });
        }
        if self.sequence != sequence {
            return Err(WireError::SequenceEcho { asked: sequence, found: self.sequence });
        }
        Ok(())
    }
}

/// Inflates bodies, keeping zlib's tables from one to the next.
#[derive(Debug)]
pub struct Inflater {
    zlib: Decompress,
}

impl Default for Inflater {
    fn default() -> Self {
        Self { zlib: Decompress::new(true) }
    }
}

impl Inflater {
    /// The body behind `head`, borrowed where it came plain. Never more than the 65,535 bytes that a head can announce: a
    /// body that inflates further is damaged.
    pub fn open<'a>(&mut self, head: &Head, body: &'a [u8]) -> Result<Cow<'a, [u8]>, WireError> {
        let declared = usize::from(head.wire_len);
        if body.len() != declared {
            return Err(WireError::FrameLength { declared, found: body.len() });
        }
        if head.wire_len == head.body_len {
            return Ok(Cow::Borrowed(body));
        }
        let damaged = |reason: String| WireError::Inflate { reason };
        let mut plain = Vec::with_capacity(usize::from(head.body_len));
        self.zlib.reset(true);
        let status = self
            .zlib
            .decompress_vec(body, &mut plain, FlushDecompress::Finish)
            .map_err(|error| damaged(error.to_string()))?;
        // Its capacity is exact, so a body that holds more than announced does not reach its end.
        if status != Status::StreamEnd || plain.len() != usize::from(head.body_len) {
            return Err(damaged(format!("{} bytes came out, {} were announced", plain.len(), head.body_len)));
        }
        Ok(Cow::Owned(plain))
    }
}

/// A whole frame, as it is stored: checks its length and gives head and body.
pub fn open_frame(frame: &[u8]) -> Result<(Head, Cow<'_, [u8]>), WireError> {
    let Some((head, body)) = frame.split_first_chunk::<HEAD_LEN>() else {
        return Err(WireError::Truncated { what: "the head", at: 0, len: frame.len() });
    };
    let head = Head::parse(head)?;
    let body = Inflater::default().open(&head, body)?;
    Ok((head, body))
}
