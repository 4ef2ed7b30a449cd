//! `trade_cal`: the trading calendar. The list of SSE stands for all three mainland exchanges.

use chrono::NaiveDate;
use market_model::CalendarDay;

use super::date_param;
use crate::{
    Api, Client, Fetched, TushareError,
    api::{CALLS_PER_MINUTE, Endpoint, Query},
    normalize::trade_cal,
};

pub(crate) static ENDPOINT: Endpoint = Endpoint {
    api: Api::TradeCal,
    name: "trade_cal",
    fields: &["exchange", "cal_date", "is_open", "pretrade_date"],
    key: &["exchange", "cal_date"],
    // The vendor states no limit; asking for pages of this size keeps each answer far below any.
    row_limit: 2000,
    calls_per_minute: CALLS_PER_MINUTE,
};

impl Client {
    /// Every calendar day from `from` to `to`, both included, and whether it trades.
    ///
    /// # Errors
    /// See [`TushareError`].
    pub async fn trade_calendar(&self, from: NaiveDate, to: NaiveDate) -> Result<Fetched<CalendarDay>, TushareError> {
        let range = [("exchange", "SSE".to_owned()), ("start_date", date_param(from)), ("end_date", date_param(to))];
        let collected = self.collect(&Query::new(Api::TradeCal, range)).await?;
        Ok(collected.normalize(|row| trade_cal::day(row, from, to)))
    }
}
