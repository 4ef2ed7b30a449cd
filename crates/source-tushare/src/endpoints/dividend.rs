//! `dividend`: cash dividends and bonus shares. Rights issues (配股) are not in it.

use chrono::NaiveDate;
use market_model::{Code, CorporateAction};

use super::{code_param, date_param};
use crate::{
    Api, Client, Fetched, TushareError,
    api::{CALLS_PER_MINUTE, Endpoint, Query},
    normalize::dividend,
};

pub(crate) static ENDPOINT: Endpoint = Endpoint {
    api: Api::Dividend,
    name: "dividend",
    fields: &[
        "ts_code",
        "end_date",
        "ann_date",
        "div_proc",
        "stk_div",
        "stk_bo_rate",
        "stk_co_rate",
        "cash_div",
        "cash_div_tax",
        "record_date",
        "ex_date",
        "pay_date",
        "div_listdate",
        "imp_ann_date",
    ],
    key: &["ts_code", "end_date", "ann_date", "div_proc"],
    row_limit: 2000,
    calls_per_minute: CALLS_PER_MINUTE,
};

impl Client {
    /// Every event with this ex-date. Announcements and plans are left out; lines that share code and ex-date are one
    /// event, standing at the row of the first.
    ///
    /// # Errors
    /// See [`TushareError`].
    pub async fn dividends_by_ex_date(&self, ex_date: NaiveDate) -> Result<Fetched<CorporateAction>, TushareError> {
        let query = Query::new(Api::Dividend, [("ex_date", date_param(ex_date))]);
        let lines = self.collect(&query).await?.normalize(|row| dividend::line(row, None, Some(ex_date)));
        Ok(dividend::events(lines))
    }

    /// Every event of one code that has an ex-date, past or announced, as [`Client::dividends_by_ex_date`] gives them.
    ///
    /// # Errors
    /// See [`TushareError`].
    pub async fn dividends_by_code(&self, code: Code) -> Result<Fetched<CorporateAction>, TushareError> {
        let query = Query::new(Api::Dividend, [("ts_code", code_param(code)?)]);
        let lines = self.collect(&query).await?.normalize(|row| dividend::line(row, Some(code), None));
        Ok(dividend::events(lines))
    }
}
