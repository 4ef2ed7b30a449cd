//! Several sources, corporate actions and codes from abroad: the content and the open findings are a function of the set of
//! batches, and compactions in between change nothing.

use std::collections::BTreeMap;

use market_model::{CorporateAction, FundamentalClaim, Metric};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use warehouse::{Batch, manifest::TableSum};

use crate::{
    market::{Market, minute, read_tail, two_for_ten, writer},
    vendors::{TDX, actions_from, bars_from, foreign_bars, one_response, rows, tdx_day},
};

/// What one set of batches leads to.
#[derive(Debug, PartialEq)]
struct Outcome {
    content: BTreeMap<String, TableSum>,
    /// Check, code, day and figures of what is open.
    findings: Vec<String>,
}

/// What is known before any bar: instruments, calendar, suspensions.
fn first(market: &Market) -> Vec<Batch> {
    let halts =
        Batch { daily: vec![], basics: vec![], limits: vec![], partitions: vec![], ..market.all_days(minute(1)) };
    vec![market.reference(minute(0)), halts]
}

/// Days of both sources: the first is down for two of them and incomplete on one; on those the second fills in, on others it
/// does not matter. Events from both, corrected later, one of them for a day to come. Bars from abroad from two vendors.
fn orderly(market: &Market) -> Vec<Batch> {
    let days = market.days.len();
    let (down, part) = ([days / 3, days / 3 + 1], days / 2);
    let mut batches = Vec::new();
    for at in 0..days {
        match at {
            _ if down.contains(&at) => {}
            _ if at == part => batches.push(market.answer(at, 60, minute(20))),
            _ => batches.push(market.day_batch(at, minute(20 + at as i64))),
        }
        if down.contains(&at) || at == part || at % 4 == 1 {
            batches.push(tdx_day(market, at, minute(60 + at as i64)));
        }
    }
    let mut correction = market.day_batch(1, minute(100));
    correction.daily.iter_mut().for_each(|row| row.value.volume += 100);
    batches.push(correction);

    let wrong = |action: &CorporateAction| CorporateAction { bonus_per_10: 1.0, ..action.clone() };
    batches.push(actions_from(TDX, market.actions.iter().take(3).map(wrong).collect(), minute(30)));
    batches.push(actions_from("tushare", market.actions.iter().rev().take(3).map(wrong).collect(), minute(30)));
    let mut right = market.actions.clone();
    right.push(two_for_ten(market.instruments[1].code, *market.days.last().unwrap() + chrono::Days::new(3)));
    batches.push(actions_from(TDX, right, minute(31)));

    let first = market.days[0];
    for code in ["AAPL.US", "000300.SH", "GSPC.IDX"] {
        let bars = foreign_bars(code, first, 20);
        batches.push(bars_from("yahoo", bars[5..12].to_vec(), minute(40)));
        batches.push(bars_from("alpha_vantage", bars, minute(41)));
    }
    let claim = |value| FundamentalClaim {
        code: market.instruments[0].code,
        period: first,
        metric: Metric::Eps,
        value,
        announced: None,
    };
    for (value, at) in [(1.0, 50), (2.0, 51)] {
        let claims = rows(vec![claim(value)]);
        batches.push(Batch { fundamentals: claims, ..one_response("tushare", "income", minute(at)) });
    }
    batches
}

/// What does not fit together on top: closes that differ, days without evidence, corrected instruments.
fn rough(market: &Market) -> Vec<Batch> {
    let mut batches = orderly(market);
    let days = market.days.len();
    let mut revised = market.day_batch(days / 3 - 1, minute(200));
    revised.daily.iter_mut().take(3).for_each(|row| row.value.close += 0.4);
    batches.push(revised);
    let mut lonely = tdx_day(market, days - 2, minute(201));
    lonely.daily.retain(|row| row.value.trade_date == market.days[days - 2]);
    lonely.daily.iter_mut().step_by(2).for_each(|row| row.value.close += 0.2);
    batches.push(lonely);
    let at_the_end = |batch: &Batch| {
        batch.source == "tushare"
            && batch.daily.first().is_some_and(|row| row.value.trade_date == market.days[days - 2])
    };
    batches.retain(|batch| !at_the_end(batch));
    let mut wrong_abroad = foreign_bars("AAPL.US", market.days[0], 9);
    wrong_abroad.iter_mut().for_each(|bar| bar.close += 0.3);
    batches.push(bars_from("yahoo", wrong_abroad[7..].to_vec(), minute(202)));
    let mut relisted = market.clone();
    relisted.instruments[1].listed = Some(market.days[0]);
    batches.push(relisted.reference(minute(203)));
    batches
}

/// Commits `batches`, with a compaction after the ones at `compact_after`.
fn outcome(batches: &[Batch], compact_after: &[usize]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    for (at, batch) in batches.iter().enumerate() {
        writer.commit(batch.clone(), minute(5_000 + at as i64)).unwrap();
        if compact_after.contains(&at) {
            writer.compact(minute(5_000)).unwrap();
        }
    }
    let content = writer.logical_sums().unwrap().0;
    writer.reopen().unwrap();
    drop(writer);
    let open = "SELECT concat_ws(' ', check_name, code, trade_date, details) FROM quality_log
                WHERE closed_at IS NULL AND check_name <> 'row_vanished' ORDER BY ALL";
    Outcome { content, findings: read_tail(folder.path(), open) }
}

#[test]
fn any_order_of_batches_from_several_sources_gives_the_same_content_and_findings() {
    for seed in 0..2 {
        let market = Market::generate(200 + seed, 5, 10);
        let mut batches = [first(&market), rough(&market)].concat();
        let expected = outcome(&batches, &[]);
        let seams = expected.findings.iter().filter(|finding| finding.starts_with("source_seam")).count();
        assert!(seams > 2, "{:#?}", expected.findings);
        assert!(expected.content["curated_daily"].rows > 50 && expected.content["feature_daily"].rows > 50);

        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let again: Vec<_> = batches.iter().filter(|_| rng.random_ratio(1, 5)).cloned().collect();
        batches.extend(again);
        batches.shuffle(&mut rng);
        assert_eq!(outcome(&batches, &[]), expected, "seed {seed}");
    }
}

#[test]
fn compactions_in_between_change_nothing() {
    let market = Market::generate(300, 5, 10);
    let (first, mut rest) = (first(&market), orderly(&market));
    let expected = outcome(&[first.clone(), rest.clone()].concat(), &[]);
    let seams = expected.findings.iter().filter(|finding| finding.starts_with("source_seam")).count();
    assert_eq!(seams, 0, "{:#?}", expected.findings);
    for seed in 0..2 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rest.shuffle(&mut rng);
        let at = [rng.random_range(5..12), rng.random_range(13..rest.len())];
        let all = [first.clone(), rest.clone()].concat();
        assert_eq!(outcome(&all, &at), expected, "seed {seed}, compacted after {at:?}");
    }
}
