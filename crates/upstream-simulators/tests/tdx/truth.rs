//! Bars say what the market says.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use market_model::{Code, DailyBar};
use upstream_simulators::{Market, MarketSpec, TdxOptions, tdx::Halted};

use crate::{
    decode::{self, WireBar},
    harness::{Sim, code, date, is_index, thousandths, wide_symbol, words},
};

/// Everything a server over the market has bars of.
fn everything(market: &Market) -> Vec<(Code, Vec<DailyBar>)> {
    let shares = market.codes().iter().map(|code| (*code, market.bars(code)));
    let derived = market.derived_codes().into_iter().map(|code| (code, market.derived_bars(&code)));
    shares.chain(derived).collect()
}

fn prices(bar: &DailyBar) -> [i64; 4] {
    [bar.open, bar.high, bar.low, bar.close].map(thousandths)
}

/// `volume` in units of `unit` shares, as a float has it.
fn units(volume: i64, unit: i64) -> f32 {
    ((volume + unit / 2) / unit) as f32
}

fn assert_equal(bars: &[WireBar], truth: &[DailyBar], unit: i64) {
    assert_eq!(bars.len(), truth.len(), "{:?}", truth.first());
    for (bar, truth) in bars.iter().zip(truth) {
        assert_eq!((bar.date(), bar.prices), (truth.trade_date, prices(truth)), "{truth:?}");
        assert_eq!(bar.volume, units(truth.volume, unit), "{truth:?}");
        assert_eq!(bar.amount, truth.amount.unwrap() as f32, "{truth:?}");
    }
}

#[tokio::test]
async fn days_are_the_markets_days_in_lots_and_in_shares() {
    let sim = Sim::start().await;
    let mut client = sim.client().await;
    let mut kinds = (0, 0);
    for (code, truth) in everything(sim.market()) {
        let scale = if is_index(&code) { 100 } else { 1 };
        assert_equal(&client.all_bars(&code, 9).await, &truth, 100 * scale);
        assert_equal(&client.all_bars(&code, 4).await, &truth, scale);
        if is_index(&code) { kinds.0 += 1 } else { kinds.1 += 1 }
    }
    assert!(kinds.0 >= 5 && kinds.1 >= 40, "{kinds:?}");
}

#[tokio::test]
async fn pages_count_back_from_the_newest_bar_and_join_without_a_seam() {
    let market = Market::generate(&MarketSpec::new(7, 3, date("2018-01-02"), date("2023-12-29")));
    let sim = Sim::over(market, TdxOptions::default()).await;
    let mut client = sim.client().await;
    let code = *sim.market().codes().iter().max_by_key(|code| sim.market().bars(code).len()).unwrap();
    let truth = sim.market().bars(&code);
    assert!(truth.len() > 800, "more than a page");
    assert_equal(&client.all_bars(&code, 9).await, &truth, 100);
    assert_equal(&client.bars(&code, 9, 2, 3).await, &truth[truth.len() - 5..truth.len() - 2], 100);
    assert_equal(&client.bars(&code, 9, 0, 60_000).await, &truth[truth.len() - 800..], 100);
    let past_the_first = truth.len() as u16 - 2;
    assert_equal(&client.bars(&code, 9, past_the_first, 800).await, &truth[..2], 100);
    assert!(client.bars(&code, 9, past_the_first + 2, 800).await.is_empty());
}

#[tokio::test]
async fn an_index_has_the_breadth_of_its_members() {
    let sim = Sim::start().await;
    let mut client = sim.client().await;
    let market = sim.market();
    let bars = client.all_bars(&code("399001.SZ"), 9).await;
    assert_eq!(bars.len(), market.trading_days().len());
    for bar in bars {
        let members = market.expected_codes(bar.date()).into_iter().filter(|code| code.as_str().ends_with(".SZ"));
        let moves = members.map(|code| market.bar(&code, bar.date()).unwrap()).map(|b| (b.close, b.pre_close.unwrap()));
        let (mut up, mut down) = (0, 0);
        moves.for_each(|(close, before)| {
            up += u16::from(close > before);
            down += u16::from(close < before);
        });
        assert_eq!(bar.breadth, Some((up, down)), "{}", bar.date());
        assert!(bar.prices[1] >= bar.prices[0].max(bar.prices[3]) && bar.prices[2] <= bar.prices[0].min(bar.prices[3]));
    }
}

/// The bars of `days` joined by a key.
fn joined<K: Ord>(days: &[WireBar], key: impl Fn(&WireBar) -> K) -> BTreeMap<K, Vec<WireBar>> {
    let mut groups: BTreeMap<K, Vec<WireBar>> = BTreeMap::new();
    days.iter().for_each(|bar| groups.entry(key(bar)).or_default().push(bar.clone()));
    groups
}

fn assert_joins(whole: &WireBar, parts: &[WireBar]) {
    let (first, last) = (&parts[0], &parts[parts.len() - 1]);
    let high = parts.iter().map(|part| part.prices[1]).max().unwrap();
    let low = parts.iter().map(|part| part.prices[2]).min().unwrap();
    assert_eq!(whole.prices, [first.prices[0], high, low, last.prices[3]], "{}", whole.at);
    let amount: f64 = parts.iter().map(|part| f64::from(part.amount)).sum();
    assert!((amount / f64::from(whole.amount) - 1.0).abs() < 1e-5, "{} {amount}", whole.at);
}

#[tokio::test]
async fn weeks_to_years_join_their_days_and_carry_the_date_of_the_last_one() {
    let market = Market::generate(&MarketSpec::new(3, 20, date("2021-11-01"), date("2024-02-21")));
    let sim = Sim::over(market, TdxOptions::default()).await;
    let mut client = sim.client().await;
    for code in [sim.steady_code(), code("000300.SH"), code("510300.SH")] {
        let days = client.all_bars(&code, 9).await;
        let shares = client.all_bars(&code, 4).await;
        type Key = fn(NaiveDate) -> (i32, u32);
        let keys: [(u16, Key); 4] = [
            (5, |day| (day.iso_week().year(), day.iso_week().week())),
            (6, |day| (day.year(), day.month())),
            (10, |day| (day.year(), (day.month() - 1) / 3)),
            (11, |day| (day.year(), 0)),
        ];
        for (category, key) in keys {
            let groups = joined(&days, |bar| key(bar.date()));
            let bars = client.all_bars(&code, category).await;
            assert_eq!(bars.len(), groups.len(), "{code} {category}");
            for (bar, parts) in bars.iter().zip(groups.values()) {
                assert_eq!(bar.at, parts[parts.len() - 1].at);
                assert_joins(bar, parts);
                let of = shares.iter().filter(|day| key(day.date()) == key(bar.date()));
                let lots = of.map(|day| f64::from(day.volume)).sum::<f64>() / 100.0;
                assert!((lots - f64::from(bar.volume)).abs() <= 0.5 + lots * 1e-6, "lots {lots} {bar:?}");
            }
        }
    }
}

#[tokio::test]
async fn minutes_of_every_length_add_up_to_their_day() {
    let sim = Sim::start().await;
    let mut client = sim.client().await;
    for code in [sim.steady_code(), code("000001.SH"), code("159915.SZ")] {
        let days = client.all_bars(&code, 4).await;
        for (category, length, per_day) in [(0, 5, 48), (1, 15, 16), (2, 30, 8), (3, 60, 4), (7, 1, 240), (8, 1, 240)] {
            let groups = joined(&client.all_bars(&code, category).await, WireBar::date);
            assert_eq!(groups.len(), days.len(), "{code} {category}");
            for (day, minutes) in days.iter().zip(groups.values()) {
                assert_eq!((minutes.len(), minutes[0].date()), (per_day, day.date()));
                assert_joins(day, minutes);
                let volume: f64 = minutes.iter().map(|bar| f64::from(bar.volume)).sum();
                assert!((volume / f64::from(day.volume) - 1.0).abs() < 1e-5, "{volume} {day:?}");
                let times: Vec<String> = [0, per_day / 2 - 1, per_day / 2, per_day - 1]
                    .map(|n| minutes[n].at.format("%H%M").to_string())
                    .into();
                let first = 9 * 60 + 30 + length;
                assert_eq!(times[0], format!("{:02}{:02}", first / 60, first % 60), "{category}");
                assert_eq!([&times[1], &times[3]], ["1130", "1500"], "{category}");
            }
        }
    }
}

#[tokio::test]
async fn a_day_without_trading_is_skipped_or_flat() {
    for halted in [Halted::Skipped, Halted::Flat] {
        let sim = Sim::with(TdxOptions { halted, ..TdxOptions::default() }).await;
        let mut client = sim.client().await;
        let (code, day) = sim.suspended();
        let bars = client.all_bars(&code, 9).await;
        assert!(bars.is_sorted_by(|a, b| a.at < b.at));
        let position = bars.iter().position(|bar| bar.date() == day);
        match halted {
            Halted::Skipped => assert_eq!(position, None),
            Halted::Flat => {
                let position = position.expect("a bar on the day without trading");
                let before = bars[position - 1].prices[3];
                let flat = &bars[position];
                assert_eq!((flat.prices, flat.volume, flat.amount), ([before; 4], 0.0, 0.0));
            }
        }
        let traded: Vec<_> = bars.into_iter().filter(|bar| bar.volume > 0.0).collect();
        assert_equal(&traded, &sim.market().bars(&code), 100);
    }
}

#[tokio::test]
async fn what_does_not_exist_is_empty_or_unanswered() {
    let sim = Sim::start().await;
    let mut client = sim.client().await;
    let known = sim.steady_code();
    assert!(client.bars(&code("600999.SH"), 9, 0, 10).await.is_empty());
    assert!(client.bars(&known, 9, 0, 0).await.is_empty());
    let multiplier_0 = [wide_symbol(&known), words(&[9, 0, 0, 10]), vec![0; 10]].concat();
    assert_eq!(client.call(0x052d, &multiplier_0).await, [0, 0], "as several real servers do");
    let market_9 = [vec![9, 0], b"600519".to_vec(), words(&[9, 1, 0, 10]), vec![0; 10]].concat();
    assert_eq!(client.call(0x052d, &market_9).await, [0, 0]);
}

/// A capture of 000001.SZ, answered from its real bars.
#[tokio::test]
async fn real_days_are_answered_as_a_real_server_answered() {
    let shared = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let samples = shared.join("facts/tdx_samples.json");
    let Some(market) = Market::from_fixture(&shared.join("fixtures")).unwrap().filter(|_| samples.exists()) else {
        println!("skipped: {} holds no real days or no captures", shared.display());
        return;
    };
    let samples: serde_json::Value = serde_json::from_slice(&std::fs::read(samples).unwrap()).unwrap();
    let captures = samples["real_captures"].as_array().unwrap();
    let capture = captures.iter().find(|capture| capture["name"] == "bars_000001_cat9_2017-06").unwrap();
    let hex = capture["body_hex"].as_str().unwrap();
    let capture: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();

    let sim = Sim::over(market, TdxOptions::default()).await;
    let code = code("000001.SZ");
    let newer = sim.market().bars(&code).iter().filter(|bar| bar.trade_date > date("2017-06-19")).count() as u16;
    let body = sim.client().await.call(0x052d, &crate::harness::bars_payload(&code, 9, newer, 10)).await;
    assert_eq!(body.len(), capture.len());
    // The vendor has corrected the amounts a little since they were captured; all other bytes are the same.
    for (ours, real) in decode::bars(&body, 9, false).iter().zip(decode::bars(&capture, 9, false)) {
        assert!((ours.amount / real.amount - 1.0).abs() < 1e-4, "{ours:?} {real:?}");
        assert_eq!(*ours, WireBar { amount: ours.amount, ..real });
    }
}
