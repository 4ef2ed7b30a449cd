//! `stock_zh_a_hist` → [`DailyBar`]: 手 → shares; amounts are yuan already.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market_model::{Code, DailyBar};

use super::{
    BadCell,
    bad_cell::{cell, figure},
};
use crate::{Fetched, RejectedRow, Row, cache::Answer, cell::Cell};

/// The columns that are read. 收盘 stands before 最高 in the table: one more reason to read by name.
pub(crate) const COLUMNS: [&str; 8] = ["日期", "股票代码", "开盘", "收盘", "最高", "最低", "成交量", "成交额"];

/// The bars of `code` from `from` to `to`, both included; later ones, which may be live, are left out. A day that comes
/// twice with different figures is refused whole: nothing says which is right.
pub(crate) fn bars(answer: Answer, code: Code, from: NaiveDate, to: NaiveDate) -> Fetched<DailyBar> {
    let Answer { page, table } = answer;
    let mut days: BTreeMap<NaiveDate, Vec<Row<DailyBar>>> = BTreeMap::new();
    let mut rejected = Vec::new();
    let mut reject = |row, BadCell { reason, value }: BadCell| {
        rejected.push(RejectedRow { dataset: page.dataset, page: 0, row, reason, value });
    };
    for (number, row) in (0..).zip(&table.rows) {
        let converted = match row {
            Ok(row) => bar(row, code, from),
            Err(malformed) => {
                Err(BadCell { reason: "the item is not an object".to_owned(), value: malformed.text.clone() })
            }
        };
        match converted {
            Ok(bar) if bar.trade_date > to => {}
            Ok(bar) => {
                let bars = days.entry(bar.trade_date).or_default();
                if bars.iter().all(|other| other.value != bar) {
                    bars.push(Row { value: bar, page: 0, row: number });
                }
            }
            Err(bad) => reject(number, bad),
        }
    }
    let mut rows = Vec::with_capacity(days.len());
    for (day, mut bars) in days {
        if bars.len() == 1 {
            rows.append(&mut bars);
        } else {
            let reason = "日期 comes twice with different figures";
            bars.iter().for_each(|bar| reject(bar.row, BadCell { reason: reason.to_owned(), value: day.to_string() }));
        }
    }
    rejected.sort_by_key(|rejected| rejected.row);
    Fetched { rows, rejected, pages: vec![page], suspect_rows: 0 }
}

fn bar(row: &BTreeMap<Box<str>, Cell>, code: Code, from: NaiveDate) -> Result<DailyBar, BadCell> {
    let symbol = cell(row, "股票代码");
    if symbol.content() != Some(code.symbol()) {
        return Err(BadCell::of("股票代码", symbol, "was not asked for"));
    }
    let day = cell(row, "日期");
    let trade_date = day.day().ok_or_else(|| BadCell::of("日期", day, "is not a day"))?;
    if trade_date < from {
        return Err(BadCell::of("日期", day, "was not asked for"));
    }
    let number = |column: &str, exponent| {
        figure(row, column, exponent)?.ok_or_else(|| BadCell::of(column, cell(row, column), "is missing"))
    };
    // Whole lots on the wire; the nearest share, should the vendor come to send decimals.
    let volume = number("成交量", 2)?.round();
    if !(0.0..9e15).contains(&volume) {
        return Err(BadCell::of("成交量", cell(row, "成交量"), "is not a volume"));
    }
    Ok(DailyBar {
        code,
        trade_date,
        open: number("开盘", 0)?,
        high: number("最高", 0)?,
        low: number("最低", 0)?,
        close: number("收盘", 0)?,
        pre_close: None,
        volume: volume as i64,
        amount: Some(number("成交额", 0)?),
        adj_factor: None,
    })
}
