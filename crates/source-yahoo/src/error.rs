//! Errors by the decision they ask for.

use chrono::{DateTime, NaiveDate, Utc};

use crate::RawPage;

/// Why a fetch gave nothing. Match on the variant, or take [`YahooError::decision`] where only "again or not" counts.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum YahooError {
    /// Yahoo has no spelling for the code: ask another source. Nothing was sent.
    #[error("{message}")]
    UnknownCode {
        /// Which code.
        message: String,
    },
    /// Yahoo does not know the symbol (any more).
    #[error("yahoo does not know {symbol}: {message}")]
    NotFound {
        /// The symbol.
        symbol: String,
        /// The vendor's text.
        message: String,
        /// What was received.
        pages: Vec<RawPage>,
    },
    /// The vendor does not accept the question. The same question will fail again.
    #[error("yahoo rejects the request for {symbol} (HTTP {status}): {message}")]
    BadRequest {
        /// The symbol.
        symbol: String,
        /// HTTP status.
        status: u16,
        /// The vendor's text.
        message: String,
        /// What was received.
        pages: Vec<RawPage>,
    },
    /// Yahoo wants something this client does not have (a crumb, another address). A person has to look.
    #[error("yahoo refuses access (HTTP {status}): {message}")]
    AccessDenied {
        /// HTTP status.
        status: u16,
        /// The vendor's text.
        message: String,
        /// What was received.
        pages: Vec<RawPage>,
    },
    /// Too many requests, or a client that does not look like a browser. Every call of this client fails like this until
    /// then: stop the batch.
    #[error("yahoo limits the rate; again after {after}")]
    RateLimited {
        /// When to try again.
        after: DateTime<Utc>,
    },
    /// No day of the range is final yet; Yahoo would serve a live, partial bar. Nothing was sent.
    #[error("bars are not final before {available_at}")]
    NotPublishedYet {
        /// When the first of them is.
        available_at: DateTime<Utc>,
    },
    /// No usable answer after all attempts: connection, time-out, HTTP status, maintenance, a body that is no answer.
    #[error("yahoo is unavailable for {symbol} after {attempts} attempts: {detail}")]
    Unavailable {
        /// The symbol.
        symbol: String,
        /// How often it was tried.
        attempts: u32,
        /// The last failure.
        detail: String,
    },
    /// Daily bars were asked for and coarser ones came. The batch is refused: store `pages`, look.
    #[error("yahoo answers {symbol} in steps of {granularity}, not 1d")]
    WrongGranularity {
        /// The symbol.
        symbol: String,
        /// What came.
        granularity: String,
        /// What was received.
        pages: Vec<RawPage>,
    },
    /// The answer is JSON but not what it used to be: fields are missing, arrays do not align, another symbol. The batch
    /// is refused: store `pages`, adapt the code.
    #[error("yahoo's answer for {symbol} has another shape: {detail}")]
    ShapeChanged {
        /// The symbol.
        symbol: String,
        /// What is different.
        detail: String,
        /// What was received.
        pages: Vec<RawPage>,
    },
    /// The newest close and the market price of the same answer are in different units. The batch is refused: store
    /// `pages`, look.
    #[error(
        "the unit of {symbol} does not fit: the newest close is {ratio:.4} times the market price, so one of the two is \
         off by x{suspected_factor}"
    )]
    UnitMismatch {
        /// The symbol.
        symbol: String,
        /// Newest close / `regularMarketPrice`; about 1 when all is well.
        ratio: f64,
        /// The power of ten that explains it, at least 1: 10, 100, 1000 …
        suspected_factor: f64,
        /// What was received.
        pages: Vec<RawPage>,
    },
    /// A split is announced but the prices before it are not divided by it yet. Yahoo mends this within days: the batch is
    /// refused until then.
    #[error("yahoo has not applied the split of {symbol} on {ex_date} to the prices before it")]
    SplitNotApplied {
        /// The symbol.
        symbol: String,
        /// The split's day.
        ex_date: NaiveDate,
        /// What was received.
        pages: Vec<RawPage>,
    },
    /// A stored response that is none. Only [`decode`](crate::decode) says this.
    #[error("the stored response cannot be read: {reason}")]
    StoredResponse {
        /// Why.
        reason: String,
    },
}

/// What to do about a [`YahooError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Try again with the usual backoff of a failed job.
    RetryLater,
    /// Try again, but not before this instant.
    RetryAt(DateTime<Utc>),
    /// The same call will fail until a person changes something.
    Stop,
}

impl YahooError {
    /// Whether and when the same call is worth another try.
    pub fn decision(&self) -> Decision {
        match self {
            Self::RateLimited { after } => Decision::RetryAt(*after),
            Self::NotPublishedYet { available_at } => Decision::RetryAt(*available_at),
            Self::Unavailable { .. } | Self::SplitNotApplied { .. } => Decision::RetryLater,
            Self::UnknownCode { .. }
            | Self::NotFound { .. }
            | Self::BadRequest { .. }
            | Self::AccessDenied { .. }
            | Self::WrongGranularity { .. }
            | Self::ShapeChanged { .. }
            | Self::UnitMismatch { .. }
            | Self::StoredResponse { .. } => Decision::Stop,
        }
    }

    /// Whether every other code would fail in the same way, so that a batch should end here.
    pub fn concerns_every_code(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::AccessDenied { .. })
    }

    /// Takes the responses of a refused batch out of the error, to store them; empty for every other error.
    pub fn take_pages(&mut self) -> Vec<RawPage> {
        match self {
            Self::NotFound { pages, .. }
            | Self::BadRequest { pages, .. }
            | Self::AccessDenied { pages, .. }
            | Self::WrongGranularity { pages, .. }
            | Self::ShapeChanged { pages, .. }
            | Self::UnitMismatch { pages, .. }
            | Self::SplitNotApplied { pages, .. } => std::mem::take(pages),
            _ => Vec::new(),
        }
    }
}
