//! Whole rows: moved, repeated, lost, mistaken for others.

use chrono::{Days, NaiveDate};
use market_model::DailyBar;

use super::{Patient, Span};

pub(super) fn shifted(patient: &mut Patient<'_>) -> Option<Span> {
    let later = patient.dice.coin();
    patient.change_row(|bar, _| bar.trade_date = beside(bar.trade_date, later))
}

pub(super) fn shifted_answer(patient: &mut Patient<'_>) -> Option<Span> {
    let later = patient.dice.coin();
    let (from, to) = patient.any_answer()?;
    patient.change_rows(from, to, |bar| bar.trade_date = beside(bar.trade_date, later))
}

fn beside(day: NaiveDate, later: bool) -> NaiveDate {
    let moved = if later { day.checked_add_days(Days::new(1)) } else { day.checked_sub_days(Days::new(1)) };
    moved.unwrap_or(day)
}

/// As when pages overlap and one of them is older.
pub(super) fn duplicated(patient: &mut Patient<'_>) -> Option<Span> {
    let at = patient.any_row()?;
    let other = if at == 0 { 1 } else { at - 1 };
    let bars = patient.bars();
    let (bar, other) = (bars[at].clone(), bars.get(other)?.clone());
    let twin = DailyBar { trade_date: bar.trade_date, ..other };
    let changed = (twin != bar).then(|| Span::of(bar.trade_date));
    bars.push(twin);
    changed
}

pub(super) fn missing(patient: &mut Patient<'_>) -> Option<Span> {
    let at = patient.any_row()?;
    Some(Span::of(patient.bars().remove(at).trade_date))
}

/// The vendor has not noticed that a new day began: prices, quantities and reference are those of the day before.
pub(super) fn stale(patient: &mut Patient<'_>) -> Option<Span> {
    let at = patient.any_row()?;
    let bars = patient.bars();
    let before = bars.get(at.checked_sub(1)?)?.clone();
    let bar = &mut bars[at];
    let repeat = DailyBar { trade_date: bar.trade_date, adj_factor: bar.adj_factor, ..before };
    let changed = (*bar != repeat).then(|| Span::of(bar.trade_date));
    *bar = repeat;
    changed
}

pub(super) fn of_another_code(patient: &mut Patient<'_>) -> Option<Span> {
    let at = patient.any_row()?;
    let (source, own) = (patient.source(), patient.bars()[at].clone());
    let other = patient.dice.pick(&patient.world.codes).filter(|other| other.code != own.code)?;
    let rows = other.vendors.iter().find(|rows| rows.source == source)?;
    let theirs = rows.bars.binary_search_by_key(&own.trade_date, |bar| bar.trade_date).ok()?;
    patient.bars()[at] = DailyBar { code: own.code, ..rows.bars[theirs].clone() };
    Some(Span::of(own.trade_date))
}

pub(super) fn not_finite(patient: &mut Patient<'_>) -> Option<Span> {
    patient.change_row(|bar, dice| {
        let bad = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][dice.below(3)];
        match dice.below(5) {
            0 => bar.open = bad,
            1 => bar.high = bad,
            2 => bar.low = bad,
            3 => bar.close = bad,
            _ => bar.amount = Some(bad),
        }
    })
}
