//! `fina_indicator` and `fina_indicator_vip`: figures per share, margins, returns and growth out of companies' reports.
//!
//! The plain interface answers for one company, its `_vip` twin for all of a period; the twin wants more points.

use chrono::NaiveDate;
use market_model::{Code, FundamentalClaim};

use super::{code_param, date_param};
use crate::{
    Api, Client, Fetched, TushareError,
    api::{CALLS_PER_MINUTE, Endpoint, Query},
    normalize::{ReportScope, claims, fina_indicator},
};

const FIELDS: &[&str] = &[
    "ts_code",
    "ann_date",
    "end_date",
    "eps",
    "dt_eps",
    "revenue_ps",
    "capital_rese_ps",
    "current_ratio",
    "bps",
    "ocfps",
    "netprofit_margin",
    "grossprofit_margin",
    "roe",
    "roe_waa",
    "roe_dt",
    "roa",
    "debt_to_assets",
    "netprofit_yoy",
    "or_yoy",
    "update_flag",
];

const KEY: &[&str] = &["ts_code", "ann_date", "end_date", "update_flag"];

pub(crate) static ENDPOINT: Endpoint = Endpoint {
    api: Api::FinaIndicator,
    name: "fina_indicator",
    fields: FIELDS,
    key: KEY,
    row_limit: 100,
    calls_per_minute: CALLS_PER_MINUTE,
};

pub(crate) static VIP: Endpoint = Endpoint {
    api: Api::FinaIndicatorVip,
    name: "fina_indicator_vip",
    fields: FIELDS,
    key: KEY,
    // The vendor states no limit; asking for pages of this size keeps each answer below any.
    row_limit: 2000,
    calls_per_minute: CALLS_PER_MINUTE,
};

impl Client {
    /// What one company's reports of one period say, every version with its day of publication.
    ///
    /// # Errors
    /// See [`TushareError`].
    pub async fn fina_indicator(
        &self,
        code: Code,
        period: NaiveDate,
    ) -> Result<Fetched<FundamentalClaim>, TushareError> {
        let params = [("ts_code", code_param(code)?), ("period", date_param(period))];
        let scope = ReportScope { code: Some(code), period };
        let collected = self.collect(&Query::new(Api::FinaIndicator, params)).await?;
        Ok(claims::latest(collected.normalize(|row| fina_indicator::report(row, &scope))))
    }

    /// What all companies' reports of one period say.
    ///
    /// # Errors
    /// [`TushareError::NoPermission`] for most accounts: then ask company by company. See [`TushareError`].
    pub async fn fina_indicator_vip(&self, period: NaiveDate) -> Result<Fetched<FundamentalClaim>, TushareError> {
        let scope = ReportScope { code: None, period };
        let query = Query::new(Api::FinaIndicatorVip, [("period", date_param(period))]);
        let collected = self.collect(&query).await?;
        Ok(claims::latest(collected.normalize(|row| fina_indicator::report(row, &scope))))
    }
}
