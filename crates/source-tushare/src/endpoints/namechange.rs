//! `namechange`: what a share was called, and when. The only source of special treatment and delisting periods by date.

use market_model::{Code, InstrumentName};

use super::code_param;
use crate::{
    Api, Client, Fetched, TushareError,
    api::{CALLS_PER_MINUTE, Endpoint, Query},
    normalize::namechange,
};

pub(crate) static ENDPOINT: Endpoint = Endpoint {
    api: Api::Namechange,
    name: "namechange",
    fields: &["ts_code", "name", "start_date", "end_date", "ann_date", "change_reason"],
    // The vendor repeats rows, once with and once without the end, so the end belongs to what tells rows apart.
    key: &["ts_code", "name", "start_date", "end_date", "ann_date", "change_reason"],
    row_limit: 10_000,
    calls_per_minute: CALLS_PER_MINUTE,
};

impl Client {
    /// Every name that any share has had. The vendor's repeated and overlapping rows are settled: each code's names follow
    /// one another, none twice, and each stands at the row that says most about it.
    ///
    /// # Errors
    /// See [`TushareError`].
    pub async fn names(&self) -> Result<Fetched<InstrumentName>, TushareError> {
        let rows = self.collect(&Query::new(Api::Namechange, [])).await?;
        Ok(namechange::settled(rows.normalize(|row| namechange::line(row, None))))
    }

    /// Every name that one code has had, as [`Client::names`] gives them.
    ///
    /// # Errors
    /// See [`TushareError`].
    pub async fn names_of(&self, code: Code) -> Result<Fetched<InstrumentName>, TushareError> {
        let query = Query::new(Api::Namechange, [("ts_code", code_param(code)?)]);
        Ok(namechange::settled(self.collect(&query).await?.normalize(|row| namechange::line(row, Some(code)))))
    }
}
