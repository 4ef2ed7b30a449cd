//! The ways in which Yahoo goes wrong.

use serde::{Deserialize, Serialize};

use crate::symbol_vendor::SymbolFaults;

/// One way to misbehave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum YahooFault {
    /// 429 with a text.
    TooManyRequests,
    /// A maintenance page with this status (200, 503).
    WillBeRightBack(u16),
    /// HTTP 500 with an empty body.
    ServerError,
    /// 401: `Invalid Crumb`.
    Unauthorized,
    /// 404, whatever the symbol.
    NotFound,
    /// The answer comes after this many milliseconds.
    Slow(u64),
    /// The connection closes in the middle of the body.
    CutBody,
    /// The connection closes without an answer.
    Hangup,
    /// HTTP 200 with a body that is no JSON.
    Malformed,
    /// Every value of every row is null.
    NullEverything,
    /// The newest bar's row comes as nulls.
    NullNewest,
    /// Monthly bars in place of daily ones, and `dataGranularity` says so.
    CoarseGranularity,
    /// Every price is a hundred times too large, the market price is not: pence for pounds.
    UnitSlip,
    /// `close` is one value shorter than `timestamp`.
    UnequalArrays,
    /// `close` is not there.
    NoClose,
    /// The splits are in `events`, but the prices before them are as they were traded.
    SplitsNotApplied,
    /// Every bar comes twice, the first time with other values.
    DoubleRows,
    /// `high` and `low` of every seventh bar are exchanged.
    HighBelowLow,
}

/// The handle on a server's faults.
pub type YahooFaults = SymbolFaults<YahooFault>;
