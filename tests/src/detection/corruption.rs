//! What can be wrong with rows, as data.

mod event;
mod price;
mod quantity;
mod row;

use chrono::NaiveDate;
use market_model::DailyBar;

use super::{
    dice::Dice,
    vendors::TUSHARE,
    world::{CodeData, World},
};

/// Rows of one answer that are damaged together.
const ANSWER: usize = 30;

/// One way to damage a code's rows.
pub struct Corruption {
    /// Its name in the table.
    pub name: &'static str,
    /// What it does, for people.
    pub about: &'static str,
    /// Whether what is served may stay right: the other vendor's row stands in for one that is missing, the reference price
    /// tells the factor where the event is not known. Then there is no wrong figure to find.
    pub can_be_mended: bool,
    damage: fn(&mut Patient<'_>) -> Option<Span>,
}

/// Every way, in the order of the table.
pub static CORRUPTIONS: &[Corruption] = &[
    of("volume ×100", "one row's volume in the wrong unit", quantity::volume_times_100),
    of("volume ÷100", "lots taken for shares, one row", quantity::volume_over_100),
    of("volume ×100, answer", "the same of 30 rows in a row", quantity::volume_times_100_answer),
    of("amount ×1000", "one row's amount in the wrong unit", quantity::amount_times_1000),
    of("price ×10", "all prices of one row", price::row_times_10),
    of("one price ×10", "one of open, high, low, close", price::one_times_10),
    of("digits swapped", "two neighbouring digits of one of open, high, low, close", price::digits_swapped),
    of("day shifted", "one row a calendar day earlier or later", row::shifted),
    of("days shifted, answer", "30 rows a calendar day earlier or later", row::shifted_answer),
    of("duplicated row", "a second row of the day, with the prices of a day near it", row::duplicated),
    Corruption { can_be_mended: true, ..of("missing day", "one row is not there", row::missing) },
    of("stale repeat", "the row of the day before, under the new date", row::stale),
    of("code swapped", "another code's row of the same day", row::of_another_code),
    of("NaN", "one number is not finite", row::not_finite),
    of("negative volume", "the volume with the wrong sign", quantity::negative_volume),
    of("close = 0", "the close is zero", price::zero_close),
    of("factor dropped", "from an ex-date on the vendor's factor lacks its step", event::factor_dropped),
    of("reference dropped", "on an ex-date the reference price is the close before", event::reference_dropped),
    Corruption {
        can_be_mended: true,
        ..of("event dropped", "no vendor knows of a corporate action", event::event_dropped)
    },
    of("adjustment flips, answer", "30 rows are adjusted (forward or backward)", price::adjusted_answer),
    of("adjustment flips, history", "the whole history is adjusted (forward or backward)", price::adjusted_history),
];

const fn of(name: &'static str, about: &'static str, damage: fn(&mut Patient<'_>) -> Option<Span>) -> Corruption {
    Corruption { name, about, can_be_mended: false, damage }
}

impl Corruption {
    /// Damages `patient` at a random place; the days concerned, or `None` if that changes nothing (equal digits, no event to
    /// drop).
    pub(super) fn damage(&self, patient: &mut Patient<'_>) -> Option<Span> {
        (self.damage)(patient)
    }
}

/// Days, first and last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: NaiveDate,
    pub(super) last: NaiveDate,
}

/// What is to be damaged: one vendor's rows of one code.
pub(super) struct Patient<'a> {
    pub(super) world: &'a World,
    /// A copy.
    pub(super) data: CodeData,
    /// Position among the code's vendors.
    pub(super) vendor: usize,
    pub(super) dice: &'a mut Dice,
}

impl Patient<'_> {
    fn bars(&mut self) -> &mut Vec<DailyBar> {
        &mut self.data.vendors[self.vendor].bars
    }

    fn source(&self) -> u8 {
        self.data.vendors[self.vendor].source
    }

    fn has_reference(&self) -> bool {
        self.source() == TUSHARE.0
    }

    /// The position of a random row.
    fn any_row(&mut self) -> Option<usize> {
        let count = self.bars().len();
        (count > 0).then(|| self.dice.below(count))
    }

    /// Changes a random row.
    fn change_row(&mut self, change: impl FnOnce(&mut DailyBar, &mut Dice)) -> Option<Span> {
        let at = self.any_row()?;
        let before = self.bars()[at].clone();
        let bar = &mut self.data.vendors[self.vendor].bars[at];
        change(bar, self.dice);
        (*bar != before).then(|| Span::of(before.trade_date).with(bar.trade_date))
    }

    /// Changes the rows at `from..to`.
    fn change_rows(&mut self, from: usize, to: usize, mut change: impl FnMut(&mut DailyBar)) -> Option<Span> {
        let mut span: Option<Span> = None;
        for bar in &mut self.bars()[from..to] {
            let before = bar.clone();
            change(bar);
            if *bar != before {
                let days = span.map_or(Span::of(before.trade_date), |span| span.with(before.trade_date));
                span = Some(days.with(bar.trade_date));
            }
        }
        span
    }

    /// The positions of [`ANSWER`] rows at a random place; fewer at the end.
    fn any_answer(&mut self) -> Option<(usize, usize)> {
        let from = self.any_row()?;
        Some((from, (from + ANSWER).min(self.bars().len())))
    }
}

impl Span {
    pub(super) fn of(day: NaiveDate) -> Self {
        Self { first: day, last: day }
    }

    /// At most a hundred of them.
    pub(super) fn each(self) -> Vec<NaiveDate> {
        self.first.iter_days().take_while(|day| *day <= self.last).take(100).collect()
    }

    fn with(self, day: NaiveDate) -> Self {
        Self { first: self.first.min(day), last: self.last.max(day) }
    }
}
