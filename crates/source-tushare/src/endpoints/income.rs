//! `income` and `income_vip`: income statements, consolidated ones only (`report_type` 1).
//!
//! The plain interface answers for one company, its `_vip` twin for all of a period; the twin wants more points.

use chrono::NaiveDate;
use market_model::{Code, FundamentalClaim};

use super::{code_param, date_param};
use crate::{
    Api, Client, Fetched, TushareError,
    api::{CALLS_PER_MINUTE, Endpoint, Query},
    normalize::{ReportScope, claims, income},
};

const FIELDS: &[&str] = &[
    "ts_code",
    "ann_date",
    "f_ann_date",
    "end_date",
    "report_type",
    "total_revenue",
    "revenue",
    "operate_profit",
    "total_profit",
    "n_income",
    "n_income_attr_p",
    "update_flag",
];

/// The vendor's key leaves out the day of a version and its flag, but restated statements share the rest.
const KEY: &[&str] = &["ts_code", "ann_date", "f_ann_date", "end_date", "report_type", "update_flag"];

pub(crate) static ENDPOINT: Endpoint = Endpoint {
    api: Api::Income,
    name: "income",
    fields: FIELDS,
    key: KEY,
    row_limit: 500,
    calls_per_minute: CALLS_PER_MINUTE,
};

pub(crate) static VIP: Endpoint = Endpoint {
    api: Api::IncomeVip,
    name: "income_vip",
    fields: FIELDS,
    key: KEY,
    // The vendor states no limit; asking for pages of this size keeps each answer below any.
    row_limit: 2000,
    calls_per_minute: CALLS_PER_MINUTE,
};

/// Consolidated statements.
const CONSOLIDATED: &str = "1";

impl Client {
    /// What one company's income statements of one period say, every version with its day of publication.
    ///
    /// # Errors
    /// See [`TushareError`].
    pub async fn income(&self, code: Code, period: NaiveDate) -> Result<Fetched<FundamentalClaim>, TushareError> {
        let params =
            [("ts_code", code_param(code)?), ("period", date_param(period)), ("report_type", CONSOLIDATED.to_owned())];
        let scope = ReportScope { code: Some(code), period };
        let collected = self.collect(&Query::new(Api::Income, params)).await?;
        Ok(claims::latest(collected.normalize(|row| income::statement(row, &scope))))
    }

    /// What all companies' income statements of one period say.
    ///
    /// # Errors
    /// [`TushareError::NoPermission`] for most accounts: then ask company by company. See [`TushareError`].
    pub async fn income_vip(&self, period: NaiveDate) -> Result<Fetched<FundamentalClaim>, TushareError> {
        let params = [("period", date_param(period)), ("report_type", CONSOLIDATED.to_owned())];
        let scope = ReportScope { code: None, period };
        let collected = self.collect(&Query::new(Api::IncomeVip, params)).await?;
        Ok(claims::latest(collected.normalize(|row| income::statement(row, &scope))))
    }
}
