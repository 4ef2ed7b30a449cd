//! The world itself.

use chrono::{Datelike, Weekday};
use upstream_simulators::{Market, MarketSpec, World, WorldSpec};

use crate::harness::{code, date, world};

#[test]
fn equal_specs_give_equal_worlds_and_another_seed_another_one() {
    let spec = WorldSpec::small();
    let (one, two) = (World::generate(&spec), World::generate(&spec));
    let other = World::generate(&WorldSpec { seed: 2, ..spec });
    for code in one.codes() {
        assert_eq!(one.bars(&code), two.bars(&code));
        assert_eq!(one.actions(&code), two.actions(&code));
        assert_ne!(one.bars(&code), other.bars(&code));
    }
    assert!(one.codes().len() >= 25);
}

#[test]
fn bars_are_consistent_and_on_their_own_exchanges_days() {
    let world = world();
    for code in world.codes() {
        let bars = world.bars(&code);
        assert!(bars.len() > 400, "{code}");
        assert!(bars.windows(2).all(|pair| pair[0].trade_date < pair[1].trade_date));
        for bar in &bars {
            assert!(bar.low > 0.0 && bar.low <= bar.open.min(bar.close) && bar.high >= bar.open.max(bar.close));
            assert!(!matches!(bar.trade_date.weekday(), Weekday::Sat | Weekday::Sun));
            assert_eq!((bar.amount, bar.pre_close, bar.volume >= 0), (None, None, true));
            assert_eq!(world.bar(&code, bar.trade_date).as_ref(), Some(bar));
        }
        assert!(world.holes(&code).iter().all(|hole| world.bar(&code, *hole).is_none()));
    }
}

#[test]
fn each_exchange_rests_on_its_own_holidays() {
    let world = world();
    let trades = |text: &str, day: &str| world.bar(&code(text), date(day)).is_some();
    for (day, new_york, hong_kong, tokyo, currencies) in [
        // Thanksgiving, Lunar New Year, a Japanese Monday, New Year's Day.
        ("2023-11-23", false, true, false, true),
        ("2024-02-12", true, false, false, true),
        ("2024-01-08", true, true, false, true),
        ("2024-01-01", false, false, false, false),
        ("2024-01-10", true, true, true, true),
    ] {
        assert_eq!(trades("GSPC.IDX", day), new_york, "New York {day}");
        assert_eq!(trades("HSI.IDX", day), hong_kong, "Hong Kong {day}");
        assert_eq!(trades("N225.IDX", day), tokyo, "Tokyo {day}");
        assert_eq!(trades("EURUSD.FX", day), currencies, "currencies {day}");
    }
}

#[test]
fn splits_move_the_price_and_the_volume_by_their_ratio() {
    let world = world();
    let mut seen = Vec::new();
    for code in world.codes() {
        for action in world.actions(&code).iter().filter(|action| action.bonus_per_10 != 0.0) {
            let ratio = 1.0 + action.bonus_per_10 / 10.0;
            let bars = world.bars(&code);
            let after = bars.partition_point(|bar| bar.trade_date < action.ex_date);
            let cash = action.cash_per_10 / 10.0;
            let jump = (bars[after - 1].close - cash) / bars[after].open / ratio;
            assert!((0.9..1.1).contains(&jump), "{code} {} {jump}", action.ex_date);
            seen.push((code.to_string(), ratio));
        }
    }
    assert!(seen.iter().any(|(_, ratio)| *ratio < 1.0), "a reverse split: {seen:?}");
    assert!(seen.iter().any(|(_, ratio)| ratio.fract() != 0.0 && *ratio > 1.0), "an odd one: {seen:?}");
    let twice = |code: &str| seen.iter().filter(|(one, _)| one == code).count();
    assert_eq!(twice("NVDA.US"), 2);
    let both = world.actions(&code("0700.HK")).into_iter().filter(|a| a.bonus_per_10 != 0.0 && a.cash_per_10 > 0.0);
    assert_eq!(both.count(), 1, "a dividend on the day of a split");
}

#[test]
fn mainland_codes_come_from_the_market_as_they_are() {
    let market = Market::generate(&MarketSpec::small());
    let mut codes = market.codes().to_vec();
    codes.extend(market.derived_codes());
    let world = World::generate(&WorldSpec::small()).with_mainland(&market, &codes);
    let mut actions = 0;
    for code in market.codes() {
        let expected: Vec<_> = market.bars(code).iter().map(|bar| (bar.trade_date, bar.close, bar.volume)).collect();
        let bars: Vec<_> = world.bars(code).iter().map(|bar| (bar.trade_date, bar.close, bar.volume)).collect();
        assert_eq!(bars, expected);
        for (ours, market) in world
            .actions(code)
            .iter()
            .zip(market.actions(code).iter().filter(|action| action.cash_per_10 + action.bonus_per_10 > 0.0))
        {
            assert_eq!(ours.ex_date, market.ex_date);
            assert!((ours.bonus_per_10 - market.bonus_per_10).abs() < 0.01, "{ours:?} {market:?}");
            actions += 1;
        }
    }
    assert!(actions > 0 && world.bars(&code("000001.SH")).len() > 30);
}
