//! 0x052D: bars of every category. The newest one is live while its day trades.

use chrono::Datelike;

use super::view::{View, window};
use crate::{
    market::DayBar,
    tdx::{
        faults::TdxFault,
        series::{Days, Period, Plain, Security, end_of, periods, sum},
        wire::{self, BarRecord, Stamp, nothing},
    },
};

/// What a category number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Category {
    /// Bars of this many minutes.
    Minutes(usize),
    /// Days, volume in lots.
    Day,
    DayInShares,
    /// Longer ones, volume in lots.
    Of(Period),
}

impl Category {
    fn parse(number: u16) -> Option<Self> {
        Some(match number {
            0 => Self::Minutes(5),
            1 => Self::Minutes(15),
            2 => Self::Minutes(30),
            3 => Self::Minutes(60),
            4 => Self::DayInShares,
            5 => Self::Of(Period::Week),
            6 => Self::Of(Period::Month),
            7 | 8 => Self::Minutes(1),
            9 => Self::Day,
            10 => Self::Of(Period::Quarter),
            11 => Self::Of(Period::Year),
            _ => return None,
        })
    }
}

/// Turns bars into records of one security and category.
struct Recorder<'v, 'a> {
    view: &'v View<'a>,
    tick: i64,
    /// Shares per unit of volume.
    unit: u64,
    is_index: bool,
}

impl Recorder<'_, '_> {
    fn day(&self, bar: &DayBar) -> BarRecord {
        self.record(bar, self.view.stamps[usize::from(bar.session)])
    }

    fn record(&self, bar: &DayBar, stamp: Stamp) -> BarRecord {
        let price = |thousandths| self.view.told(thousandths, self.tick);
        BarRecord {
            stamp,
            open: price(bar.open),
            close: price(bar.close),
            high: price(bar.high),
            low: price(bar.low),
            volume: ((bar.volume + self.unit / 2) / self.unit) as f32,
            amount: bar.amount as f32,
            breadth: self.is_index.then_some((bar.advancing, bar.declining)),
        }
    }

    fn write(&self, out: &mut Vec<u8>, records: impl DoubleEndedIterator<Item = BarRecord>) -> usize {
        let twice = |record| std::iter::repeat_n(record, 2);
        match (self.view.bend.has(&TdxFault::Descending), self.view.bend.has(&TdxFault::DuplicateBars)) {
            (false, false) => wire::bars(out, records),
            (true, false) => wire::bars(out, records.rev()),
            (false, true) => wire::bars(out, records.flat_map(twice)),
            (true, true) => wire::bars(out, records.rev().flat_map(twice)),
        }
    }
}

/// Writes a page; its rows. `None` for a category that does not exist.
pub(super) fn page(
    view: &View<'_>,
    security: Security<'_>,
    category: u16,
    start: u16,
    count: u16,
    body: &mut Vec<u8>,
) -> Option<usize> {
    let category = Category::parse(category)?;
    let count = usize::from(count).min(view.options.bars_page);
    if count == 0 {
        return Some(nothing(body));
    }
    let in_lots = match category {
        Category::Day => !view.bend.has(&TdxFault::Shares),
        Category::Of(_) => true,
        Category::DayInShares | Category::Minutes(_) => false,
    };
    let is_index = security.is_index();
    let unit = if in_lots { 100 } else { 1 } * if is_index { 100 } else { 1 };
    let recorder = Recorder { view, tick: security.tick(), unit, is_index };
    let days = view.days(security);
    Some(match category {
        Category::Day | Category::DayInShares => day_page(&recorder, &days, start, count, body),
        Category::Of(period) => {
            let mut all = days.all();
            all.retain(|bar| bar.volume > 0);
            let bars = periods(view.market, &all, period);
            recorder.write(body, window(&bars, start, count).iter().map(|bar| recorder.day(bar)))
        }
        Category::Minutes(length) => minute_page(&recorder, &days, length, start, count, body),
    })
}

fn day_page(recorder: &Recorder<'_, '_>, days: &Days<'_>, start: u16, count: usize, body: &mut Vec<u8>) -> usize {
    match days.plain() {
        Some(Plain::Share(bars)) => {
            let bars = window(bars, start, count).iter().map(|bar| days.seen(DayBar::from(bar)));
            recorder.write(body, bars.map(|bar| recorder.day(&bar)))
        }
        Some(Plain::Derived(bars)) => {
            let bars = window(bars, start, count).iter().map(|bar| days.seen(*bar));
            recorder.write(body, bars.map(|bar| recorder.day(&bar)))
        }
        None => recorder.write(body, window(&days.all(), start, count).iter().map(|bar| recorder.day(bar))),
    }
}

/// The stamps of minutes have room for these years.
const MINUTE_YEARS: std::ops::RangeInclusive<i32> = 2004..=2035;

fn minute_page(
    recorder: &Recorder<'_, '_>,
    days: &Days<'_>,
    length: usize,
    start: u16,
    count: usize,
    body: &mut Vec<u8>,
) -> usize {
    let date = |bar: &DayBar| days.market.sessions.date(bar.session);
    let mut whole = days.whole();
    whole.retain(|bar| bar.volume > 0 && MINUTE_YEARS.contains(&date(bar).year()));
    // From the newest day back, until the page is full.
    let wanted = usize::from(start) + count;
    let (mut bars, mut first) = (0, whole.len());
    while first > 0 && bars < wanted {
        first -= 1;
        bars += days.moment.minutes_of(whole[first].session).div_ceil(length);
    }
    let mut records = Vec::with_capacity(bars);
    for day in &whole[first..] {
        let over = days.moment.minutes_of(day.session);
        let minutes = days.minutes(day);
        for (number, part) in minutes.bars()[..over].chunks(length).enumerate() {
            let end = end_of((number + 1) * length - 1);
            records.push(recorder.record(&sum(part), Stamp::minute(date(day), end)));
        }
    }
    recorder.write(body, window(&records, start, count).iter().copied())
}
