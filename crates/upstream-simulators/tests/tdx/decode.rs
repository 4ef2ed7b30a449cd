//! A decoder of its own: nothing here knows how the server encodes.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// A body that is read from the front. Reading past its end is a failed test.
pub(crate) struct Body<'a> {
    bytes: &'a [u8],
}

impl<'a> Body<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(crate) fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.bytes.split_at(count);
        self.bytes = rest;
        taken
    }

    pub(crate) fn is_over(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn u8(&mut self) -> u8 {
        self.take(1)[0]
    }

    pub(crate) fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.take(2).try_into().unwrap())
    }

    pub(crate) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take(4).try_into().unwrap())
    }

    pub(crate) fn f32(&mut self) -> f32 {
        f32::from_bits(self.u32())
    }

    pub(crate) fn varint(&mut self) -> i64 {
        let first = self.u8();
        let mut value = i64::from(first & 0b0011_1111);
        let (mut more, mut shift) = (first & 0x80 != 0, 6);
        while more {
            let next = self.u8();
            value += i64::from(next & 0x7f) << shift;
            shift += 7;
            more = next & 0x80 != 0;
        }
        if first & 0x40 != 0 { -value } else { value }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WireBar {
    pub(crate) at: NaiveDateTime,
    /// Open, high, low, close, thousandths.
    pub(crate) prices: [i64; 4],
    pub(crate) volume: f32,
    pub(crate) amount: f32,
    pub(crate) breadth: Option<(u16, u16)>,
}

impl WireBar {
    pub(crate) fn date(&self) -> NaiveDate {
        self.at.date()
    }
}

/// `20240105`.
pub(crate) fn day(number: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt((number / 10_000) as i32, number / 100 % 100, number % 100).unwrap()
}

/// The bars of a body, in the order of the wire.
pub(crate) fn bars(body: &[u8], category: u16, index: bool) -> Vec<WireBar> {
    let mut body = Body::new(body);
    let count = body.u16();
    let mut base = 0;
    let mut bars = Vec::new();
    for _ in 0..count {
        let at = if matches!(category, 0..=3 | 7 | 8) {
            let (date, minutes) = (u32::from(body.u16()), u32::from(body.u16()));
            let number = ((date >> 11) + 2004) * 10_000 + (date & 0x7ff);
            day(number).and_time(NaiveTime::from_num_seconds_from_midnight_opt(minutes * 60, 0).unwrap())
        } else {
            day(body.u32()).and_hms_opt(15, 0, 0).unwrap()
        };
        let open = base + body.varint();
        let close = open + body.varint();
        let high = open + body.varint();
        let low = open + body.varint();
        let (volume, amount) = (body.f32(), body.f32());
        let breadth = index.then(|| (body.u16(), body.u16()));
        base = close;
        bars.push(WireBar { at, prices: [open, high, low, close], volume, amount, breadth });
    }
    assert!(body.is_over(), "bytes behind the last of {count} bars");
    bars
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) digits: String,
    pub(crate) lot: u16,
    pub(crate) name: String,
    pub(crate) decimals: u8,
    pub(crate) pre_close: f32,
}

pub(crate) fn entries(body: &[u8]) -> Vec<Entry> {
    let mut body = Body::new(body);
    let count = body.u16();
    let entry = |body: &mut Body<'_>| {
        let digits = String::from_utf8(body.take(6).to_vec()).unwrap();
        let lot = body.u16();
        let (name, _, broken) = encoding_rs::GBK.decode(body.take(8));
        assert!(!broken, "a name of whole characters");
        let name = name.trim_end_matches('\0').to_owned();
        body.take(4);
        let (decimals, pre_close) = (body.u8(), body.f32());
        body.take(4);
        Entry { digits, lot, name, decimals, pre_close }
    };
    let entries = (0..count).map(|_| entry(&mut body)).collect();
    assert!(body.is_over());
    entries
}

/// Date, category and the four values of each record.
pub(crate) fn xdxr(bytes: &[u8]) -> Vec<(NaiveDate, u8, [f32; 4])> {
    let mut body = Body::new(bytes);
    assert_eq!(body.u16(), 1, "one code");
    let symbol = body.take(7).to_vec();
    if body.is_over() {
        return Vec::new();
    }
    let count = body.u16();
    let mut records = Vec::new();
    for _ in 0..count {
        assert_eq!(body.take(7), symbol);
        assert_eq!(body.u8(), 0);
        let (date, category) = (day(body.u32()), body.u8());
        records.push((date, category, [body.f32(), body.f32(), body.f32(), body.f32()]));
    }
    assert!(body.is_over());
    records
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WireQuote {
    pub(crate) digits: String,
    /// Price, last close, open, high, low.
    pub(crate) prices: [i64; 5],
    pub(crate) volume: i64,
    pub(crate) amount: f32,
    pub(crate) bids: Vec<i64>,
    pub(crate) asks: Vec<i64>,
    pub(crate) flags: u16,
}

pub(crate) fn quotes(bytes: &[u8]) -> Vec<WireQuote> {
    let mut body = Body::new(bytes);
    body.take(2);
    let count = body.u16();
    let mut quotes = Vec::new();
    for _ in 0..count {
        body.u8();
        let digits = String::from_utf8(body.take(6).to_vec()).unwrap();
        body.u16();
        let price = body.varint();
        let [last, open, high, low] = std::array::from_fn(|_| price + body.varint());
        body.varint();
        assert_eq!(body.varint(), -price);
        let volume = body.varint();
        body.varint();
        let amount = body.f32();
        let (sold, bought) = (body.varint(), body.varint());
        assert_eq!(sold + bought, volume);
        body.varint();
        body.varint();
        let (mut bids, mut asks) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            bids.push(price + body.varint());
            asks.push(price + body.varint());
            assert!(body.varint() >= 0 && body.varint() >= 0);
        }
        let flags = body.u16();
        (0..4).for_each(|_| assert_eq!(body.varint(), 0));
        body.take(4);
        quotes.push(WireQuote { digits, prices: [price, last, open, high, low], volume, amount, bids, asks, flags });
    }
    assert!(body.is_over());
    quotes
}

/// Price and lots of each minute; `skipped` = bytes between the count and the first one.
pub(crate) fn minute_line(bytes: &[u8], skipped: usize) -> Vec<(i64, i64)> {
    let mut body = Body::new(bytes);
    let count = body.u16();
    body.take(skipped);
    let mut price = 0;
    let mut points = Vec::new();
    for _ in 0..count {
        price += body.varint();
        body.varint();
        points.push((price, body.varint()));
    }
    assert!(body.is_over());
    points
}

/// Minute, price, lots and side of each tick.
pub(crate) fn ticks(bytes: &[u8], past: bool) -> Vec<(u16, i64, i64, i64)> {
    let mut body = Body::new(bytes);
    let count = body.u16();
    body.take(if past { 4 } else { 0 });
    let mut price = 0;
    let mut ticks = Vec::new();
    for _ in 0..count {
        let minute = body.u16();
        price += body.varint();
        let lots = body.varint();
        if !past {
            assert!(body.varint() > 0, "orders");
        }
        ticks.push((minute, price, lots, body.varint()));
        body.varint();
    }
    assert!(body.is_over());
    ticks
}
