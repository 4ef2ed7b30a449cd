//! Raw rows of vendors that do not answer as Tushare does.

use crate::fixture::{Fixture, code, date};

const FRAME: &[u8] = b"\xb1\xcb\x74\x00\x0c\x01\x08";
const YAHOO: &str = r#"{"chart":{"result":[{"meta":{},"timestamp":[100,200],"indicators":{"quote":[{"close":[1.50,2.250]}]}}],"error":null}}"#;

/// TDX has the bars of a share in one data set and those of an index in another; Yahoo answers in columns.
fn published() -> Fixture {
    let fixture = Fixture::new();
    fixture.tail(|conn| {
        for (table, id, request, body) in [
            ("raw_tdx_bars", 1, r#"{"method":"bars"}"#, FRAME),
            ("raw_tdx_index_bars", 2, r#"{"method":"index_bars"}"#, FRAME),
            ("raw_yahoo_chart", 3, r#"{"symbol":"0700.HK"}"#, YAHOO.as_bytes()),
        ] {
            conn.execute_batch(&format!("CREATE TABLE {table} {}", crate::raw::COLUMNS)).unwrap();
            let source = table.split('_').nth(1).unwrap();
            conn.execute(
                &format!("INSERT INTO {table} VALUES (?, ?, TIMESTAMP '2026-01-06 09:00:00', 200, ?, '', '{source}')"),
                duckdb::params![id, request, body],
            )
            .unwrap();
        }
        for (code, day, source, id, row) in [
            ("600519.SH", "2026-01-05", "tdx", 1, 798),
            ("600519.SH", "2026-01-06", "tdx", 1, 799),
            ("000300.SH", "2026-01-06", "tdx", 2, 0),
            ("0700.HK", "2026-01-06", "yahoo", 3, 1),
        ] {
            conn.execute_batch(&format!(
                "INSERT INTO normalized_daily VALUES ('{code}', DATE '{day}', 1, 2, 1, 2, NULL, 100, NULL, NULL, '{source}',
                     {id}, {row}, TIMESTAMP '2026-01-06 09:00:00')"
            ))
            .unwrap();
        }
    });
    fixture.commit(&[]);
    fixture.publish();
    fixture
}

#[test]
fn a_binary_page_is_shown_once_and_every_row_says_its_place_in_it() {
    let generation = published().reader().current().unwrap();
    let rows = generation.raw_rows(&code("600519.SH"), date("2026-01-05"), date("2026-01-06")).unwrap();
    let texts: Vec<_> = rows.iter().map(|row| row.row.as_ref().unwrap().get()).collect();
    assert_eq!(
        texts,
        [
            r#"{"encoding":"base64","frame":"sct0AAwBCA==","index":798}"#,
            r#"{"encoding":"base64","frame_in_row":0,"index":799}"#
        ]
    );
    assert_eq!(rows[1].request.as_deref(), Some(r#"{"method":"bars"}"#));
    assert_eq!((rows[1].dataset.as_deref(), rows[1].archived), (Some("bars"), false));
    assert!(rows[0].fields.is_empty());
}

#[test]
fn the_data_set_is_the_one_that_holds_the_response() {
    let generation = published().reader().current().unwrap();
    let day = date("2026-01-06");
    let index = generation.raw_rows(&code("000300.SH"), day, day).unwrap();
    assert_eq!(index[0].dataset.as_deref(), Some("index_bars"));
    let foreign = generation.raw_rows(&code("0700.HK"), day, day).unwrap();
    assert_eq!(foreign[0].dataset.as_deref(), Some("chart"));
    assert_eq!(foreign[0].row.as_ref().unwrap().get(), r#"{"close":2.250,"timestamp":200}"#);
    let normalized = generation.normalized(&code("0700.HK"), day, day).unwrap();
    assert_eq!((normalized[0].bar.amount, normalized[0].source.as_str()), (None, "yahoo"));
}
