//! What a row says, whatever it is about.

use chrono::NaiveDate;
use market_model::{CorporateAction, DailyBar, MacroObservation};

/// One row in common terms.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fact {
    /// What it is about; no two rows of an answer share it.
    pub(crate) key: String,
    /// The day or period.
    pub(crate) date: NaiveDate,
    pub(crate) figures: Vec<Option<f64>>,
}

/// Where the volume of a bar stands among the figures.
pub(crate) const VOLUME: usize = 5;

/// A bar as the vendor sent it; the factor is joined later and is not part of it.
pub(crate) fn of_bar(bar: &DailyBar) -> Fact {
    let prices = [Some(bar.open), Some(bar.high), Some(bar.low), Some(bar.close), bar.pre_close];
    let figures = prices.into_iter().chain([Some(bar.volume as f64), bar.amount]).collect();
    Fact { key: format!("bar {} {}", bar.code, bar.trade_date), date: bar.trade_date, figures }
}

/// A bar of a vendor that has no previous closes.
pub(crate) fn of_bar_alone(bar: &DailyBar) -> Fact {
    of_bar(&DailyBar { pre_close: None, ..bar.clone() })
}

pub(crate) fn of_action(action: &CorporateAction) -> Fact {
    let figures = [action.cash_per_10, action.bonus_per_10, action.rights_per_10, action.rights_price];
    Fact {
        key: format!("action {} {}", action.code, action.ex_date),
        date: action.ex_date,
        figures: figures.into_iter().map(Some).collect(),
    }
}

pub(crate) fn of_observation(observation: &MacroObservation) -> Fact {
    Fact {
        key: format!("{} {} {:?}", observation.series, observation.period, observation.published),
        date: observation.period,
        figures: vec![Some(observation.value), observation.consensus, observation.previous],
    }
}
