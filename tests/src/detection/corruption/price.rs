//! Prices.

use market_model::{DailyBar, Tick, round_half_up};

use super::{Patient, Span};
use crate::detection::dice::Dice;

pub(super) fn row_times_10(patient: &mut Patient<'_>) -> Option<Span> {
    let with_reference = patient.dice.coin();
    patient.change_row(|bar, _| {
        for price in prices(bar) {
            *price *= 10.0;
        }
        bar.pre_close = bar.pre_close.map(|price| if with_reference { price * 10.0 } else { price });
    })
}

pub(super) fn one_times_10(patient: &mut Patient<'_>) -> Option<Span> {
    patient.change_row(|bar, dice| *any_price(bar, dice) *= 10.0)
}

pub(super) fn zero_close(patient: &mut Patient<'_>) -> Option<Span> {
    patient.change_row(|bar, _| bar.close = 0.0)
}

pub(super) fn digits_swapped(patient: &mut Patient<'_>) -> Option<Span> {
    patient.change_row(|bar, dice| {
        let price = any_price(bar, dice);
        if let Some(swapped) = swapped(*price, dice) {
            *price = swapped;
        }
    })
}

/// A price with two neighbouring, different digits in each other's place; `None` if there are no such two.
fn swapped(price: f64, dice: &mut Dice) -> Option<f64> {
    let mut text = format!("{price:.2}").into_bytes();
    let digits: Vec<usize> = (0..text.len()).filter(|at| text[*at].is_ascii_digit()).collect();
    let pairs: Vec<(usize, usize)> =
        digits.windows(2).map(|pair| (pair[0], pair[1])).filter(|(a, b)| text[*a] != text[*b]).collect();
    let (a, b) = *dice.pick(&pairs)?;
    text.swap(a, b);
    String::from_utf8(text).ok()?.parse().ok()
}

/// 30 rows come adjusted.
pub(super) fn adjusted_answer(patient: &mut Patient<'_>) -> Option<Span> {
    let (from, to) = patient.any_answer()?;
    adjust(patient, from, to)
}

/// Every row comes adjusted.
pub(super) fn adjusted_history(patient: &mut Patient<'_>) -> Option<Span> {
    let count = patient.bars().len();
    adjust(patient, 0, count)
}

/// Forward, as of the last day, or backward; rounded to cents as vendors send it. Volumes, amounts and factors stay.
fn adjust(patient: &mut Patient<'_>, from: usize, to: usize) -> Option<Span> {
    let (truth, code) = (&patient.world.truth, patient.data.code);
    let last = patient.data.vendors[patient.vendor].bars.last()?.trade_date;
    let anchor = if patient.dice.coin() { 1.0 } else { truth.factor(&code, last)? };
    patient.change_rows(from, to, |bar| {
        let ratio = truth.factor(&code, bar.trade_date).unwrap_or(anchor) / anchor;
        if (ratio - 1.0).abs() > 1e-9 {
            let adjusted = |price: f64| round_half_up(price * ratio, Tick::CENT);
            for price in prices(bar) {
                *price = adjusted(*price);
            }
            bar.pre_close = bar.pre_close.map(adjusted);
        }
    })
}

fn any_price<'a>(bar: &'a mut DailyBar, dice: &mut Dice) -> &'a mut f64 {
    let [open, high, low, close] = prices(bar);
    match dice.below(4) {
        0 => open,
        1 => high,
        2 => low,
        _ => close,
    }
}

fn prices(bar: &mut DailyBar) -> [&mut f64; 4] {
    [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close]
}
