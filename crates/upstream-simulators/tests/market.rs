//! The market obeys the exchanges' rules, whatever the seed.

use std::collections::HashSet;

use chrono::NaiveDate;
use market_model::{Board, Code, DailyBar};
use upstream_simulators::{Market, MarketSpec};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// Markets of different times and sizes: old and new rules, boards that open within the range.
fn markets() -> Vec<Market> {
    [
        MarketSpec::small(),
        MarketSpec::new(2, 300, day("2019-01-02"), day("2021-12-31")),
        MarketSpec::new(3, 60, day("1996-06-03"), day("1999-12-30")),
        MarketSpec::new(4, 120, day("2025-11-03"), day("2026-11-20")),
    ]
    .iter()
    .map(Market::generate)
    .collect()
}

fn ticks(price: f64) -> i64 {
    (price * 100.0).round() as i64
}

fn for_every_bar(mut check: impl FnMut(&Market, &DailyBar)) {
    for market in markets() {
        for code in market.codes() {
            market.bars(code).iter().for_each(|bar| check(&market, bar));
        }
    }
}

#[test]
fn every_price_is_on_the_tick_and_inside_the_days_limits() {
    for_every_bar(|market, bar| {
        let limit = market.limit(&bar.code, bar.trade_date).unwrap();
        for price in [bar.open, bar.high, bar.low, bar.close] {
            assert_eq!(price, ticks(price) as f64 / 100.0, "{bar:?}");
            assert!(price >= limit.down_limit && price <= limit.up_limit, "{bar:?} {limit:?}");
        }
        assert!(bar.low <= bar.open.min(bar.close) && bar.high >= bar.open.max(bar.close) && bar.low > 0.0, "{bar:?}");
    });
}

#[test]
fn the_average_price_lies_between_low_and_high() {
    for_every_bar(|_, bar| {
        assert!(bar.volume > 0);
        let (low, high) = (ticks(bar.low) * bar.volume, ticks(bar.high) * bar.volume);
        let amount = bar.amount.unwrap() as i64 * 100;
        assert!(low <= amount && amount <= high, "{bar:?}");
    });
}

#[test]
fn bars_are_where_the_calendar_the_listing_and_the_suspensions_say() {
    for market in markets() {
        for &date in market.trading_days() {
            assert_eq!(market.calendar().is_open(date), Some(true));
            let mut expected = Vec::new();
            for code in market.codes() {
                let (instrument, _) = market.instrument(code, date).unwrap();
                if instrument.is_listed_on(date) && !market.is_suspended(code, date) {
                    expected.push(*code);
                }
            }
            assert_eq!(market.expected_codes(date), expected, "{date}");
        }
        let bars: usize = market.trading_days().iter().map(|date| market.expected_codes(*date).len()).sum();
        assert_eq!(market.bar_count(), bars, "no bar on a closed day");
    }
}

#[test]
fn the_reference_price_follows_from_the_actions_by_the_exchanges_formula() {
    let mut seen = 0;
    for market in markets() {
        for code in market.codes() {
            let (bars, actions) = (market.bars(code), market.actions(code));
            for pair in bars.windows(2) {
                let between =
                    actions.iter().filter(|a| a.ex_date > pair[0].trade_date && a.ex_date <= pair[1].trade_date);
                let reference = between.fold(pair[0].close, |price, action| {
                    seen += 1;
                    let ten = price * 10.0 - action.cash_per_10 + action.rights_per_10 * action.rights_price;
                    let exact = ten / (10.0 + action.rights_per_10 + action.bonus_per_10);
                    ((exact * 100.0 + 0.5 + 1e-9).floor() / 100.0).max(0.01)
                });
                assert_eq!(ticks(pair[1].pre_close.unwrap()), ticks(reference), "{:?}", pair[1]);
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn factors_equal_the_product_of_close_over_reference() {
    for market in markets() {
        for code in market.codes() {
            let bars = market.bars(code);
            let Some(first) = bars.first() else { continue };
            let mut factor = 1.0;
            for pair in bars.windows(2) {
                factor *= pair[0].close / pair[1].pre_close.unwrap();
                let truth = market.factor(code, pair[1].trade_date).unwrap();
                assert!((factor / truth - 1.0).abs() < 1e-9, "{code}");
                let published = pair[1].adj_factor.unwrap() / first.adj_factor.unwrap();
                assert!((published / truth - 1.0).abs() < 1e-4, "{code} {published} {truth}");
            }
        }
    }
}

#[test]
fn equal_seeds_give_equal_markets_and_other_seeds_others() {
    let spec = MarketSpec::new(1, 400, day("2023-06-01"), day("2023-12-29"));
    let first = Market::generate(&spec);
    assert_eq!(first.fingerprint(), Market::generate(&spec).fingerprint());
    assert_ne!(first.fingerprint(), Market::generate(&MarketSpec { seed: 2, ..spec }).fingerprint());
}

#[test]
fn a_small_market_shows_every_oddity() {
    let market = Market::generate(&MarketSpec::small());
    let (first, last) = market.range();
    let codes = market.codes().iter();
    let instruments: Vec<_> = codes.clone().map(|code| market.instrument(code, last).unwrap().0).collect();
    assert!(instruments.iter().any(|i| i.listed.is_some_and(|listed| listed > first)), "a new listing");
    assert!(instruments.iter().any(|i| i.delisted.is_some_and(|d| d > first)), "a delisting in the range");
    assert!(instruments.iter().any(|i| i.delisted.is_some_and(|d| d <= first)), "a delisting before it");
    assert!(instruments.iter().any(|i| i.is_special_treatment()), "an ST share");
    let boards: HashSet<Board> = instruments.iter().filter_map(|i| i.board).collect();
    assert_eq!(boards.len(), 4);

    let actions: Vec<_> = codes.flat_map(|code| market.actions(code)).collect();
    assert!(actions.iter().any(|a| a.rights_per_10 > 0.0), "a rights issue");
    assert!(actions.iter().any(|a| a.bonus_per_10 > 0.0 && a.cash_per_10 > 0.0), "cash and bonus");
    let in_halt = |a: &&market_model::CorporateAction| market.is_suspended(&a.code, a.ex_date);
    let halted: Vec<Code> = actions.iter().filter(in_halt).map(|a| a.code).collect();
    let distinct: HashSet<&Code> = halted.iter().collect();
    assert!(!halted.is_empty() && distinct.len() < halted.len(), "two ex-dates in one suspension: {halted:?}");
    let partial = market.trading_days().iter().flat_map(|day| market.suspensions(*day)).any(|s| s.timing.is_some());
    assert!(partial, "a suspension of a part of a day");
    for code in ["600519.SH", "000001.SZ"] {
        assert_eq!(market.bars(&code.parse().unwrap()).len(), market.trading_days().len(), "{code} trades every day");
    }
}

#[test]
fn names_come_and_go_within_a_small_market() {
    let market = Market::generate(&MarketSpec::small());
    let (first, last) = market.range();
    let (mut came, mut left) = (0, 0);
    for code in market.codes() {
        let names = market.names(code);
        assert_eq!(names[0].from, market.instrument(code, last).unwrap().0.listed.unwrap(), "{code}");
        assert!(!names[0].special_treatment && names.last().unwrap().until.is_none(), "{names:?}");
        for pair in names.windows(2) {
            assert_eq!(pair[0].until, pair[1].from.pred_opt(), "no gap: {names:?}");
            let within = first < pair[1].from && pair[1].from <= last;
            came += usize::from(within && !pair[0].special_treatment && pair[1].special_treatment);
            left += usize::from(within && pair[0].special_treatment && !pair[1].special_treatment);
        }
    }
    assert!(came > 0 && left > 0, "{came} came under special treatment, {left} left it");
    let quiet = market.names(&"600519.SH".parse().unwrap());
    assert_eq!(quiet.len(), 1, "nothing odd befalls the well-known codes");
}

#[test]
fn the_whole_market_has_the_real_size_and_mix() {
    let market = Market::generate(&MarketSpec::whole(day("2026-11-20")));
    let today = market.expected_codes(day("2026-11-20"));
    assert!((5_350..5_500).contains(&today.len()), "{}", today.len());
    let of = |board| today.iter().filter(|code| Board::of_code(code) == Some(board)).count();
    let in_period = |date: &str| {
        let name = |code| market.names(code).into_iter().find(|name| name.is_in_force(day(date)));
        market.expected_codes(day(date)).iter().filter_map(name).filter(|name| name.is_delisting_period()).count()
    };
    assert!(in_period("2026-10-30") + in_period("2026-11-13") > 0, "a delisting period");
    assert!(of(Board::Main) > 3_000 && of(Board::ChiNext) > 1_300 && of(Board::Star) > 550 && of(Board::Bse) > 230);
    let mut moved = [0usize; 2];
    for code in &today {
        let bar = market.bar(code, day("2026-11-20")).unwrap();
        moved[usize::from(bar.close > bar.pre_close.unwrap())] += 1;
    }
    assert!(moved.iter().all(|count| *count > 300), "{moved:?}");
}

#[test]
fn the_calendar_reaches_to_the_end_of_the_last_year() {
    let market = Market::generate(&MarketSpec::small());
    assert_eq!(market.calendar().range(), Some((day("2024-01-01"), day("2024-12-31"))));
    assert_eq!(market.calendar().is_open(day("2024-10-01")), Some(false));
    assert_eq!(market.calendar().is_open(day("2024-12-31")), Some(true));
    assert_eq!(market.range(), (day("2024-01-02"), day("2024-03-29")));
    assert_eq!(market.trading_days().len(), 58, "as many as in reality");
}

#[test]
fn real_bars_of_000001_reproduce_the_known_factor() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let Some(market) = Market::from_fixture(&dir).unwrap() else {
        eprintln!("skipped: no fixtures in {}", dir.display());
        return;
    };
    let code: Code = "000001.SZ".parse().unwrap();
    assert_eq!(market.bar_count(), 7_226);
    let factor = market.factor(&code, day("2018-07-12")).unwrap();
    assert!((factor - 252.3810).abs() < 5e-5, "{factor}");
    assert_eq!(market.adj_factor(&code, day("2018-07-12")), Some(252.381));
    assert!(market.is_suspended(&code, day("2007-06-18")), "an ex-date without a bar");
    assert_eq!(market.bar(&code, day("2018-07-18")).unwrap().pre_close, Some(8.72));
    let covered =
        market.trading_days().iter().all(|d| market.bar(&code, *d).is_some() || market.is_suspended(&code, *d));
    assert!(covered);
}

#[test]
fn the_calendars_shape_is_the_real_one() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let Some(real) = Market::from_fixture(&dir).unwrap() else {
        eprintln!("skipped: no fixtures in {}", dir.display());
        return;
    };
    let rules = Market::generate(&MarketSpec::new(1, 1, day("2003-01-01"), day("2021-08-20")));
    let code: Code = "000001.SZ".parse().unwrap();
    let traded: Vec<NaiveDate> = real.bars(&code).iter().map(|bar| bar.trade_date).collect();
    let traded: Vec<_> = traded.into_iter().filter(|date| *date >= day("2003-01-01")).collect();
    let closed: Vec<_> = traded.iter().filter(|date| rules.calendar().is_open(**date) == Some(false)).collect();
    assert!(closed.len() * 100 < traded.len(), "{} of {}: {closed:?}", closed.len(), traded.len());
}
