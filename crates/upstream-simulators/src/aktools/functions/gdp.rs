//! `macro_china_gdp`: quarters, cumulative in the year, newest first, no day of publication.

use chrono::Datelike;

use super::Desk;
use crate::aktools::{
    draw::{months, next_month},
    sheet::{Sheet, SheetRow, Value},
};

pub(super) const NAME: &str = "macro_china_gdp";

const FIRST_YEAR: i32 = 2006;
const COLUMNS: [&str; 9] = [
    "季度",
    "国内生产总值-绝对值",
    "国内生产总值-同比增长",
    "第一产业-绝对值",
    "第一产业-同比增长",
    "第二产业-绝对值",
    "第二产业-同比增长",
    "第三产业-绝对值",
    "第三产业-同比增长",
];
/// What each industry makes in its first quarter, tenths of 亿元, and what it grows by per month.
const INDUSTRIES: [(i64, i64); 3] = [(30_000, 700), (230_000, 4_200), (200_000, 6_600)];

pub(super) fn sheet(desk: &Desk<'_>) -> Sheet {
    let series = desk.series(NAME);
    let mut sums = [0; INDUSTRIES.len()];
    let mut rows = Vec::new();
    let quarters = months(FIRST_YEAR, desk.today()).filter(|period| period.month() % 3 == 0);
    for period in quarters.take_while(|period| desk.is_out(next_month(*period, 18), 10, 0)) {
        if period.month() == 3 {
            sums = [0; INDUSTRIES.len()];
        }
        for (sum, (first, step)) in sums.iter_mut().zip(INDUSTRIES) {
            *sum += series.growing(period, FIRST_YEAR, first, step);
        }
        let growth = |salt: i64| series.around(period, 60 + 5 * salt, 40);
        let quarters = match period.month() / 3 {
            1 => "1".to_owned(),
            last => format!("1-{last}"),
        };
        let mut cells = vec![Value::Text(format!("{}年第{quarters}季度", period.year()))];
        let whole: i64 = sums.iter().sum();
        for (salt, figure) in (0..).zip(std::iter::once(whole).chain(sums)) {
            cells.extend([Value::Number(figure, 1), Value::Number(growth(salt), 1)]);
        }
        rows.push(SheetRow { period, published: None, cells });
    }
    rows.reverse();
    Sheet { columns: COLUMNS.to_vec(), rows, context: Vec::new() }
}
