//! Corporate actions and what they do to references and factors.

use super::{Patient, Span};

/// From a random ex-date on the factor stays what it was.
pub(super) fn factor_dropped(patient: &mut Patient<'_>) -> Option<Span> {
    let at = ex_date(patient)?;
    let bars = patient.bars();
    let step = bars[at].adj_factor? / bars[at - 1].adj_factor?;
    let day = bars[at].trade_date;
    let end = bars.len();
    // Four decimals, as published.
    let dropped = |factor: f64| (factor / step * 1e4).round() / 1e4;
    patient.change_rows(at, end, |bar| bar.adj_factor = bar.adj_factor.map(dropped))?;
    // The step is missing on one day; the days after it grow as they should.
    Some(Span::of(day))
}

/// The reference price of an ex-date is the close of the day before, as if there had been no event.
pub(super) fn reference_dropped(patient: &mut Patient<'_>) -> Option<Span> {
    let at = ex_date(patient).filter(|_| patient.has_reference())?;
    let bars = patient.bars();
    let before = bars[at - 1].close;
    let bar = &mut bars[at];
    let changed = bar.pre_close != Some(before);
    bar.pre_close = Some(before);
    changed.then(|| Span::of(bar.trade_date))
}

/// Nobody knows of the event.
pub(super) fn event_dropped(patient: &mut Patient<'_>) -> Option<Span> {
    let at = ex_date(patient)?;
    let bars = patient.bars();
    let (before, day) = (bars[at - 1].trade_date, bars[at].trade_date);
    patient.data.actions.retain(|(_, action)| action.ex_date <= before || action.ex_date > day);
    Some(Span::of(day))
}

/// The position of the first bar on or after a random ex-date, not the first of all.
fn ex_date(patient: &mut Patient<'_>) -> Option<usize> {
    let ex_date = patient.dice.pick(&patient.data.actions).map(|(_, action)| action.ex_date)?;
    let bars = patient.bars();
    let at = bars.partition_point(|bar| bar.trade_date < ex_date);
    (at > 0 && at < bars.len()).then_some(at)
}
