//! What the dated rulebook allows a code to cost on a day, with all that is known about the code.

use std::cell::Cell;

use chrono::{Days as Span, NaiveDate};
use market_model::{
    Board, Exchange, InstrumentKind, Limit, LimitQuery, PriceRules, Segment, Tick, limit_prices,
    rulebook::{LIMIT_RULES, LimitRule, RulePhase, delisting_day, listing_day},
    tick,
};

use crate::{History, Market, NameSpan, day_view::DayView, reference::Reference};

/// A listing as young as this whose days the calendar does not know may be in its first days, which have no limit.
const YOUNG: Span = Span::new(20);
/// A delisting period (at most 30 trading days) and the few days to the end of the listing fit into this.
const LAST_DAYS: Span = Span::new(75);
/// A delisting period begins after a halt of at least so many trading days: the time to appeal.
const HALT_BEFORE_DELISTING: usize = 5;

/// The rulebook, opened at one code.
#[derive(Debug)]
pub(crate) struct Book<'a> {
    market: Market<'a>,
    history: History<'a>,
    exchange: Exchange,
    segment: Segment,
    /// The price step.
    pub(crate) tick: Tick,
    /// The rule of the day before, which nearly always is that of the day.
    last_rule: Cell<Option<(bool, &'static LimitRule)>>,
}

/// What a day's prices may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Allowed<'a> {
    /// From the lowest to the highest price.
    Between(Range),
    /// There is no limit.
    Anything(Freedom<'a>),
    /// Nothing tells.
    Unknown,
}

/// Two limit prices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub(crate) down: f64,
    pub(crate) up: f64,
    /// What they were computed from.
    pub(crate) reference: Reference,
    /// How far they are from it.
    pub(crate) limit: Limit,
}

/// Why a day has no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freedom<'a> {
    /// It is in the table of such days, which says why.
    NoLimitDay(&'a str),
    /// This trading day since the listing.
    FirstDays(u32),
    /// The first day of the delisting period.
    Delisting,
    /// There was no rule yet.
    NoRule,
}

/// What the rulebook says under one assumption about the share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Answer<'a> {
    Limited(Limit),
    Free(Freedom<'a>),
}

impl<'a> Book<'a> {
    /// The book for a share; for funds and convertible bonds with the widest of the limits that the code may have.
    /// `None` for everything else.
    pub(crate) fn of(market: &Market<'a>, history: &History<'a>) -> Option<Self> {
        let exchange = history.code.exchange();
        let segment = match history.kind {
            InstrumentKind::AShare => history.board.or_else(|| Board::of_code(&history.code))?.into(),
            InstrumentKind::BShare => Segment::BShare,
            InstrumentKind::Fund => Segment::WideFund,
            InstrumentKind::Bond => Segment::Convertible,
            InstrumentKind::Index | InstrumentKind::Foreign => return None,
        };
        let tick = tick(history.kind, exchange)?;
        Some(Self { market: *market, history: *history, exchange, segment, tick, last_rule: Cell::new(None) })
    }

    /// The same, of a share only: there the code tells which limit holds.
    pub(crate) fn of_share(market: &Market<'a>, history: &History<'a>) -> Option<Self> {
        let is_share = matches!(history.kind, InstrumentKind::AShare | InstrumentKind::BShare);
        Self::of(market, history).filter(|_| is_share)
    }

    /// The smallest move, relative, at which any rule of the book stops a price of this segment.
    pub(crate) fn narrowest(&self) -> f64 {
        let permille =
            LIMIT_RULES.iter().filter(|rule| rule.segment == self.segment).filter_map(|rule| match rule.limit {
                Limit::Percent { up_permille, down_permille } => Some(up_permille.min(down_permille)),
                Limit::None => None,
            });
        f64::from(permille.min().unwrap_or(0)) / 1000.0
    }

    /// What the day's prices may be. Where something is not known (whether the share is under special treatment, which
    /// source is right about an event), the widest of what may hold.
    pub(crate) fn allowed(&self, day: &DayView<'_>) -> Allowed<'a> {
        let (mut widest, mut freedom) = (None, None);
        self.answers(day, &mut |answer| match answer {
            Answer::Free(why) => freedom = Some(why),
            Answer::Limited(limit) => widest = Some(widest.map_or(limit, |other| wider(other, limit))),
        });
        if let Some(freedom) = freedom {
            return Allowed::Anything(freedom);
        }
        let range = widest.and_then(|limit| self.range(Reference::of(&self.history, day)?, limit));
        range.map_or(Allowed::Unknown, Allowed::Between)
    }

    /// The limit prices.
    pub(crate) fn range(&self, reference: Reference, limit: Limit) -> Option<Range> {
        let (down, mut up) = limit_prices(reference.low, limit, self.tick)?;
        if reference.low != reference.high {
            (_, up) = limit_prices(reference.high, limit, self.tick)?;
        }
        Some(Range { down, up, reference, limit })
    }

    /// What the book says, under every assumption that is open where the code's names are not known; nothing where too
    /// little is known.
    pub(crate) fn answers(&self, day: &DayView<'_>, each: &mut impl FnMut(Answer<'a>)) {
        let (date, history, calendar) = (day.date, &self.history, self.market.calendar);
        if let Some(reason) = self.market.no_limit_days.reason(&history.code, date) {
            return each(Answer::Free(Freedom::NoLimitDay(reason)));
        }
        let listed = history.listed.filter(|listed| *listed <= date);
        let listing_day = listed.and_then(|listed| listing_day(listed, date, calendar));
        let is_young = || listed.and_then(|listed| listed.checked_add_days(YOUNG)).is_some_and(|grown| date < grown);
        if listing_day.is_none() && is_young() {
            return;
        }
        let mut ask = |special_treatment, delisting_day| {
            let (exchange, segment) = (self.exchange, self.segment);
            each(self.answer(&LimitQuery { exchange, segment, special_treatment, date, listing_day, delisting_day }));
        };
        if let Some(name) = name_on(history.names, date) {
            return ask(name.special_treatment, self.delisting_day(name, date));
        }
        for special_treatment in [false, true] {
            ask(special_treatment, None);
            if self.may_be_delisting(date) {
                ask(special_treatment, Some(if self.is_after_a_halt(day) { 1 } else { 2 }));
            }
        }
    }

    fn answer(&self, query: &LimitQuery) -> Answer<'a> {
        let Some(rule) = self.rule_of(query) else { return Answer::Free(Freedom::NoRule) };
        match (rule.limit, rule.phase) {
            (Limit::None, RulePhase::FirstDays(_)) => Answer::Free(Freedom::FirstDays(query.listing_day.unwrap_or(1))),
            (Limit::None, RulePhase::DelistingDayOne | RulePhase::Delisting) => Answer::Free(Freedom::Delisting),
            (Limit::None, RulePhase::Regular) => Answer::Free(Freedom::NoRule),
            (limit, _) => Answer::Limited(limit),
        }
    }

    /// The record that decides. An ordinary one decides until it ends, so the book is opened once a period.
    fn rule_of(&self, query: &LimitQuery) -> Option<&'static LimitRule> {
        let is_ordinary = query.listing_day.is_none() && query.delisting_day.is_none();
        let in_force = |rule: &LimitRule| rule.from <= query.date && rule.until.is_none_or(|until| query.date < until);
        if let Some((special_treatment, rule)) = self.last_rule.get().filter(|_| is_ordinary)
            && special_treatment == query.special_treatment
            && in_force(rule)
        {
            return Some(rule);
        }
        let rule = PriceRules::rule_of(query)?;
        if is_ordinary && rule.phase == RulePhase::Regular {
            self.last_rule.set(Some((query.special_treatment, rule)));
        }
        Some(rule)
    }

    /// Which day of its delisting period a share is in that has this name.
    fn delisting_day(&self, name: &NameSpan, date: NaiveDate) -> Option<u32> {
        let is_in_period = |span: &&NameSpan| span.delisting && span.from <= date;
        let began = self.history.names.iter().find(is_in_period).filter(|_| name.delisting)?.from;
        // Where the calendar does not know these days, it is none of the special ones.
        Some(delisting_day(began, date, self.market.calendar).unwrap_or(if began == date { 1 } else { 2 }))
    }

    /// Whether the listing ends so soon that the delisting period may have begun, as only the name tells.
    fn may_be_delisting(&self, date: NaiveDate) -> bool {
        self.history
            .delisted
            .is_some_and(|end| date < end && date.checked_add_days(LAST_DAYS).is_some_and(|d| end <= d))
    }

    fn is_after_a_halt(&self, day: &DayView<'_>) -> bool {
        day.before.is_none_or(|before| {
            self.market.calendar.open_days(before.date, day.date).nth(HALT_BEFORE_DELISTING + 1).is_some()
        })
    }
}

impl Range {
    /// Both percentages in words: `10 %`, `44/36 %`.
    pub(crate) fn percents(&self) -> String {
        match self.limit.percents() {
            Some((up, down)) if up == down => format!("{up} %"),
            Some((up, down)) => format!("{up}/{down} %"),
            None => "no limit".to_owned(),
        }
    }
}

impl Freedom<'_> {
    /// In words that follow "the day has no limit:".
    pub(crate) fn reason(self) -> String {
        match self {
            Self::NoLimitDay(source) => source.to_owned(),
            Self::FirstDays(day) => format!("trading day {day} of the listing"),
            Self::Delisting => "the first day of the delisting period".to_owned(),
            Self::NoRule => "no rule limited prices then".to_owned(),
        }
    }
}

/// The name of the day, where it is known.
fn name_on(names: &[NameSpan], date: NaiveDate) -> Option<&NameSpan> {
    names.iter().rfind(|name| name.from <= date).filter(|name| name.until.is_none_or(|until| date <= until))
}

fn wider(a: Limit, b: Limit) -> Limit {
    match (a, b) {
        (
            Limit::Percent { up_permille: up_a, down_permille: down_a },
            Limit::Percent { up_permille: up_b, down_permille: down_b },
        ) => Limit::Percent { up_permille: up_a.max(up_b), down_permille: down_a.max(down_b) },
        _ => Limit::None,
    }
}

#[cfg(test)]
mod tests;
