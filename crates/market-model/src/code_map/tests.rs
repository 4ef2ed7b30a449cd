use std::collections::BTreeMap;

use super::*;

fn code(text: &str) -> Code {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn change(old: &str, new: &str, effective: &str) -> CodeChange {
    CodeChange { old: code(old), new: code(new), effective: day(effective) }
}

#[test]
fn the_known_table_is_a_map() {
    let map = CodeMap::new(known::changes()).unwrap();
    assert_eq!(map.changes().count(), 11, "every line of the table parses");
    assert_eq!(map, CodeMap::known());
}

#[test]
fn the_code_of_the_day_is_found_from_either_code() {
    let map = CodeMap::known();
    for (given, date, expected) in [
        ("000022.SZ", "2018-12-25", "000022.SZ"),
        ("000022.SZ", "2018-12-26", "001872.SZ"),
        ("001872.SZ", "2018-12-25", "000022.SZ"),
        ("001872.SZ", "2026-01-05", "001872.SZ"),
        ("000043.SZ", "2019-12-16", "001914.SZ"),
        ("300114.SZ", "2025-02-14", "300114.SZ"),
        ("300114.SZ", "2025-02-17", "302132.SZ"),
        ("601313.SH", "2018-02-28", "601360.SH"),
        ("830799.BJ", "2025-05-05", "830799.BJ"),
        ("830799.BJ", "2025-05-06", "920799.BJ"),
        ("600519.SH", "2026-01-05", "600519.SH"),
        // A merger and a reused number are no code changes.
        ("000024.SZ", "2026-01-05", "000024.SZ"),
        ("600018.SH", "2026-01-05", "600018.SH"),
    ] {
        assert_eq!(map.current(&code(given), day(date)).as_str(), expected, "{given} on {date}");
    }
    assert_eq!(map.former(&code("001872.SZ")).map(|change| change.old), Some(code("000022.SZ")));
    assert_eq!(map.former(&code("000022.SZ")), None);
}

#[test]
fn a_history_that_a_vendor_sends_under_both_codes_counts_once() {
    let map = CodeMap::known();
    let rows = [
        ("000022.SZ", "2018-12-24"),
        ("001872.SZ", "2018-12-24"), // the vendor moved the past to the new code as well
        ("000022.SZ", "2018-12-25"),
        ("001872.SZ", "2018-12-26"),
    ];
    let mut days = BTreeMap::new();
    for (row_code, date) in rows {
        *days.entry((map.canonical(&code(row_code)), day(date))).or_insert(0) += 1;
    }
    assert_eq!(days.len(), 3, "three days of one instrument");
    assert!(days.keys().all(|(canonical, _)| *canonical == code("001872.SZ")));
}

#[test]
fn beijing_changes_take_their_day_from_the_pilot_list() {
    let general = bse_change(code("838163.BJ"), code("920163.BJ")).unwrap();
    assert_eq!(general.effective, day("2025-10-09"));
    let pilot = bse_change(code("430489.BJ"), code("920489.BJ")).unwrap();
    assert_eq!(pilot.effective, day("2025-05-06"));
    assert_eq!(bse_change(code("600519.SH"), code("920519.BJ")), None);
    assert_eq!(bse_change(code("920001.BJ"), code("920163.BJ")), None);

    let mut map = CodeMap::known();
    map.insert(general).unwrap();
    map.insert(pilot).unwrap();
    assert_eq!(map.current(&code("838163.BJ"), day("2025-10-08")), code("838163.BJ"));
    assert_eq!(map.current(&code("838163.BJ"), day("2025-10-09")), code("920163.BJ"));
}

#[test]
fn the_number_rule_only_suggests() {
    assert_eq!(bse_candidate(&code("838163.BJ")), Some(code("920163.BJ")));
    assert_eq!(bse_candidate(&code("430489.BJ")), Some(code("920489.BJ")));
    assert_eq!(bse_candidate(&code("920001.BJ")), None);
    assert_eq!(bse_candidate(&code("600519.SH")), None);
    // Not in the table: the map itself stays silent.
    assert_eq!(CodeMap::known().canonical(&code("838163.BJ")), code("838163.BJ"));
}

#[test]
fn chains_follow_each_other_in_time() {
    let map =
        CodeMap::new([change("000002.SZ", "000003.SZ", "2010-01-04"), change("000001.SZ", "000002.SZ", "2005-01-04")])
            .unwrap();
    for (given, date, expected) in [
        ("000003.SZ", "2004-01-05", "000001.SZ"),
        ("000001.SZ", "2006-01-05", "000002.SZ"),
        ("000002.SZ", "2011-01-05", "000003.SZ"),
    ] {
        assert_eq!(map.current(&code(given), day(date)), code(expected));
    }
    assert_eq!(map.canonical(&code("000001.SZ")), code("000003.SZ"));
}

#[test]
fn contradictions_are_refused() {
    let base = CodeMap::new([change("000001.SZ", "000002.SZ", "2005-01-04")]).unwrap();
    for (bad, expected) in [
        (change("000001.SZ", "000009.SZ", "2005-01-04"), CodeMapError::TwoSuccessors(code("000001.SZ"))),
        (change("000001.SZ", "000002.SZ", "2006-01-04"), CodeMapError::TwoSuccessors(code("000001.SZ"))),
        (change("000008.SZ", "000002.SZ", "2006-01-04"), CodeMapError::TwoPredecessors(code("000002.SZ"))),
        (change("000002.SZ", "000003.SZ", "2004-01-05"), CodeMapError::NotForward(code("000002.SZ"))),
        (change("000002.SZ", "000001.SZ", "2006-01-04"), CodeMapError::NotForward(code("000002.SZ"))),
        (change("000007.SZ", "000007.SZ", "2006-01-04"), CodeMapError::NotForward(code("000007.SZ"))),
    ] {
        let mut map = base.clone();
        assert_eq!(map.insert(bad), Err(expected));
        assert_eq!(map, base, "a refused change leaves the map as it was");
    }
}
