//! `adj_factor`: cumulative factors, published before the open. Has rows for suspended days: join it, do not zip it.

use chrono::NaiveDate;
use market_model::Code;

use super::{code_param, date_param};
use crate::{
    AdjFactor, Api, Client, Fetched, TushareError,
    api::{CALLS_PER_MINUTE, Endpoint, Query},
    normalize::{Scope, adj_factor},
};

pub(crate) static ENDPOINT: Endpoint = Endpoint {
    api: Api::AdjFactor,
    name: "adj_factor",
    fields: &["ts_code", "trade_date", "adj_factor"],
    key: &["ts_code", "trade_date"],
    row_limit: 6000,
    calls_per_minute: CALLS_PER_MINUTE,
};

impl Client {
    /// Every factor of one day, suspended codes included.
    ///
    /// # Errors
    /// See [`TushareError`].
    pub async fn adj_factor(&self, trade_date: NaiveDate) -> Result<Fetched<AdjFactor>, TushareError> {
        let query = Query::new(Api::AdjFactor, [("trade_date", date_param(trade_date))]);
        let scope = Scope::Day(trade_date);
        Ok(self.collect(&query).await?.normalize(|row| adj_factor::factor(row, &scope)))
    }

    /// The factors of one code from `from` to `to`, both included.
    ///
    /// # Errors
    /// See [`TushareError`].
    pub async fn adj_factor_history(
        &self,
        code: Code,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Fetched<AdjFactor>, TushareError> {
        let range = [("ts_code", code_param(code)?), ("start_date", date_param(from)), ("end_date", date_param(to))];
        let scope = Scope::History { code, from, to };
        let collected = self.collect(&Query::new(Api::AdjFactor, range)).await?;
        Ok(collected.normalize(|row| adj_factor::factor(row, &scope)))
    }
}
