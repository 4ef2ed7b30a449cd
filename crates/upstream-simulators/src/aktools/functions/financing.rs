//! `macro_china_shrzgm`: total social financing by month, oldest first. Its parts make up the total but for government
//! bonds, which count in it since 2018 and have no column.

use chrono::Datelike;

use super::Desk;
use crate::aktools::{
    draw::{months, next_month},
    sheet::{Sheet, SheetRow, Value},
};

pub(super) const NAME: &str = "macro_china_shrzgm";

const COLUMNS: [&str; 9] = [
    "月份",
    "社会融资规模增量",
    "其中-人民币贷款",
    "其中-委托贷款外币贷款",
    "其中-委托贷款",
    "其中-信托贷款",
    "其中-未贴现银行承兑汇票",
    "其中-企业债券",
    "其中-非金融企业境内股票融资",
];
/// Middle and width of each part, 亿元.
const PARTS: [(i64, i64); 7] =
    [(14_000, 9_000), (100, 900), (400, 1_500), (150, 1_200), (200, 2_400), (2_400, 2_000), (500, 500)];

pub(super) fn sheet(desk: &Desk<'_>) -> Sheet {
    let series: Vec<_> = COLUMNS.iter().map(|column| desk.series(&format!("{NAME}/{column}"))).collect();
    let out: Vec<_> = months(2015, desk.today()).filter(|p| desk.is_out(next_month(*p, 14), 16, 0)).collect();
    let newest = out.last().copied();
    let row = |period: chrono::NaiveDate| {
        let parts: Vec<i64> =
            PARTS.iter().zip(&series[2..]).map(|((middle, width), s)| s.around(period, *middle, *width)).collect();
        let government = if period.year() < 2018 { 700 } else { series[0].around(period, 5_000, 2_000) };
        let total = parts.iter().sum::<i64>() + government;
        let mut cells = vec![Value::Text(period.format("%Y%m").to_string()), Value::Number(total * 10, 1)];
        // Shares issued come in a month later than the rest.
        let late = |at: usize| at + 1 == PARTS.len() && Some(period) == newest;
        cells.extend(parts.iter().enumerate().map(|(at, part)| Value::of((!late(at)).then_some(part * 10), 1)));
        SheetRow { period, published: None, cells }
    };
    Sheet { columns: COLUMNS.to_vec(), rows: out.into_iter().map(row).collect(), context: Vec::new() }
}
