//! A warehouse with a small market in which nothing is wrong, until a test says otherwise.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike as _, Days, NaiveDate, Utc, Weekday};
use job_queue::payload::RecordFindings;
use market_model::{Board, CalendarDay, Code, DailyBar, Exchange, Instrument, InstrumentKind, ListStatus};
use upstream_simulators::from_shanghai;
use warehouse::{
    Batch, FindingsRecord, FindingsScope, FoundRow, Freshness, Listing, Partition, RawResponse, Recorded, Rejected,
    Sourced, StatusFile, Writer, WriterOptions, write_status,
};

/// The warehouse and its only writer.
pub(crate) struct Shop {
    writer: Writer,
    published: PathBuf,
    codes: Vec<Code>,
    now: DateTime<Utc>,
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A Shanghai wall clock time, as in `2026-09-22 19:00`.
pub(crate) fn shanghai(text: &str) -> DateTime<Utc> {
    from_shanghai(chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap())
}

/// Weekdays trade, but for Golden Week.
fn is_open(date: NaiveDate) -> bool {
    let is_weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    let is_golden_week = date.month() == 10 && date.day() < 8;
    !is_weekend && !is_golden_week
}

/// The first `count` trading days of September 2026.
pub(crate) fn september(count: usize) -> Vec<NaiveDate> {
    day("2026-09-01").iter_days().filter(|date| is_open(*date)).take(count).collect()
}

impl Shop {
    /// A shop whose market has so many codes, with its reference data and nothing published.
    pub(crate) fn open(root: &Path, codes: usize) -> Self {
        let options = WriterOptions { threads: 1, memory_limit_mb: 256, ..WriterOptions::default() };
        let code = |nth: usize| Code::new(&format!("{:06}", 600_000 + nth), Exchange::Sse).unwrap();
        let mut shop = Self {
            writer: Writer::open(root, options).unwrap(),
            published: root.join("published"),
            codes: (0..codes).map(code).collect(),
            now: shanghai("2026-09-22 18:30"),
        };
        shop.commit(shop.reference());
        shop
    }

    pub(crate) fn code(&self, nth: usize) -> Code {
        self.codes[nth]
    }

    /// Stores what `source` says about a day; `change` is told the code's number, and makes it say something else.
    pub(crate) fn store(&mut self, source: &str, date: NaiveDate, change: impl Fn(usize, &mut DailyBar)) {
        let rows = self.codes.iter().enumerate().map(|(nth, code)| {
            let mut bar = bar(nth, *code, date);
            change(nth, &mut bar);
            Sourced { value: bar, response: 0, row: nth as u32 }
        });
        self.commit(Batch {
            source: source.to_owned(),
            responses: vec![self.response(source, "daily", &date.to_string())],
            daily: rows.collect(),
            partitions: vec![Partition { dataset: "daily", source: source.to_owned(), trade_date: date }],
            ..Batch::default()
        });
    }

    /// Stores clean days of one source.
    pub(crate) fn store_clean(&mut self, source: &str, dates: &[NaiveDate]) {
        dates.iter().for_each(|date| self.store(source, *date, |_, _| {}));
    }

    /// Stores a row that cannot be read: the writer quarantines it and raises a finding.
    pub(crate) fn store_unreadable(&mut self, reason: &str) {
        self.commit(Batch {
            source: "tushare".to_owned(),
            responses: vec![self.response("tushare", "daily", reason)],
            rejected: vec![Rejected {
                dataset: "daily".to_owned(),
                response: 0,
                row: 0,
                reason: reason.to_owned(),
                value: "close=x".to_owned(),
            }],
            ..Batch::default()
        });
    }

    /// Publishes; the generation's number.
    pub(crate) fn publish(&mut self) -> u64 {
        self.now += chrono::TimeDelta::minutes(1);
        self.writer.publish(self.now).unwrap().generation
    }

    /// Records what a check found, as the ingest worker does.
    pub(crate) fn record(&mut self, job: &RecordFindings) -> Recorded {
        let findings = job.findings.iter().cloned().map(|found| FoundRow {
            check: found.check,
            severity: found.severity,
            code: found.code,
            trade_date: found.trade_date,
            subject: found.subject,
            message: found.message,
            details: found.details,
        });
        let scope = job.scope.clone();
        let record = FindingsRecord {
            check: job.check.clone(),
            generation: job.generation,
            commit_seq: job.commit_seq,
            checked_at: job.checked_at,
            scope: FindingsScope {
                checks: scope.checks,
                dates: scope.dates,
                from_code: scope.from_code,
                to_code: scope.to_code,
            },
            last: job.last,
            findings: findings.collect(),
        };
        self.now += chrono::TimeDelta::minutes(1);
        self.writer.record_findings(&record, self.now).unwrap()
    }

    /// What is due to be checked, as the ingest worker asks for it.
    pub(crate) fn due(&self) -> warehouse::DueChecks {
        self.writer.due_checks().unwrap()
    }

    /// Writes `status.json`: what `tushare` last brought, and when.
    pub(crate) fn write_status(&self, datasets: &[(&str, &str, NaiveDate)]) {
        write_status(&self.published, &status(datasets)).unwrap();
    }

    fn commit(&mut self, batch: Batch) {
        self.now += chrono::TimeDelta::minutes(1);
        self.writer.commit(batch, self.now).unwrap();
    }

    fn response(&self, source: &str, dataset: &str, what: &str) -> RawResponse {
        RawResponse {
            source: source.to_owned(),
            dataset: dataset.to_owned(),
            request: format!("{{\"of\":\"{what}\"}}"),
            fetched_at: self.now,
            http_status: 200,
            body: format!("{{\"dataset\":\"{dataset}\",\"of\":\"{what}\"}}").into_bytes(),
        }
    }

    fn reference(&self) -> Batch {
        let calendar = day("2026-08-03").iter_days().take(120).enumerate().map(|(row, date)| Sourced {
            value: CalendarDay { exchange: Exchange::Sse, date, is_open: is_open(date), previous_open: None },
            response: 0,
            row: row as u32,
        });
        let instruments = self.codes.iter().enumerate().map(|(nth, code)| Sourced {
            value: Listing {
                instrument: Instrument {
                    code: *code,
                    kind: InstrumentKind::AShare,
                    board: Some(Board::Main),
                    name: format!("测试{nth}"),
                    listed: Some(day("2010-01-04") + Days::new(nth as u64 % 2_000)),
                    delisted: None,
                    renamed_from: None,
                },
                status: ListStatus::Listed,
            },
            response: 1,
            row: nth as u32,
        });
        Batch {
            source: "tushare".to_owned(),
            responses: vec![
                self.response("tushare", "trade_cal", "all"),
                self.response("tushare", "stock_basic", "all"),
            ],
            calendar: calendar.collect(),
            instruments: instruments.collect(),
            ..Batch::default()
        }
    }
}

/// The status of a warehouse into which these data sets came last: source and data set, when, and of which day.
fn status(datasets: &[(&str, &str, NaiveDate)]) -> StatusFile {
    let mut status: StatusFile = serde_json::from_str(r#"{"updated_at": "2026-09-01T00:00:00Z"}"#).unwrap();
    status.freshness = datasets
        .iter()
        .map(|(name, at, date)| {
            let (source, dataset) = name.split_once('/').unwrap();
            Freshness {
                source: source.to_owned(),
                dataset: dataset.to_owned(),
                last_success_at: Some(shanghai(at)),
                last_trade_date: Some(*date),
                last_error: None,
                last_error_at: None,
            }
        })
        .collect();
    status
}

/// Another close, so many times the true one, and nothing else wrong.
pub(crate) fn closing_at(factor: f64, bar: &mut DailyBar) {
    bar.close *= factor;
    bar.high = bar.high.max(bar.close);
}

/// The truth about a code's day: a few cents up and down around ten yuan and more.
fn bar(nth: usize, code: Code, trade_date: NaiveDate) -> DailyBar {
    let close_on =
        |date: NaiveDate| 1_000 + (nth as i64 % 400) * 10 + (date.num_days_from_ce() as i64 * 7 + nth as i64) % 9;
    let before = trade_date.pred_opt().unwrap();
    let before = std::iter::successors(Some(before), |date| date.pred_opt()).find(|date| is_open(*date)).unwrap();
    let (close, reference) = (close_on(trade_date), close_on(before));
    let yuan = |cents: i64| cents as f64 / 100.0;
    let volume = 100_000 + ((trade_date.num_days_from_ce() as i64 * 13 + nth as i64) % 97) * 100;
    DailyBar {
        code,
        trade_date,
        open: yuan(reference),
        high: yuan(close.max(reference) + 1),
        low: yuan(close.min(reference) - 1),
        close: yuan(close),
        pre_close: Some(yuan(reference)),
        volume,
        amount: Some(volume as f64 * yuan(close)),
        adj_factor: Some(1.0),
    }
}
