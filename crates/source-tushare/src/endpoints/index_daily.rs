//! `index_daily`: bars of one index. In the vendor's table the close stands before the open.

use chrono::NaiveDate;
use market_model::{Code, DailyBar};

use super::{code_param, date_param};
use crate::{
    Api, Client, Fetched, TushareError,
    api::{CALLS_PER_MINUTE, Endpoint, Query},
    beijing::last_closed_day,
    normalize::{Scope, daily},
};

pub(crate) static ENDPOINT: Endpoint = Endpoint {
    api: Api::IndexDaily,
    name: "index_daily",
    fields: &[
        "ts_code",
        "trade_date",
        "close",
        "open",
        "high",
        "low",
        "pre_close",
        "change",
        "pct_chg",
        "vol",
        "amount",
    ],
    key: &["ts_code", "trade_date"],
    row_limit: 8000,
    calls_per_minute: CALLS_PER_MINUTE,
};

impl Client {
    /// The bars of one index from `from` to `to`, both included: points, the volume and amount of its members in shares
    /// and yuan. A day that is not closed yet is not asked for.
    ///
    /// # Errors
    /// [`TushareError::NotPublishedYet`] when no day of the range is closed; see [`TushareError`]. The unit is not
    /// judged: an index's level is no price of its volume.
    pub async fn index_daily(
        &self,
        code: Code,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Fetched<DailyBar>, TushareError> {
        self.require_closed(from)?;
        let to = to.min(last_closed_day(self.now()));
        let range = [("ts_code", code_param(code)?), ("start_date", date_param(from)), ("end_date", date_param(to))];
        let scope = Scope::History { code, from, to };
        let collected = self.collect(&Query::new(Api::IndexDaily, range)).await?;
        Ok(collected.normalize(|row| daily::bar(row, &scope)))
    }
}
