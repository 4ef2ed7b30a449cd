//! Minute lines and ticks. Prices are whole units of the security's last decimal, each the difference to the one before.

use super::primitive::{put_f32, put_u16, put_varint};

/// A minute of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MinutePoint {
    pub(crate) price: i64,
    /// Lots.
    pub(crate) volume: i64,
}

/// The body of 0x051D.
pub(crate) fn minute_line(out: &mut Vec<u8>, points: &[MinutePoint]) -> usize {
    put_u16(out, points.len() as u16);
    put_u16(out, 0);
    put_points(out, points)
}

/// The body of 0x0FB4. `pre_close` in yuan, or points.
pub(crate) fn past_minute_line(out: &mut Vec<u8>, pre_close: f32, points: &[MinutePoint]) -> usize {
    put_u16(out, points.len() as u16);
    put_f32(out, pre_close);
    put_points(out, points)
}

fn put_points(out: &mut Vec<u8>, points: &[MinutePoint]) -> usize {
    let mut before = 0;
    for point in points {
        put_varint(out, point.price - before);
        put_varint(out, 0);
        put_varint(out, point.volume);
        before = point.price;
    }
    points.len()
}

/// A trade, or several at one price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tick {
    /// Minutes after midnight.
    pub(crate) minute: u16,
    pub(crate) price: i64,
    /// Lots.
    pub(crate) volume: i64,
    pub(crate) orders: i64,
    /// 0 bought, 1 sold, 2 neither.
    pub(crate) side: i64,
}

/// The body of 0x0FC5.
pub(crate) fn ticks(out: &mut Vec<u8>, ticks: &[Tick]) -> usize {
    put_u16(out, ticks.len() as u16);
    put_ticks(out, ticks, true)
}

/// The body of 0x0FB5: without the numbers of orders.
pub(crate) fn past_ticks(out: &mut Vec<u8>, pre_close: f32, ticks: &[Tick]) -> usize {
    put_u16(out, ticks.len() as u16);
    put_f32(out, pre_close);
    put_ticks(out, ticks, false)
}

fn put_ticks(out: &mut Vec<u8>, ticks: &[Tick], with_orders: bool) -> usize {
    let mut before = 0;
    for tick in ticks {
        put_u16(out, tick.minute);
        put_varint(out, tick.price - before);
        put_varint(out, tick.volume);
        if with_orders {
            put_varint(out, tick.orders);
        }
        put_varint(out, tick.side);
        put_varint(out, 0);
        before = tick.price;
    }
    ticks.len()
}
