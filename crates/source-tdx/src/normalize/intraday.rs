//! Minutes and trades in yuan and shares.

use chrono::NaiveTime;
use market_model::Code;

use super::{
    daily::rejected,
    scale::{lot, price_scale},
};
use crate::{
    RejectedRow, Row,
    wire::{MinuteRecord, TickRecord},
};

/// Minutes of the morning session; the afternoon's follow directly.
const MORNING: u32 = 120;
const MORNING_OPEN: u32 = 9 * 60 + 30;
const AFTERNOON_OPEN: u32 = 13 * 60;

/// One minute of the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Minute {
    /// The minute's **end**, exchange-local: 09:31 is the first, 15:00 the 240th.
    pub time: NaiveTime,
    /// Last price, yuan.
    pub price: f64,
    /// Volume, shares.
    pub volume: i64,
}

/// One trade.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tick {
    /// The minute, exchange-local; TDX has no seconds.
    pub time: NaiveTime,
    /// Price, yuan.
    pub price: f64,
    /// Volume, shares.
    pub volume: i64,
    /// Orders it consists of; `None` for past days.
    pub orders: Option<i64>,
    /// Who started it.
    pub side: TickSide,
}

/// Who started a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TickSide {
    /// A buyer.
    Buy,
    /// A seller.
    Sell,
    /// Neither: an auction. Also what TDX sends and nobody has explained.
    Neutral,
}

pub(crate) fn minutes(
    dataset: &'static str,
    code: &Code,
    records: &[MinuteRecord],
) -> (Vec<Row<Minute>>, Vec<RejectedRow>) {
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    for (record, row) in records.iter().zip(0_u32..) {
        let minute = if row < MORNING { MORNING_OPEN + row + 1 } else { AFTERNOON_OPEN + row - MORNING + 1 };
        match time(minute).filter(|_| record.price > 0 && record.volume >= 0) {
            Some(time) => {
                let value = Minute { time, price: yuan(code, record.price), volume: record.volume * lot(code) };
                rows.push(Row { value, page: 0, row });
            }
            None => refused.push(rejected(dataset, 0, row, "time, price or volume is impossible".to_owned(), record)),
        }
    }
    (rows, refused)
}

pub(crate) fn ticks(dataset: &'static str, code: &Code, records: &[TickRecord]) -> (Vec<Row<Tick>>, Vec<RejectedRow>) {
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    for (record, row) in records.iter().zip(0_u32..) {
        match time(u32::from(record.minute)).filter(|_| record.price > 0 && record.volume >= 0) {
            Some(time) => {
                let side = match record.side {
                    0 => TickSide::Buy,
                    1 => TickSide::Sell,
                    _ => TickSide::Neutral,
                };
                let (price, volume) = (yuan(code, record.price), record.volume * lot(code));
                rows.push(Row { value: Tick { time, price, volume, orders: record.orders, side }, page: 0, row });
            }
            None => refused.push(rejected(dataset, 0, row, "time, price or volume is impossible".to_owned(), record)),
        }
    }
    (rows, refused)
}

fn time(minute: u32) -> Option<NaiveTime> {
    NaiveTime::from_hms_opt(minute / 60, minute % 60, 0)
}

fn yuan(code: &Code, price: i64) -> f64 {
    price as f64 / price_scale(code)
}
