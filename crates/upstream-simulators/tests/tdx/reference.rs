//! Lists, corporate actions, finances, quotes.

use chrono::Datelike;
use market_model::{Code, Metric};
use upstream_simulators::TdxOptions;

use crate::{
    decode::{self, Body},
    harness::{Sim, code, one_code, thousandths, words},
};

#[tokio::test]
async fn lists_page_through_shares_indices_and_funds_of_each_market() {
    let sim = Sim::with(TdxOptions { list_page: 7, ..TdxOptions::default() }).await;
    let mut client = sim.client().await;
    let last = sim.market().range().1;
    let mut seen = Vec::new();
    for (market, suffix) in [(0, "SZ"), (1, "SH"), (2, "BJ")] {
        let body = client.call(0x044e, &[words(&[market]), vec![0x75, 0xc7, 0x33, 0x01]].concat()).await;
        let count = u16::from_le_bytes(body.try_into().unwrap());
        let mut entries = Vec::new();
        while entries.len() < usize::from(count) {
            let page = decode::entries(&client.call(0x0450, &words(&[market, entries.len() as u16])).await);
            assert!(!page.is_empty() && page.len() <= 7);
            entries.extend(page);
        }
        assert!(decode::entries(&client.call(0x0450, &words(&[market, count])).await).is_empty());
        seen.extend(entries.into_iter().map(|entry| (code(&format!("{}.{suffix}", entry.digits)), entry)));
    }
    for (code, entry) in &seen {
        assert_eq!(entry.lot, 100);
        let Some((instrument, _)) = sim.market().instrument(code, last) else { continue };
        assert!(instrument.is_listed_on(last));
        assert!(instrument.name.starts_with(&entry.name) && !entry.name.is_empty(), "{} {entry:?}", instrument.name);
        assert_eq!(entry.decimals, 2);
        if let Some(bar) = sim.market().bar(code, last) {
            assert_eq!(entry.pre_close, bar.pre_close.unwrap() as f32);
        }
    }
    let entry = |wanted: &str| &seen.iter().find(|(code, _)| code.as_str() == wanted).expect(wanted).1;
    assert_eq!((entry("000001.SH").name.as_str(), entry("000001.SH").decimals), ("上证指数", 2));
    assert_eq!((entry("510300.SH").name.as_str(), entry("510300.SH").decimals), ("沪深300E", 3), "cut at 8 bytes");
}

#[tokio::test]
async fn xdxr_holds_every_action_per_ten_shares() {
    let sim = Sim::start().await;
    let mut client = sim.client().await;
    let (mut rights, mut bonus, mut none) = (0, 0, 0);
    for code in sim.market().codes() {
        let records = client.xdxr(code).await;
        assert!(records.is_sorted_by_key(|(day, ..)| *day));
        let ex_rights: Vec<_> = records.iter().filter(|(_, category, _)| *category == 1).collect();
        let truth = sim.market().actions(code);
        assert_eq!(ex_rights.len(), truth.len(), "{code}");
        none += usize::from(truth.is_empty());
        for ((day, _, values), action) in ex_rights.iter().zip(&truth) {
            let wanted = [action.cash_per_10, action.rights_price, action.bonus_per_10, action.rights_per_10];
            assert_eq!((*day, *values), (action.ex_date, wanted.map(|value| value as f32)), "{code}");
            let grows = action.bonus_per_10 > 0.0 || action.rights_per_10 > 0.0;
            let grown = records.iter().find(|(other, category, _)| other == day && *category == 2);
            assert_eq!(grown.is_some(), grows, "{code} {day}");
            if let Some((_, _, [_, before, _, after])) = grown {
                let factor = 1.0 + (action.bonus_per_10 + action.rights_per_10) / 10.0;
                assert!((f64::from(*after) / f64::from(*before) / factor - 1.0).abs() < 1e-5);
            }
            rights += usize::from(action.rights_per_10 > 0.0);
            bonus += usize::from(action.bonus_per_10 > 0.0);
        }
    }
    assert!(rights > 0 && bonus > 0 && none > 0, "{rights} {bonus} {none}");
    let unknown = client.call(0x000f, &one_code(&code("600999.SH"))).await;
    assert_eq!(unknown, b"\x01\x00\x01600999", "it ends before the count");
}

#[tokio::test]
async fn finance_counts_shares_in_ten_thousands_and_money_in_thousands() {
    let sim = Sim::start().await;
    let mut client = sim.client().await;
    let code = sim.steady_code();
    let body = client.call(0x0010, &one_code(&code)).await;
    assert_eq!(body.len(), 145);
    let mut body = Body::new(&body);
    assert_eq!((body.u16(), body.take(7)), (1, &crate::harness::symbol(&code)[..]));
    let float = f64::from(body.f32());
    body.take(4);
    let (updated, listed) = (decode::day(body.u32()), decode::day(body.u32()));
    let figures: Vec<f64> = (0..30).map(|_| f64::from(body.f32())).collect();
    assert!(body.is_over());
    let last = sim.market().range().1;
    let basic = sim.market().basic(&code, last).unwrap();
    let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-6;
    assert!(near(float * 1e4, basic.float_shares.unwrap()) && near(figures[0] * 1e4, basic.total_shares.unwrap()));
    assert_eq!(listed, sim.market().instrument(&code, last).unwrap().0.listed.unwrap());
    let period = *sim.market().reported_periods(&code, last).last().unwrap();
    assert_eq!(figures[29], f64::from(period.month()), "months of the report");
    assert!(updated > period && updated <= last, "{period} {updated}");
    let claims = sim.market().fundamentals(&code, period, last);
    let told = |metric: Metric| claims.iter().rfind(|claim| claim.metric == metric).unwrap().value;
    for (place, metric) in [(16, Metric::Revenue), (25, Metric::NetProfit), (26, Metric::NetProfitParent)] {
        assert!(near(figures[place] * 1e3, told(metric)), "{metric:?} {}", figures[place]);
    }
    let (assets, net_assets, per_share) = (figures[7], figures[15], figures[28]);
    assert!(near(per_share, told(Metric::BookValuePerShare)) && assets > net_assets);
    assert!(near(net_assets * 1e3 / (figures[0] * 1e4), per_share));
    assert_eq!(client.call(0x0010, &one_code(&"000001.SH".parse().unwrap())).await, [0, 0], "no company");
}

#[tokio::test]
async fn quotes_stand_at_the_close_and_a_suspended_code_has_none() {
    let sim = Sim::start().await;
    let mut client = sim.client().await;
    let last = sim.market().range().1;
    let share = sim.steady_code();
    let wanted = [share, code("000300.SH"), code("510300.SH"), code("600999.SH")];
    let quotes = client.quotes(&wanted).await;
    assert_eq!(quotes.len(), 3, "unknown codes are left out");
    for (quote, code) in quotes.iter().zip(&wanted) {
        let derived = sim.market().derived_bars(code);
        let bar = sim.market().bar(code, last).unwrap_or_else(|| derived[derived.len() - 1].clone());
        let scale = if code.as_str() == "510300.SH" { 1 } else { 10 };
        let truth =
            [bar.close, bar.pre_close.unwrap(), bar.open, bar.high, bar.low].map(|price| thousandths(price) / scale);
        assert_eq!((quote.prices, quote.amount), (truth, bar.amount.unwrap() as f32), "{code}");
        assert_eq!(quote.digits, code.symbol());
    }
    assert!(quotes[0].bids.is_sorted_by(|a, b| a > b) && quotes[0].asks.is_sorted());
    assert!(quotes[0].bids[0] < quotes[0].prices[0] && quotes[0].asks[0] > quotes[0].prices[0]);
    assert_eq!(quotes[0].volume, (sim.market().bar(&share, last).unwrap().volume + 50) / 100);

    let (suspended, day) = sim.suspended();
    let (sim, _clock) = Sim::at(&format!("{day}T10:00:00")).await;
    let quote = sim.client().await.quotes(&[suspended]).await.remove(0);
    let bars = sim.market().bars(&suspended);
    let before = bars.iter().rev().find(|bar| bar.trade_date < day).unwrap();
    let actions = sim.market().actions(&suspended);
    assert_eq!((quote.prices[0], quote.volume, quote.flags), (0, 0, 0x8020));
    if !actions.iter().any(|action| action.ex_date > before.trade_date && action.ex_date <= day) {
        assert_eq!(quote.prices[1], thousandths(before.close) / 10);
    }
}

#[tokio::test]
async fn names_of_the_list_are_the_same_for_every_client() {
    let sim = Sim::start().await;
    let all = |mut client: crate::harness::Client| async move { client.call(0x0450, &words(&[1, 0])).await };
    assert_eq!(all(sim.client().await).await, all(sim.client().await).await);
    let codes: Vec<Code> = sim.market().derived_codes();
    assert!(codes.is_sorted() && codes.len() >= 9, "{codes:?}");
}
