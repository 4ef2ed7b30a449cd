//! Measures the write side on a synthetic history: `cargo run --release -p warehouse --example measure_writer -- <folder>
//! [codes] [days]` (default 5000 × 2500, 12.5 million bars). The folder must not hold a warehouse yet; it keeps the result.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc, Weekday};
use market_model::{
    CalendarDay, Code, CorporateAction, DailyBar, DailyBasic, Exchange, Instrument, InstrumentKind, ListStatus,
    PriceLimit, Suspension, SuspensionKind,
};
use warehouse::{
    Batch, BulkLoaded, Listing, Partition, RawResponse, Sourced, StagedCode, WarehouseError, Writer, WriterOptions,
};

const SOURCE: &str = "tushare";
/// New days that are committed on top of the base.
const NEW_DAYS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("name a folder")?);
    let codes: usize = arguments.next().map_or(Ok(5_000), |text| text.parse())?;
    let days: usize = arguments.next().map_or(Ok(2_500), |text| text.parse())?;
    let market = Market::new(codes, days + NEW_DAYS + 1);
    let options = WriterOptions { memory_limit_mb: 2_048, threads: 2, ..WriterOptions::default() };

    let (mut writer, took) = timed(|| Writer::open(&folder, options))?;
    println!("open: {took:.0?}");
    let (_, took) = timed(|| writer.commit(market.reference(), now(0)))?;
    println!("commit reference ({codes} instruments): {took:.0?}");
    let (loaded, took) = timed(|| load(&mut writer, &market, days))?;
    let rate = loaded.bars as f64 / took.as_secs_f64();
    println!("bulk load: {} bars in {took:.1?} = {:.0} k bars/s, {:?}", loaded.bars, rate / 1e3, loaded.steps_ms);
    println!("  database {} MB", mb(loaded.base_bytes));

    for day in days..days + NEW_DAYS {
        let batch = market.answer(day, now(day as i64));
        let (committed, took) = timed(|| writer.commit(batch, now(day as i64)))?;
        println!("commit a new day ({} rows): {took:.0?}", committed.inserted);
    }
    let again = market.answer(days, now(90_000));
    let (committed, took) = timed(|| writer.commit(again, now(90_000)))?;
    println!("commit it again ({} unchanged): {took:.0?}", committed.unchanged);
    for (name, rows) in [("one row", 1), ("every row", codes)] {
        let mut correction = market.answer(days / 2, now(91_000 + rows as i64));
        correction.daily.truncate(rows);
        (correction.basics, correction.limits, correction.partitions) = (vec![], vec![], vec![]);
        correction.daily.iter_mut().for_each(|row| row.value.amount = row.value.amount.map(|amount| amount + 1.0));
        let (committed, took) = timed(|| writer.commit(correction, now(92_000)))?;
        println!("correct {name} of a day in the base ({} replaced): {took:.0?}", committed.replaced);
    }
    measure_sources(&mut writer, &market, days)?;
    let (published, took) = timed(|| writer.publish(now(93_000)))?;
    println!("publish: {took:.0?}, tail {:.1} MB, {:?}", published.tail_bytes as f64 / 1e6, published.steps_ms);
    let (compacted, took) = timed(|| writer.compact(now(94_000)))?;
    println!("compact: {took:.1?}, base {} MB", mb(compacted.base_bytes));
    let (published, took) = timed(|| writer.publish(now(95_000)))?;
    println!("publish after compaction: {took:.0?}, tail {:.1} MB", published.tail_bytes as f64 / 1e6);
    Ok(())
}

/// A second source: the same day again, a day of its own, the first source's return, and an event of every code.
fn measure_sources(writer: &mut Writer, market: &Market, days: usize) -> Result<(), WarehouseError> {
    let last = days + NEW_DAYS;
    for day in [last - 1, last] {
        let (committed, took) = timed(|| writer.commit(market.second_answer(day, now(92_100)), now(92_100)))?;
        let changed = committed.dates.len();
        println!("commit a day of a second source ({} rows, {changed} days changed): {took:.0?}", committed.inserted);
    }
    let (_, took) = timed(|| writer.commit(market.answer(last, now(92_200)), now(92_200)))?;
    println!("commit the first source's answer, which takes over: {took:.0?}");
    let (committed, took) = timed(|| writer.commit(market.events(last, now(92_300)), now(92_300)))?;
    println!("commit an event of every code on that day ({} rows): {took:.0?}", committed.inserted);
    Ok(())
}

fn load(writer: &mut Writer, market: &Market, days: usize) -> Result<BulkLoaded, WarehouseError> {
    let staged = (0..market.codes.len()).map(|code| {
        let mut staged = StagedCode::new(market.codes[code]);
        staged.bars = (0..days).map(|day| market.bar(code, day)).collect();
        staged.places = (0..days).map(|day| (0, day as u32)).collect();
        staged.responses = vec![response("daily", now(0), 1)];
        Ok(staged)
    });
    writer.bulk_load(SOURCE, staged, now(0), |_| ())
}

struct Market {
    codes: Vec<Code>,
    days: Vec<NaiveDate>,
}

impl Market {
    fn new(codes: usize, days: usize) -> Self {
        let start = NaiveDate::from_ymd_opt(2014, 1, 2).unwrap_or_default();
        let weekday = |date: &NaiveDate| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        let codes = (0..codes).filter_map(|at| Code::new(&format!("{:06}", 600_000 + at), Exchange::Sse).ok());
        Self { codes: codes.collect(), days: start.iter_days().filter(weekday).take(days).collect() }
    }

    /// A cheap stand-in for a price path: cents that repeat after a while, an ex-date a year.
    fn bar(&self, code: usize, day: usize) -> DailyBar {
        let cents = |day: usize| self.cents(code, day);
        let yuan = |cents: usize| cents as f64 / 100.0;
        let (before, close) = (cents(day.wrapping_sub(1).min(day)), cents(day));
        let ex_right = day > 0 && (day + code).is_multiple_of(250);
        let reference = if ex_right { before * 10 / 11 } else { before };
        let volume = ((code * 31 + day * 17) % 90_000 + 1_000) as i64 * 100;
        DailyBar {
            code: self.codes[code],
            trade_date: self.days[day],
            open: yuan(reference),
            high: yuan(before.max(close) + 3),
            low: yuan(reference.min(close) - 3),
            close: yuan(close),
            pre_close: Some(yuan(reference)),
            volume,
            amount: Some((volume as f64 * yuan(close) * 100.0).round() / 100.0),
            adj_factor: Some(self.factor(code, day)),
        }
    }

    /// What the ex-dates up to `day` give, with three decimals as a vendor publishes it.
    fn factor(&self, code: usize, day: usize) -> f64 {
        let first = 250 - code % 250;
        let ex_dates = (first..=day).step_by(250);
        let growth = ex_dates.map(|day| {
            let before = self.cents(code, day - 1);
            before as f64 / (before * 10 / 11) as f64
        });
        (growth.product::<f64>() * 1e3).round() / 1e3
    }

    fn cents(&self, code: usize, day: usize) -> usize {
        800 + (code * 7 + day * 13 + (day * day) % 29) % 700
    }

    /// The day as a source without reference prices and factors answers it, with the bars of the day before.
    fn second_answer(&self, day: usize, fetched_at: DateTime<Utc>) -> Batch {
        let source = "tdx";
        let plain = |code: usize, day: usize| DailyBar { pre_close: None, adj_factor: None, ..self.bar(code, day) };
        let bars = [day - 1, day].into_iter().flat_map(|day| (0..self.codes.len()).map(move |code| plain(code, day)));
        Batch {
            source: source.to_owned(),
            responses: vec![RawResponse {
                source: source.to_owned(),
                ..response("bars", fetched_at, self.codes.len())
            }],
            daily: sourced(bars, 0),
            partitions: vec![Partition { dataset: "daily", source: source.to_owned(), trade_date: self.days[day] }],
            ..Batch::default()
        }
    }

    fn events(&self, day: usize, fetched_at: DateTime<Utc>) -> Batch {
        let event = |code: &Code| CorporateAction {
            code: *code,
            ex_date: self.days[day],
            announced: None,
            cash_per_10: 1.0,
            bonus_per_10: 0.0,
            rights_per_10: 0.0,
            rights_price: 0.0,
        };
        Batch {
            source: SOURCE.to_owned(),
            responses: vec![response("dividend", fetched_at, self.codes.len())],
            actions: sourced(self.codes.iter().map(event), 0),
            ..Batch::default()
        }
    }

    fn reference(&self) -> Batch {
        let last = self.days[self.days.len() - 1] + Days::new(60);
        let calendar = self.days[0].iter_days().take_while(|date| *date <= last).map(|date| CalendarDay {
            exchange: Exchange::Sse,
            date,
            is_open: !matches!(date.weekday(), Weekday::Sat | Weekday::Sun),
            previous_open: None,
        });
        let instruments = self.codes.iter().map(|code| Listing {
            instrument: Instrument {
                code: *code,
                kind: InstrumentKind::AShare,
                board: None,
                name: format!("合成{}", code.symbol()),
                listed: Some(self.days[0]),
                delisted: None,
                renamed_from: None,
            },
            status: ListStatus::Listed,
        });
        Batch {
            source: SOURCE.to_owned(),
            responses: vec![response("trade_cal", now(1), 0), response("stock_basic", now(1), 0)],
            calendar: sourced(calendar, 0),
            instruments: sourced(instruments, 1),
            ..Batch::default()
        }
    }

    /// One day as a vendor answers it: four data sets and the factors, half a megabyte of JSON each.
    fn answer(&self, day: usize, fetched_at: DateTime<Utc>) -> Batch {
        let date = self.days[day];
        let bars: Vec<_> = (0..self.codes.len()).map(|code| self.bar(code, day)).collect();
        let datasets = ["daily", "adj_factor", "daily_basic", "suspend_d", "stk_limit"];
        let suspensions = self.codes.iter().step_by(500).map(|code| Suspension {
            code: *code,
            trade_date: date,
            kind: SuspensionKind::Suspended,
            timing: Some("09:30-10:00".to_owned()),
        });
        Batch {
            source: SOURCE.to_owned(),
            responses: datasets.map(|dataset| response(dataset, fetched_at, bars.len())).into(),
            daily: sourced(bars.iter().cloned(), 0),
            basics: sourced(bars.iter().map(basic), 2),
            suspensions: sourced(suspensions, 3),
            limits: sourced(bars.iter().map(limit), 4),
            partitions: vec![Partition { dataset: "daily", source: SOURCE.to_owned(), trade_date: date }],
            ..Batch::default()
        }
    }
}

fn response(dataset: &str, fetched_at: DateTime<Utc>, rows: usize) -> RawResponse {
    let rows = (0..rows).map(|row| format!("[\"{:06}.SH\",\"20240102\",{}.{:02}]", 600_000 + row, row % 90, row % 100));
    let body = format!("{{\"data\":{{\"items\":[{}]}}}}", rows.collect::<Vec<_>>().join(","));
    RawResponse {
        source: SOURCE.to_owned(),
        dataset: dataset.to_owned(),
        request: "{}".to_owned(),
        fetched_at,
        http_status: 200,
        body: body.into_bytes(),
    }
}

fn sourced<T>(rows: impl Iterator<Item = T>, response: usize) -> Vec<Sourced<T>> {
    (0_u32..).zip(rows).map(|(row, value)| Sourced { value, response, row }).collect()
}

fn basic(bar: &DailyBar) -> DailyBasic {
    DailyBasic {
        code: bar.code,
        trade_date: bar.trade_date,
        turnover_rate: Some(bar.close / 3.0),
        turnover_rate_free: Some(bar.close / 5.0),
        volume_ratio: Some(1.0),
        pe: Some(bar.close * 2.0),
        pe_ttm: Some(bar.close * 2.1),
        pb: Some(bar.close / 4.0),
        ps: None,
        ps_ttm: None,
        dividend_yield: None,
        dividend_yield_ttm: None,
        total_shares: Some(1e9),
        float_shares: Some(8e8),
        free_shares: Some(5e8),
        total_value: Some(bar.close * 1e9),
        float_value: Some(bar.close * 8e8),
    }
}

fn limit(bar: &DailyBar) -> PriceLimit {
    let round = |price: f64| (price * 100.0).round() / 100.0;
    let reference = bar.pre_close.unwrap_or(bar.open);
    PriceLimit {
        code: bar.code,
        trade_date: bar.trade_date,
        up_limit: round(reference * 1.1),
        down_limit: round(reference * 0.9),
    }
}

fn timed<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<(T, Duration), E> {
    let started = instant();
    let value = work()?;
    Ok((value, started.elapsed()))
}

#[expect(clippy::disallowed_methods, reason = "a measurement outside any runtime")]
fn instant() -> Instant {
    Instant::now()
}

fn now(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default() + TimeDelta::seconds(seconds)
}

fn mb(bytes: u64) -> u64 {
    bytes / 1_000_000
}
