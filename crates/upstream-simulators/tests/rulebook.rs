//! Two authors read the exchanges' rules: the simulated market and `market-model` must agree.

use chrono::NaiveDate;
use market_model::{LimitQuery, PriceRules, Tick, ex_right_reference, limit_prices, rulebook};
use upstream_simulators::{Market, MarketSpec};

/// Markets over every change of the rules, with new listings on both sides of each.
fn markets() -> Vec<Market> {
    [
        (1, 60, "1996-10-08", "1998-12-30"),
        (2, 120, "2013-09-02", "2014-12-31"),
        (3, 200, "2019-06-03", "2021-12-31"),
        (4, 200, "2022-12-01", "2023-10-31"),
        (5, 120, "2026-05-06", "2026-11-20"),
    ]
    .into_iter()
    .map(|(seed, codes, first, last)| {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
        Market::generate(&MarketSpec::new(seed, codes, day(first), day(last)))
    })
    .collect()
}

#[test]
fn the_limits_of_every_bar_are_those_of_the_rulebook() {
    let (mut treated, mut delisting) = (0, 0);
    for market in markets() {
        let days = market.trading_days();
        for code in market.codes() {
            let names = market.names(code);
            for bar in market.bars(code) {
                let (instrument, _) = market.instrument(code, bar.trade_date).unwrap();
                let listed = days.binary_search(&instrument.listed.unwrap());
                let today = days.binary_search(&bar.trade_date).unwrap();
                let name = names.iter().find(|name| name.is_in_force(bar.trade_date)).expect("a name for every bar");
                assert_eq!(name.name, instrument.name);
                let period = name.is_delisting_period().then_some(name.from);
                let delisting_day =
                    period.and_then(|from| rulebook::delisting_day(from, bar.trade_date, market.calendar()));
                treated += u32::from(name.special_treatment);
                delisting += u32::from(delisting_day.is_some());
                let limit = PriceRules::limit_of(&LimitQuery {
                    exchange: code.exchange(),
                    segment: instrument.board.unwrap().into(),
                    special_treatment: name.special_treatment,
                    date: bar.trade_date,
                    listing_day: listed.ok().map(|listed| (today - listed) as u32 + 1),
                    delisting_day,
                });
                let expected = limit_prices(bar.pre_close.unwrap(), limit, Tick::CENT).unwrap_or((0.01, 99999.99));
                let published = market.limit(code, bar.trade_date).unwrap();
                assert_eq!((published.down_limit, published.up_limit), expected, "{instrument:?} {bar:?}");
                assert!(expected.0 <= bar.low && bar.high <= expected.1, "{name:?} {bar:?}");
            }
        }
    }
    assert!(treated > 1_000 && delisting > 30, "{treated} bars under special treatment, {delisting} in the period");
}

#[test]
fn every_reference_price_is_that_of_the_exchanges_formula() {
    let mut seen = 0;
    for market in markets() {
        for code in market.codes() {
            let (bars, actions) = (market.bars(code), market.actions(code));
            for pair in bars.windows(2) {
                let between =
                    actions.iter().filter(|a| a.ex_date > pair[0].trade_date && a.ex_date <= pair[1].trade_date);
                let mut reference = pair[0].close;
                for action in between {
                    reference = ex_right_reference(reference, std::slice::from_ref(action)).unwrap();
                    seen += 1;
                }
                assert_eq!(pair[1].pre_close, Some(reference), "{:?}", pair[1]);
            }
        }
    }
    assert!(seen > 300, "{seen}");
}
