//! Everything the market knows about one code.

use chrono::NaiveDate;
use market_model::{Board, Code};

use super::{
    event::Event,
    name_history::{Named, Regime},
    rules::Subject,
    sessions::Sessions,
};

/// One day's bar, 40 bytes: a market of 13.75 million bars is 550 MB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PackedBar {
    /// Number of the day among the sessions.
    pub(crate) session: u16,
    /// Prices in ticks of 0.01 yuan.
    pub(crate) open: u32,
    pub(crate) high: u32,
    pub(crate) low: u32,
    pub(crate) close: u32,
    /// The exchange's ex-right reference of the day, ticks.
    pub(crate) pre_close: u32,
    /// Shares.
    pub(crate) volume: u64,
    /// Yuan.
    pub(crate) amount: u64,
}

/// Trading days without trading, `first..=last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Halt {
    pub(crate) first: u16,
    pub(crate) last: u16,
}

/// A halt of a part of a day; the day has a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartialHalt {
    pub(crate) session: u16,
    pub(crate) timing: &'static str,
}

/// From `session` on the cumulative factor (1 at the first bar) is `factor`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FactorStep {
    pub(crate) session: u16,
    pub(crate) factor: f64,
}

/// From `session` on there are this many shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShareCount {
    pub(crate) session: u16,
    pub(crate) total: u64,
    pub(crate) float: u64,
}

/// What the valuation figures derive from, yuan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fundamentals {
    /// Yearly net profit around which the reported ones vary; negative for a loss maker.
    pub(crate) profit: f64,
    pub(crate) sales: f64,
    pub(crate) book: f64,
    /// Free float as a part of the float shares.
    pub(crate) free_part: f64,
}

/// Texts and dates of the vendor's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) code: Code,
    pub(crate) board: Board,
    /// The last name it bears, or the one before its delisting period.
    pub(crate) name: String,
    /// Initials of the name in Pinyin.
    pub(crate) initials: String,
    pub(crate) area: &'static str,
    pub(crate) industry: &'static str,
    pub(crate) special_treatment: bool,
    pub(crate) listed: NaiveDate,
    /// First day without trading after the last one.
    pub(crate) delisted: Option<NaiveDate>,
    /// The listing is paused (暂停上市) throughout the market's range.
    pub(crate) paused: bool,
}

/// One code with its history.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    pub(crate) id: Identity,
    /// Every name it has had, ascending, from its listing day on. Until they are given, its identity's name stands.
    pub(crate) names: Vec<Named>,
    /// Number of the listing day, where it lies in the range.
    pub(crate) listing_session: Option<u16>,
    pub(crate) bars: Vec<PackedBar>,
    pub(crate) halts: Vec<Halt>,
    pub(crate) partial_halts: Vec<PartialHalt>,
    pub(crate) events: Vec<Event>,
    pub(crate) steps: Vec<FactorStep>,
    pub(crate) shares: Vec<ShareCount>,
    /// The reference price before the first bar, ticks.
    pub(crate) first_reference: u32,
    /// The vendor's factor before the first step of the range, in ten-thousandths.
    pub(crate) base_factor: u32,
    pub(crate) fundamentals: Fundamentals,
    /// Distinguishes the code's noise.
    pub(crate) salt: u64,
}

impl Listing {
    pub(crate) fn bar_at(&self, session: u16) -> Option<&PackedBar> {
        self.position(session).ok().and_then(|position| self.bars.get(position))
    }

    /// Where the bar of `session` is, or would be.
    pub(crate) fn position(&self, session: u16) -> Result<usize, usize> {
        self.bars.binary_search_by_key(&session, |bar| bar.session)
    }

    /// The bars of the sessions in `range`, ascending.
    pub(crate) fn bars_in(&self, range: std::ops::Range<usize>) -> &[PackedBar] {
        let at = |session: usize| self.bars.partition_point(|bar| usize::from(bar.session) < session);
        &self.bars[at(range.start)..at(range.end)]
    }

    pub(crate) fn is_listed_on(&self, date: NaiveDate) -> bool {
        self.id.listed <= date && self.id.delisted.is_none_or(|delisted| date < delisted)
    }

    pub(crate) fn is_halted(&self, session: u16) -> bool {
        self.halts.iter().any(|halt| (halt.first..=halt.last).contains(&session))
    }

    /// The cumulative factor of a session; 1 before the first step.
    pub(crate) fn factor(&self, session: u16) -> f64 {
        let steps = self.steps.partition_point(|step| step.session <= session);
        steps.checked_sub(1).map_or(1.0, |last| self.steps[last].factor)
    }

    /// The vendor's published factor in ten-thousandths: the base times the cumulative factor, rounded.
    pub(crate) fn published_factor(&self, session: u16) -> i64 {
        (f64::from(self.base_factor) * self.factor(session)).round() as i64
    }

    pub(crate) fn share_count(&self, session: u16) -> ShareCount {
        let counts = self.shares.partition_point(|count| count.session <= session);
        self.shares[counts.saturating_sub(1)]
    }

    /// The ex-right reference of a session, with or without a bar.
    pub(crate) fn reference(&self, session: u16) -> u32 {
        let position = match self.position(session) {
            Ok(position) => return self.bars[position].pre_close,
            Err(position) => position,
        };
        let before = position.checked_sub(1).map(|last| &self.bars[last]);
        let since = before.map_or(0, |bar| bar.session + 1);
        let pending = self.events.iter().filter(|event| (since..=session).contains(&event.session));
        pending.fold(before.map_or(self.first_reference, |bar| bar.close), |price, event| event.reference(price))
    }

    /// Whom a session's limit is for while the prices are made, before there are names: a code that ends under special
    /// treatment keeps within its limits all the time.
    pub(crate) fn subject(&self, session: u16) -> Subject {
        Subject {
            board: self.id.board,
            exchange: self.id.code.exchange(),
            special_treatment: self.id.special_treatment,
            listed: self.id.listed,
            days_listed: self.listing_session.map(|first| usize::from(session.saturating_sub(first))),
            days_delisting: None,
        }
    }

    /// Whom a session's limit is for, by the name of its day.
    pub(crate) fn named_subject(&self, session: u16, sessions: &Sessions) -> Subject {
        let subject = self.subject(session);
        let Some(named) = self.named(sessions.date(session)) else { return subject };
        let began = sessions.first_from(named.from);
        let days_delisting = (named.regime == Regime::Delisting).then(|| usize::from(session).saturating_sub(began));
        Subject { special_treatment: named.regime == Regime::SpecialTreatment, days_delisting, ..subject }
    }

    /// What it is called on `date`; its first name before it is listed.
    pub(crate) fn name_on(&self, date: NaiveDate) -> &str {
        self.named(date).or(self.names.first()).map_or(&self.id.name, |named| &named.name)
    }

    fn named(&self, date: NaiveDate) -> Option<&Named> {
        self.names.partition_point(|named| named.from <= date).checked_sub(1).map(|at| &self.names[at])
    }
}
