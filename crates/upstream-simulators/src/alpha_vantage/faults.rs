//! The ways in which Alpha Vantage goes wrong.

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use crate::symbol_vendor::SymbolFaults;

/// One way to misbehave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlphaVantageFault {
    /// The answer comes after this many milliseconds.
    Slow(u64),
    /// The connection closes in the middle of the body.
    CutBody,
    /// The connection closes without an answer.
    Hangup,
    /// HTTP 500 with an empty body.
    ServerError,
    /// HTTP 502 with a proxy's page.
    BadGateway,
    /// HTTP 200 with a proxy's page.
    HtmlOk,
    /// HTTP 200 with a body that is no JSON.
    Malformed,
    /// `{}`.
    NoData,
    /// The limit of requests per day, whatever was counted.
    DayLimit,
    /// The limit per second.
    Throttle,
    /// The limit per minute, in the older wording and under `Note`.
    OldThrottle,
    /// The key is refused.
    BadKey,
    /// The function is for paid accounts.
    PremiumEndpoint,
    /// The call is not understood.
    BadCall,
    /// The `Accept` header is not liked.
    AcceptRefused,
    /// `4. close` comes under another name.
    RenameClose,
    /// Prices are a hundred times too large, adjusted ones are not.
    UnitSlip,
    /// Every value is `None`.
    NothingInside,
    /// The answer is about another symbol.
    OtherSymbol,
}

/// The handle on a server's faults.
pub type AlphaVantageFaults = SymbolFaults<AlphaVantageFault>;

impl AlphaVantageFault {
    pub(super) fn refusal(&self) -> Option<Refusal> {
        Some(match self {
            Self::NoData => Refusal::Nothing,
            Self::DayLimit => Refusal::PerDay,
            Self::Throttle => Refusal::PerSecond,
            Self::OldThrottle => Refusal::PerMinute,
            Self::BadKey => Refusal::BadKey,
            Self::PremiumEndpoint => Refusal::PremiumEndpoint,
            Self::BadCall => Refusal::BadCall,
            Self::AcceptRefused => Refusal::Accept,
            _ => return None,
        })
    }
}
