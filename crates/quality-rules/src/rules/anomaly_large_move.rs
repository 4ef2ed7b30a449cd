//! A day's move beyond 20 %.
//!
//! Every one of them is reported, for manual review. This is the specification's rule taken literally: the close
//! against the close of the last bar before, both as traded, differ by more than `large_move` (20 % by default). On
//! A-shares most such days are right: an ex-date whose prices are not comparable, the first days of a listing, a board
//! whose limit is 20 or 30 % and rounds above it. So each is reported and none is hidden, but what the market's rules
//! explain is a fact (`info`, which asks for nothing) that says what explains it, and only what nothing explains is an
//! error.
//!
//! **Example.** 000001.SZ went from 19.24 to 11.18 on 2013-06-20, -41.89 %: info, for the ex-right reference of that
//! day is 11.92, and 11.18 lies within the limits of 10.73 and 13.11. The same move without a corporate action: error.
//!
//! **Milder.** A reference price that no corporate action and no factor of the vendor confirms explains a move only
//! halfway: a warning, for the whole row may be another code's. Before 1996-12-16 there were no limits, so the rules
//! can neither explain a wild day nor call it wrong: that is a warning, unless the move from the ex-right reference is
//! within 20 %. What nothing explains is a warning as well where trading days before are missing and no `pre_close` tells
//! the reference (it is the move of several days), and where nobody knows the listing date of a share (it may be one of
//! the first days). For codes outside the rulebook (indices, foreign codes) only a corporate action explains a move,
//! except that indices of volatility (VIX) move so by nature.
//!
//! **Not reported.** A move from or to a price that is none: `nonpositive_price` reports that day.

use market_model::is_volatility_index;
use serde_json::json;

use crate::{
    CuratedBar, Days, Finding, History, Market, Origin, RuleInfo, Severity,
    allowed::{Allowed, Book, Freedom},
    day_view::DayView,
    evidence::{Percent, Price, number},
    reference::{Reference, ReferenceFrom, days_missing, days_unknown, due_actions, has_effect},
    rules::factor_without_event::{SAME_GROWTH, moves_the_price, vendor_growth},
};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "anomaly_large_move",
    severity: Severity::Error,
    origin: Origin::Generation,
    title: "A day's move beyond 20 %",
};

/// What binary leaves of a move that is exactly the bound.
const EXACT: f64 = 1e-9;

pub(crate) fn check(market: &Market<'_>, history: &History<'_>, days: Days<'_>, out: &mut Vec<Finding>) {
    for day in history.judged(days) {
        let (Some(bar), Some(before)) = (day.served, day.before) else { continue };
        let moved = bar.close / before.close - 1.0;
        let is_large = moved.abs() > market.options.large_move + EXACT;
        if is_large && moved.is_finite() && before.close > 0.0 {
            out.push(finding(market, history, &day, bar, before).on(history.code, day.date));
        }
    }
}

fn finding(
    market: &Market<'_>,
    history: &History<'_>,
    day: &DayView<'_>,
    bar: &CuratedBar,
    before: &CuratedBar,
) -> Finding {
    let reference = Reference::of(history, day);
    let (mut severity, mut explanation) = explain(market, history, day, (before, bar), reference);
    let missing = days_missing(market, history, day);
    if severity > Severity::Info && missing > 0 && reference.is_none_or(|it| it.from != ReferenceFrom::PreClose) {
        severity = Severity::Warning;
        explanation.push_str(&format!(", but {missing} trading days before are missing"));
    }
    if severity > Severity::Info && history.may_be_new() {
        severity = Severity::Warning;
        explanation.push_str(", but nobody knows since when it is listed");
    }
    let moved = bar.close / before.close - 1.0;
    let (from, to) = (Price(before.close), Price(bar.close));
    let message = format!("{} from {from} on {} to {to}: {explanation}", Percent(moved), before.date);
    let details = json!({
        "move": number(moved),
        "explanation": explanation,
        "reference": reference.map(|reference| json!([number(reference.low), number(reference.high)])),
        "reference_from": reference.map(|reference| reference.from.as_str()),
        "bar": market.bar(history, bar),
        "before": market.bar(history, before),
    });
    Finding::new(&INFO, message, details).as_bad_as(severity)
}

/// What explains the move, and how bad that leaves it.
fn explain(
    market: &Market<'_>,
    history: &History<'_>,
    day: &DayView<'_>,
    (before, bar): (&CuratedBar, &CuratedBar),
    reference: Option<Reference>,
) -> (Severity, String) {
    let book = Book::of(market, history);
    let allowed = book.as_ref().map_or(Allowed::Unknown, |book| book.allowed(day));
    let by_reference = || {
        let reference = reference.filter(|reference| explains(market, bar, reference))?;
        let rest = Percent(bar.close / reference.high - 1.0);
        Some(believed(market, history, day, (before, bar), &reference, format!("{rest} {}", counted(&reference))))
    };
    match (allowed, &book) {
        (Allowed::Between(range), Some(book)) => {
            let (down, up) = (book.tick.count_of(range.down), book.tick.count_of(range.up));
            let limits = format!("the limits {} and {}", Price(range.down), Price(range.up));
            let limits = [limits, counted(&range.reference)].join(" ");
            let limits = limits.trim_end();
            if (down..=up).contains(&book.tick.count_of(bar.close)) {
                return believed(market, history, day, (before, bar), &range.reference, format!("within {limits}"));
            }
            if history.limits_of(day.date).iter().any(|limit| limit.down <= bar.close && bar.close <= limit.up) {
                return (Severity::Info, format!("beyond {limits}, and within those published for the day"));
            }
            (INFO.severity, format!("nothing explains it; {limits} do not allow it"))
        }
        (Allowed::Anything(Freedom::NoRule), _) => by_reference()
            .unwrap_or_else(|| (Severity::Warning, "nothing explains it; there were no limits then".to_owned())),
        (Allowed::Anything(freedom), _) => (Severity::Info, format!("the day has no limit: {}", freedom.reason())),
        _ if is_volatility_index(&history.code) => {
            (Severity::Info, "an index of volatility moves like that".to_owned())
        }
        _ => by_reference().unwrap_or_else(|| (INFO.severity, "nothing explains it".to_owned())),
    }
}

/// An ex-right reference explains a move if none beyond the bound is left from it on.
fn explains(market: &Market<'_>, bar: &CuratedBar, reference: &Reference) -> bool {
    let rest = (bar.close / reference.low - 1.0).abs().min((bar.close / reference.high - 1.0).abs());
    reference.from != ReferenceFrom::LastClose && rest <= market.options.large_move + EXACT
}

fn counted(reference: &Reference) -> String {
    match reference.from {
        ReferenceFrom::LastClose => String::new(),
        _ => format!("from the ex-right reference {}", Price(reference.high)),
    }
}

/// An explanation that rests on the served row alone (its reference price is another than the last close, no source has
/// a corporate action, and the vendor's factor does not step with it) is worth a look: the whole row may be another
/// code's.
fn believed(
    market: &Market<'_>,
    history: &History<'_>,
    day: &DayView<'_>,
    (before, bar): (&CuratedBar, &CuratedBar),
    reference: &Reference,
    explanation: String,
) -> (Severity, String) {
    let growth = before.close / reference.high;
    let is_known = reference.from != ReferenceFrom::PreClose
        || days_unknown(market, history, day) > 0
        || !moves_the_price(history, before.close, growth)
        || due_actions(history, day).iter().any(|row| has_effect(&row.action))
        || vendor_growth(history, before, bar).is_some_and(|theirs| (theirs / growth - 1.0).abs() <= SAME_GROWTH);
    if is_known {
        return (Severity::Info, explanation);
    }
    (Severity::Warning, format!("{explanation}, which no corporate action and no factor of the vendor confirms"))
}

#[cfg(test)]
mod tests;
