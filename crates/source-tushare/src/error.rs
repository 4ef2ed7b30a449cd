//! Errors by the decision they ask for.

use chrono::{DateTime, Utc};

use crate::{Api, RawPage};

/// Why a fetch gave nothing. Match on the variant, or take [`TushareError::decision`] where only "again or not" counts.
///
/// No variant ever holds the token: vendor texts have it blanked out.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TushareError {
    /// The token is wrong or missing. Nothing will work until an operator corrects it.
    #[error("tushare refuses the token: {message}")]
    BadToken {
        /// The vendor's text.
        message: String,
    },
    /// This account may not call this interface. The others still work.
    #[error("this tushare account has no permission for {api}: {message}")]
    NoPermission {
        /// The interface.
        api: Api,
        /// The vendor's text.
        message: String,
    },
    /// The account is used from too many addresses. Nothing will work until an operator closes some.
    #[error("tushare refuses this address: {message}")]
    TooManyIps {
        /// The vendor's text.
        message: String,
    },
    /// The calls of this minute are spent, although the client already waited as often as it may.
    #[error("the calls per minute of {api} are spent; again after {after}")]
    MinuteLimit {
        /// The interface.
        api: Api,
        /// When to try again.
        after: DateTime<Utc>,
    },
    /// The calls of this hour are spent.
    #[error("the calls per hour of {api} are spent; again after {after}")]
    HourLimit {
        /// The interface.
        api: Api,
        /// When to try again.
        after: DateTime<Utc>,
    },
    /// The calls of this day are spent. Leave this interface alone until the next day in Beijing.
    #[error("the calls per day of {api} are spent; again after {after}")]
    DayLimit {
        /// The interface.
        api: Api,
        /// Midnight in Beijing.
        after: DateTime<Utc>,
    },
    /// The vendor does not understand the question. The same question will fail again.
    #[error("tushare rejects the request to {api} ({code}): {message}")]
    BadRequest {
        /// The interface.
        api: Api,
        /// The vendor's code.
        code: i64,
        /// The vendor's text.
        message: String,
    },
    /// This vendor has no spelling for the code: ask another source. Nothing was sent.
    #[error("{message}")]
    UnknownCode {
        /// Which code.
        message: String,
    },
    /// A refusal that this client does not know. Possibly passing; try again, then look.
    #[error("tushare refuses {api} with an unknown answer ({code}): {message}")]
    Unrecognised {
        /// The interface.
        api: Api,
        /// The vendor's code.
        code: i64,
        /// The vendor's text.
        message: String,
    },
    /// No usable answer after all attempts: connection, time-out, HTTP status, or a body that is not an answer.
    #[error("tushare is unavailable for {api} after {attempts} attempts: {detail}")]
    Unavailable {
        /// The interface.
        api: Api,
        /// How often it was tried.
        attempts: u32,
        /// The last failure.
        detail: String,
    },
    /// The day's bars are not final yet; a vendor may serve live, partial ones.
    #[error("bars are not final before {available_at}")]
    NotPublishedYet {
        /// When they are.
        available_at: DateTime<Utc>,
    },
    /// Columns that were asked for are missing. The batch is refused: store `pages`, adapt the code.
    #[error("the columns of {api} changed: {} missing", missing.join(", "))]
    ColumnsChanged {
        /// The interface.
        api: Api,
        /// The missing columns.
        missing: Vec<String>,
        /// What was received.
        pages: Vec<RawPage>,
    },
    /// Volume or amount came in another unit than documented. The batch is refused: store `pages`, look.
    #[error(
        "the unit of {api} does not fit: amount / volume is {median_ratio:.4} times the price, so one of the two is off \
         by x{suspected_factor}"
    )]
    UnitMismatch {
        /// The interface.
        api: Api,
        /// Median over the bars of (amount / volume) / (mean of low and high); 1 when all is well.
        median_ratio: f64,
        /// The power of ten that explains it, at least 1: 10, 100, 1000 …
        suspected_factor: f64,
        /// Bars that were judged.
        rows: usize,
        /// What was received.
        pages: Vec<RawPage>,
    },
    /// The pages contradict each other or never end, so that rows might be missing. The batch is refused.
    #[error("the pages of {api} do not add up: {reason}")]
    PagingBroken {
        /// The interface.
        api: Api,
        /// What was seen.
        reason: String,
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

/// What to do about a [`TushareError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Try again with the usual backoff of a failed job.
    RetryLater,
    /// Try again, but not before this instant.
    RetryAt(DateTime<Utc>),
    /// The same call will fail until a person changes something.
    Stop,
}

impl TushareError {
    /// Whether and when the same call is worth another try.
    pub fn decision(&self) -> Decision {
        match self {
            Self::MinuteLimit { after, .. } | Self::HourLimit { after, .. } | Self::DayLimit { after, .. } => {
                Decision::RetryAt(*after)
            }
            Self::NotPublishedYet { available_at } => Decision::RetryAt(*available_at),
            Self::Unavailable { .. } | Self::Unrecognised { .. } | Self::PagingBroken { .. } => Decision::RetryLater,
            Self::BadToken { .. }
            | Self::NoPermission { .. }
            | Self::TooManyIps { .. }
            | Self::BadRequest { .. }
            | Self::UnknownCode { .. }
            | Self::ColumnsChanged { .. }
            | Self::UnitMismatch { .. }
            | Self::StoredResponse { .. } => Decision::Stop,
        }
    }

    /// Takes the responses of a refused batch out of the error, to store them; empty for every other error.
    pub fn take_pages(&mut self) -> Vec<RawPage> {
        match self {
            Self::ColumnsChanged { pages, .. }
            | Self::UnitMismatch { pages, .. }
            | Self::PagingBroken { pages, .. } => std::mem::take(pages),
            _ => Vec::new(),
        }
    }
}
