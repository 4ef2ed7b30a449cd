//! A small seeded market and the batches that a vendor's answers about it would give.

use std::path::Path;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc, Weekday};
use duckdb::{Config, Connection};
use market_model::{
    Board, CalendarDay, Code, CorporateAction, DailyBar, DailyBasic, Exchange, Instrument, InstrumentKind, ListStatus,
    PriceLimit, Suspension, SuspensionKind, ex_right_reference,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use warehouse::{Batch, Listing, Partition, RawResponse, Sourced, Writer, WriterOptions};

/// The vendor of every batch.
pub(crate) const SOURCE: &str = "tushare";

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A moment on the day after the market's last one, so many minutes in.
pub(crate) fn minute(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
}

/// What happened to one code on one day.
#[derive(Debug, Clone)]
pub(crate) struct Quote {
    pub(crate) bar: DailyBar,
    pub(crate) pe_ttm: Option<f64>,
}

/// A market of a few codes: random walks in cents, ex-dates, suspensions, a listing and a delisting on the way.
#[derive(Debug, Clone)]
pub(crate) struct Market {
    pub(crate) days: Vec<NaiveDate>,
    pub(crate) instruments: Vec<Instrument>,
    /// By day, then by code; `None` = suspended, absent = not listed.
    pub(crate) quotes: Vec<Vec<(Code, Option<Quote>)>>,
    /// The events behind the ex-dates.
    pub(crate) actions: Vec<CorporateAction>,
}

impl Market {
    /// `codes` codes over `days` trading days from 2024-01-02 on.
    pub(crate) fn generate(seed: u64, codes: usize, days: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let start = day("2024-01-02");
        let weekday = |date: &NaiveDate| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        let days: Vec<_> = start.iter_days().filter(weekday).take(days).collect();
        let instruments: Vec<_> = (0..codes).map(|at| instrument(at, codes, &days)).collect();
        let mut quotes: Vec<Vec<_>> = days.iter().map(|_| Vec::new()).collect();
        let mut actions = Vec::new();
        for instrument in &instruments {
            let mut walk = Walk::start(&mut rng);
            for (date, quotes) in days.iter().zip(&mut quotes) {
                if instrument.is_listed_on(*date) {
                    quotes.push((instrument.code, walk.step(&mut rng, instrument.code, *date, &mut actions)));
                }
            }
        }
        Self { days, instruments, quotes, actions }
    }

    /// Instruments and calendar, fetched at `at`.
    pub(crate) fn reference(&self, at: DateTime<Utc>) -> Batch {
        let first = self.days[0] - Days::new(3);
        let last = self.days[self.days.len() - 1] + Days::new(10);
        let calendar = first.iter_days().take_while(|date| *date <= last).enumerate().map(|(row, date)| Sourced {
            value: CalendarDay {
                exchange: Exchange::Sse,
                date,
                is_open: self.days.contains(&date) || date > self.days[self.days.len() - 1] && date.day() % 2 == 0,
                previous_open: None,
            },
            response: 0,
            row: row as u32,
        });
        let instruments = self.instruments.iter().enumerate().map(|(row, instrument)| Sourced {
            value: Listing { instrument: instrument.clone(), status: ListStatus::Listed },
            response: 1,
            row: row as u32,
        });
        Batch {
            source: SOURCE.to_owned(),
            responses: vec![response("trade_cal", "all", at), response("stock_basic", "all", at)],
            calendar: calendar.collect(),
            instruments: instruments.collect(),
            ..Batch::default()
        }
    }

    /// The vendor's whole answer for the `at`-th day, of which only the first `percent` of the bars arrived.
    pub(crate) fn answer(&self, at: usize, percent: usize, fetched_at: DateTime<Utc>) -> Batch {
        let date = self.days[at];
        let all = self.quotes[at].iter();
        let traded: Vec<_> = all.clone().filter_map(|(_, quote)| quote.as_ref()).collect();
        let arrived = &traded[..traded.len() * percent / 100];
        let suspended = all.filter(|(_, quote)| quote.is_none()).enumerate().map(|(row, (code, _))| Sourced {
            value: Suspension { code: *code, trade_date: date, kind: SuspensionKind::Suspended, timing: None },
            response: 2,
            row: row as u32,
        });
        let text = date.to_string();
        let datasets = ["daily", "daily_basic", "suspend_d", "stk_limit"];
        Batch {
            source: SOURCE.to_owned(),
            responses: datasets.map(|dataset| response(dataset, &text, fetched_at)).into(),
            daily: sourced(arrived, 0, |quote| quote.bar.clone()),
            basics: sourced(arrived, 1, |quote| basic(&quote.bar, quote.pe_ttm)),
            limits: sourced(arrived, 3, |quote| limit(&quote.bar)),
            suspensions: suspended.collect(),
            partitions: vec![Partition { dataset: "daily", source: SOURCE.to_owned(), trade_date: date }],
            ..Batch::default()
        }
    }

    /// The whole answers for all days in one batch.
    pub(crate) fn all_days(&self, fetched_at: DateTime<Utc>) -> Batch {
        let mut all = self.day_batch(0, fetched_at);
        for at in 1..self.days.len() {
            let day = self.day_batch(at, fetched_at);
            all.daily.extend(day.daily);
            all.basics.extend(day.basics);
            all.limits.extend(day.limits);
            all.suspensions.extend(day.suspensions);
            all.partitions.extend(day.partitions);
        }
        all
    }

    /// The whole answer for the `at`-th day.
    pub(crate) fn day_batch(&self, at: usize, fetched_at: DateTime<Utc>) -> Batch {
        self.answer(at, 100, fetched_at)
    }
}

pub(crate) fn response(dataset: &str, what: &str, fetched_at: DateTime<Utc>) -> RawResponse {
    RawResponse {
        source: SOURCE.to_owned(),
        dataset: dataset.to_owned(),
        request: format!("{{\"api_name\":\"{dataset}\",\"of\":\"{what}\"}}"),
        fetched_at,
        http_status: 200,
        body: format!("{{\"dataset\":\"{dataset}\",\"of\":\"{what}\"}}").into_bytes(),
    }
}

pub(crate) fn sourced<T, U>(rows: &[&T], response: usize, value: impl Fn(&T) -> U) -> Vec<Sourced<U>> {
    let rows = rows.iter().enumerate();
    rows.map(|(row, quote)| Sourced { value: value(quote), response, row: row as u32 }).collect()
}

/// Options for tests: one thread, little memory, nothing else unusual.
pub(crate) fn options() -> WriterOptions {
    WriterOptions { threads: 1, memory_limit_mb: 256, ..WriterOptions::default() }
}

/// Opens a writer on `root`.
pub(crate) fn writer(root: &Path) -> Writer {
    Writer::open(root, options()).unwrap()
}

/// Runs `query` on the tail of a writer that has been dropped.
pub(crate) fn read_tail<T: duckdb::types::FromSql>(root: &Path, query: &str) -> Vec<T> {
    let config = Config::default().access_mode(duckdb::AccessMode::ReadOnly).unwrap();
    let conn = Connection::open_with_flags(root.join("tail.duckdb"), config).unwrap();
    let mut statement = conn.prepare(query).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn instrument(at: usize, codes: usize, days: &[NaiveDate]) -> Instrument {
    let code: Code = format!("{:06}.SH", 600_000 + at).parse().unwrap();
    // One code is listed on the way, one is delisted; the others have been there before.
    let listed = if at == 0 { days[days.len() / 3] } else { days[0] - Days::new(100 * at as u64) };
    let delisted = (at + 1 == codes && codes > 3).then(|| days[days.len() * 3 / 4]);
    Instrument {
        code,
        kind: InstrumentKind::AShare,
        board: Some(Board::Main),
        name: format!("测试{at}"),
        listed: Some(listed),
        delisted,
        renamed_from: None,
    }
}

struct Walk {
    close: i64,
    vendor_factor: f64,
    suspended_for: u32,
}

impl Walk {
    fn start(rng: &mut ChaCha8Rng) -> Self {
        Self { close: rng.random_range(500..5_000), vendor_factor: 1.0, suspended_for: 0 }
    }

    fn step(
        &mut self,
        rng: &mut ChaCha8Rng,
        code: Code,
        trade_date: NaiveDate,
        actions: &mut Vec<CorporateAction>,
    ) -> Option<Quote> {
        // An ex-date may fall into a suspension: the reference then shows on the first bar after it.
        if rng.random_ratio(1, 25) && self.close > 120 {
            let action = two_for_ten(code, trade_date);
            let reference = ex_right_reference(self.close as f64 / 100.0, std::slice::from_ref(&action)).unwrap();
            let reference = (reference * 100.0).round() as i64;
            self.vendor_factor *= self.close as f64 / reference as f64;
            self.close = reference;
            actions.push(action);
        }
        let reference = self.close;
        if self.suspended_for == 0 && rng.random_ratio(1, 20) {
            self.suspended_for = rng.random_range(1..5);
        }
        if self.suspended_for > 0 {
            self.suspended_for -= 1;
            return None;
        }
        let close = (reference + rng.random_range(-reference / 11..=reference / 10)).max(101);
        self.close = close;
        let yuan = |cents: i64| cents as f64 / 100.0;
        let volume = rng.random_range(1_000..1_000_000) * 100;
        let bar = DailyBar {
            code,
            trade_date,
            open: yuan(reference),
            high: yuan(reference.max(close) + 1),
            low: yuan(reference.min(close) - 1),
            close: yuan(close),
            pre_close: Some(yuan(reference)),
            volume,
            amount: Some(volume as f64 * yuan(close)),
            adj_factor: Some(self.vendor_factor),
        };
        Some(Quote { bar, pe_ttm: rng.random_ratio(4, 5).then(|| rng.random_range(5.0..80.0)) })
    }
}

/// Two new shares for ten old ones.
pub(crate) fn two_for_ten(code: Code, ex_date: NaiveDate) -> CorporateAction {
    CorporateAction {
        code,
        ex_date,
        announced: None,
        cash_per_10: 0.0,
        bonus_per_10: 2.0,
        rights_per_10: 0.0,
        rights_price: 0.0,
    }
}

fn basic(bar: &DailyBar, pe_ttm: Option<f64>) -> DailyBasic {
    DailyBasic {
        code: bar.code,
        trade_date: bar.trade_date,
        turnover_rate: Some(1.5),
        turnover_rate_free: None,
        volume_ratio: None,
        pe: pe_ttm,
        pe_ttm,
        pb: Some(bar.close / 7.0),
        ps: None,
        ps_ttm: None,
        dividend_yield: None,
        dividend_yield_ttm: None,
        total_shares: Some(1e9),
        float_shares: Some(8e8),
        free_shares: None,
        total_value: Some(1e9 * bar.close),
        float_value: None,
    }
}

fn limit(bar: &DailyBar) -> PriceLimit {
    let reference = bar.pre_close.unwrap_or(bar.open);
    PriceLimit {
        code: bar.code,
        trade_date: bar.trade_date,
        up_limit: (reference * 110.0).round() / 100.0,
        down_limit: (reference * 90.0).round() / 100.0,
    }
}
