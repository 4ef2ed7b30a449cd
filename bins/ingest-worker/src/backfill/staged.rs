//! One code's history on disk: the responses as they came, under a checksum.
//!
//! ```text
//! "TWSTAGE1"   8 bytes
//! length       u64, little endian: of the head
//! head         JSON: code, what the responses are, rows that are not decoded again
//! bodies       of the responses, one behind the other
//! sha256       32 bytes over everything before
//! ```
//!
//! A file is written beside its place and renamed. It is not flushed to the disk one by one: after a power cut some may be
//! torn, which the checksum tells, and those codes are fetched again.

use std::{fs, io, path::Path};

use chrono::{DateTime, Utc};
use market_model::{Code, CorporateAction, DailyBar};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use warehouse::{RawResponse, Rejected};

const MAGIC: &[u8; 8] = b"TWSTAGE1";
const SUM_BYTES: usize = 32;

/// What a vendor said about one code.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Staged {
    pub(crate) code: Code,
    /// Bars in it.
    pub(crate) bars: u64,
    /// Requests that it cost.
    pub(crate) requests: u64,
    pub(crate) responses: Vec<RawResponse>,
    /// Rows that are not decoded again: everything but the bars of TDX, which stay in their frames.
    pub(crate) rows: Rows,
}

/// Normalized rows with the places they were read from: index of the response, index of the vendor's row in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rows {
    pub(crate) bars: Vec<(DailyBar, usize, u32)>,
    pub(crate) actions: Vec<(CorporateAction, usize, u32)>,
    pub(crate) rejected: Vec<RejectedRow>,
}

/// A vendor's row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RejectedRow {
    dataset: String,
    response: usize,
    row: u32,
    reason: String,
    value: String,
}

/// What is counted without reading a file whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) bars: u64,
    pub(crate) requests: u64,
}

#[derive(Serialize, Deserialize)]
struct Head {
    code: Code,
    bars: u64,
    requests: u64,
    responses: Vec<ResponseHead>,
    rows: Rows,
}

#[derive(Serialize, Deserialize)]
struct ResponseHead {
    source: String,
    dataset: String,
    request: String,
    fetched_at: DateTime<Utc>,
    http_status: u16,
    bytes: usize,
}

impl Staged {
    /// Writes the file, whole or not at all.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let beside = path.with_extension("tmp");
        fs::write(&beside, self.encode()?)?;
        fs::rename(&beside, path)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let bytes = fs::read(path).map_err(|error| error.to_string())?;
        let (head, mut bodies) = open(&bytes)?;
        let mut responses = Vec::with_capacity(head.responses.len());
        for response in head.responses {
            let (body, rest) = bodies.split_at_checked(response.bytes).ok_or("a body is cut off")?;
            bodies = rest;
            responses.push(RawResponse {
                source: response.source,
                dataset: response.dataset,
                request: response.request,
                fetched_at: response.fetched_at,
                http_status: response.http_status,
                body: body.to_vec(),
            });
        }
        Ok(Self { code: head.code, bars: head.bars, requests: head.requests, responses, rows: head.rows })
    }

    /// Checks that a file is whole and about `code`, and counts it.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn check(path: &Path, code: &Code) -> Result<Counts, String> {
        let bytes = fs::read(path).map_err(|error| error.to_string())?;
        let (head, _) = open(&bytes)?;
        if head.code != *code {
            return Err(format!("it is about {}", head.code));
        }
        Ok(Counts { bars: head.bars, requests: head.requests })
    }

    fn encode(&self) -> io::Result<Vec<u8>> {
        let describe = |response: &RawResponse| ResponseHead {
            source: response.source.clone(),
            dataset: response.dataset.clone(),
            request: response.request.clone(),
            fetched_at: response.fetched_at,
            http_status: response.http_status,
            bytes: response.body.len(),
        };
        let head = Head {
            code: self.code,
            bars: self.bars,
            requests: self.requests,
            responses: self.responses.iter().map(describe).collect(),
            rows: self.rows.clone(),
        };
        let head = serde_json::to_vec(&head)?;
        let bodies: usize = self.responses.iter().map(|response| response.body.len()).sum();
        let mut bytes = Vec::with_capacity(MAGIC.len() + 8 + head.len() + bodies + SUM_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&(head.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&head);
        for response in &self.responses {
            bytes.extend_from_slice(&response.body);
        }
        let sum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&sum);
        Ok(bytes)
    }
}

impl From<Rejected> for RejectedRow {
    fn from(row: Rejected) -> Self {
        let Rejected { dataset, response, row, reason, value } = row;
        Self { dataset, response, row, reason, value }
    }
}

impl From<RejectedRow> for Rejected {
    fn from(row: RejectedRow) -> Self {
        let RejectedRow { dataset, response, row, reason, value } = row;
        Self { dataset, response, row, reason, value }
    }
}

/// The head and the bodies of a file whose checksum is right.
fn open(bytes: &[u8]) -> Result<(Head, &[u8]), String> {
    let (content, sum) = bytes.split_last_chunk::<SUM_BYTES>().ok_or("it is too short")?;
    if Sha256::digest(content).as_slice() != sum {
        return Err("its checksum is wrong".to_owned());
    }
    let rest = content.strip_prefix(MAGIC).ok_or("it is no staged history, or of another version")?;
    let (length, rest) = rest.split_first_chunk::<8>().ok_or("it is too short")?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|error| error.to_string())?;
    let (head, bodies) = rest.split_at_checked(length).ok_or("its head is cut off")?;
    let head = serde_json::from_slice(head).map_err(|error| format!("its head cannot be read: {error}"))?;
    Ok((head, bodies))
}

#[cfg(test)]
mod tests;
