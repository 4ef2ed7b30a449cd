//! Reading a body from front to back.

use super::WireError;

/// Longest a [`varint`] may be, in bytes.
const VARINT_MAX: usize = 5;

/// A body and how far it has been read.
pub(super) struct Cursor<'a> {
    body: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(body: &'a [u8]) -> Self {
        Self { body, at: 0 }
    }

    pub(super) fn left(&self) -> usize {
        self.body.len() - self.at
    }

    pub(super) fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], WireError> {
        let bytes = self.body.get(self.at..).and_then(|rest| rest.first_chunk::<N>());
        let bytes = *bytes.ok_or(WireError::Truncated { what, at: self.at, len: self.body.len() })?;
        self.at += N;
        Ok(bytes)
    }

    pub(super) fn u8(&mut self, what: &'static str) -> Result<u8, WireError> {
        self.array::<1>(what).map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self, what: &'static str) -> Result<u16, WireError> {
        self.array(what).map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self, what: &'static str) -> Result<u32, WireError> {
        self.array(what).map(u32::from_le_bytes)
    }

    pub(super) fn f32(&mut self, what: &'static str) -> Result<f32, WireError> {
        self.array(what).map(f32::from_le_bytes)
    }

    pub(super) fn varint(&mut self, what: &'static str) -> Result<i64, WireError> {
        let rest = &self.body[self.at..];
        match varint(rest) {
            Some((value, len)) => {
                self.at += len;
                Ok(value)
            }
            None if rest.len() >= VARINT_MAX => Err(WireError::EndlessNumber { at: self.at }),
            None => Err(WireError::Truncated { what, at: self.at, len: self.body.len() }),
        }
    }

    /// How many records may be expected where `declared` were announced, each of at least `record_min` bytes.
    ///
    /// This is what bounds every allocation: a count that the rest of the body cannot hold is an error before any memory is
    /// set aside for it.
    pub(super) fn records(&self, declared: u16, record_min: usize, what: &'static str) -> Result<usize, WireError> {
        let declared = usize::from(declared);
        if declared * record_min > self.left() {
            return Err(WireError::Truncated { what, at: self.at, len: self.body.len() });
        }
        Ok(declared)
    }

    /// The records must fill the body: anything left means that they are out of step.
    pub(super) fn finish(&self) -> Result<(), WireError> {
        if self.left() == 0 { Ok(()) } else { Err(WireError::TrailingBytes { left: self.left() }) }
    }
}

/// Reads a number of one to five bytes from the front of `bytes`; gives it and its length, `None` where it does not end.
///
/// First byte: bit 7 = more follows, bit 6 = negative, bits 0–5 the lowest six bits; then seven bits a byte. Sign and
/// magnitude, so there are two zeros.
#[inline]
pub fn varint(bytes: &[u8]) -> Option<(i64, usize)> {
    match bytes.first_chunk::<8>() {
        Some(chunk) => varint_of(u64::from_le_bytes(*chunk)),
        None => {
            // The end of the body: pad with bytes that say "more", so that a number cut short does not end.
            let mut chunk = [0xff; 8];
            chunk[..bytes.len()].copy_from_slice(bytes);
            varint_of(u64::from_le_bytes(chunk)).filter(|(_, len)| *len <= bytes.len())
        }
    }
}

/// The same from eight bytes at once, without a loop: prices vary in length from byte to byte, and a mispredicted branch
/// costs more than all of this.
#[inline(always)]
pub(super) fn varint_of(chunk: u64) -> Option<(i64, usize)> {
    const LAST_OF: u64 = 0x80_8080_8080;
    let ends = !chunk & LAST_OF;
    if ends == 0 {
        return None;
    }
    let bits = ends.trailing_zeros() + 1;
    let bytes = chunk & (u64::MAX >> (64 - bits));
    let magnitude = (bytes & 0x3f)
        | ((bytes >> 2) & (0x7f << 6))
        | ((bytes >> 3) & (0x7f << 13))
        | ((bytes >> 4) & (0x7f << 20))
        | ((bytes >> 5) & (0x7f << 27));
    let sign = -(((chunk >> 6) & 1) as i64);
    Some(((magnitude as i64 ^ sign) - sign, bits as usize / 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_at_the_very_end_of_a_body_reads_like_one_in_the_middle() {
        for value in
            [[0xe4, 0x06].as_slice(), &[0x00], &[0x41], &[0xc0, 0x92, 0xf4, 0x01], &[0xff, 0xff, 0xff, 0xff, 0x7f]]
        {
            let mut followed = value.to_vec();
            followed.extend([0x80, 0xff, 0, 1, 2, 3, 4, 5]);
            let read = varint(value).unwrap();
            assert_eq!(varint(&followed), Some(read));
            assert_eq!(read.1, value.len());
        }
        assert_eq!(varint(&[0xe4, 0x06]), Some((-420, 2)));
        assert_eq!(varint(&[0xbf, 0xff, 0xff, 0xff, 0x7f]), Some(((1 << 34) - 1, 5)));
    }

    #[test]
    fn a_number_that_does_not_end_is_none() {
        assert_eq!(varint(&[]), None);
        assert_eq!(varint(&[0x80]), None);
        assert_eq!(varint(&[0x80; 5]), None);
        assert_eq!(varint(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0, 0, 0]), None, "six bytes are one too many");
    }

    #[test]
    fn a_cut_number_is_a_truncated_body_and_an_overlong_one_is_not() {
        let truncated = Cursor::new(&[0x80, 0x80]).varint("a price");
        assert_eq!(truncated, Err(WireError::Truncated { what: "a price", at: 0, len: 2 }));
        assert_eq!(Cursor::new(&[0xff; 9]).varint("a price"), Err(WireError::EndlessNumber { at: 0 }));
    }
}
