//! What Rust and SQL say identifies a row is the same text, for every data set.

use chrono::{DateTime, Utc};
use duckdb::Connection;
use market_model::{
    CalendarDay, CorporateAction, DailyBar, DailyBasic, Exchange, FundamentalClaim, Instrument, InstrumentKind,
    InstrumentName, ListStatus, MacroObservation, Metric, PriceLimit, Suspension, SuspensionKind,
};

use super::{Dataset, row_key};
use crate::{
    Listing, RawResponse, ReleasedRow, Sourced, fixture, schema,
    writer::stage::{self, Gate, Lineage, STAGE},
};

fn day(text: &str) -> chrono::NaiveDate {
    fixture::date(text)
}

fn code() -> market_model::Code {
    fixture::code("600519.SH")
}

fn bar() -> DailyBar {
    DailyBar {
        code: code(),
        trade_date: day("2024-01-02"),
        open: 1.5,
        high: 1.5,
        low: 1.5,
        close: 1.5,
        pre_close: None,
        volume: 100,
        amount: Some(150.0),
        adj_factor: None,
    }
}

fn basic() -> DailyBasic {
    serde_json::from_value(serde_json::json!({"code": "600519.SH", "trade_date": "2024-01-02", "pe": -3.5})).unwrap()
}

/// Stages `rows` and asks SQL for their keys.
fn keys_in_sql<T: Dataset + Clone>(rows: &[T]) -> Vec<String> {
    let conn = Connection::open_in_memory().unwrap();
    schema::migrate(&conn).unwrap();
    let response = RawResponse {
        source: "tushare".into(),
        dataset: "daily".into(),
        request: String::new(),
        fetched_at: DateTime::<Utc>::UNIX_EPOCH,
        http_status: 200,
        body: Vec::new(),
    };
    let rows: Vec<_> =
        rows.iter().zip(0..).map(|(value, row)| Sourced { value: value.clone(), response: 0, row }).collect();
    let lineage = Lineage { source: "tushare", responses: &[response], raw_ids: &[1] };
    assert_eq!(stage::stage(&conn, &rows, lineage, Gate::Shut).unwrap(), []);
    let key = row_key(schema::table(T::TABLE).unwrap(), "s");
    let mut statement = conn.prepare(&format!("SELECT {key} FROM {STAGE} s ORDER BY raw_row")).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn assert_same_keys<T: Dataset + Clone>(rows: &[T]) {
    let keys: Vec<_> = rows.iter().map(|row| row.identity().row_key()).collect();
    assert_eq!(keys_in_sql(rows), keys);
    assert_eq!(keys.len(), rows.len());
}

#[test]
fn what_identifies_a_row_is_the_same_text_in_rust_and_in_sql() {
    let limit = PriceLimit { code: code(), trade_date: day("2024-01-02"), up_limit: 11.0, down_limit: 9.0 };
    assert_same_keys(&[bar()]);
    assert_same_keys(&[basic()]);
    assert_same_keys(&[limit]);
    let halt = Suspension {
        code: code(),
        trade_date: day("2024-01-02"),
        kind: SuspensionKind::Suspended,
        timing: Some("09:30-10:00".into()),
    };
    assert_same_keys(&[halt.clone(), Suspension { timing: None, kind: SuspensionKind::Resumed, ..halt }]);
    let event = CorporateAction {
        code: code(),
        ex_date: day("2024-06-19"),
        announced: None,
        cash_per_10: 1.0,
        bonus_per_10: 0.0,
        rights_per_10: 0.0,
        rights_price: 0.0,
    };
    assert_same_keys(&[event.clone(), CorporateAction { announced: Some(day("2024-06-12")), ..event }]);
    let claim = FundamentalClaim {
        code: code(),
        period: day("2024-03-31"),
        metric: Metric::Eps,
        value: 1.0,
        announced: Some(day("2024-04-27")),
    };
    assert_same_keys(&[claim.clone(), FundamentalClaim { announced: None, ..claim }]);
    let figure = MacroObservation {
        series: "china_cpi_yearly".into(),
        period: day("2024-03-31"),
        published: None,
        value: 1.0,
        unit: "percent".into(),
        consensus: None,
        previous: None,
    };
    assert_same_keys(&[figure.clone(), MacroObservation { published: Some(day("2024-04-11")), ..figure }]);
    assert_same_keys(&[InstrumentName::new(code(), "ST茅台", day("2001-08-27"), None)]);
    let instrument = Instrument {
        code: code(),
        kind: InstrumentKind::AShare,
        board: None,
        name: "贵州茅台".into(),
        listed: None,
        delisted: None,
        renamed_from: None,
    };
    assert_same_keys(&[Listing { instrument, status: ListStatus::Listed }]);
    let date = day("2024-01-02");
    assert_same_keys(&[CalendarDay { exchange: Exchange::Sse, date, is_open: true, previous_open: None }]);
}

#[test]
fn a_candidate_reads_back_as_the_row_it_was_and_a_number_that_is_none_has_no_json() {
    let released = ReleasedRow::from_candidate(DailyBar::TABLE, &bar().candidate().unwrap());
    assert_eq!(released, Some(ReleasedRow::Daily(bar())));
    assert_eq!(ReleasedRow::from_candidate(PriceLimit::TABLE, &bar().candidate().unwrap()), None, "another table");
    assert_eq!(ReleasedRow::from_candidate(DailyBar::TABLE, "{}"), None);
    let released = ReleasedRow::from_candidate(DailyBasic::TABLE, &basic().candidate().unwrap());
    assert_eq!(released, Some(ReleasedRow::Basic(basic())));
    assert_eq!(DailyBar { close: f64::NAN, ..bar() }.candidate(), None);
    assert_eq!(DailyBar { pre_close: Some(f64::INFINITY), ..bar() }.candidate(), None);
    assert_eq!(DailyBasic { pb: Some(f64::NAN), ..basic() }.candidate(), None);
}

#[test]
fn a_name_without_a_text_or_with_a_last_day_before_its_first_is_refused() {
    let name = |text: &str, until| InstrumentName::new(code(), text, day("2024-01-02"), until).gate();
    assert_eq!(name("贵州茅台", Some(day("2024-01-02"))), Ok(()));
    assert_eq!(name(" ", None).unwrap_err().rule.code, "completeness");
    let refusal = name("贵州茅台", Some(day("2024-01-01"))).unwrap_err();
    assert_eq!((refusal.rule.code, refusal.value.as_str()), ("schema", "until=2024-01-01"));
}
