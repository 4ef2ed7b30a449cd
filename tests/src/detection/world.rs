//! The market with everything that is known beside its bars.

use std::{collections::BTreeSet, sync::Arc};

use chrono::NaiveDate;
use market_model::{Board, Code, CorporateAction, InstrumentKind, rulebook::NoLimitDays};
use quality_rules::{DayLimit, NameSpan, Options};
use upstream_simulators::{Market, MarketSpec};

use super::vendors::{self, TDX, TUSHARE, VendorRows};

/// Of this market every day is served.
static NONE: BTreeSet<chrono::NaiveDate> = BTreeSet::new();

/// A market as two vendors tell it.
pub(super) struct World {
    pub(super) truth: Market,
    pub(super) codes: Vec<CodeData>,
    sources: Vec<String>,
    complete_days: BTreeSet<NaiveDate>,
    no_limit_days: NoLimitDays,
    options: Options,
}

/// What is known about one code.
#[derive(Debug, Clone)]
pub(super) struct CodeData {
    pub(super) code: Code,
    pub(super) board: Option<Board>,
    pub(super) listed: Option<NaiveDate>,
    pub(super) delisted: Option<NaiveDate>,
    pub(super) names: Vec<NameSpan>,
    pub(super) suspended: Vec<NaiveDate>,
    pub(super) limits: Vec<DayLimit>,
    pub(super) actions: Vec<(Arc<str>, CorporateAction)>,
    /// One or two.
    pub(super) vendors: Vec<VendorRows>,
}

impl World {
    pub(super) fn generate(spec: &MarketSpec) -> Self {
        let truth = Market::generate(spec);
        let codes =
            truth.codes().iter().zip(0usize..).map(|(code, number)| CodeData::of(&truth, code, number)).collect();
        Self {
            codes,
            sources: [TUSHARE.1, TDX.1].map(str::to_owned).to_vec(),
            complete_days: truth.trading_days().iter().copied().collect(),
            no_limit_days: NoLimitDays::sourced(),
            options: Options::default(),
            truth,
        }
    }

    /// As the rules see it.
    pub(super) fn market(&self) -> quality_rules::Market<'_> {
        quality_rules::Market {
            calendar: self.truth.calendar(),
            sources: &self.sources,
            complete_days: &self.complete_days,
            unknown_days: &NONE,
            no_limit_days: &self.no_limit_days,
            options: &self.options,
        }
    }
}

/// The market's names say which limits hold on which days.
fn name_span(name: &market_model::InstrumentName) -> NameSpan {
    let (from, until, special_treatment) = (name.from, name.until, name.special_treatment);
    NameSpan { from, until, special_treatment, delisting: name.is_delisting_period() }
}

impl CodeData {
    /// Of twenty codes, fourteen have bars of both vendors, three of each alone. A code without Tushare's bars has no
    /// published limits and none of Tushare's dividends either.
    fn of(truth: &Market, code: &Code, number: usize) -> Self {
        let (by_tushare, by_tdx) = match number % 20 {
            3 | 9 | 15 => (true, false),
            4 | 10 | 16 => (false, true),
            _ => (true, true),
        };
        let (_, last_day) = truth.range();
        let listing = truth.instrument(code, last_day).map(|(instrument, _)| instrument);
        let (listed, delisted) = listing.as_ref().map_or((None, None), |listing| (listing.listed, listing.delisted));
        let days = truth.trading_days();
        let limits = days.iter().filter_map(|day| truth.limit(code, *day)).filter(|_| by_tushare);
        let mut vendors = Vec::new();
        vendors.extend(by_tushare.then(|| vendors::tushare(truth, code)));
        vendors.extend(by_tdx.then(|| vendors::tdx(truth, code)));
        Self {
            code: *code,
            board: Board::of_code(code),
            listed,
            delisted,
            names: truth.names(code).iter().map(name_span).collect(),
            suspended: days.iter().copied().filter(|day| truth.is_suspended(code, *day)).collect(),
            limits: limits
                .map(|limit| DayLimit { date: limit.trade_date, up: limit.up_limit, down: limit.down_limit })
                .collect(),
            // TDX is asked for the events of every code, whosever bars it has.
            actions: vendors::actions(truth, code, by_tushare, true),
            vendors,
        }
    }

    pub(super) fn kind(&self) -> InstrumentKind {
        InstrumentKind::of_code(&self.code).unwrap_or(InstrumentKind::AShare)
    }
}
