//! Dated names are stored like every other reference row.

use market_model::InstrumentName;
use warehouse::Batch;

use crate::{
    market::{Market, SOURCE, day, minute, read_tail, writer},
    vendors::{one_response, rows},
};

fn names(source: &str, names: Vec<InstrumentName>, at: i64) -> Batch {
    Batch { names: rows(names), ..one_response(source, "namechange", minute(at)) }
}

#[test]
fn a_span_that_ends_replaces_the_open_one_and_vendors_stand_beside_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (Market::generate(1, 4, 5), writer(folder.path()));
    let code = market.instruments[1].code;
    let name = |text: &str, from: &str, until: Option<&str>| InstrumentName::new(code, text, day(from), until.map(day));
    let open = names(SOURCE, vec![name("测试", "2020-01-02", None)], 1);
    assert_eq!(writer.commit(open.clone(), minute(1)).unwrap().inserted, 1);
    assert!(!writer.commit(open.clone(), minute(1)).unwrap().changed);
    let renamed = vec![name("测试", "2020-01-02", Some("2024-01-02")), name("ST测试", "2024-01-03", None)];
    let committed = writer.commit(names(SOURCE, renamed.clone(), 3), minute(3)).unwrap();
    assert_eq!((committed.inserted, committed.replaced), (1, 1));
    writer.commit(names("tdx", vec![name("*ST测试", "2024-01-03", None)], 4), minute(4)).unwrap();
    let sums = writer.logical_sums().unwrap();
    // The older answer again, and one that came between, late.
    writer.commit(open, minute(5)).unwrap();
    writer.commit(names(SOURCE, vec![name("旧名", "2020-01-02", None)], 2), minute(6)).unwrap();
    assert_eq!(writer.logical_sums().unwrap(), sums);
    let bad = vec![name(" ", "2021-01-04", None), name("测试", "2021-01-05", Some("2021-01-04"))];
    writer.commit(names(SOURCE, bad, 7), minute(7)).unwrap();
    assert_eq!((writer.logical_sums().unwrap(), writer.status().unwrap().quarantined), (sums.clone(), 2));
    drop(writer);
    let known_before =
        "SELECT old_row->>'name' FROM normalized_revision WHERE dataset = 'instrument_name' ORDER BY ALL";
    assert_eq!(read_tail::<String>(folder.path(), known_before), ["旧名", "测试"]);
    let mut writer = crate::market::writer(folder.path());
    writer.commit(market.reference(minute(8)), minute(8)).unwrap();
    writer.commit(market.day_batch(0, minute(8)), minute(8)).unwrap();
    writer.compact(minute(9)).unwrap();
    assert_eq!(writer.logical_sums().unwrap().0["instrument_name"], sums.0["instrument_name"]);
    drop(writer);
    let stored =
        "SELECT concat_ws(' ', from_date, until, name, special_treatment, source) FROM instrument_name ORDER BY ALL";
    let expected =
        ["2020-01-02 2024-01-02 测试 false tushare", "2024-01-03 *ST测试 true tdx", "2024-01-03 ST测试 true tushare"];
    assert_eq!(read_tail::<String>(folder.path(), stored), expected);
}
