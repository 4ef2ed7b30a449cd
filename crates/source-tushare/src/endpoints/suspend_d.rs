//! `suspend_d`: suspensions and resumptions of a day.

use chrono::NaiveDate;
use market_model::Suspension;

use super::date_param;
use crate::{
    Api, Client, Fetched, TushareError,
    api::{CALLS_PER_MINUTE, Endpoint, Query},
    normalize::{Scope, suspend_d},
};

pub(crate) static ENDPOINT: Endpoint = Endpoint {
    api: Api::SuspendD,
    name: "suspend_d",
    fields: &["ts_code", "trade_date", "suspend_timing", "suspend_type"],
    // The vendor's key leaves the timing out, but a code may be halted twice in one day.
    key: &["ts_code", "trade_date", "suspend_type", "suspend_timing"],
    row_limit: 5000,
    calls_per_minute: CALLS_PER_MINUTE,
};

impl Client {
    /// Who was suspended or came back on one day.
    ///
    /// # Errors
    /// See [`TushareError`].
    pub async fn suspensions(&self, trade_date: NaiveDate) -> Result<Fetched<Suspension>, TushareError> {
        let query = Query::new(Api::SuspendD, [("trade_date", date_param(trade_date))]);
        let scope = Scope::Day(trade_date);
        Ok(self.collect(&query).await?.normalize(|row| suspend_d::suspension(row, &scope)))
    }
}
