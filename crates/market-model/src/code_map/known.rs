//! The code changes that are known for certain.

use chrono::NaiveDate;

use super::CodeChange;
use crate::Code;

/// First day of the six pilot shares under their 920 codes (BSE notice; the press of 2025-05-06 names all six).
pub(super) const BSE_PILOT: NaiveDate = day(2025, 5, 6);
/// First day of all other Beijing shares under their 920 codes (BSE notice of 2025-09-12). New listings have had 920 codes
/// since the segment opened on 2024-04-22; they changed nothing.
pub(super) const BSE_TRANSITION: NaiveDate = day(2025, 10, 9);

const PILOT: [(&str, &str); 6] = [
    ("833819.BJ", "920819.BJ"),
    ("830799.BJ", "920799.BJ"),
    ("831445.BJ", "920445.BJ"),
    ("430489.BJ", "920489.BJ"),
    ("839167.BJ", "920167.BJ"),
    ("834682.BJ", "920682.BJ"),
];

/// Single changes, from the companies' announcements.
const SINGLE: [(&str, &str, NaiveDate); 5] = [
    // 江南嘉捷 becomes 三六零, cninfo announcement 1204419027.
    ("601313.SH", "601360.SH", day(2018, 2, 28)),
    // 深赤湾 becomes 招商港口: A and B share on the same day.
    ("000022.SZ", "001872.SZ", day(2018, 12, 26)),
    ("200022.SZ", "201872.SZ", day(2018, 12, 26)),
    // 中航善达 becomes 招商积余.
    ("000043.SZ", "001914.SZ", day(2019, 12, 16)),
    // 中航电测 becomes 中航成飞.
    ("300114.SZ", "302132.SZ", day(2025, 2, 17)),
];

pub(super) fn changes() -> impl Iterator<Item = CodeChange> {
    let pilot = PILOT.into_iter().map(|(old, new)| (old, new, BSE_PILOT));
    SINGLE.into_iter().chain(pilot).filter_map(|(old, new, effective)| {
        Some(CodeChange { old: old.parse().ok()?, new: new.parse().ok()?, effective })
    })
}

pub(super) fn is_bse_pilot(old: &Code) -> bool {
    PILOT.iter().any(|(pilot, _)| *pilot == old.as_str())
}

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => panic!("a date in the code map does not exist"),
    }
}
