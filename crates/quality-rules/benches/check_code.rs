//! Every per-code rule over a year of a whole market, 5,500 codes of 250 days (1.4 million rows), and over one day of
//! it.
//!
//! `cargo bench -p quality-rules`: divan prints items (rows) per second, single core.

use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDate, Weekday};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use market_model::{
    Board, Code, Exchange, InstrumentKind, Limit, Tick, TradingCalendar, limit_prices, rulebook::NoLimitDays,
};
use quality_rules::{BarRow, CuratedBar, DayLimit, Days, Finding, History, Market, NameSpan, Options, check_code};

const CODES: usize = 5_500;
const DAYS: usize = 250;

fn main() {
    divan::main();
}

/// A year of the market: clean rows of one source, the served bars, published limits.
struct World {
    dates: Vec<NaiveDate>,
    codes: Vec<OneCode>,
    calendar: TradingCalendar,
    complete_days: BTreeSet<NaiveDate>,
    sources: Vec<String>,
    no_limit_days: NoLimitDays,
    options: Options,
}

struct OneCode {
    code: Code,
    rows: Vec<BarRow>,
    curated: Vec<CuratedBar>,
    limits: Vec<DayLimit>,
    names: Vec<NameSpan>,
}

impl World {
    fn new() -> Self {
        let first = NaiveDate::from_ymd_opt(2024, 1, 2).unwrap_or_default();
        let is_open = |date: NaiveDate| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        let dates: Vec<NaiveDate> = first.iter_days().filter(|date| is_open(*date)).take(DAYS).collect();
        let calendar = TradingCalendar::from_days(first.iter_days().take(DAYS * 2).map(|date| (date, is_open(date))));
        Self {
            codes: (0..CODES).filter_map(|number| OneCode::new(number, &dates)).collect(),
            calendar,
            complete_days: dates.iter().copied().collect(),
            dates,
            sources: vec!["tdx".to_owned(), "tushare".to_owned()],
            no_limit_days: NoLimitDays::sourced(),
            options: Options::default(),
        }
    }

    fn check(&self, days: Days<'_>, found: &mut Vec<Finding>) {
        let Self { calendar, sources, complete_days, no_limit_days, options, .. } = self;
        let unknown_days = &BTreeSet::new();
        let market = Market { calendar, sources, complete_days, unknown_days, no_limit_days, options };
        for code in &self.codes {
            check_code(&market, &code.history(), days, found);
        }
    }
}

impl OneCode {
    /// A deterministic walk within the limits, no two codes alike.
    fn new(number: usize, dates: &[NaiveDate]) -> Option<Self> {
        let code = Code::new(&format!("60{number:04}"), Exchange::Sse).ok()?;
        let mut state = number as u64 * 2 + 1;
        let mut place = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / (1u64 << 24) as f64
        };
        let (mut rows, mut limits, mut close) = (Vec::new(), Vec::new(), 12.0);
        for (date, raw_row) in dates.iter().zip(0..) {
            let (down, up) = limit_prices(close, Limit::percent(10), Tick::CENT)?;
            limits.push(DayLimit { date: *date, up, down });
            // Mostly small moves, sometimes up to the limit.
            let width = place().powi(3);
            let mut prices = [place(), place(), place(), place()].map(|at| {
                Tick::CENT
                    .price_of(Tick::CENT.count_of(close + (up - close).min(close - down) * width * (at * 2.0 - 1.0)))
            });
            prices.sort_by(f64::total_cmp);
            let [low, open, last, high] = prices;
            let volume = 1_000_000 * i64::from(1 + raw_row % 7) + (place() * 1e6) as i64;
            let amount = ((low + high) / 2.0 * volume as f64).round();
            let (pre_close, factor) = (close, 1.0);
            rows.push(BarRow {
                date: *date,
                open,
                high,
                low,
                close: last,
                pre_close,
                volume,
                amount,
                factor,
                source: 1,
                raw_id: 1,
                raw_row,
            });
            close = last;
        }
        let curated = rows.iter().map(|row| {
            let BarRow { date, open, high, low, close, volume, amount, source, .. } = *row;
            CuratedBar { date, open, high, low, close, volume, amount, factor: 1.0, source }
        });
        let from = NaiveDate::from_ymd_opt(2001, 8, 27)?;
        let names = vec![NameSpan { from, until: None, special_treatment: false, delisting: false }];
        Some(Self { code, curated: curated.collect(), rows, limits, names })
    }

    fn history(&self) -> History<'_> {
        History {
            code: self.code,
            kind: InstrumentKind::AShare,
            board: Some(Board::Main),
            listed: NaiveDate::from_ymd_opt(2001, 8, 27),
            delisted: None,
            names: &self.names,
            rows: &self.rows,
            curated: &self.curated,
            actions: &[],
            suspended: &[],
            limits: &self.limits,
        }
    }
}

/// All of it, as on demand or after a backfill.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn whole_year(bencher: Bencher) {
    let world = World::new();
    bencher.counter(ItemsCount::new(CODES * DAYS)).bench_local(|| {
        let mut found = Vec::new();
        world.check(Days::All, &mut found);
        assert_eq!(black_box(&found).first(), None);
    });
}

/// The day that came last, as after each publish.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn one_day(bencher: Bencher) {
    let world = World::new();
    let last = [world.dates[DAYS - 1]];
    bencher.counter(ItemsCount::new(CODES)).bench_local(|| {
        let mut found = Vec::new();
        world.check(Days::Only(&last), &mut found);
        assert_eq!(black_box(&found).first(), None);
    });
}
