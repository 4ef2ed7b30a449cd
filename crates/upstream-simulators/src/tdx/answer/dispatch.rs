//! From a query to its body.

use super::{View, bars, book, finance, intraday, lists, xdxr};
use crate::tdx::{
    request::Query,
    wire::{Hello, hello, hello_3, nothing},
};

/// Writes the body; the number of rows in it. `None` for a query that real servers leave unanswered.
pub(in crate::tdx) fn answer(view: &View<'_>, query: &Query, body: &mut Vec<u8>) -> Option<usize> {
    match query {
        Query::Hello => greet(view, body),
        Query::Hello3 => hello_3(body),
        // Its answer is of no use to anybody.
        Query::Heartbeat => body.extend_from_slice(&[0; 10]),
        Query::Count { market } => lists::count(view, *market, body),
        Query::List { market, start } => return Some(lists::page(view, *market, *start, body)),
        Query::Bars { multiplier: 0, .. } => return Some(nothing(body)),
        Query::Bars { code, category, start, count, .. } => {
            let Some(security) = view.security(code.as_ref()) else { return Some(nothing(body)) };
            return bars::page(view, security, *category, *start, *count, body);
        }
        Query::Xdxr { market, digits, code } => {
            return Some(xdxr::records(view, *market, *digits, code.as_ref(), body));
        }
        Query::Finance { code } => return Some(finance::snapshot(view, code.as_ref(), body)),
        Query::Quotes { codes } => return Some(book::quotes(view, codes, body)),
        Query::MinuteLine { code } => return Some(intraday::line(view, code.as_ref(), body)),
        Query::PastMinuteLine { code, date } => return Some(intraday::past_line(view, code.as_ref(), *date, body)),
        Query::Ticks { code, start, count } => {
            return Some(intraday::ticks_page(view, code.as_ref(), *start, *count, body));
        }
        Query::PastTicks { code, date, start, count } => {
            return Some(intraday::past_ticks_page(view, code.as_ref(), *date, *start, *count, body));
        }
    }
    Some(0)
}

fn greet(view: &View<'_>, body: &mut Vec<u8>) {
    let now = view.moment.now;
    let day = view.moment.newest().map_or(now.date(), |session| view.market.sessions.date(session));
    let unknown = [0xff, 0x00, 0xe7, 0x00, 0x00, 0x01, 0x01, 0x01, 0xff, 0x00];
    let times = [84_508, 84_502];
    hello(body, &Hello { now, day, times, unknown, name: &view.options.name, category: "通达信" });
}
