//! Minute lines (0x051D, 0x0FB4) and ticks (0x0FC5, 0x0FB5), made from the minutes of a day.

use chrono::NaiveDate;
use market_model::Code;

use super::view::{View, window};
use crate::{
    market::DayBar,
    tdx::{
        series::{Minutes, Security, end_of},
        wire::{self, MinutePoint, Tick},
    },
};

/// Most ticks of a page.
const MOST_TICKS: usize = 2000;
/// 09:25.
const OPENING_CALL: u16 = 565;

/// The minutes of a day that are over.
struct Day {
    pre_close: f32,
    tick: i64,
    /// Shares per unit of volume.
    unit: u64,
    /// With the end of each.
    minutes: Vec<(u16, DayBar)>,
}

impl Day {
    fn of(view: &View<'_>, code: Option<&Code>, date: Option<NaiveDate>) -> Option<Self> {
        let security: Security<'_> = view.security(code)?;
        let days = view.days(security);
        let bar = days.day(date?)?;
        let over = view.moment.minutes_of(bar.session);
        let all: Minutes = days.minutes(&bar);
        let minutes = all.bars()[..over].iter().enumerate().map(|(minute, bar)| (end_of(minute), *bar));
        Some(Self {
            pre_close: (f64::from(bar.pre_close) / 1000.0) as f32,
            tick: security.tick(),
            unit: if security.is_index() { 10_000 } else { 100 },
            minutes: minutes.collect(),
        })
    }

    fn today(view: &View<'_>, code: Option<&Code>) -> Option<Self> {
        let newest = view.moment.newest().map(|session| view.market.sessions.date(session));
        Self::of(view, code, newest)
    }

    /// Each minute with its price and its lots: what all minutes up to it have, less what those before it had.
    fn points(&self, view: &View<'_>) -> Vec<(u16, MinutePoint)> {
        let (mut shares, mut lots) = (0, 0);
        let point = |(end, bar): &(u16, DayBar)| {
            shares += bar.volume;
            let until = ((shares + self.unit / 2) / self.unit) as i64;
            let volume = until - lots;
            lots = until;
            (*end, MinutePoint { price: view.told(bar.close, self.tick) / self.tick, volume })
        };
        self.minutes.iter().map(point).collect()
    }

    fn line(&self, view: &View<'_>) -> Vec<MinutePoint> {
        self.points(view).into_iter().map(|(_, point)| point).collect()
    }

    /// One tick per minute with trading; the first one is the opening call.
    fn ticks(&self, view: &View<'_>) -> Vec<Tick> {
        let mut before = None;
        let mut ticks = Vec::with_capacity(self.minutes.len());
        for (end, point) in self.points(view) {
            if point.volume > 0 {
                let side = match before {
                    None => 2,
                    Some(price) => i64::from(point.price < price),
                };
                let minute = if end == end_of(0) { OPENING_CALL } else { end - 1 };
                let orders = 1 + point.volume / 7;
                ticks.push(Tick { minute, price: point.price, volume: point.volume, orders, side });
            }
            before = Some(point.price);
        }
        ticks
    }
}

pub(super) fn line(view: &View<'_>, code: Option<&Code>, body: &mut Vec<u8>) -> usize {
    let points = Day::today(view, code).map_or_else(Vec::new, |day| day.line(view));
    wire::minute_line(body, &points)
}

pub(super) fn past_line(view: &View<'_>, code: Option<&Code>, date: Option<NaiveDate>, body: &mut Vec<u8>) -> usize {
    match Day::of(view, code, date) {
        Some(day) => wire::past_minute_line(body, day.pre_close, &day.line(view)),
        None => wire::past_minute_line(body, 0.0, &[]),
    }
}

pub(super) fn ticks_page(view: &View<'_>, code: Option<&Code>, start: u16, count: u16, body: &mut Vec<u8>) -> usize {
    let all = Day::today(view, code).map_or_else(Vec::new, |day| day.ticks(view));
    wire::ticks(body, window(&all, start, usize::from(count).min(MOST_TICKS)))
}

pub(super) fn past_ticks_page(
    view: &View<'_>,
    code: Option<&Code>,
    date: Option<NaiveDate>,
    start: u16,
    count: u16,
    body: &mut Vec<u8>,
) -> usize {
    let day = Day::of(view, code, date);
    let pre_close = day.as_ref().map_or(0.0, |day| day.pre_close);
    let all = day.map_or_else(Vec::new, |day| day.ticks(view));
    wire::past_ticks(body, pre_close, window(&all, start, usize::from(count).min(MOST_TICKS)))
}
