//! Writes what a server writes: numbers, bars, frames. For the tests, the bench and the example.

use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};

/// One bar to write; prices in 0.001 yuan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bar {
    pub(crate) date: u32,
    pub(crate) open: i64,
    pub(crate) high: i64,
    pub(crate) low: i64,
    pub(crate) close: i64,
    pub(crate) volume: f32,
    pub(crate) amount: f32,
}

pub(crate) fn varint(value: i64) -> Vec<u8> {
    let magnitude = value.unsigned_abs();
    let mut byte = (magnitude & 0x3f) as u8 | if value < 0 { 0x40 } else { 0 };
    let mut rest = magnitude >> 6;
    let mut bytes = Vec::new();
    while rest > 0 {
        bytes.push(byte | 0x80);
        byte = (rest & 0x7f) as u8;
        rest >>= 7;
    }
    bytes.push(byte);
    bytes
}

/// The body of an answer with bars; `breadth` gives each the counts that only indices have.
pub(crate) fn bars_body(bars: &[Bar], breadth: Option<(u16, u16)>) -> Vec<u8> {
    let mut body = (bars.len() as u16).to_le_bytes().to_vec();
    let mut base = 0;
    for bar in bars {
        body.extend(bar.date.to_le_bytes());
        for number in [bar.open - base, bar.close - bar.open, bar.high - bar.open, bar.low - bar.open] {
            body.extend(varint(number));
        }
        body.extend(bar.volume.to_le_bytes());
        body.extend(bar.amount.to_le_bytes());
        if let Some((advancing, declining)) = breadth {
            body.extend(advancing.to_le_bytes());
            body.extend(declining.to_le_bytes());
        }
        base = bar.close;
    }
    body
}

/// Head and body as they go on the wire. What does not shrink goes plain: equal lengths in the head mean that.
pub(crate) fn frame(sequence: u32, method: u16, body: &[u8], compressed: bool) -> Vec<u8> {
    let deflated = compressed.then(|| deflate(body)).filter(|deflated| deflated.len() != body.len());
    let compressed = deflated.is_some();
    let on_wire = deflated.unwrap_or_else(|| body.to_vec());
    let mut frame = vec![0xb1, 0xcb, 0x74, 0x00, if compressed { 0x1c } else { 0x0c }];
    frame.extend(sequence.to_le_bytes());
    frame.push(0);
    frame.extend(method.to_le_bytes());
    frame.extend((on_wire.len() as u16).to_le_bytes());
    frame.extend((body.len() as u16).to_le_bytes());
    frame.extend(on_wire);
    frame
}

pub(crate) fn deflate(body: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).expect("writing into memory");
    encoder.finish().expect("writing into memory")
}

/// `count` plausible bars on consecutive numbers of days, ending with 2026-11-20's week: a walk of a stock about 20 yuan.
pub(crate) fn walk(count: usize, seed: u64) -> Vec<Bar> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = |below: i64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as i64 % below
    };
    let mut close = 20_000 + draw(5_000);
    let first = 738_000 - count as i32;
    (0..count as i32)
        .map(|n| {
            let open = (close + (draw(41) - 20) * 10).max(1_000);
            let high = open + draw(60) * 10;
            let low = (open - draw(60) * 10).max(500);
            close = low + draw((high - low) / 10 + 1) * 10;
            let lots = 50_000 + draw(900_000);
            let amount = lots as f64 * 100.0 * (high + low) as f64 / 2000.0;
            Bar { date: day_number(first + n), open, high, low, close, volume: lots as f32, amount: amount as f32 }
        })
        .collect()
}

/// YYYYMMDD of a day counted from the year 1.
pub(crate) fn day_number(days: i32) -> u32 {
    use chrono::Datelike as _;
    let date = chrono::NaiveDate::from_num_days_from_ce_opt(days).expect("within the calendar");
    date.year() as u32 * 10_000 + date.month() * 100 + date.day()
}
