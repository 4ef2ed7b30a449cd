//! One instrument's bars, session by session.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{
    listing::{Event, EventKind, RawBar},
    profile::Profile,
};
use crate::market::Draw;

/// Draws bars for every session that is not halted. `splits` are by number of their session.
pub(super) fn generate(
    draw: &mut Draw,
    profile: &Profile,
    sessions: &[NaiveDate],
    halts: &[bool],
    splits: &HashMap<usize, EventKind>,
) -> (Vec<RawBar>, Vec<Event>) {
    let (mut bars, mut events) = (Vec::with_capacity(sessions.len()), Vec::new());
    let mut close = profile.start;
    let mut shares_per_share = 1.0;
    let first_split = splits.keys().min().copied();
    for (index, (&date, &halted)) in sessions.iter().zip(halts).enumerate() {
        if halted {
            continue;
        }
        let mut reference = close as f64;
        let pays = profile.dividends.is_some_and(|(every, _)| index % every == every / 2);
        if pays || profile.dividend_on_split && first_split == Some(index) {
            let part = profile.dividends.map_or(0.01, |(_, part)| part);
            let amount = cash(reference * part, profile.decimals);
            reference = (reference - amount * 10_f64.powi(profile.decimals as i32)).max(1.0);
            events.push(Event { ex_date: date, kind: EventKind::Dividend { amount } });
        }
        if let Some(kind @ EventKind::Split { numerator, denominator }) = splits.get(&index) {
            let ratio = f64::from(*numerator) / f64::from(*denominator);
            reference /= ratio;
            shares_per_share *= ratio;
            events.push(Event { ex_date: date, kind: *kind });
        }
        let bar = bar(draw, profile, date, reference, shares_per_share);
        close = bar.close;
        bars.push(bar);
    }
    (bars, events)
}

/// Cash per share in whole hundredths, at least one.
fn cash(ticks: f64, decimals: u32) -> f64 {
    (ticks / 10_f64.powi(decimals as i32) * 100.0).round().max(1.0) / 100.0
}

fn bar(draw: &mut Draw, profile: &Profile, date: NaiveDate, reference: f64, shares_per_share: f64) -> RawBar {
    let ticks = |price: f64| (price.round() as i64).max(1);
    let open = ticks(reference * (1.0 + 0.3 * profile.daily_move * draw.bell()));
    let close = ticks(open as f64 * (1.0 + profile.daily_move * draw.bell()));
    let reach = |draw: &mut Draw| 0.5 * profile.daily_move * draw.unit();
    let high = ticks(open.max(close) as f64 * (1.0 + reach(draw))).max(open.max(close));
    let low = ticks(open.min(close) as f64 * (1.0 - reach(draw))).min(open.min(close));
    let volume = (profile.volume as f64 * shares_per_share * draw.between(0.5, 1.8)) as i64;
    RawBar { date, open, high, low, close, volume }
}
