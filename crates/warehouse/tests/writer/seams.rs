//! One series never mixes sources that do not fit together.

use std::path::Path;

use warehouse::Writer;

use crate::{
    market::{Market, minute, read_tail, writer},
    vendors::{TDX, bars_of, busy, plain, tdx_bars, tdx_day},
};

/// `code day open` of the findings about seams.
fn seams(root: &Path) -> Vec<String> {
    let sql = "SELECT code || ' ' || trade_date || ' ' || (closed_at IS NULL) FROM quality_log
               WHERE check_name = 'source_seam' ORDER BY ALL";
    read_tail(root, sql)
}

/// Days 0 to 2 from the first source.
fn filled(root: &Path, market: &Market) -> Writer {
    let mut writer = writer(root);
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    for at in 0..3 {
        writer.commit(market.day_batch(at, minute(1)), minute(1)).unwrap();
    }
    writer
}

#[test]
fn without_evidence_a_fill_in_has_no_rows_until_the_evidence_comes() {
    let folder = tempfile::tempdir().unwrap();
    let market = busy(71);
    let mut writer = filled(folder.path(), &market);
    let mut alone = tdx_day(&market, 3, minute(2));
    alone.daily.retain(|row| row.value.trade_date == market.days[3]);
    let listed_before = market.quotes[2].len();
    for _ in 0..2 {
        let committed = writer.commit(alone.clone(), minute(2)).unwrap();
        assert!(committed.dates.is_empty() || market.quotes[3].len() > listed_before, "{committed:?}");
        assert_eq!(writer.status().unwrap().open_findings.get("error"), Some(&(listed_before as u64)));
    }
    let evidence = tdx_bars(bars_of(&market, 2).collect(), minute(3));
    assert_eq!(writer.commit(evidence, minute(3)).unwrap().dates, [market.days[3]]);
    assert_eq!(writer.status().unwrap().open_findings.get("error"), None);
    drop(writer);
    let root = folder.path();
    let expected: Vec<_> =
        market.quotes[2].iter().map(|(code, _)| format!("{code} {} false", market.days[3])).collect();
    assert_eq!(seams(root), expected, "raised once, closed");
    let from_tdx = "SELECT count(*) FROM curated_daily WHERE source = 'tdx'";
    assert_eq!(read_tail::<i64>(root, from_tdx), [market.quotes[3].len() as i64]);
}

#[test]
fn a_source_that_had_another_close_does_not_continue_the_series_and_the_winner_does() {
    let folder = tempfile::tempdir().unwrap();
    let market = busy(72);
    let mut writer = filled(folder.path(), &market);
    let code = market.quotes[0][0].0;
    let mut filled_in = tdx_day(&market, 3, minute(2));
    let evidence = filled_in.daily.iter_mut().filter(|row| row.value.code == code);
    evidence.filter(|row| row.value.trade_date == market.days[2]).for_each(|row| row.value.close += 0.02);
    writer.commit(filled_in, minute(2)).unwrap();
    // The day after, the winner is back: over the day without a row its own factor counts.
    writer.commit(market.day_batch(4, minute(3)), minute(3)).unwrap();
    writer.reopen().unwrap();
    let rows = |root: &Path| {
        let sql = format!("SELECT trade_date || ' ' || source FROM curated_daily WHERE code = '{code}' ORDER BY 1");
        read_tail::<String>(root, &sql)
    };
    let before = writer.logical_sums().unwrap();
    drop(writer);
    let root = folder.path();
    let named = |at: usize, source: &str| format!("{} {source}", market.days[at]);
    assert_eq!(rows(root)[2..], [named(2, "tushare"), named(4, "tushare")]);
    assert_eq!(seams(root), [format!("{code} {} true", market.days[3])]);

    // The missing day arrives: everything is in order, as if it had never been otherwise.
    let mut writer = crate::market::writer(root);
    writer.commit(market.day_batch(3, minute(4)), minute(4)).unwrap();
    assert_ne!(writer.logical_sums().unwrap(), before);
    drop(writer);
    assert_eq!(rows(root)[2..], [named(2, "tushare"), named(3, "tushare"), named(4, "tushare")]);
    assert_eq!(seams(root), [format!("{code} {} false", market.days[3])]);
    let steps = format!("SELECT count(*) FROM curated_daily WHERE code = '{code}' AND source = 'tushare'");
    assert_eq!(read_tail::<i64>(root, &steps), [5]);
}

#[test]
fn a_vendor_that_revises_its_history_opens_a_seam_and_closes_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let market = busy(73);
    let mut writer = filled(folder.path(), &market);
    writer.commit(tdx_day(&market, 3, minute(2)), minute(2)).unwrap();
    let whole = writer.logical_sums().unwrap();
    let mut revised = market.day_batch(2, minute(3));
    revised.daily[0].value.close += 0.5;
    revised.daily[0].value.high += 0.5;
    let code = revised.daily[0].value.code;
    writer.commit(revised, minute(3)).unwrap();
    let sums = writer.logical_sums().unwrap().0;
    assert_eq!(sums["curated_daily"].rows, whole.0["curated_daily"].rows - 1, "the fill-in's row goes");
    writer.commit(market.day_batch(2, minute(4)), minute(4)).unwrap();
    assert_eq!(writer.logical_sums().unwrap(), whole);
    drop(writer);
    assert_eq!(seams(folder.path()), [format!("{code} {} false", market.days[3])]);
}

#[test]
fn a_row_in_the_base_stays_when_its_seam_opens_and_what_follows_is_computed_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let market = busy(74);
    let mut writer = filled(folder.path(), &market);
    writer.commit(tdx_day(&market, 3, minute(2)), minute(2)).unwrap();
    writer.compact(minute(3)).unwrap();
    let whole = writer.logical_sums().unwrap().0;
    let mut revised = market.day_batch(2, minute(4));
    revised.daily[0].value.close += 0.5;
    writer.commit(revised, minute(4)).unwrap();
    assert_eq!(writer.logical_sums().unwrap().0["curated_daily"].rows, whole["curated_daily"].rows);
    assert_eq!(writer.status().unwrap().open_findings.get("error"), Some(&1));
    // Again and again: nothing changes any more.
    let sums = writer.logical_sums().unwrap();
    let poke =
        tdx_bars(market.quotes[3].iter().filter_map(|(_, q)| Some(plain(&q.as_ref()?.bar))).collect(), minute(5));
    assert!(!writer.commit(poke, minute(5)).unwrap().changed);
    writer.commit(market.day_batch(2, minute(6)), minute(6)).unwrap();
    assert_eq!(writer.logical_sums().unwrap().0, whole);
    assert_ne!(writer.logical_sums().unwrap(), sums);
    assert_eq!(writer.status().unwrap().open_findings.get("error"), None);
}

#[test]
fn the_evidence_may_lie_in_the_base() {
    let folder = tempfile::tempdir().unwrap();
    let market = busy(77);
    let mut writer = filled(folder.path(), &market);
    // Both sources know the last day before the compaction; after it only one of them goes on.
    writer.commit(tdx_day(&market, 2, minute(2)), minute(2)).unwrap();
    writer.compact(minute(3)).unwrap();
    let mut alone = tdx_day(&market, 3, minute(4));
    alone.daily.retain(|row| row.value.trade_date == market.days[3]);
    assert_eq!(writer.commit(alone, minute(4)).unwrap().dates, [market.days[3]]);
    assert!(writer.status().unwrap().open_findings.is_empty());
    drop(writer);
    let from_tdx = "SELECT count(*) FROM curated_daily WHERE source = 'tdx'";
    assert_eq!(read_tail::<i64>(folder.path(), from_tdx), [market.quotes[3].len() as i64]);
}

#[test]
fn days_without_a_row_are_remembered_over_a_compaction() {
    let content = |compact: bool| {
        let folder = tempfile::tempdir().unwrap();
        let market = busy(75);
        let mut writer = filled(folder.path(), &market);
        let mut wrong = tdx_day(&market, 3, minute(2));
        for row in &mut wrong.daily {
            row.value.close += if row.value.trade_date == market.days[2] { 0.5 } else { 0.0 };
        }
        writer.commit(wrong, minute(2)).unwrap();
        if compact {
            writer.compact(minute(3)).unwrap();
        }
        // Its vendor factor jumps as well: over the day without a row that is what counts.
        let mut after = market.day_batch(4, minute(4));
        after.daily.iter_mut().for_each(|row| row.value.adj_factor = row.value.adj_factor.map(|factor| factor * 3.0));
        writer.commit(after, minute(4)).unwrap();
        let sums = writer.logical_sums().unwrap().0;
        let status = writer.status().unwrap().open_findings;
        drop(writer);
        let factors =
            format!("SELECT adj_factor FROM curated_daily WHERE trade_date = '{}' ORDER BY code", market.days[4]);
        (sums, status, read_tail::<f64>(folder.path(), &factors))
    };
    let (sums, findings, factors) = content(false);
    assert!(factors.iter().any(|factor| *factor >= 3.0), "{factors:?}");
    assert!(findings["error"] > 0);
    assert_eq!(content(true), (sums, findings, factors));
}

#[test]
fn the_source_of_every_row_is_the_source_of_its_bar() {
    let folder = tempfile::tempdir().unwrap();
    let market = busy(76);
    let mut writer = filled(folder.path(), &market);
    for at in 3..6 {
        writer.commit(tdx_day(&market, at, minute(2)), minute(2)).unwrap();
    }
    drop(writer);
    let strangers = "SELECT count(*) FROM curated_daily c ANTI JOIN normalized_daily n
                     ON n.code = c.code AND n.trade_date = c.trade_date AND n.source = c.source AND n.close = c.raw_close";
    assert_eq!(read_tail::<i64>(folder.path(), strangers), [0]);
    let sources = "SELECT DISTINCT source FROM curated_daily ORDER BY 1";
    assert_eq!(read_tail::<String>(folder.path(), sources), [TDX, "tushare"]);
}
