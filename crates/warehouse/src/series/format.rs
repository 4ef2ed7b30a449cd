//! The layout of a series file. Everything is little-endian and every block starts at a multiple of eight bytes.
//!
//! ```text
//! header, 128 bytes
//!   0  magic "TWSERIES"        8  version u32        12  codes u32
//!  16  rows u64               24  file length u64    32  index offset u64    40  index length u64
//!  48  first day i32          52  last day i32       56  sources u32         60  zero
//!  64  SHA-256 of the index   96  SHA-256 of bytes 0..96
//! blocks, one per code in the order of the codes, n rows, f factor runs, s source runs
//!   amount f64[n]  factor f64[f]  (prices f64[4][n])  (volume i64[n])
//!   day i32[n]  (prices i32[4][n])  (volume u32[n])  factor start u32[f]  source start u32[s]  source u32[s]  padding
//! index, 80 bytes per code, then the names of the sources (u16 length, text)
//!   0  code, zero padded      16  block offset u64   24  n u32    28  f u32    32  s u32
//!  36  price exponent u8 (255 = f64)    37  volume bytes u8 (4, 8)    38  basis u8    39  zero
//!  40  last factor f64       48  last day i32       52  zero
//!  56  the first 24 bytes of the SHA-256 of bytes 0..56 and the block: what the entry says about a block is sealed with it
//! ```
//!
//! A price is the integer divided by ten to the exponent, which is exactly the stored double: the writer checks every
//! value and falls back to doubles for a code with a value that does not fit. Days count from 1970-01-01.

use market_model::FactorBasis;
use sha2::{Digest, Sha256};

pub(super) const MAGIC: [u8; 8] = *b"TWSERIES";
pub(super) const VERSION: u32 = 2;
pub(super) const HEADER_BYTES: usize = 128;
pub(super) const ENTRY_BYTES: usize = 80;
pub(super) const BLOCK_HASH_BYTES: usize = 24;
/// The part of an entry before its seal.
const SEALED_BYTES: usize = ENTRY_BYTES - BLOCK_HASH_BYTES;
/// The exponent that says that prices are stored as doubles.
pub(super) const PLAIN_PRICES: u8 = u8::MAX;
pub(super) const EXPONENT_MAX: u8 = 9;

// Columns are cast in place.
const _: () =
    assert!(cfg!(target_endian = "little"), "the series file is read in place on little-endian machines only");

/// The header's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) codes: u32,
    pub(super) rows: u64,
    pub(super) file_len: u64,
    pub(super) index_offset: u64,
    pub(super) index_len: u64,
    pub(super) first_day: i32,
    pub(super) last_day: i32,
    pub(super) sources: u32,
    pub(super) index_sha256: [u8; 32],
}

/// One code's line in the index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Entry {
    pub(super) code: [u8; 16],
    pub(super) offset: u64,
    pub(super) shape: Shape,
    pub(super) basis: FactorBasis,
    pub(super) last_factor: f64,
    pub(super) last_day: i32,
    pub(super) hash: [u8; BLOCK_HASH_BYTES],
}

/// What decides the length of a block and where its columns lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) rows: u32,
    pub(super) factor_runs: u32,
    pub(super) source_runs: u32,
    pub(super) exponent: u8,
    pub(super) wide_volume: bool,
}

impl Shape {
    /// Length of the block in bytes, a multiple of eight. Cannot overflow: every count is a `u32`.
    pub(super) fn block_len(&self) -> u64 {
        let (rows, factors, sources) = (u64::from(self.rows), u64::from(self.factor_runs), u64::from(self.source_runs));
        let price = if self.exponent == PLAIN_PRICES { 8 } else { 4 };
        let volume = if self.wide_volume { 8 } else { 4 };
        let len = rows * (8 + 4 + 4 * price + volume) + factors * 12 + sources * 8;
        len.next_multiple_of(8)
    }
}

impl Header {
    pub(super) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[0..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.codes.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.rows.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.file_len.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.index_offset.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.index_len.to_le_bytes());
        bytes[48..52].copy_from_slice(&self.first_day.to_le_bytes());
        bytes[52..56].copy_from_slice(&self.last_day.to_le_bytes());
        bytes[56..60].copy_from_slice(&self.sources.to_le_bytes());
        bytes[64..96].copy_from_slice(&self.index_sha256);
        let sha = Sha256::digest(&bytes[..96]);
        bytes[96..].copy_from_slice(&sha);
        bytes
    }

    /// Reads and checks the header against the length of the whole file.
    pub(super) fn decode(file: &[u8]) -> Result<Self, String> {
        let bytes = file.get(..HEADER_BYTES).ok_or("shorter than its header")?;
        if bytes[..8] != MAGIC {
            return Err("not a series file".to_owned());
        }
        if Sha256::digest(&bytes[..96])[..] != bytes[96..] {
            return Err("the header's checksum does not hold".to_owned());
        }
        let version = u32_at(bytes, 8);
        if version != VERSION {
            return Err(format!("format version {version}, this program reads {VERSION}"));
        }
        let header = Self {
            codes: u32_at(bytes, 12),
            rows: u64_at(bytes, 16),
            file_len: u64_at(bytes, 24),
            index_offset: u64_at(bytes, 32),
            index_len: u64_at(bytes, 40),
            first_day: u32_at(bytes, 48).cast_signed(),
            last_day: u32_at(bytes, 52).cast_signed(),
            sources: u32_at(bytes, 56),
            index_sha256: std::array::from_fn(|i| bytes[64 + i]),
        };
        if header.file_len != file.len() as u64 {
            return Err(format!("{} bytes instead of {}", file.len(), header.file_len));
        }
        if header.index_offset.checked_add(header.index_len) != Some(header.file_len) {
            return Err("its index lies outside the file".to_owned());
        }
        Ok(header)
    }
}

impl Entry {
    pub(super) fn encode(&self) -> [u8; ENTRY_BYTES] {
        let mut bytes = [0; ENTRY_BYTES];
        bytes[0..16].copy_from_slice(&self.code);
        bytes[16..24].copy_from_slice(&self.offset.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.shape.rows.to_le_bytes());
        bytes[28..32].copy_from_slice(&self.shape.factor_runs.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.shape.source_runs.to_le_bytes());
        bytes[36] = self.shape.exponent;
        bytes[37] = if self.shape.wide_volume { 8 } else { 4 };
        bytes[38] = match self.basis {
            FactorBasis::Listing => 0,
            FactorBasis::FirstBar => 1,
        };
        bytes[40..48].copy_from_slice(&self.last_factor.to_le_bytes());
        bytes[48..52].copy_from_slice(&self.last_day.to_le_bytes());
        bytes[56..].copy_from_slice(&self.hash);
        bytes
    }

    /// The seal over what this entry says and over `block`; [`Entry::hash`] itself plays no part.
    pub(super) fn seal(&self, block: &[u8]) -> [u8; BLOCK_HASH_BYTES] {
        let sha = Sha256::new().chain_update(&self.encode()[..SEALED_BYTES]).chain_update(block).finalize();
        std::array::from_fn(|i| sha[i])
    }

    /// Reads one entry of exactly [`ENTRY_BYTES`] bytes.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, String> {
        if bytes[39] != 0 || bytes[52..SEALED_BYTES].iter().any(|byte| *byte != 0) {
            return Err("padding that is not zero".to_owned());
        }
        let shape = Shape {
            rows: u32_at(bytes, 24),
            factor_runs: u32_at(bytes, 28),
            source_runs: u32_at(bytes, 32),
            exponent: bytes[36],
            wide_volume: match bytes[37] {
                4 => false,
                8 => true,
                other => return Err(format!("volumes of {other} bytes")),
            },
        };
        if shape.exponent > EXPONENT_MAX && shape.exponent != PLAIN_PRICES {
            return Err(format!("price exponent {}", shape.exponent));
        }
        let basis = match bytes[38] {
            0 => FactorBasis::Listing,
            1 => FactorBasis::FirstBar,
            other => return Err(format!("factor basis {other}")),
        };
        Ok(Self {
            code: std::array::from_fn(|i| bytes[i]),
            offset: u64_at(bytes, 16),
            shape,
            basis,
            last_factor: f64::from_bits(u64_at(bytes, 40)),
            last_day: u32_at(bytes, 48).cast_signed(),
            hash: std::array::from_fn(|i| bytes[56 + i]),
        })
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}
