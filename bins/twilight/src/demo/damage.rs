//! What the vendors get wrong on the last day: one close of TDX that is not Tushare's, and one row of Tushare's with a close
//! of zero.

use anyhow::Context as _;
use market_model::{Code, DailyBar};
use serde_json::json;
use upstream_simulators::{
    Market,
    tushare::{CellDamage, Damage as Cell},
};

use super::stage::Stage;

/// Which rows are wrong.
#[derive(Debug, Clone)]
pub(crate) struct Damage {
    /// TDX's bar of the last day: its close is the day's lowest or highest price.
    pub(crate) lie: DailyBar,
    /// The code whose close Tushare calls zero.
    pub(crate) zero: Code,
}

impl Damage {
    /// Chooses the rows: two codes that trade on the last day, the same ones whenever the market is the same.
    pub(crate) fn choose(stage: &Stage) -> anyhow::Result<Self> {
        let last = *stage.days.last().context("no days")?;
        let codes = stage.market.expected_codes(last);
        let mut lies = codes.iter().filter_map(|code| wrong_close(&stage.market, code, last));
        let lie = lies.next().context("nothing moved on the last day")?;
        let zero = *codes.iter().rev().find(|code| **code != lie.code).context("the market has one code only")?;
        Ok(Self { lie, zero })
    }

    /// From now on TDX answers with the wrong close.
    pub(crate) fn of_tdx(&self, stage: &Stage) {
        stage.vendors.tdx.iter().for_each(|server| server.faults().revise(self.lie.clone()));
    }

    /// From now on Tushare answers with the zero.
    pub(crate) fn of_tushare(&self, stage: &Stage) {
        let damage = CellDamage::new(self.zero, self.lie.trade_date, "close", Cell::Value(json!(0)));
        stage.vendors.tushare.faults().damage("daily", damage);
    }
}

/// The bar with a close that no other rule objects to: it lies within the day's range, two thousandths away at least.
fn wrong_close(market: &Market, code: &Code, day: chrono::NaiveDate) -> Option<DailyBar> {
    let bar = market.bar(code, day)?;
    let close = [bar.low, bar.high].into_iter().find(|price| (price / bar.close - 1.0).abs() > 0.002)?;
    Some(DailyBar { close, ..bar })
}
