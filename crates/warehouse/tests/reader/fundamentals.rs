//! Valuation figures as claims about a quarter: from the tail, from the base, and from a correction over it.

use std::sync::Arc;

use chrono::NaiveDate;
use market_model::{Code, FundamentalClaim, Metric};
use warehouse::{Batch, Claim, Generation, Reader, ReaderOptions, Sourced};

use crate::market::{Market, SOURCE, day, minute, response, writer};

fn open(published: &std::path::Path) -> Arc<Generation> {
    Reader::open(published, ReaderOptions::default()).unwrap().current().unwrap()
}

fn claims(generation: &Generation, code: Code, as_of: Option<NaiveDate>) -> Vec<Claim> {
    generation.fundamentals(&code, day("2024-03-31"), as_of).unwrap().claims
}

/// Price over book value as the vendor gave it on the last day of the quarter that has it, and that day.
fn expected(market: &Market, code: Code) -> Option<(NaiveDate, f64)> {
    let bars =
        market.quotes.iter().flatten().filter(|(other, _)| *other == code).filter_map(|(_, quote)| quote.as_ref());
    let in_quarter = bars.filter(|quote| quote.bar.trade_date <= day("2024-03-31"));
    in_quarter.max_by_key(|quote| quote.bar.trade_date).map(|quote| (quote.bar.trade_date, quote.bar.close / 7.0))
}

fn price_book(claims: &[Claim]) -> Option<(NaiveDate, f64)> {
    let claim = claims.iter().find(|claim| claim.metric == Metric::PriceBook.as_str())?;
    assert_eq!((claim.source.as_str(), claim.unit.as_str(), claim.superseded), (SOURCE, "ratio", false));
    Some((claim.announced.unwrap(), claim.value))
}

#[test]
fn the_last_valuation_of_a_quarter_is_the_same_before_and_after_a_compaction() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("published");
    // From 2 January to the first days of April.
    let (market, mut writer) = (Market::generate(33, 6, 70), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    writer.commit(market.all_days(minute(1)), minute(1)).unwrap();
    let code = market.instruments[1].code;
    let eps = FundamentalClaim {
        code,
        period: day("2024-03-31"),
        metric: Metric::Eps,
        value: 1.25,
        announced: Some(day("2024-04-26")),
    };
    let claim = Batch {
        source: SOURCE.to_owned(),
        responses: vec![response("income", "2024-03-31", minute(2))],
        fundamentals: vec![Sourced { value: eps, response: 0, row: 0 }],
        ..Batch::default()
    };
    writer.commit(claim, minute(2)).unwrap();
    writer.publish(minute(3)).unwrap();
    let in_tail = open(&published);
    writer.compact(minute(4)).unwrap();
    writer.publish(minute(5)).unwrap();
    let in_base = open(&published);
    for instrument in &market.instruments {
        let (code, before) = (instrument.code, claims(&in_tail, instrument.code, None));
        assert_eq!(price_book(&before), expected(&market, code), "{code}");
        assert_eq!(claims(&in_base, code, None), before, "{code}");
        // Before the quarter's last close nobody knew it.
        let last_close = expected(&market, code).unwrap().0;
        assert_eq!(price_book(&claims(&in_base, code, last_close.pred_opt())), None, "{code}");
    }
    let found = claims(&in_base, code, None);
    assert_eq!((found[0].metric.as_str(), found[0].value, found[0].announced), ("eps", 1.25, Some(day("2024-04-26"))));
    assert!(claims(&in_base, code, Some(day("2024-04-25"))).iter().all(|claim| claim.metric != "eps"));

    // A correction of the day lies in the tail, over the base.
    let (last_close, value) = expected(&market, code).unwrap();
    let at = market.days.iter().position(|day| *day == last_close).unwrap();
    let mut corrected = market.day_batch(at, minute(6));
    for basic in corrected.basics.iter_mut().filter(|basic| basic.value.code == code) {
        basic.value.pb = Some(value + 1.0);
    }
    writer.commit(corrected, minute(6)).unwrap();
    writer.publish(minute(7)).unwrap();
    assert_eq!(price_book(&claims(&open(&published), code, None)), Some((last_close, value + 1.0)));
}
