//! What tests ask the market: the truth in our own units (yuan, shares).

use chrono::NaiveDate;
use market_model::{
    Code, CorporateAction, DailyBar, DailyBasic, Instrument, InstrumentKind, InstrumentName, ListStatus, PriceLimit,
    Suspension, SuspensionKind, TradingCalendar,
};

use super::{
    dividend,
    listing::{Listing, PackedBar},
    model::Market,
    rules::{DayLimit, day_limit},
    valuation::Valuation,
};

impl Market {
    /// The trading calendar: from 1 January of the first year to 31 December of the last.
    pub fn calendar(&self) -> &TradingCalendar {
        self.sessions.calendar()
    }

    /// The trading days with data, ascending.
    pub fn trading_days(&self) -> &[NaiveDate] {
        self.sessions.days()
    }

    /// First and last trading day with data.
    pub fn range(&self) -> (NaiveDate, NaiveDate) {
        let days = self.sessions.days();
        (days.first().copied().unwrap_or_default(), days.last().copied().unwrap_or_default())
    }

    /// The number of bars of all codes.
    pub fn bar_count(&self) -> usize {
        self.listings.iter().map(|listing| listing.bars.len()).sum()
    }

    /// A code's bar of a day; `None` without trading.
    pub fn bar(&self, code: &Code, date: NaiveDate) -> Option<DailyBar> {
        let listing = self.listing(code)?;
        listing.bar_at(self.sessions.index(date)?).map(|bar| self.daily_bar(listing, bar))
    }

    /// All bars of a code, ascending; empty for an unknown code.
    pub fn bars(&self, code: &Code) -> Vec<DailyBar> {
        let Some(listing) = self.listing(code) else { return Vec::new() };
        listing.bars.iter().map(|bar| self.daily_bar(listing, bar)).collect()
    }

    /// The codes that trade on `date`, ascending: listed and not suspended for the whole day. Empty when the market is
    /// closed.
    pub fn expected_codes(&self, date: NaiveDate) -> Vec<Code> {
        let Some(session) = self.sessions.index(date) else { return Vec::new() };
        let trading = self.listings.iter().filter(|listing| listing.bar_at(session).is_some());
        trading.map(|listing| listing.id.code).collect()
    }

    /// Whether a listed code does not trade on the whole of a trading day.
    pub fn is_suspended(&self, code: &Code, date: NaiveDate) -> bool {
        let (Some(listing), Some(session)) = (self.listing(code), self.sessions.index(date)) else { return false };
        listing.is_listed_on(date) && listing.is_halted(session)
    }

    /// Every suspension and resumption of a trading day, by code.
    pub fn suspensions(&self, date: NaiveDate) -> Vec<Suspension> {
        let Some(session) = self.sessions.index(date) else { return Vec::new() };
        let of = |listing: &Listing| {
            self.halts_on(listing, session).map(|(kind, timing)| Suspension {
                code: listing.id.code,
                trade_date: date,
                kind,
                timing: timing.map(str::to_owned),
            })
        };
        self.listings.iter().filter_map(of).collect()
    }

    /// What a code's suspension entry of a day says, if it has one: at most one per day.
    pub(crate) fn halts_on(&self, listing: &Listing, session: u16) -> Option<(SuspensionKind, Option<&'static str>)> {
        if !listing.is_listed_on(self.sessions.date(session)) {
            return None;
        }
        if listing.is_halted(session) {
            return Some((SuspensionKind::Suspended, None));
        }
        if let Some(halt) = listing.partial_halts.iter().find(|halt| halt.session == session) {
            return Some((SuspensionKind::Suspended, Some(halt.timing)));
        }
        let resumes = listing.halts.iter().any(|halt| halt.last.checked_add(1) == Some(session));
        resumes.then_some((SuspensionKind::Resumed, None))
    }

    /// The corporate actions of a code by ex-date, rights issues included. Several dividends with one ex-date are one
    /// action.
    pub fn actions(&self, code: &Code) -> Vec<CorporateAction> {
        let Some(listing) = self.listing(code) else { return Vec::new() };
        let action = |event: &super::event::Event| {
            let ex_date = self.sessions.date(event.session);
            event.to_action(*code, ex_date, dividend::Schedule::of(listing, ex_date, &self.sessions).announced)
        };
        listing.events.iter().map(action).collect()
    }

    /// The true cumulative factor of a trading day: the product of price before / ex-right reference over the ex-dates
    /// up to it; exactly 1 at the first bar. An ex-date inside a suspension counts from itself on.
    pub fn factor(&self, code: &Code, date: NaiveDate) -> Option<f64> {
        let listing = self.listing(code)?;
        let session = self.sessions.index(date)?;
        listing.is_listed_on(date).then(|| listing.factor(session))
    }

    /// The factor the vendor publishes: its own base times [`Market::factor`], rounded to 4 decimals.
    pub fn adj_factor(&self, code: &Code, date: NaiveDate) -> Option<f64> {
        let listing = self.listing(code)?;
        let session = self.sessions.index(date)?;
        listing.is_listed_on(date).then(|| listing.published_factor(session) as f64 / 1e4)
    }

    /// The day's limits; both sentinels (99999.99 and 0.01) on a day without limit. Suspended codes have limits too.
    pub fn limit(&self, code: &Code, date: NaiveDate) -> Option<PriceLimit> {
        let listing = self.listing(code)?;
        let session = self.sessions.index(date)?;
        let (up, down) = listing.is_listed_on(date).then(|| self.limit_ticks(listing, session))?;
        Some(PriceLimit { code: *code, trade_date: date, up_limit: yuan(up), down_limit: yuan(down) })
    }

    /// Upper and lower limit in ticks, sentinels included.
    pub(crate) fn limit_ticks(&self, listing: &Listing, session: u16) -> (u32, u32) {
        let limit = day_limit(
            listing.named_subject(session, &self.sessions),
            self.sessions.date(session),
            listing.reference(session),
        );
        match limit {
            DayLimit::Free => (9_999_999, 1),
            DayLimit::Within { down, up } => (up, down),
        }
    }

    /// The day's valuation figures; `None` without trading.
    pub fn basic(&self, code: &Code, date: NaiveDate) -> Option<DailyBasic> {
        let listing = self.listing(code)?;
        let position = listing.position(self.sessions.index(date)?).ok()?;
        let figures = Valuation::of(listing, position, &self.sessions, self.seed);
        let four = |scaled: i64| Some(scaled as f64 / 1e4);
        let whole = |number: i64| Some(number as f64);
        Some(DailyBasic {
            code: *code,
            trade_date: date,
            turnover_rate: four(figures.turnover_rate),
            turnover_rate_free: four(figures.turnover_rate_free),
            volume_ratio: figures.volume_ratio.map(|scaled| scaled as f64 / 1e2),
            pe: figures.pe.and_then(four),
            pe_ttm: figures.pe_ttm.and_then(four),
            pb: four(figures.pb),
            ps: four(figures.ps),
            ps_ttm: four(figures.ps_ttm),
            dividend_yield: figures.dividend_yield.and_then(four),
            dividend_yield_ttm: figures.dividend_yield_ttm.and_then(four),
            total_shares: whole(figures.total_shares),
            float_shares: whole(figures.float_shares),
            free_shares: whole(figures.free_shares),
            total_value: whole(figures.total_value),
            float_value: whole(figures.float_value),
        })
    }

    /// Every name a code has had, ascending and without a gap; empty for an unknown code.
    pub fn names(&self, code: &Code) -> Vec<InstrumentName> {
        let Some(listing) = self.listing(code) else { return Vec::new() };
        let next = listing.names.iter().skip(1).map(|named| named.from.pred_opt()).chain([None]);
        let name = |(named, until): (&super::name_history::Named, _)| {
            InstrumentName::new(*code, named.name.clone(), named.from, until)
        };
        listing.names.iter().zip(next).map(name).collect()
    }

    /// What a code is, with its name and status as of a day.
    pub fn instrument(&self, code: &Code, as_of: NaiveDate) -> Option<(Instrument, ListStatus)> {
        let listing = self.listing(code)?;
        let delisted = listing.id.delisted.filter(|delisted| *delisted <= as_of);
        let instrument = Instrument {
            code: *code,
            kind: InstrumentKind::AShare,
            board: Some(listing.id.board),
            name: listing.name_on(as_of).to_owned(),
            listed: Some(listing.id.listed),
            delisted,
            renamed_from: None,
        };
        Some((instrument, listing.status(as_of)))
    }

    /// A number that differs when any bar differs.
    pub fn fingerprint(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        let mut mix = |word: u64| hash = (hash ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(29);
        for listing in &self.listings {
            listing.id.code.as_str().bytes().for_each(|byte| mix(u64::from(byte)));
            for bar in &listing.bars {
                mix(u64::from(bar.session) << 32 | u64::from(bar.open));
                mix(u64::from(bar.high) << 32 | u64::from(bar.low));
                mix(u64::from(bar.close) << 32 | u64::from(bar.pre_close));
                mix(bar.volume);
                mix(bar.amount);
            }
        }
        hash
    }

    fn daily_bar(&self, listing: &Listing, bar: &PackedBar) -> DailyBar {
        DailyBar {
            code: listing.id.code,
            trade_date: self.sessions.date(bar.session),
            open: yuan(bar.open),
            high: yuan(bar.high),
            low: yuan(bar.low),
            close: yuan(bar.close),
            pre_close: Some(yuan(bar.pre_close)),
            volume: bar.volume as i64,
            amount: Some(bar.amount as f64),
            adj_factor: Some(listing.published_factor(bar.session) as f64 / 1e4),
        }
    }
}

impl Listing {
    pub(crate) fn status(&self, as_of: NaiveDate) -> ListStatus {
        match self.id.delisted {
            Some(delisted) if delisted <= as_of => ListStatus::Delisted,
            _ if self.id.paused => ListStatus::Paused,
            _ if as_of < self.id.listed => ListStatus::Approved,
            _ => ListStatus::Listed,
        }
    }
}

fn yuan(ticks: u32) -> f64 {
    f64::from(ticks) / 100.0
}
