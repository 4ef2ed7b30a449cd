//! `tool_trade_date_hist_sina`: the days on which the mainland exchanges trade, from 1990 into the current year.

use chrono::NaiveDate;

use crate::{
    AktoolsError, Client, Fetched,
    normalize::{self, TRADING_DAY_COLUMN},
};

const FUNCTION: &str = "tool_trade_date_hist_sina";

impl Client {
    /// Every trading day that is known, past and announced. Asked for once a day at most.
    ///
    /// # Errors
    /// See [`AktoolsError`].
    pub async fn trading_days(&self) -> Result<Fetched<NaiveDate>, AktoolsError> {
        let answer = self.answer_of_today(FUNCTION).await?;
        let missing = answer.table.missing([TRADING_DAY_COLUMN]);
        let pages = || vec![answer.page.clone()];
        let refused = if answer.table.rows.is_empty() {
            AktoolsError::NoData { function: FUNCTION, pages: pages() }
        } else if missing.is_empty() {
            return Ok(normalize::trading_days(&answer));
        } else {
            AktoolsError::ColumnsChanged { function: FUNCTION, missing, pages: pages() }
        };
        self.forget_answer(FUNCTION).await;
        Err(refused)
    }
}
