//! The head of an answer, and its body deflated.

use flate2::{Compress, Compression, FlushCompress, Status};

/// Bytes of an answer's head.
pub(crate) const HEAD: usize = 16;
/// Bodies of at least this many bytes are deflated.
const DEFLATED_FROM: usize = 100;
const MAGIC: [u8; 4] = [0xb1, 0xcb, 0x74, 0x00];
/// The first level with codes made for the data: the one below makes some bodies longer than they are.
const LEVEL: u32 = 2;
/// What zlib's default level writes first. The level is a hint to nobody; the real servers send this.
const ZLIB_DEFAULT: [u8; 2] = [0x78, 0x9c];

/// What a head says besides the lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) magic: [u8; 4],
    /// Bytes 1 to 4 of the request.
    pub(crate) sequence: [u8; 4],
    pub(crate) method: u16,
}

impl Head {
    pub(crate) fn new(sequence: [u8; 4], method: u16) -> Self {
        Self { magic: MAGIC, sequence, method }
    }

    fn write(&self, out: &mut [u8], on_the_wire: usize, inflated: usize) {
        let zlib = on_the_wire != inflated;
        out[0..4].copy_from_slice(&self.magic);
        out[4] = if zlib { 0x1c } else { 0x0c };
        out[5..9].copy_from_slice(&self.sequence);
        out[9] = 0;
        out[10..12].copy_from_slice(&self.method.to_le_bytes());
        out[12..14].copy_from_slice(&(on_the_wire as u16).to_le_bytes());
        out[14..16].copy_from_slice(&(inflated as u16).to_le_bytes());
    }
}

/// Turns bodies into frames; one per connection, so that nothing is allocated per answer.
pub(crate) struct Deflater {
    zlib: Compress,
    enabled: bool,
}

impl Deflater {
    pub(crate) fn new(enabled: bool) -> Self {
        Self { zlib: Compress::new(Compression::new(LEVEL), true), enabled }
    }

    /// Replaces `out` by head and body. `force` deflates a body of any size.
    pub(crate) fn frame(&mut self, out: &mut Vec<u8>, head: Head, body: &[u8], force: bool) {
        out.clear();
        out.resize(HEAD, 0);
        let wanted = force || (self.enabled && body.len() >= DEFLATED_FROM);
        if !wanted || !self.deflate(out, body, force) {
            out.truncate(HEAD);
            out.extend_from_slice(body);
        }
        let on_the_wire = out.len() - HEAD;
        head.write(&mut out[..HEAD], on_the_wire, body.len());
    }

    /// Appends the deflated body; `false` where it is no shorter, since equal lengths mean a plain body.
    fn deflate(&mut self, out: &mut Vec<u8>, body: &[u8], force: bool) -> bool {
        self.zlib.reset();
        let room = if force { body.len() + 64 } else { body.len() - 1 };
        out.reserve(room);
        let start = out.len();
        out.resize(start + room, 0);
        let done = self.zlib.compress(body, &mut out[start..], FlushCompress::Finish);
        let length = self.zlib.total_out() as usize;
        if !matches!(done, Ok(Status::StreamEnd)) || length < 2 || length == body.len() {
            return false;
        }
        out.truncate(start + length);
        out[start..start + 2].copy_from_slice(&ZLIB_DEFAULT);
        true
    }
}

/// Makes a deflated body fail to inflate: its first block has the kind that is reserved.
pub(crate) fn corrupt(frame: &mut [u8]) {
    if let Some(byte) = frame.get_mut(HEAD + 2) {
        *byte |= 0b110;
    }
}

/// Makes the head promise one byte more than the body inflates to.
pub(crate) fn lengthen(frame: &mut [u8]) {
    if let Some([low, high]) = frame.get_mut(14..HEAD) {
        let length = u16::from_le_bytes([*low, *high]).wrapping_add(1);
        [*low, *high] = length.to_le_bytes();
    }
}
