//! A price beyond the day's limit.
//!
//! A mainland exchange accepts no order beyond the day's limit, so a price beyond it did not happen: it is a wrong
//! figure, or one on another basis. The rule knows the dated rulebook: 10 %, 20 %, 30 %, special treatment at 5 % until
//! 2026-07-05 and 10 % from 2026-07-06, the first days of a listing, the delisting period. It compares prices, not
//! percentages, each rounded half up to the tick as the exchange does it, and counts from the ex-right reference: the
//! vendor's `pre_close`, else the close before with the corporate actions since (those that fell into a halt take
//! effect one after the other when it ends). Close, high, low and open are judged; a day is one finding that names
//! those beyond.
//!
//! **Example.** Reference 1.05, limit 10 %: 1.155 rounds to 1.16, so a close of 1.16 (+10.48 %) is right and 1.17 is an
//! error. 000001.SZ fell from 19.24 to 11.18 on 2013-06-20, -41.9 %, and is right: the reference of that ex-date is
//! 11.92.
//!
//! **Not reported.** Indices, funds, bonds and foreign codes, whose limit the code does not tell. Days without a limit:
//! the first days of a listing, the first day of a delisting period, days before limits existed, and single days in the
//! sourced table of no-limit days (resumptions after a share reform). A price that the limits published for the day
//! allow: then `limit_disagrees` says that rulebook and source differ. Where the code's names are not known, the wider
//! limit holds; where days before are missing and no `pre_close` tells the reference, or nobody knows the listing date, the
//! finding is a warning.

use market_model::Tick;
use serde_json::json;

use crate::{
    CuratedBar, DayLimit, Days, Finding, History, Market, Origin, RuleInfo, Severity,
    allowed::{Allowed, Book, Range},
    day_view::DayView,
    evidence::{Price, number},
    reference::{Reference, ReferenceFrom, days_missing, due_actions},
};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "price_limit",
    severity: Severity::Error,
    origin: Origin::Generation,
    title: "A price beyond the day's limit",
};

pub(crate) fn check(market: &Market<'_>, history: &History<'_>, days: Days<'_>, out: &mut Vec<Finding>) {
    let Some(book) = Book::of_share(market, history) else { return };
    let narrowest = book.narrowest();
    for day in history.judged(days) {
        let Some(bar) = day.served else { continue };
        if is_plain(history, &day, bar, narrowest, book.tick) {
            continue;
        }
        let Allowed::Between(range) = book.allowed(&day) else { continue };
        let beyond: Vec<Beyond> =
            prices(bar).into_iter().filter_map(|(name, price)| Beyond::of(name, price, &range, book.tick)).collect();
        if !beyond.is_empty() && !is_published(history, &day, &beyond, book.tick) {
            out.push(finding(market, history, &day, &range, &beyond).on(history.code, day.date));
        }
    }
}

fn prices(bar: &CuratedBar) -> [(&'static str, f64); 4] {
    [("close", bar.close), ("high", bar.high), ("low", bar.low), ("open", bar.open)]
}

/// Whether no rule of the book could stop these prices. Most days are like that; the book stays closed.
fn is_plain(history: &History<'_>, day: &DayView<'_>, bar: &CuratedBar, narrowest: f64, tick: Tick) -> bool {
    let reference = match day.served_row().map(|row| row.pre_close) {
        Some(pre_close) if pre_close > 0.0 => pre_close,
        _ if due_actions(history, day).is_empty() => day.before.map_or(f64::NAN, |before| before.close),
        _ => f64::NAN,
    };
    // A limit price is rounded, by half a tick.
    let (down, up) = (reference * (1.0 - narrowest) + tick.size(), reference * (1.0 + narrowest) - tick.size());
    [bar.open, bar.high, bar.low, bar.close].into_iter().all(|price| down <= price && price <= up)
}

/// A price beyond a limit.
#[derive(Debug, Clone, Copy)]
struct Beyond {
    name: &'static str,
    price: f64,
    /// `above` or `below` the limit.
    side: &'static str,
    limit: f64,
}

impl Beyond {
    fn of(name: &'static str, price: f64, range: &Range, tick: Tick) -> Option<Self> {
        if !price.is_finite() {
            return None;
        }
        let ticks = tick.count_of(price);
        if ticks > tick.count_of(range.up) {
            return Some(Self { name, price, side: "above", limit: range.up });
        }
        (ticks < tick.count_of(range.down)).then_some(Self { name, price, side: "below", limit: range.down })
    }
}

/// Whether the limits that a source publishes for the day allow the prices.
fn is_published(history: &History<'_>, day: &DayView<'_>, beyond: &[Beyond], tick: Tick) -> bool {
    let allows = |limit: &DayLimit| {
        let (down, up) = (tick.count_of(limit.down), tick.count_of(limit.up));
        beyond.iter().all(|beyond| (down..=up).contains(&tick.count_of(beyond.price)))
    };
    history.limits_of(day.date).iter().any(allows)
}

fn finding(market: &Market<'_>, history: &History<'_>, day: &DayView<'_>, range: &Range, beyond: &[Beyond]) -> Finding {
    let Reference { low, high, from } = range.reference;
    let said = beyond.iter().map(|it| format!("{} {} {} {}", it.name, Price(it.price), it.side, Price(it.limit)));
    let reference = if low == high { Price(high).to_string() } else { format!("{} to {}", Price(low), Price(high)) };
    let mut message =
        format!("{}: {} of the reference {reference}", said.collect::<Vec<_>>().join(", "), range.percents());
    let missing = if from == ReferenceFrom::PreClose { 0 } else { days_missing(market, history, day) };
    if missing > 0 {
        message.push_str(&format!(", which may be another one, for {missing} trading days before are missing"));
    }
    if history.may_be_new() {
        message.push_str("; nobody knows since when it is listed");
    }
    let is_certain = missing == 0 && !history.may_be_new();
    let details = json!({
        "beyond": beyond.iter().map(|beyond| beyond.name).collect::<Vec<_>>(),
        "up_limit": number(range.up),
        "down_limit": number(range.down),
        "limit_percent": range.limit.percents(),
        "reference": [number(low), number(high)],
        "reference_from": from.as_str(),
        "bar": day.served.map(|bar| market.bar(history, bar)),
        "before": day.before.map(|before| market.bar(history, before)),
    });
    Finding::new(&INFO, message, details).as_bad_as(if is_certain { INFO.severity } else { Severity::Warning })
}

#[cfg(test)]
mod tests;
