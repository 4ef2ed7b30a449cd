//! `stock_zh_a_hist`: unadjusted daily bars of a share, as a cross-check of other vendors.

use chrono::NaiveDate;
use market_model::{Code, DailyBar, InstrumentKind, UnitCheck, bars_final_at, last_final_day};

use crate::{
    AktoolsError, Client, Fetched,
    client::Question,
    normalize::{self, BAR_COLUMNS},
    params::checked,
};

const FUNCTION: &str = "stock_zh_a_hist";

impl Client {
    /// The unadjusted bars of an A-share from `from` to `to`, both included, in shares and yuan; `pre_close` and factor
    /// are not in the table. Days that are not closed yet are left out. No rows = the share did not trade.
    ///
    /// # Errors
    /// [`AktoolsError::UnknownCode`] for anything but an A-share, [`AktoolsError::NotPublishedYet`] when no day of the
    /// range is closed, [`AktoolsError::UnitMismatch`], and see [`AktoolsError`].
    pub async fn daily_bars(
        &self,
        code: Code,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Fetched<DailyBar>, AktoolsError> {
        if InstrumentKind::of_code(&code) != Some(InstrumentKind::AShare) {
            return Err(AktoolsError::UnknownCode { code: code.to_string() });
        }
        let last = last_final_day(code.exchange(), self.now());
        if from > last {
            return Err(AktoolsError::NotPublishedYet { available_at: bars_final_at(code.exchange(), from) });
        }
        let to = to.min(last);
        let day = |date: NaiveDate| date.format("%Y%m%d").to_string();
        let params = vec![
            checked("symbol", code.symbol())?,
            checked("period", "daily")?,
            checked("start_date", day(from))?,
            checked("end_date", day(to))?,
            checked("adjust", "")?,
        ];
        let answer = self.answer(&Question { function: FUNCTION, params }).await?;
        let missing = answer.table.missing(BAR_COLUMNS);
        if !missing.is_empty() {
            return Err(AktoolsError::ColumnsChanged { function: FUNCTION, missing, pages: vec![answer.page] });
        }
        let mut fetched = normalize::bars(answer, code, from, to);
        if let Some(check) = UnitCheck::of(fetched.rows.iter().map(|row| &row.value)) {
            if !check.fits() {
                return Err(AktoolsError::UnitMismatch {
                    function: FUNCTION,
                    median_ratio: check.median_ratio,
                    suspected_factor: check.suspected_factor(),
                    pages: fetched.pages,
                });
            }
            fetched.suspect_rows = check.suspect_rows;
        }
        Ok(fetched)
    }
}
