//! Bars without reference prices: the factors come from the corporate actions that the load brings along.

use chrono::Days;
use market_model::{CorporateAction, ex_right_reference};
use warehouse::{Batch, Partition, Sourced, StagedCode};

use crate::{
    histories::{load, prepare, response, staged},
    market::{Market, day, minute, read_tail, writer},
};

const SOURCE: &str = "tdx";

/// The market as TDX tells it: no reference prices, no factors; an event wherever the price was adjusted.
fn told_by_tdx(market: &Market) -> Vec<StagedCode> {
    let mut codes = staged(market, SOURCE, &market.all_days(minute(1)), minute(1));
    for code in &mut codes {
        (code.basics, code.limits) = (vec![], vec![]);
        let mut close: Option<f64> = None;
        for bar in &mut code.bars {
            let reference = bar.pre_close.take();
            bar.adj_factor = None;
            if let Some((before, reference)) = close.zip(reference).filter(|(before, reference)| before != reference) {
                let ex_date = bar.trade_date;
                // Enough cash to come down to the reference, which is in cents.
                let cash_per_10 = ((before - reference) * 1000.0_f64).round() / 100.0;
                let action = CorporateAction {
                    code: code.code,
                    ex_date,
                    announced: None,
                    cash_per_10,
                    bonus_per_10: 0.0,
                    rights_per_10: 0.0,
                    rights_price: 0.0,
                };
                assert_eq!(ex_right_reference(before, std::slice::from_ref(&action)), Some(reference));
                code.actions.push((action, 3, code.actions.len() as u32));
            }
            close = Some(bar.close);
        }
        code.responses.push(response(SOURCE, "xdxr", code.code, minute(1)));
    }
    codes
}

fn as_batch(market: &Market, codes: &[StagedCode]) -> Batch {
    let mut batch = Batch { source: SOURCE.to_owned(), ..Batch::default() };
    for code in codes {
        let first = batch.responses.len();
        batch.responses.extend(code.responses.iter().cloned());
        let places = code.bars.iter().cloned().zip(&code.places);
        batch.daily.extend(places.map(|(value, (at, row))| Sourced { value, response: first + at, row: *row }));
        let actions = code.actions.iter().cloned();
        batch.actions.extend(actions.map(|(value, at, row)| Sourced { value, response: first + at, row }));
    }
    let days = market.days.iter().map(|day| Partition { dataset: "daily", source: SOURCE.into(), trade_date: *day });
    batch.partitions = days.collect();
    batch
}

#[test]
fn events_make_the_factors_as_in_a_commit() {
    let market = Market::generate(71, 8, 60);
    let codes = told_by_tdx(&market);
    assert!(codes.iter().map(|code| code.actions.len()).sum::<usize>() > 5);
    let folder = tempfile::tempdir().unwrap();
    let mut plain = writer(&folder.path().join("plain"));
    prepare(&mut plain, &market);
    plain.commit(as_batch(&market, &codes), minute(2)).unwrap();
    let mut bulk = writer(&folder.path().join("bulk"));
    prepare(&mut bulk, &market);
    load(&mut bulk, SOURCE, &codes, minute(2));
    assert_eq!(bulk.logical_sums().unwrap(), plain.logical_sums().unwrap());

    // An event that is known before the load counts too, and one that the load corrects is replaced.
    let mut corrected = codes.clone();
    let with_events = corrected.iter_mut().find(|code| !code.actions.is_empty()).unwrap();
    with_events.actions[0].0.cash_per_10 += 0.5;
    with_events.responses.iter_mut().for_each(|response| response.fetched_at = minute(9));
    plain.commit(as_batch(&market, &corrected), minute(10)).unwrap();
    load(&mut bulk, SOURCE, &corrected, minute(10));
    assert_eq!(bulk.logical_sums().unwrap(), plain.logical_sums().unwrap());
    drop(bulk);
    let replaced = "SELECT count(*) FROM normalized_revision WHERE dataset = 'corporate_action'";
    assert_eq!(read_tail::<i64>(&folder.path().join("bulk"), replaced), [1]);
}

#[test]
fn an_index_needs_no_partition_and_moves_with_compactions_too() {
    let market = Market::generate(72, 6, 20);
    let folder = tempfile::tempdir().unwrap();
    let index = "000300.SH".parse().unwrap();
    let mut history = StagedCode::new(index);
    history.bars = market
        .quotes
        .iter()
        .filter_map(|day| day.iter().find_map(|(_, quote)| quote.as_ref()))
        .map(|quote| market_model::DailyBar {
            code: index,
            pre_close: None,
            adj_factor: None,
            amount: None,
            ..quote.bar.clone()
        })
        .collect();
    history.places = (0..history.bars.len()).map(|row| (0, row as u32)).collect();
    history.responses = vec![response(SOURCE, "index_bars", index, minute(1))];
    let bars = history.bars.len() as u64;

    let mut plain = writer(&folder.path().join("plain"));
    prepare(&mut plain, &market);
    let mut batch = as_batch(&market, std::slice::from_ref(&history));
    batch.partitions.clear();
    plain.commit(batch, minute(2)).unwrap();
    let mut bulk = writer(&folder.path().join("bulk"));
    prepare(&mut bulk, &market);
    let loaded = load(&mut bulk, SOURCE, &[history], minute(2));
    assert_eq!((loaded.rows, loaded.complete_days + loaded.incomplete_days), (bars, 0));
    let expected = plain.logical_sums().unwrap();
    assert_eq!(bulk.logical_sums().unwrap(), expected);
    assert_eq!(expected.0["curated_daily"].rows, bars);

    // In a commit the bars go to the tail, and into the base with the next compaction.
    plain.compact(minute(3)).unwrap();
    assert_eq!(plain.logical_sums().unwrap(), expected);
    drop(plain);
    let left = "SELECT count(*) FROM normalized_daily";
    assert_eq!(read_tail::<i64>(&folder.path().join("plain"), left), [0]);
}

#[test]
fn claims_and_observations_survive_a_compaction_and_a_load() {
    use market_model::{FundamentalClaim, MacroObservation, Metric};
    let market = Market::generate(73, 6, 20);
    let folder = tempfile::tempdir().unwrap();
    let mut bulk = writer(folder.path());
    prepare(&mut bulk, &market);
    let claim = FundamentalClaim {
        code: market.instruments[0].code,
        period: day("2023-12-31"),
        metric: Metric::ALL[0],
        value: 1.5,
        announced: Some(day("2023-12-31") + Days::new(90)),
    };
    let observation = MacroObservation {
        series: "cpi".to_owned(),
        period: day("2023-12-31"),
        published: None,
        value: 0.3,
        unit: "%".to_owned(),
        consensus: None,
        previous: Some(0.1),
    };
    let batch = Batch {
        source: "tushare".to_owned(),
        responses: vec![response("tushare", "fina_indicator", claim.code, minute(1))],
        fundamentals: vec![Sourced { value: claim, response: 0, row: 0 }],
        macros: vec![Sourced { value: observation, response: 0, row: 1 }],
        ..Batch::default()
    };
    bulk.commit(batch, minute(1)).unwrap();
    let both = |sums: &std::collections::BTreeMap<String, warehouse::manifest::TableSum>| {
        (sums["fundamental_claim"].clone(), sums["macro_observation"].clone())
    };
    let before = both(&bulk.logical_sums().unwrap().0);
    assert_eq!((before.0.rows, before.1.rows), (1, 1));
    load(&mut bulk, SOURCE, &told_by_tdx(&market), minute(2));
    assert_eq!(both(&bulk.logical_sums().unwrap().0), before);
    bulk.commit(market.day_batch(3, minute(3)), minute(3)).unwrap();
    bulk.compact(minute(4)).unwrap();
    assert_eq!(both(&bulk.logical_sums().unwrap().0), before);
}
