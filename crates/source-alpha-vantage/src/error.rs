//! Errors by the decision they ask for.

use chrono::{DateTime, Utc};

use crate::{Function, RawPage};

/// Why a fetch gave nothing. Match on the variant, or take [`AlphaVantageError::decision`] where only "again or not"
/// counts.
///
/// No variant ever holds the account's key: texts and pages have it blanked out.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AlphaVantageError {
    /// The key is wrong or missing. Nothing will work until an operator corrects it.
    #[error("alpha vantage refuses the key: {message}")]
    BadKey {
        /// The vendor's text.
        message: String,
        /// What was received.
        pages: Vec<RawPage>,
    },
    /// This account may not call this function. The others still work.
    #[error("this alpha vantage account has no permission for {function}: {message}")]
    NoPermission {
        /// The function.
        function: Function,
        /// The vendor's text.
        message: String,
        /// What was received.
        pages: Vec<RawPage>,
    },
    /// The requests of this day are spent, by the client's count or by the vendor's word. Every call fails like this until
    /// then.
    #[error("the requests of the day are spent; again after {after}")]
    DayLimit {
        /// The next midnight in New York.
        after: DateTime<Utc>,
        /// What was received; empty where the client's own count stopped it.
        pages: Vec<RawPage>,
    },
    /// Requests still come too fast, although the client already waited as often as it may.
    #[error("alpha vantage limits the rate; again after {after}")]
    RateLimited {
        /// When to try again.
        after: DateTime<Utc>,
    },
    /// The vendor does not understand the question; an unknown symbol is answered like this too.
    #[error("alpha vantage rejects the request to {function}: {message}")]
    BadRequest {
        /// The function.
        function: Function,
        /// The vendor's text.
        message: String,
        /// What was received.
        pages: Vec<RawPage>,
    },
    /// This vendor has no spelling for the code: ask another source. Nothing was sent.
    #[error("{message}")]
    UnknownCode {
        /// Which code.
        message: String,
    },
    /// No day of the range is final yet; the vendor may serve live, partial bars. Nothing was sent.
    #[error("bars are not final before {available_at}")]
    NotPublishedYet {
        /// When the first of them is.
        available_at: DateTime<Utc>,
    },
    /// No usable answer after all attempts: connection, time-out, HTTP status, or a body that is no answer.
    #[error("alpha vantage is unavailable for {function} after {attempts} attempts: {detail}")]
    Unavailable {
        /// The function.
        function: Function,
        /// How often it was tried.
        attempts: u32,
        /// The last failure.
        detail: String,
    },
    /// The answer is JSON but not what it used to be: the series or its columns are missing, another symbol. The batch is
    /// refused: store `pages`, adapt the code.
    #[error("the answer of {function} has another shape: {detail}")]
    ShapeChanged {
        /// The function.
        function: Function,
        /// What is different.
        detail: String,
        /// What was received.
        pages: Vec<RawPage>,
    },
    /// The newest close and its adjusted twin are in different units. The batch is refused: store `pages`, look.
    #[error(
        "the unit of {function} does not fit: the newest close is {ratio:.4} times its adjusted twin, so one of the two is \
         off by x{suspected_factor}"
    )]
    UnitMismatch {
        /// The function.
        function: Function,
        /// Newest close / its `adjusted close`; about 1 when all is well.
        ratio: f64,
        /// The power of ten that explains it, at least 1: 10, 100, 1000 …
        suspected_factor: f64,
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

/// What to do about an [`AlphaVantageError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Try again with the usual backoff of a failed job.
    RetryLater,
    /// Try again, but not before this instant.
    RetryAt(DateTime<Utc>),
    /// The same call will fail until a person changes something.
    Stop,
}

impl AlphaVantageError {
    /// Whether and when the same call is worth another try.
    pub fn decision(&self) -> Decision {
        match self {
            Self::DayLimit { after, .. } | Self::RateLimited { after } => Decision::RetryAt(*after),
            Self::NotPublishedYet { available_at } => Decision::RetryAt(*available_at),
            Self::Unavailable { .. } => Decision::RetryLater,
            Self::BadKey { .. }
            | Self::NoPermission { .. }
            | Self::BadRequest { .. }
            | Self::UnknownCode { .. }
            | Self::ShapeChanged { .. }
            | Self::UnitMismatch { .. }
            | Self::StoredResponse { .. } => Decision::Stop,
        }
    }

    /// Whether every other code would fail in the same way, so that a batch should end here.
    pub fn concerns_every_code(&self) -> bool {
        matches!(
            self,
            Self::BadKey { .. } | Self::NoPermission { .. } | Self::DayLimit { .. } | Self::RateLimited { .. }
        )
    }

    /// Takes the responses of a refused batch out of the error, to store them; empty for every other error.
    pub fn take_pages(&mut self) -> Vec<RawPage> {
        match self {
            Self::BadKey { pages, .. }
            | Self::NoPermission { pages, .. }
            | Self::DayLimit { pages, .. }
            | Self::BadRequest { pages, .. }
            | Self::ShapeChanged { pages, .. }
            | Self::UnitMismatch { pages, .. } => std::mem::take(pages),
            _ => Vec::new(),
        }
    }
}
