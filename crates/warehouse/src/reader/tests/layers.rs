//! Normalized rows, the vendor's own rows, features, and the limits of queries.

use std::time::Duration;

use crate::{
    Reader, ReaderOptions, WarehouseError,
    fixture::{Fixture, code, date, random_rows, reader_options, weekdays},
};

/// The exact text of two responses: numbers whose text does not survive parsing, and a name in Chinese.
const FIRST: &str = "{\"code\":0,\"msg\":null,\"data\":{\"fields\":[\"ts_code\",\"close\",\"note\"],\"items\":[\
     [\"000001.SZ\",10.50,\"\u{5e73}\u{5b89}\"], [\"600519.SH\",1.688e3, null]]}}";
const SECOND: &str = "{\"data\":{\"items\":[[\"600519.SH\",1700.000]],\"fields\":[\"ts_code\",\"close\",\"note\"]}}";

fn published() -> Fixture {
    let fixture = Fixture::new();
    fixture.build_base(1, &[]);
    fixture.tail(|conn| {
        let columns = crate::raw::COLUMNS;
        conn.execute_batch(&format!("CREATE TABLE raw_tushare_daily {columns}")).unwrap();
        for (id, body) in [(1, FIRST), (2, SECOND)] {
            conn.execute(
                "INSERT INTO raw_tushare_daily VALUES (?, '{\"api_name\":\"daily\"}', TIMESTAMP '2026-01-06 09:00:00', 200, ?, '', 'tushare')",
                duckdb::params![id, body.as_bytes()],
            )
            .unwrap();
        }
        conn.execute_batch(
            "INSERT INTO normalized_daily VALUES
               ('600519.SH', DATE '2026-01-05', 1, 2, 1, 1688, 1600, 100, 5, 1.5, 'tushare', 1, 1, TIMESTAMP '2026-01-06 09:00:00'),
               ('600519.SH', DATE '2026-01-06', 1, 2, 1, 1700, NULL, 100, 5, NULL, 'tushare', 2, 0, TIMESTAMP '2026-01-07 09:00:00'),
               ('600519.SH', DATE '2026-01-06', 1, 2, 1, 1701, NULL, 100, 5, NULL, 'tdx', 7, 3, TIMESTAMP '2026-01-07 09:00:00'),
               ('600519.SH', DATE '2026-01-07', 1, 2, 1, 1702, NULL, 100, 5, NULL, 'tushare', 99, 0, TIMESTAMP '2026-01-08 09:00:00')",
        )
        .unwrap();
    });
    fixture.publish();
    fixture
}

#[test]
fn normalized_rows_carry_their_lineage() {
    let generation = published().reader().current().unwrap();
    let rows = generation.normalized(&code("600519.SH"), date("2026-01-05"), date("2026-01-06")).unwrap();
    let seen: Vec<_> = rows
        .iter()
        .map(|row| (row.bar.trade_date, row.source.as_str(), row.bar.close, row.raw_id, row.raw_row))
        .collect();
    let (fifth, sixth) = (date("2026-01-05"), date("2026-01-06"));
    assert_eq!(
        seen,
        [(fifth, "tushare", 1688.0, 1, 1), (sixth, "tdx", 1701.0, 7, 3), (sixth, "tushare", 1700.0, 2, 0)]
    );
    assert_eq!((rows[0].bar.pre_close, rows[1].bar.pre_close), (Some(1600.0), None));
    assert!(generation.normalized(&code("000001.SZ"), fifth, sixth).unwrap().is_empty());
    assert!(generation.normalized(&code("600519.SH"), sixth, fifth).unwrap().is_empty());
}

#[test]
fn raw_rows_are_verbatim_and_archived_ones_say_so() {
    let generation = published().reader().current().unwrap();
    let rows = generation.raw_rows(&code("600519.SH"), date("2026-01-05"), date("2026-01-07")).unwrap();
    let texts: Vec<_> = rows.iter().map(|row| (row.source.as_str(), row.row.as_ref().map(|row| row.get()))).collect();
    let expected = [
        ("tushare", Some("[\"600519.SH\",1.688e3, null]")),
        ("tdx", None),
        ("tushare", Some("[\"600519.SH\",1700.000]")),
        ("tushare", None),
    ];
    assert_eq!(texts, expected);
    assert_eq!(rows[0].fields, ["ts_code", "close", "note"]);
    assert_eq!(rows[0].request.as_deref(), Some("{\"api_name\":\"daily\"}"));
    assert_eq!(rows[0].fetched_at.unwrap().to_rfc3339(), "2026-01-06T09:00:00+00:00");
    assert_eq!(rows.iter().map(|row| row.archived).collect::<Vec<_>>(), [false, true, false, true]);
}

#[test]
fn a_response_that_lacks_the_row_is_damage() {
    let fixture = published();
    fixture.tail(|conn| conn.execute_batch("UPDATE normalized_daily SET raw_row = 5 WHERE raw_id = 1").unwrap());
    fixture.publish();
    let generation = fixture.reader().current().unwrap();
    let error = generation.raw_rows(&code("600519.SH"), date("2026-01-05"), date("2026-01-05")).unwrap_err();
    assert!(matches!(error, WarehouseError::Damaged { .. }), "{error}");
}

#[test]
fn features_computed_on_demand_equal_the_kernels_over_all_of_history() {
    let fixture = Fixture::new();
    let code = code("600519.SH");
    let days = weekdays(date("2025-06-02"), 100);
    let rows = random_rows(4, &[code], &days);
    let (base, tail) = rows.split_at(70);
    fixture.build_base(1, base);
    fixture.commit(tail);
    fixture.tail(|conn| {
        let day = rows[90].date;
        conn.execute_batch(&format!(
            "INSERT INTO feature_daily VALUES ('600519.SH', DATE '{day}', 1, 2, 3, NULL, 5, 6, 7, 8, NULL, 'tushare', TIMESTAMP '2026-01-01');
             INSERT INTO normalized_daily_basic BY NAME SELECT '600519.SH' AS code, DATE '{}' AS trade_date, 21.5 AS pe_ttm,
                 '{}' AS source, TIMESTAMP '2026-01-01' AS ingested_at",
            rows[80].date, rows[80].source
        ))
        .unwrap();
    });
    fixture.publish();
    let generation = fixture.reader().current().unwrap();
    let closes: Vec<f64> = rows.iter().map(|row| row.prices[3] * row.factor).collect();
    let mut expected = Vec::new();
    market_features::compute_all(&closes, &mut expected);
    for (at, row) in rows.iter().enumerate().filter(|(at, _)| *at != 90) {
        let found = generation.features(&code, row.date).unwrap().unwrap();
        let found_bits = [
            found.ma_5,
            found.ma_10,
            found.ma_20,
            found.ma_60,
            found.momentum_5d,
            found.momentum_20d,
            found.volatility_20d,
        ];
        let kernel = &expected[at];
        let kernel_bits = [
            kernel.ma_5,
            kernel.ma_10,
            kernel.ma_20,
            kernel.ma_60,
            kernel.momentum_5d,
            kernel.momentum_20d,
            kernel.volatility_20d,
        ];
        assert_eq!(found_bits.map(|v| v.map(f64::to_bits)), kernel_bits.map(|v| v.map(f64::to_bits)), "{}", row.date);
        assert!(found.computed);
        assert_eq!(found.pe_ttm, (at == 80).then_some(21.5));
    }
    let stored = generation.features(&code, rows[90].date).unwrap().unwrap();
    assert_eq!((stored.computed, stored.ma_5, stored.ma_60, stored.pe_ttm), (false, Some(1.0), None, Some(8.0)));
    assert!(generation.features(&code, date("2025-06-01")).unwrap().is_none(), "no bar, no features");
}

#[test]
fn a_query_that_takes_too_long_is_stopped_and_its_connection_lives_on() {
    let fixture = published();
    let options = ReaderOptions { query_timeout: Duration::from_millis(200), connections: 1, ..reader_options() };
    let generation = Reader::open(fixture.published(), options).unwrap().current().unwrap();
    let endless = generation.database.query(|conn, _| {
        let sql = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 3";
        Ok(conn.query_row(sql, [], |row| row.get::<_, i64>(0))?)
    });
    assert!(matches!(endless, Err(WarehouseError::TimedOut { after_ms: 200 })), "{endless:?}");
    let rows = generation.normalized(&code("600519.SH"), date("2026-01-05"), date("2026-01-06")).unwrap();
    assert_eq!(rows.len(), 3);
}

#[test]
fn a_query_that_finds_no_connection_says_so() {
    let fixture = published();
    let options = ReaderOptions { query_timeout: Duration::from_millis(300), connections: 1, ..reader_options() };
    let generation = Reader::open(fixture.published(), options).unwrap().current().unwrap();
    let inner = generation
        .database
        .query(|_, _| Ok(generation.normalized(&code("600519.SH"), date("2026-01-05"), date("2026-01-06"))));
    assert!(matches!(inner, Ok(Err(WarehouseError::Unavailable(_)))), "{inner:?}");
}

#[test]
fn a_generation_can_be_shared_between_threads() {
    fn assert_shared<T: Send + Sync + 'static>() {}
    assert_shared::<crate::Generation>();
    assert_shared::<Reader>();
}
