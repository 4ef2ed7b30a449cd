//! `stk_limit`: the day's price limits.

use chrono::NaiveDate;
use market_model::PriceLimit;

use super::date_param;
use crate::{
    Api, Client, Fetched, TushareError,
    api::{CALLS_PER_MINUTE, Endpoint, Query},
    normalize::{Scope, stk_limit},
};

pub(crate) static ENDPOINT: Endpoint = Endpoint {
    api: Api::StkLimit,
    name: "stk_limit",
    fields: &["trade_date", "ts_code", "up_limit", "down_limit"],
    key: &["ts_code", "trade_date"],
    row_limit: 5800,
    calls_per_minute: CALLS_PER_MINUTE,
};

impl Client {
    /// The limits of every code of one day as the vendor states them, sentinels included.
    ///
    /// # Errors
    /// See [`TushareError`].
    pub async fn price_limits(&self, trade_date: NaiveDate) -> Result<Fetched<PriceLimit>, TushareError> {
        let query = Query::new(Api::StkLimit, [("trade_date", date_param(trade_date))]);
        let scope = Scope::Day(trade_date);
        Ok(self.collect(&query).await?.normalize(|row| stk_limit::limit(row, &scope)))
    }
}
