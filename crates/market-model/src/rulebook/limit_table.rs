//! The price limits themselves: one record per rule and period.

use chrono::NaiveDate;

use super::limit::{Limit, LimitQuery, Segment};
use crate::Exchange;

/// The part of a share's life a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RulePhase {
    /// Any day not covered by the phases below.
    Regular,
    /// The first so many trading days after listing; the record's dates are those of the **listing**.
    FirstDays(u32),
    /// The first day of a delisting period.
    DelistingDayOne,
    /// The delisting period.
    Delisting,
}

/// One rule in force over one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitRule {
    /// Whom it is for.
    pub segment: Segment,
    /// Where; `None` = on every exchange.
    pub exchange: Option<Exchange>,
    /// For shares under special treatment or not; `None` = both.
    pub special_treatment: Option<bool>,
    /// The phase.
    pub phase: RulePhase,
    /// First day in force.
    pub from: NaiveDate,
    /// First day no longer in force; `None` = still in force.
    pub until: Option<NaiveDate>,
    /// The limit.
    pub limit: Limit,
    /// The document that says so.
    pub source: &'static str,
}

impl LimitRule {
    pub(super) fn covers(&self, query: &LimitQuery) -> bool {
        self.segment == query.segment
            && self.exchange.is_none_or(|exchange| exchange == query.exchange)
            && self.special_treatment.is_none_or(|st| st == query.special_treatment)
    }

    pub(super) fn is_in_force(&self, date: NaiveDate) -> bool {
        self.from <= date && self.until.is_none_or(|until| date < until)
    }
}

use Exchange::{Sse, Szse};
use RulePhase::{Delisting, DelistingDayOne, FirstDays, Regular};
use Segment::{BShare, Bse, ChiNext, Convertible, Fund, Main, Star, WideFund};

const TEN: Limit = Limit::percent(10);
const TWENTY: Limit = Limit::percent(20);
const LISTING_DAY: Limit = Limit::Percent { up_permille: 440, down_permille: 360 };

/// Days on which the book changed, by what changed it.
const LIMITS_BEGIN: NaiveDate = day(1996, 12, 16);
const ST_BEGINS: NaiveDate = day(1998, 4, 22);
const CHINEXT_BEGINS: NaiveDate = day(2009, 10, 30);
const SZSE_DELISTING_BEGINS: NaiveDate = day(2012, 12, 17);
const SSE_DELISTING_BEGINS: NaiveDate = day(2013, 1, 1);
const SSE_LISTING_DAY: NaiveDate = day(2013, 12, 13);
const SZSE_LISTING_DAY: NaiveDate = day(2014, 6, 13);
const STAR_BEGINS: NaiveDate = day(2019, 7, 22);
const SSE_WIDE_FUNDS: NaiveDate = day(2020, 8, 21);
const CHINEXT_REFORM: NaiveDate = day(2020, 8, 24);
const DELISTING_REFORM: NaiveDate = day(2020, 12, 31);
const BSE_BEGINS: NaiveDate = day(2021, 11, 15);
const CONVERTIBLE_LIMITS: NaiveDate = day(2022, 8, 1);
const REGISTRATION: NaiveDate = day(2023, 4, 10);
const RULES_OF_2026: NaiveDate = day(2026, 7, 6);

/// Every price limit since there are any.
pub static LIMIT_RULES: &[LimitRule] = &[
    // Main board.
    rule(Main, LIMITS_BEGIN, None, TEN, "CSRC notice of 1996-12-16; SZSE, 深市涨跌停板制度的由来 (2018)").st(false),
    rule(Main, LIMITS_BEGIN, Some(ST_BEGINS), TEN, "CSRC notice of 1996-12-16: no special treatment existed yet")
        .st(true),
    rule(
        Main,
        ST_BEGINS,
        Some(RULES_OF_2026),
        Limit::percent(5),
        "SSE chronicle of 1998 (ST since 04-22); SZSE history: 5 %",
    )
    .st(true),
    rule(Main, RULES_OF_2026, None, TEN, "SSE and SZSE Trading Rules 2026, published 2026-04-24, SSE art. 3.3.13")
        .st(true),
    first_days(
        Main,
        1,
        LIMITS_BEGIN,
        Some(SSE_LISTING_DAY),
        Limit::None,
        "CSRC notice of 1996-12-16 exempts the listing day",
    )
    .on(Sse),
    first_days(
        Main,
        1,
        LIMITS_BEGIN,
        Some(SZSE_LISTING_DAY),
        Limit::None,
        "CSRC notice of 1996-12-16 exempts the listing day",
    )
    .on(Szse),
    first_days(
        Main,
        1,
        SSE_LISTING_DAY,
        Some(REGISTRATION),
        LISTING_DAY,
        "SSE notice of 2013-12-13: 144 % / 64 % of issue",
    )
    .on(Sse),
    first_days(
        Main,
        1,
        SZSE_LISTING_DAY,
        Some(REGISTRATION),
        LISTING_DAY,
        "SZSE notice of 2014-06-13: 144 % / 64 % of issue",
    )
    .on(Szse),
    first_days(
        Main,
        5,
        REGISTRATION,
        None,
        Limit::None,
        "SSE and SZSE Trading Rules 2023; first such listing 2023-04-10",
    ),
    delisting(Main, SSE_DELISTING_BEGINS, None, TEN, "SSE risk-warning board measures 2013").on(Sse),
    delisting(Main, SZSE_DELISTING_BEGINS, None, TEN, "SZSE delisting-period rules 2012").on(Szse),
    delisting_day_one(Main, DELISTING_REFORM, None, Limit::None, "SSE and SZSE delisting rules of 2020-12-31"),
    // ChiNext.
    rule(ChiNext, CHINEXT_BEGINS, Some(CHINEXT_REFORM), TEN, "SZSE notice of 2009-09-24: as the main board").st(false),
    rule(
        ChiNext,
        CHINEXT_BEGINS,
        Some(CHINEXT_REFORM),
        Limit::percent(5),
        "SZSE 深证上〔2020〕620号 on Trading Rules 3.3.15",
    )
    .st(true),
    rule(
        ChiNext,
        CHINEXT_REFORM,
        None,
        TWENTY,
        "SZSE ChiNext special provisions (2020-06-12) art. 2.1; 深证上〔2020〕620号 for ST",
    ),
    first_days(ChiNext, 1, CHINEXT_BEGINS, Some(SZSE_LISTING_DAY), Limit::None, "SZSE notice of 2009-09-24"),
    first_days(ChiNext, 1, SZSE_LISTING_DAY, Some(CHINEXT_REFORM), LISTING_DAY, "SZSE notice of 2014-06-13"),
    first_days(ChiNext, 5, CHINEXT_REFORM, None, Limit::None, "SZSE ChiNext special provisions (2020-06-12)"),
    delisting(
        ChiNext,
        SZSE_DELISTING_BEGINS,
        Some(DELISTING_REFORM),
        TEN,
        "SZSE: shares in the period on 2020-08-24 stayed at 10 %",
    ),
    delisting(ChiNext, DELISTING_REFORM, None, TWENTY, "SZSE delisting rules of 2020-12-31"),
    delisting_day_one(ChiNext, DELISTING_REFORM, None, Limit::None, "SZSE delisting rules of 2020-12-31"),
    // STAR. Special treatment changes nothing there.
    rule(Star, STAR_BEGINS, None, TWENTY, "SSE STAR trading provisions, 上证发〔2019〕23号 art. 18"),
    first_days(Star, 5, STAR_BEGINS, None, Limit::None, "SSE STAR trading provisions, 上证发〔2019〕23号 art. 18"),
    delisting(Star, STAR_BEGINS, None, TWENTY, "SSE STAR listing rules 2019"),
    delisting_day_one(Star, DELISTING_REFORM, None, Limit::None, "SSE delisting rules of 2020-12-31"),
    // Beijing.
    rule(Bse, BSE_BEGINS, None, Limit::percent(30), "BSE Trading Rules (trial) of 2021-09-09"),
    first_days(Bse, 1, BSE_BEGINS, None, Limit::None, "BSE Trading Rules (trial) of 2021-09-09"),
    delisting(Bse, BSE_BEGINS, None, Limit::percent(30), "BSE Trading Rules (trial) of 2021-09-09"),
    delisting_day_one(Bse, BSE_BEGINS, None, Limit::None, "BSE Trading Rules (trial) of 2021-09-09"),
    // Shares in foreign currency.
    rule(BShare, LIMITS_BEGIN, None, TEN, "SZSE, 深市涨跌停板制度的由来 (2018)").st(false),
    rule(BShare, LIMITS_BEGIN, Some(ST_BEGINS), TEN, "SZSE, 深市涨跌停板制度的由来 (2018)").st(true),
    rule(BShare, ST_BEGINS, Some(RULES_OF_2026), Limit::percent(5), "SSE chronicle of 1998; one source for B shares")
        .st(true),
    rule(BShare, RULES_OF_2026, None, TEN, "SSE and SZSE Trading Rules 2026").st(true),
    first_days(BShare, 1, LIMITS_BEGIN, None, Limit::None, "CSRC notice of 1996-12-16 exempts the listing day"),
    // Funds and convertible bonds.
    rule(Fund, LIMITS_BEGIN, None, TEN, "CSRC notice of 1996-12-16: shares and funds"),
    rule(WideFund, LIMITS_BEGIN, Some(SSE_WIDE_FUNDS), TEN, "CSRC notice of 1996-12-16: shares and funds").on(Sse),
    rule(WideFund, SSE_WIDE_FUNDS, None, TWENTY, "SSE 上证发〔2020〕61号").on(Sse),
    rule(WideFund, LIMITS_BEGIN, Some(CHINEXT_REFORM), TEN, "CSRC notice of 1996-12-16: shares and funds").on(Szse),
    rule(
        WideFund,
        CHINEXT_REFORM,
        None,
        TWENTY,
        "SZSE press conference of 2020-08-21: related funds change with ChiNext",
    )
    .on(Szse),
    rule(Convertible, CONVERTIBLE_LIMITS, None, TWENTY, "SSE and SZSE convertible bond rules of 2022-07-29"),
    first_days(
        Convertible,
        1,
        CONVERTIBLE_LIMITS,
        None,
        Limit::Percent { up_permille: 573, down_permille: 433 },
        "SSE and SZSE convertible bond rules of 2022-07-29: of the issue price",
    ),
];

const fn rule(
    segment: Segment,
    from: NaiveDate,
    until: Option<NaiveDate>,
    limit: Limit,
    source: &'static str,
) -> LimitRule {
    LimitRule { segment, exchange: None, special_treatment: None, phase: Regular, from, until, limit, source }
}

const fn first_days(
    segment: Segment,
    days: u32,
    from: NaiveDate,
    until: Option<NaiveDate>,
    limit: Limit,
    source: &'static str,
) -> LimitRule {
    LimitRule { phase: FirstDays(days), ..rule(segment, from, until, limit, source) }
}

const fn delisting(
    segment: Segment,
    from: NaiveDate,
    until: Option<NaiveDate>,
    limit: Limit,
    source: &'static str,
) -> LimitRule {
    LimitRule { phase: Delisting, ..rule(segment, from, until, limit, source) }
}

const fn delisting_day_one(
    segment: Segment,
    from: NaiveDate,
    until: Option<NaiveDate>,
    limit: Limit,
    source: &'static str,
) -> LimitRule {
    LimitRule { phase: DelistingDayOne, ..rule(segment, from, until, limit, source) }
}

impl LimitRule {
    const fn on(mut self, exchange: Exchange) -> Self {
        self.exchange = Some(exchange);
        self
    }

    const fn st(mut self, special_treatment: bool) -> Self {
        self.special_treatment = Some(special_treatment);
        self
    }
}

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => panic!("a date in the rulebook does not exist"),
    }
}
