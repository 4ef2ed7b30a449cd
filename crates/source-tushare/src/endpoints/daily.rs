//! `daily`: unadjusted bars. A suspended stock has no row.

use chrono::NaiveDate;
use market_model::{Code, DailyBar, UnitCheck};

use super::{code_param, date_param};
use crate::{
    Api, Client, Fetched, TushareError,
    api::{CALLS_PER_MINUTE, Endpoint, Query},
    beijing::{bars_available_at, last_closed_day},
    normalize::{Scope, daily},
    paging::Collected,
};

pub(crate) static ENDPOINT: Endpoint = Endpoint {
    api: Api::Daily,
    name: "daily",
    fields: &[
        "ts_code",
        "trade_date",
        "open",
        "high",
        "low",
        "close",
        "pre_close",
        "change",
        "pct_chg",
        "vol",
        "amount",
    ],
    key: &["ts_code", "trade_date"],
    row_limit: 6000,
    calls_per_minute: CALLS_PER_MINUTE,
};

impl Client {
    /// Every bar of one day, `adj_factor` not joined yet (see [`Client::whole_day`]). No rows = no trading day.
    ///
    /// # Errors
    /// [`TushareError::NotPublishedYet`] before 15:30 in Shanghai of that day; [`TushareError::UnitMismatch`] when volume
    /// or amount of the batch as a whole is in another unit than documented.
    pub async fn daily_market(&self, trade_date: NaiveDate) -> Result<Fetched<DailyBar>, TushareError> {
        self.require_closed(trade_date)?;
        let query = Query::new(Api::Daily, [("trade_date", date_param(trade_date))]);
        self.bars(&query, Scope::Day(trade_date)).await
    }

    /// The bars of one code from `from` to `to`, both included. A day that is not closed yet is not asked for.
    ///
    /// # Errors
    /// As [`Client::daily_market`]; [`TushareError::NotPublishedYet`] when no day of the range is closed.
    pub async fn daily_history(
        &self,
        code: Code,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Fetched<DailyBar>, TushareError> {
        self.require_closed(from)?;
        let to = to.min(last_closed_day(self.now()));
        let range = [("ts_code", code_param(code)?), ("start_date", date_param(from)), ("end_date", date_param(to))];
        self.bars(&Query::new(Api::Daily, range), Scope::History { code, from, to }).await
    }

    async fn bars(&self, query: &Query, scope: Scope) -> Result<Fetched<DailyBar>, TushareError> {
        read(self.collect(query).await?, &scope)
    }

    /// Refuses a day whose bars may still be live and partial.
    pub(crate) fn require_closed(&self, trade_date: NaiveDate) -> Result<(), TushareError> {
        let available_at = bars_available_at(trade_date);
        if self.now() < available_at { Err(TushareError::NotPublishedYet { available_at }) } else { Ok(()) }
    }
}

/// The bars of an answer, in a unit that has been judged.
pub(crate) fn read(collected: Collected, scope: &Scope) -> Result<Fetched<DailyBar>, TushareError> {
    let mut fetched = collected.normalize(|row| daily::bar(row, scope));
    if let Some(check) = UnitCheck::of(fetched.rows.iter().map(|row| &row.value)) {
        if !check.fits() {
            return Err(TushareError::UnitMismatch {
                api: Api::Daily,
                median_ratio: check.median_ratio,
                suspected_factor: check.suspected_factor(),
                rows: check.judged,
                pages: fetched.pages,
            });
        }
        fetched.suspect_rows = check.suspect_rows;
    }
    Ok(fetched)
}
