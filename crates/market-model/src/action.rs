//! Corporate actions that change the price: cash dividends, bonus and transferred shares, rights issues.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Code;

/// One event as the exchange states it: quantities **per 10 shares**.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CorporateAction {
    /// The instrument.
    pub code: Code,
    /// First day that trades without the right.
    pub ex_date: NaiveDate,
    /// When it was announced, where the source says so.
    pub announced: Option<NaiveDate>,
    /// Cash before tax, yuan per 10 shares.
    pub cash_per_10: f64,
    /// Bonus and transferred shares per 10 shares.
    pub bonus_per_10: f64,
    /// Rights shares offered per 10 shares.
    pub rights_per_10: f64,
    /// Subscription price of a rights share, yuan.
    pub rights_price: f64,
}
