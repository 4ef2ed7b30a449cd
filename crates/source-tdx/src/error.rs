//! Errors by the decision they ask for.

use chrono::{DateTime, Utc};
use market_model::Code;

use crate::{RawPage, wire::WireError};

/// Why a fetch gave nothing. Match on the variant, or take [`TdxError::decision`] where only "again or not" counts.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TdxError {
    /// Every attempt, each on another server while there was one, ended in a server's fault: silence, a dropped
    /// connection, a truncated body, a wrong echo, a damaged body.
    #[error("no TDX server answers {question} after {attempts} attempts; the last one, {server}: {fault}")]
    ServerFault {
        /// What was asked, for example `bars 600519.SH`.
        question: String,
        /// How often it was asked.
        attempts: u32,
        /// The server of the last attempt.
        server: String,
        /// What the last one did.
        fault: String,
    },
    /// No server serves real bars at the moment. They are probed again at `retry_at`.
    #[error("none of the {servers} TDX servers serves real bars; again after {retry_at}")]
    AllServersBad {
        /// How many are configured.
        servers: usize,
        /// When the first of them is probed again.
        retry_at: DateTime<Utc>,
    },
    /// One server says that there is nothing, and no second one is there to confirm it.
    #[error("{server} has no {dataset} of {subject}, and no second server is there to confirm it")]
    EmptyUnconfirmed {
        /// What was asked for.
        dataset: &'static str,
        /// Whose: a code, or codes.
        subject: String,
        /// Who answered.
        server: String,
    },
    /// The question itself is impossible. Nothing was sent.
    #[error("{message}")]
    BadRequest {
        /// What is wrong with it.
        message: String,
    },
    /// TDX has no spelling for the code: ask another source. Nothing was sent.
    #[error("{message}")]
    UnknownCode {
        /// Which code.
        message: String,
    },
    /// Volume or amount came in another unit than documented, it is not the known slip (shares for lots, or the reverse),
    /// and a second server, where there was one, does no better. The answer is refused: store `pages`, look.
    #[error(
        "the unit of the bars of {code} does not fit: amount / volume is {median_ratio:.4} times the price over {rows} \
         bars"
    )]
    UnitMismatch {
        /// Whose bars.
        code: Code,
        /// Median over the bars of (amount / volume) / (mean of low and high); 1 when all is well.
        median_ratio: f64,
        /// Bars that were judged.
        rows: usize,
        /// What was received.
        pages: Vec<RawPage>,
    },
    /// A stored response that is none: damaged on disk, or of another method. Only the functions that read stored frames
    /// say this.
    #[error("the stored response {page} cannot be read: {reason}")]
    StoredFrame {
        /// Its index.
        page: usize,
        /// Why.
        reason: WireError,
    },
}

/// What to do about a [`TdxError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Try again with the usual backoff of a failed job.
    RetryLater,
    /// Try again, but not before this instant.
    RetryAt(DateTime<Utc>),
    /// The same call will fail until a person changes something.
    Stop,
}

impl TdxError {
    /// Whether and when the same call is worth another try.
    pub fn decision(&self) -> Decision {
        match self {
            Self::AllServersBad { retry_at, .. } => Decision::RetryAt(*retry_at),
            Self::ServerFault { .. } | Self::EmptyUnconfirmed { .. } => Decision::RetryLater,
            Self::BadRequest { .. }
            | Self::UnknownCode { .. }
            | Self::UnitMismatch { .. }
            | Self::StoredFrame { .. } => Decision::Stop,
        }
    }

    /// Takes the responses of a refused answer out of the error, to store them; empty for every other error.
    pub fn take_pages(&mut self) -> Vec<RawPage> {
        match self {
            Self::UnitMismatch { pages, .. } => std::mem::take(pages),
            _ => Vec::new(),
        }
    }
}
