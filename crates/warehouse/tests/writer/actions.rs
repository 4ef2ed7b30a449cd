//! Factors from corporate actions, for bars that come without a reference price.

use std::path::Path;

use market_model::{ChainBar, Code, CorporateAction, DailyBar, FactorChain};
use warehouse::{Batch, Partition, Writer};

use crate::{
    market::{Market, minute, read_tail, two_for_ten, writer},
    vendors::{TDX, actions_from, bars_of, tdx_bars},
};

/// All days of the market from TDX, whose days are complete, and the suspensions that somebody else knows.
fn all_from_tdx(market: &Market) -> [Batch; 2] {
    let halts =
        Batch { daily: vec![], basics: vec![], limits: vec![], partitions: vec![], ..market.all_days(minute(1)) };
    let bars = (0..market.days.len()).flat_map(|at| bars_of(market, at)).collect();
    let claim = |day| Partition { dataset: "daily", source: TDX.to_owned(), trade_date: day };
    let partitions = market.days.iter().map(|day| claim(*day)).collect();
    [halts, Batch { partitions, ..tdx_bars(bars, minute(1)) }]
}

fn filled(root: &Path, market: &Market) -> Writer {
    let mut writer = writer(root);
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    for batch in all_from_tdx(market) {
        assert!(writer.commit(batch, minute(1)).unwrap().withheld.is_empty());
    }
    writer
}

fn factors(root: &Path, code: Code) -> Vec<f64> {
    let everywhere = format!("SELECT adj_factor FROM curated_daily WHERE code = '{code}' ORDER BY trade_date");
    read_tail(root, &everywhere)
}

fn expected(market: &Market, code: Code, actions: &[CorporateAction]) -> Vec<f64> {
    let bars: Vec<DailyBar> =
        (0..market.days.len()).flat_map(|at| bars_of(market, at)).filter(|bar| bar.code == code).collect();
    let bars: Vec<_> = bars
        .iter()
        .map(|bar| ChainBar { date: bar.trade_date, close: bar.close, pre_close: None, vendor_factor: None })
        .collect();
    let own: Vec<_> = actions.iter().filter(|action| action.code == code).cloned().collect();
    let chain = FactorChain::from_actions(&bars, &own, None).unwrap();
    chain.factors().iter().map(|(_, factor)| *factor).collect()
}

#[test]
fn factors_follow_from_the_events_whenever_they_come() {
    let market = Market::generate(81, 6, 60);
    assert!(market.actions.len() > 5);
    let mut ahead = market.actions.clone();
    // Announced for a day that has not come.
    ahead.push(two_for_ten(market.instruments[0].code, *market.days.last().unwrap() + chrono::Days::new(5)));
    let contents: Vec<_> = [true, false]
        .into_iter()
        .map(|events_first| {
            let folder = tempfile::tempdir().unwrap();
            let mut writer = writer(folder.path());
            let [halts, bars] = all_from_tdx(&market);
            let mut batches = vec![market.reference(minute(0)), halts, bars];
            batches.insert(if events_first { 0 } else { 3 }, actions_from(TDX, ahead.clone(), minute(2)));
            for batch in batches {
                writer.commit(batch, minute(3)).unwrap();
            }
            let sums = writer.logical_sums().unwrap();
            drop(writer);
            for instrument in &market.instruments {
                let code = instrument.code;
                assert_eq!(factors(folder.path(), code), expected(&market, code, &market.actions), "{code}");
            }
            sums
        })
        .collect();
    assert_eq!(contents[0], contents[1]);
    // They are the factors that the reference prices of the first source give.
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    writer.commit(market.all_days(minute(1)), minute(1)).unwrap();
    drop(writer);
    for instrument in &market.instruments {
        let code = instrument.code;
        assert_eq!(factors(folder.path(), code), expected(&market, code, &market.actions), "{code}");
    }
}

#[test]
fn an_event_changes_the_rows_from_its_ex_date_on_and_a_correction_too() {
    let folder = tempfile::tempdir().unwrap();
    let market = Market::generate(82, 5, 30);
    let mut writer = filled(folder.path(), &market);
    let code = market.instruments[1].code;
    let quoted = |at: usize| bars_of(&market, at).any(|bar| bar.code == code);
    let at = (10..25).find(|at| quoted(*at)).unwrap();
    let event = two_for_ten(code, market.days[at]);
    let committed = writer.commit(actions_from(TDX, vec![event.clone()], minute(2)), minute(2)).unwrap();
    let later: Vec<_> = (at..market.days.len()).filter(|at| quoted(*at)).map(|at| market.days[at]).collect();
    assert_eq!(committed.dates, later);
    let repeated = writer.commit(actions_from(TDX, vec![event.clone()], minute(3)), minute(3)).unwrap();
    assert!(!repeated.changed && repeated.unchanged == 1);

    let corrected = CorporateAction { bonus_per_10: 10.0, ..event.clone() };
    let committed = writer.commit(actions_from(TDX, vec![corrected.clone()], minute(4)), minute(4)).unwrap();
    assert_eq!((committed.replaced, committed.dates), (1, later));
    // Once more when all of it lies in the base.
    writer.compact(minute(5)).unwrap();
    writer.commit(actions_from(TDX, vec![event.clone()], minute(6)), minute(6)).unwrap();
    let sums = writer.logical_sums().unwrap().0;
    drop(writer);
    let revisions =
        "SELECT (old_row->>'bonus_per_10')::DOUBLE FROM normalized_revision WHERE dataset = 'corporate_action'";
    let kept: Vec<f64> = read_tail(folder.path(), revisions);
    assert_eq!(kept, [10.0], "the older revision is in the base");

    let once = tempfile::tempdir().unwrap();
    let mut writer = filled(once.path(), &market);
    writer.commit(actions_from(TDX, vec![event], minute(6)), minute(6)).unwrap();
    assert_eq!(writer.logical_sums().unwrap().0, sums);
}

#[test]
fn per_ex_date_one_source_counts_and_each_keeps_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let market = Market::generate(83, 5, 30);
    let mut writer = filled(folder.path(), &market);
    let code = market.instruments[2].code;
    let events = |bonus: f64, at: &[usize]| {
        at.iter().map(|at| CorporateAction { bonus_per_10: bonus, ..two_for_ten(code, market.days[*at]) }).collect()
    };
    // Both know the event of day 5, each knows one of its own.
    let (both, tushare_only, tdx_only) = (5, 11, 17);
    writer.commit(actions_from("tushare", events(3.0, &[both, tushare_only]), minute(2)), minute(2)).unwrap();
    writer.commit(actions_from(TDX, events(5.0, &[both, tdx_only]), minute(2)), minute(2)).unwrap();
    drop(writer);
    let counted: Vec<CorporateAction> =
        [events(5.0, &[both, tdx_only]), events(3.0, &[tushare_only])].concat::<CorporateAction>();
    assert_eq!(factors(folder.path(), code), expected(&market, code, &counted));
    let rows = format!("SELECT count(*) FROM corporate_action WHERE code = '{code}'");
    assert_eq!(read_tail::<i64>(folder.path(), &rows), [4]);
}

#[test]
fn a_vendors_factor_that_disagrees_with_the_events_is_a_finding_until_they_agree() {
    let folder = tempfile::tempdir().unwrap();
    let market = Market::generate(84, 5, 20);
    let mut writer = filled(folder.path(), &market);
    // The first source's bars of all days but without reference prices: the policy takes them, the events decide.
    let mut batch = market.all_days(minute(2));
    batch.daily.iter_mut().for_each(|row| row.value.pre_close = None);
    writer.commit(batch, minute(2)).unwrap();
    assert!(writer.status().unwrap().open_findings.is_empty(), "without events the vendor's factor is what there is");
    writer.commit(actions_from(TDX, market.actions.clone(), minute(3)), minute(3)).unwrap();
    assert!(writer.status().unwrap().open_findings.is_empty(), "they agree");

    let code = market.instruments[1].code;
    let at = (8..18).find(|at| bars_of(&market, *at).any(|bar| bar.code == code)).unwrap();
    let strange = two_for_ten(code, market.days[at]);
    let known = market.actions.iter().any(|action| action.code == code && action.ex_date == market.days[at]);
    assert!(!known, "another seed is needed");
    for minutes in 4..6 {
        writer.commit(actions_from(TDX, vec![strange.clone()], minute(minutes)), minute(minutes)).unwrap();
        assert_eq!(writer.status().unwrap().open_findings.get("warning"), Some(&1));
    }
    let without_effect = CorporateAction { bonus_per_10: 0.0, ..strange };
    writer.commit(actions_from(TDX, vec![without_effect], minute(7)), minute(7)).unwrap();
    assert!(writer.status().unwrap().open_findings.is_empty());
    drop(writer);
    let log = "SELECT check_name || ' ' || code || ' ' || trade_date || ' ' || (details->>'source') FROM quality_log
               WHERE check_name <> 'source_replaced'";
    let expected = format!("factor_disagrees {code} {} tushare", market.days[at]);
    assert_eq!(read_tail::<String>(folder.path(), log), [expected], "once, however often it was seen");
}
