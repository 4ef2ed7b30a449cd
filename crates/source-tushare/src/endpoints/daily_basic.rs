//! `daily_basic`: valuation figures of a day.

use chrono::NaiveDate;
use market_model::DailyBasic;

use super::date_param;
use crate::{
    Api, Client, Fetched, TushareError,
    api::{CALLS_PER_MINUTE, Endpoint, Query},
    normalize::{Scope, daily_basic},
};

pub(crate) static ENDPOINT: Endpoint = Endpoint {
    api: Api::DailyBasic,
    name: "daily_basic",
    fields: &[
        "ts_code",
        "trade_date",
        "close",
        "turnover_rate",
        "turnover_rate_f",
        "volume_ratio",
        "pe",
        "pe_ttm",
        "pb",
        "ps",
        "ps_ttm",
        "dv_ratio",
        "dv_ttm",
        "total_share",
        "float_share",
        "free_share",
        "total_mv",
        "circ_mv",
    ],
    key: &["ts_code", "trade_date"],
    row_limit: 6000,
    calls_per_minute: CALLS_PER_MINUTE,
};

impl Client {
    /// The figures of every code of one day, in shares and yuan.
    ///
    /// # Errors
    /// [`TushareError::NotPublishedYet`] before the day's close is final, for the figures are built on it.
    pub async fn daily_basic(&self, trade_date: NaiveDate) -> Result<Fetched<DailyBasic>, TushareError> {
        self.require_closed(trade_date)?;
        let query = Query::new(Api::DailyBasic, [("trade_date", date_param(trade_date))]);
        let scope = Scope::Day(trade_date);
        Ok(self.collect(&query).await?.normalize(|row| daily_basic::basic(row, &scope)))
    }
}
