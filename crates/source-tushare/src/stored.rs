//! Reading a stored response again: a row that was refused when it came is normalized by today's rules.
//!
//! It goes the way of a live answer, from the columns on; what was asked for comes out of the stored request.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market_model::{
    CalendarDay, Code, CorporateAction, DailyBar, DailyBasic, FundamentalClaim, InstrumentName, PriceLimit, Suspension,
    vendor_code,
};
use serde::Deserialize;

use crate::{
    AdjFactor, Api, Fetched, Listing, TushareError,
    endpoints::{daily, stock_basic},
    normalize::{
        ReportScope, Scope, adj_factor, claims, daily as bars, daily_basic, dividend, fina_indicator, income,
        namechange, stk_limit, stock_basic as listings, suspend_d, trade_cal,
    },
    paging::Collected,
    wire::{self, Answer},
};

/// What one stored response holds, by its interface. `pages` are empty: whoever asked has the response.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Stored {
    /// `daily`, `index_daily`; factors are not joined.
    Bars(Fetched<DailyBar>),
    /// `adj_factor`.
    Factors(Fetched<AdjFactor>),
    /// `daily_basic`.
    Basics(Fetched<DailyBasic>),
    /// `stock_basic`.
    Listings(Fetched<Listing>),
    /// `trade_cal`.
    Calendar(Fetched<CalendarDay>),
    /// `suspend_d`.
    Suspensions(Fetched<Suspension>),
    /// `stk_limit`.
    Limits(Fetched<PriceLimit>),
    /// `dividend`.
    Actions(Fetched<CorporateAction>),
    /// `fina_indicator`, `income` and their `_vip` twins.
    Claims(Fetched<FundamentalClaim>),
    /// `namechange`.
    Names(Fetched<InstrumentName>),
}

/// Reads one stored response: its dataset, request and body as in [`RawPage`](crate::RawPage). Rows of other pages of
/// the same answer are not known here, so a key that they contradict is not noticed.
///
/// # Errors
/// [`TushareError::StoredResponse`] for what is no response of this vendor, [`TushareError::ColumnsChanged`] where it
/// lacks a column that is needed today, [`TushareError::UnitMismatch`]; without pages.
pub fn decode(dataset: &str, request: &str, body: &[u8]) -> Result<Stored, TushareError> {
    let api = Api::ALL.into_iter().find(|api| api.name() == dataset);
    let api = api.ok_or_else(|| unreadable(format!("there is no interface {dataset}")))?;
    let asked = Asked::parse(request)?;
    let endpoint = api.endpoint();
    let table = match wire::read(endpoint, body).map_err(unreadable)? {
        Answer::Data(table) => table,
        Answer::Refused { code, .. } => return Err(unreadable(format!("it is a refusal ({code})"))),
    };
    if !table.missing.is_empty() {
        return Err(TushareError::ColumnsChanged { api, missing: table.missing, pages: Vec::new() });
    }
    let rows = Collected::of_page(endpoint, table);
    Ok(match api {
        Api::Daily => Stored::Bars(daily::read(rows, &asked.scope()?)?),
        Api::IndexDaily => {
            let scope = asked.scope()?;
            Stored::Bars(rows.normalize(|row| bars::bar(row, &scope)))
        }
        Api::AdjFactor => {
            let scope = asked.scope()?;
            Stored::Factors(rows.normalize(|row| adj_factor::factor(row, &scope)))
        }
        Api::DailyBasic => {
            let scope = asked.scope()?;
            Stored::Basics(rows.normalize(|row| daily_basic::basic(row, &scope)))
        }
        Api::SuspendD => {
            let scope = asked.scope()?;
            Stored::Suspensions(rows.normalize(|row| suspend_d::suspension(row, &scope)))
        }
        Api::StkLimit => {
            let scope = asked.scope()?;
            Stored::Limits(rows.normalize(|row| stk_limit::limit(row, &scope)))
        }
        Api::StockBasic => {
            let status = asked.text("list_status")?;
            let status = stock_basic::status_of(status).ok_or_else(|| unreadable(format!("list_status {status}")))?;
            Stored::Listings(rows.normalize(|row| listings::listing(row, status)))
        }
        Api::TradeCal => {
            let (from, to) = (asked.day("start_date")?, asked.day("end_date")?);
            Stored::Calendar(rows.normalize(|row| trade_cal::day(row, from, to)))
        }
        Api::Dividend => {
            let (code, ex_date) = (asked.optional("ts_code", Asked::code)?, asked.optional("ex_date", Asked::day)?);
            Stored::Actions(dividend::events(rows.normalize(|row| dividend::line(row, code, ex_date))))
        }
        Api::FinaIndicator | Api::FinaIndicatorVip => {
            let scope = asked.reports()?;
            Stored::Claims(claims::latest(rows.normalize(|row| fina_indicator::report(row, &scope))))
        }
        Api::Income | Api::IncomeVip => {
            let scope = asked.reports()?;
            Stored::Claims(claims::latest(rows.normalize(|row| income::statement(row, &scope))))
        }
        Api::Namechange => {
            let code = asked.optional("ts_code", Asked::code)?;
            Stored::Names(namechange::settled(rows.normalize(|row| namechange::line(row, code))))
        }
    })
}

/// What was asked for.
#[derive(Deserialize)]
struct Asked {
    params: BTreeMap<String, String>,
}

impl Asked {
    fn parse(request: &str) -> Result<Self, TushareError> {
        serde_json::from_str(request).map_err(|error| unreadable(format!("its request: {error}")))
    }

    fn text(&self, name: &str) -> Result<&str, TushareError> {
        let text = self.params.get(name).map(String::as_str);
        text.ok_or_else(|| unreadable(format!("its request has no {name}")))
    }

    fn day(&self, name: &str) -> Result<NaiveDate, TushareError> {
        let text = self.text(name)?;
        NaiveDate::parse_from_str(text, "%Y%m%d").map_err(|_| unreadable(format!("its request's {name} is {text}")))
    }

    fn code(&self, name: &str) -> Result<Code, TushareError> {
        vendor_code::tushare::parse(self.text(name)?).map_err(|error| unreadable(format!("its request: {error}")))
    }

    fn optional<T>(
        &self,
        name: &str,
        read: impl Fn(&Self, &str) -> Result<T, TushareError>,
    ) -> Result<Option<T>, TushareError> {
        self.params.contains_key(name).then(|| read(self, name)).transpose()
    }

    /// A day of all codes, or days of one.
    fn scope(&self) -> Result<Scope, TushareError> {
        if let Some(day) = self.optional("trade_date", Self::day)? {
            return Ok(Scope::Day(day));
        }
        Ok(Scope::History { code: self.code("ts_code")?, from: self.day("start_date")?, to: self.day("end_date")? })
    }

    fn reports(&self) -> Result<ReportScope, TushareError> {
        Ok(ReportScope { code: self.optional("ts_code", Self::code)?, period: self.day("period")? })
    }
}

fn unreadable(reason: String) -> TushareError {
    TushareError::StoredResponse { reason }
}
