//! How much of each data set arrived.

use quality_rules::DayCount;

use crate::fixture::{Fixture, date};

fn body(fields: &str) -> String {
    format!(r#"{{"code":0,"data":{{"fields":[{fields}],"items":[["a",1.0]]}}}}"#)
}

/// Base: five shares of two days from tushare, three of them from tdx. Tail: two corrections of the base, a third day.
pub(super) fn published() -> Fixture {
    let fixture = Fixture::new();
    let rows = |day: &str, source: &str, codes: std::ops::Range<u32>, raw_id: i64| {
        let row = |code| {
            format!(
                "('60000{code}.SH', DATE '{day}', 1, 2, 1, 2, NULL, 100, NULL, NULL, '{source}', {raw_id}, 0, TIMESTAMP '2026-01-06')"
            )
        };
        codes.map(row).collect::<Vec<_>>().join(", ")
    };
    let suspensions = |day: &str, timing: &str| {
        format!("('600000.SH', DATE '{day}', 'suspended', {timing}, 'tushare', 4, 0, TIMESTAMP '2026-01-06')")
    };
    fixture.build_base_with(1, &[], |conn| {
        let daily = [("2026-01-05", "tushare", 0..5), ("2026-01-06", "tushare", 0..5), ("2026-01-06", "tdx", 0..3)];
        let daily: Vec<_> = daily.into_iter().map(|(day, source, codes)| rows(day, source, codes, 1)).collect();
        let whole_day = suspensions("2026-01-06", "NULL");
        conn.execute_batch(&format!(
            "INSERT INTO normalized_daily VALUES {}; INSERT INTO suspension VALUES {whole_day}",
            daily.join(", ")
        ))
        .unwrap();
    });
    fixture.tail(|conn| {
        conn.execute_batch(&format!(
            "INSERT INTO normalized_daily VALUES {}, {}, {}, {};
             INSERT INTO normalized_daily VALUES
                 ('000300.SH', DATE '2026-01-07', 1, 2, 1, 2, NULL, 100, NULL, NULL, 'tushare', 9, 0, TIMESTAMP '2026-01-06');
             INSERT INTO suspension VALUES {}, {};
             INSERT INTO price_limit VALUES ('600000.SH', DATE '2026-01-07', 3, 1, 'tushare', 7, 0, TIMESTAMP '2026-01-06');",
            // Two that the base has already, and one that it has not.
            rows("2026-01-06", "tushare", 3..6, 5),
            rows("2026-01-07", "tushare", 0..4, 6),
            rows("2026-01-07", "tushare", 4..6, 3),
            rows("2026-01-07", "tdx", 0..2, 8),
            suspensions("2026-01-06", "NULL"),
            suspensions("2026-01-06", "'09:30-10:00'"),
        ))
        .unwrap();
        for (table, id, body) in [
            ("raw_tushare_daily", 3, body(r#""old""#)),
            ("raw_tushare_daily", 6, body(r#""ts_code", "close""#)),
            ("raw_tushare_stk_limit", 7, body(r#""up_limit""#)),
            ("raw_tdx_bars", 8, "\u{1}frame".to_owned()),
            ("raw_tushare_index_daily", 9, body(r#""index""#)),
        ] {
            let source = table.split('_').nth(1).unwrap();
            conn.execute_batch(&format!("CREATE TABLE IF NOT EXISTS {table} {}", crate::raw::COLUMNS)).unwrap();
            conn.execute(
                &format!("INSERT INTO {table} VALUES (?, '', TIMESTAMP '2026-01-06', 200, ?, '', '{source}')"),
                duckdb::params![id, body.as_bytes()],
            )
            .unwrap();
        }
    });
    fixture.commit(&[]);
    fixture.publish();
    fixture
}

fn count(source: &str, dataset: &str, day: &str, rows: u64, columns: Option<&[&str]>) -> DayCount {
    let columns = columns.map(|columns| columns.iter().map(|&column| column.to_owned()).collect());
    DayCount { source: source.to_owned(), dataset: dataset.to_owned(), date: date(day), rows, columns }
}

#[test]
fn rows_are_counted_once_whichever_files_hold_them_and_columns_are_those_of_the_newest_response() {
    let generation = published().reader().current().unwrap();
    let expected = [
        count("tdx", "daily", "2026-01-06", 3, None),
        count("tdx", "daily", "2026-01-07", 2, None),
        count("tushare", "daily", "2026-01-05", 5, None),
        count("tushare", "daily", "2026-01-06", 6, None),
        count("tushare", "daily", "2026-01-07", 6, Some(&["ts_code", "close"])),
        count("tushare", "price_limit", "2026-01-07", 1, Some(&["up_limit"])),
        count("tushare", "suspension", "2026-01-06", 2, None),
    ];
    assert_eq!(generation.day_counts(date("2026-01-01"), date("2026-01-31")).unwrap(), expected);
    let some = generation.day_counts(date("2026-01-07"), date("2026-01-07")).unwrap();
    let of_day: Vec<_> = expected.into_iter().filter(|count| count.date == date("2026-01-07")).collect();
    assert_eq!(some, of_day);
    assert!(generation.day_counts(date("2026-01-08"), date("2026-01-31")).unwrap().is_empty());
    assert!(generation.day_counts(date("2026-01-31"), date("2026-01-01")).unwrap().is_empty());
}
