//! Errors by the decision they ask for.

use chrono::{DateTime, Utc};

use crate::RawPage;

/// Why a fetch gave nothing. Match on the variant, or take [`AktoolsError::decision`] where only "again or not" counts.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AktoolsError {
    /// No series of that name is known here. Nothing was sent.
    #[error("there is no series {name}")]
    UnknownSeries {
        /// The name.
        name: String,
    },
    /// A parameter's value has a character that must not reach the server. Nothing was sent.
    #[error("the parameter {name} may hold letters, digits, `_`, `.`, `-` and Chinese characters only")]
    ForbiddenParameter {
        /// The parameter.
        name: &'static str,
    },
    /// This vendor has no spelling for the code: ask another source. Nothing was sent.
    #[error("akshare has no daily bars of {code}")]
    UnknownCode {
        /// The code.
        code: String,
    },
    /// No day of the range is closed yet; a live bar is not a day's bar. Nothing was sent.
    #[error("bars are not final before {available_at}")]
    NotPublishedYet {
        /// When the first of them is.
        available_at: DateTime<Utc>,
    },
    /// The akshare behind the server does not have this function: it must be upgraded.
    #[error("this akshare has no function {function}: {message}")]
    UnknownFunction {
        /// The function.
        function: &'static str,
        /// The server's text.
        message: String,
    },
    /// The server cannot work with the parameters, or the site behind the function changed under it.
    #[error("akshare fails in {function}: {message}")]
    BadParameter {
        /// The function.
        function: &'static str,
        /// The server's text.
        message: String,
    },
    /// The function found nothing, where there is always something. The site behind it is probably disturbed.
    #[error("akshare has no data for {function}")]
    NoData {
        /// The function.
        function: &'static str,
        /// What was received, if it was an empty table.
        pages: Vec<RawPage>,
    },
    /// Something in front of the server wants a login. Nothing will work until an operator gives one.
    #[error("aktools refuses {function} with HTTP status {status}")]
    Refused {
        /// The function.
        function: &'static str,
        /// 401 or 403.
        status: u16,
    },
    /// Something in front of the server wants fewer calls.
    #[error("too many calls of {function}; again after {after}")]
    Throttled {
        /// The function.
        function: &'static str,
        /// When to try again.
        after: DateTime<Utc>,
    },
    /// An answer that this client does not know, for example of another server under that address.
    #[error("aktools answers {function} with HTTP status {status} and an unknown text: {message}")]
    Unrecognised {
        /// The function.
        function: &'static str,
        /// HTTP status.
        status: u16,
        /// The beginning of the body.
        message: String,
    },
    /// No usable answer after all attempts: connection, time-out, HTTP status 5xx, or a body that is not an answer.
    #[error("aktools is unavailable for {function} after {attempts} attempts: {detail}")]
    Unavailable {
        /// The function.
        function: &'static str,
        /// How often it was tried.
        attempts: u32,
        /// The last failure.
        detail: String,
    },
    /// Columns that are needed are missing. The answer is refused: store `pages`, adapt the table of series.
    #[error("the columns of {function} changed: {} missing", missing.join(", "))]
    ColumnsChanged {
        /// The function.
        function: &'static str,
        /// The missing columns.
        missing: Vec<String>,
        /// What was received.
        pages: Vec<RawPage>,
    },
    /// The figures of a table contradict each other in a way that only wrong column names explain. akshare names some
    /// columns by position. The answer is refused: store `pages`, look.
    #[error("the columns of {function} are mislabelled: {reason}")]
    ColumnsMislabelled {
        /// The function.
        function: &'static str,
        /// What does not fit.
        reason: String,
        /// What was received.
        pages: Vec<RawPage>,
    },
    /// Volume or amount came in another unit than documented. The answer is refused: store `pages`, look.
    #[error("the unit of {function} does not fit: amount / volume is {median_ratio:.4} times the price")]
    UnitMismatch {
        /// The function.
        function: &'static str,
        /// Median over the bars of (amount / volume) / (mean of low and high); 1 when all is well.
        median_ratio: f64,
        /// The power of ten that explains it, at least 1.
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

/// What to do about an [`AktoolsError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Try again with the usual backoff of a failed job.
    RetryLater,
    /// Try again, but not before this instant.
    RetryAt(DateTime<Utc>),
    /// The same call will fail until a person changes something.
    Stop,
}

impl AktoolsError {
    /// Whether and when the same call is worth another try.
    pub fn decision(&self) -> Decision {
        match self {
            Self::Throttled { after, .. } => Decision::RetryAt(*after),
            Self::NotPublishedYet { available_at } => Decision::RetryAt(*available_at),
            Self::NoData { .. } | Self::Unavailable { .. } | Self::Unrecognised { .. } => Decision::RetryLater,
            Self::UnknownSeries { .. }
            | Self::ForbiddenParameter { .. }
            | Self::UnknownCode { .. }
            | Self::UnknownFunction { .. }
            | Self::BadParameter { .. }
            | Self::Refused { .. }
            | Self::ColumnsChanged { .. }
            | Self::ColumnsMislabelled { .. }
            | Self::UnitMismatch { .. }
            | Self::StoredResponse { .. } => Decision::Stop,
        }
    }

    /// Takes the responses of a refused answer out of the error, to store them; empty for every other error.
    pub fn take_pages(&mut self) -> Vec<RawPage> {
        match self {
            Self::NoData { pages, .. }
            | Self::ColumnsChanged { pages, .. }
            | Self::ColumnsMislabelled { pages, .. }
            | Self::UnitMismatch { pages, .. } => std::mem::take(pages),
            _ => Vec::new(),
        }
    }
}
