//! Pages of the quarantine, and single rows of it.

use crate::{
    Generation, Page, QuarantineFilter, QuarantinedRow,
    fixture::{Fixture, date},
};

const BODY: &str =
    r#"{"code":0,"data":{"fields":["ts_code","close"],"items":[["600519.SH",0.00],["000001.SZ", -1.50]]}}"#;

/// Sixty rows in two states, of two vendors and data sets.
fn published() -> Fixture {
    let fixture = Fixture::new();
    fixture.tail(|conn| {
        conn.execute_batch(&format!("CREATE TABLE raw_tushare_daily {}", crate::raw::COLUMNS)).unwrap();
        for (id, body) in [(1, BODY), (2, "{\"code\":0,\"da")] {
            conn.execute(
                "INSERT INTO raw_tushare_daily VALUES
                     (?, '{\"api_name\":\"daily\"}', TIMESTAMP '2026-01-06 09:00:00', 200, ?, '', 'tushare')",
                duckdb::params![id, body.as_bytes()],
            )
            .unwrap();
        }
        conn.execute_batch(
            "INSERT INTO quarantine
                 (id, dataset, source, rule, code, trade_date, raw_id, raw_row, reason, value, candidate, state,
                  quarantined_at, decided_at, decided_by, note)
             SELECT md5(i::VARCHAR), (['daily', 'price_limit'])[i % 2 + 1], (['tushare', 'tdx'])[i % 3 % 2 + 1],
                 (['schema', 'nonpositive_price'])[i % 5 % 2 + 1], '60000' || (i % 4)::VARCHAR || '.SH',
                 DATE '2026-01-05', 99, 0, 'close is 0', NULL, '{\"close\": 0}',
                 CASE WHEN i % 6 = 0 THEN 'discarded' ELSE 'held' END, TIMESTAMP '2026-01-06 10:00:00' + INTERVAL (i // 4) SECOND,
                 CASE WHEN i % 6 = 0 THEN TIMESTAMP '2026-01-07' END, CASE WHEN i % 6 = 0 THEN 'ops' END, NULL
             FROM range(60) r(i);
             INSERT INTO quarantine
                 (id, dataset, source, rule, code, trade_date, raw_id, raw_row, reason, value, state, quarantined_at) VALUES
                 ('first', 'daily', 'tushare', 'nonpositive_price', '600519.SH', DATE '2026-01-05', 1, 0, 'close is 0', 'close=0.00',
                     'held', TIMESTAMP '2026-01-05'),
                 ('none', 'daily', 'tushare', 'schema', NULL, NULL, 1, 9, 'no such row', '', 'held', TIMESTAMP '2026-01-05'),
                 ('cut', 'daily', 'tushare', 'schema', NULL, NULL, 2, 0, 'malformed', '', 'held', TIMESTAMP '2026-01-05'),
                 ('lost', 'daily', 'tushare', 'schema', NULL, NULL, NULL, NULL, 'no response', '', 'held', TIMESTAMP '2026-01-05')",
        )
        .unwrap();
    });
    fixture.commit(&[]);
    fixture.publish();
    fixture
}

fn all(generation: &Generation, filter: &QuarantineFilter) -> Vec<QuarantinedRow> {
    let mut filter = filter.clone();
    let mut all = Vec::new();
    loop {
        let Page { rows, next } = generation.quarantine(&filter).unwrap();
        all.extend(rows);
        let Some(next) = next else { return all };
        filter.after = Some(next.to_string().parse().unwrap());
    }
}

#[test]
fn the_pages_together_are_everything_once_and_every_filter_holds() {
    type Holds = fn(&QuarantinedRow) -> bool;
    let generation = published().reader().current().unwrap();
    let any = QuarantineFilter { limit: 7, ..QuarantineFilter::default() };
    let everything = all(&generation, &any);
    assert_eq!(everything.len(), 64);
    assert!(everything.is_sorted_by(|a, b| (a.quarantined_at, &a.id) > (b.quarantined_at, &b.id)));
    let text = |text: &str| Some(text.to_owned());
    let cases: [(QuarantineFilter, Holds); 6] = [
        (QuarantineFilter { state: text("held"), ..any.clone() }, |row| row.state == "held"),
        (QuarantineFilter { source: text("tdx"), ..any.clone() }, |row| row.source == "tdx"),
        (QuarantineFilter { dataset: text("daily"), ..any.clone() }, |row| row.dataset == "daily"),
        (QuarantineFilter { code: text("600001.SH"), ..any.clone() }, |row| row.code.as_deref() == Some("600001.SH")),
        (QuarantineFilter { rule: text("nonpositive_price"), ..any.clone() }, |row| row.rule == "nonpositive_price"),
        (QuarantineFilter { rule: text("schema"), state: text("discarded"), limit: 0, ..any }, |row| {
            row.rule == "schema" && row.state == "discarded"
        }),
    ];
    for (filter, holds) in cases {
        let expected: Vec<_> = everything.iter().filter(|row| holds(row)).cloned().collect();
        assert!(!expected.is_empty() && expected.len() < 64, "{filter:?}");
        assert_eq!(all(&generation, &filter), expected, "{filter:?}");
    }
    let nothing = QuarantineFilter { state: text("'; DROP TABLE quarantine"), ..QuarantineFilter::default() };
    assert!(all(&generation, &nothing).is_empty());
    let discarded = everything.iter().find(|row| row.state == "discarded").unwrap();
    assert_eq!((discarded.decided_by.as_deref(), discarded.note.as_deref()), (Some("ops"), None));
    assert_eq!((discarded.value.as_str(), discarded.candidate.as_deref()), ("", Some("{\"close\": 0}")));
    assert_eq!(discarded.decided_at.unwrap().to_rfc3339(), "2026-01-07T00:00:00+00:00");
}

#[test]
fn a_row_comes_with_what_the_vendor_sent_as_far_as_it_is_there() {
    let generation = published().reader().current().unwrap();
    let entry = |id: &str| generation.quarantined(id).unwrap();
    let first = entry("first").unwrap();
    assert_eq!((first.row.value.as_str(), first.row.trade_date), ("close=0.00", Some(date("2026-01-05"))));
    let raw = first.raw.unwrap();
    assert_eq!(raw.row.unwrap().get(), r#"["600519.SH",0.00]"#);
    assert_eq!(raw.fields, ["ts_code", "close"]);
    assert_eq!(
        (raw.dataset.as_str(), raw.http_status, raw.request.as_str()),
        ("daily", 200, r#"{"api_name":"daily"}"#)
    );
    assert_eq!(raw.fetched_at.to_rfc3339(), "2026-01-06T09:00:00+00:00");
    // The response is there and its row is not; the response is a piece of one; there is no response.
    let raw = entry("none").unwrap().raw.unwrap();
    assert!(raw.row.is_none() && raw.fields.len() == 2);
    let raw = entry("cut").unwrap().raw.unwrap();
    assert!(raw.row.is_none() && raw.fields.is_empty());
    assert!(entry("lost").unwrap().raw.is_none());
    let archived =
        all(&generation, &QuarantineFilter::default()).into_iter().find(|row| row.raw_id == Some(99)).unwrap();
    assert!(entry(&archived.id).unwrap().raw.is_none());
    assert!(entry("' OR true --").is_none());
}

#[test]
fn what_an_older_program_put_aside_is_held_under_the_id_that_the_migration_gives_it() {
    let fixture = Fixture::new();
    let insert = "INSERT INTO quarantine (dataset, source, raw_id, raw_row, reason, value, quarantined_at) VALUES
            ('daily', 'tushare', 1, 7, 'close: not a number', 'n/a', TIMESTAMP '2026-01-05'),
            ('daily', 'tdx', NULL, NULL, 'another row with the same key', NULL, TIMESTAMP '2026-01-04')";
    fixture.commit(&[]);
    fixture.publish();
    let tail = fixture.published().join("tail-000001.duckdb");
    let conn = duckdb::Connection::open(&tail).unwrap();
    conn.execute_batch(&format!(
        "DROP TABLE quarantine;
         CREATE TABLE quarantine (
             dataset VARCHAR NOT NULL, source VARCHAR NOT NULL, raw_id BIGINT, raw_row INTEGER,
             reason VARCHAR NOT NULL, value VARCHAR, quarantined_at TIMESTAMP NOT NULL);
         UPDATE meta SET value = '2' WHERE key = 'schema_version';
         {insert}; CHECKPOINT"
    ))
    .unwrap();
    conn.close().map_err(|(_, error)| error).unwrap();
    let manifest = fixture.published().join("gen-000001.json");
    let mut text: serde_json::Value = serde_json::from_slice(&std::fs::read(&manifest).unwrap()).unwrap();
    text["schema_version"] = 2.into();
    text["tail"]["size"] = std::fs::metadata(&tail).unwrap().len().into();
    std::fs::write(&manifest, text.to_string()).unwrap();

    let generation = fixture.reader().current().unwrap();
    let rows = all(&generation, &QuarantineFilter { limit: 1, ..QuarantineFilter::default() });
    let seen: Vec<_> = rows
        .iter()
        .map(|row| (row.source.as_str(), row.rule.as_str(), row.state.as_str(), row.code.as_deref()))
        .collect();
    assert_eq!(seen, [("tushare", "schema", "held", None), ("tdx", "duplicate_key", "held", None)]);
    let entry = generation.quarantined(&rows[0].id).unwrap().unwrap();
    assert_eq!((entry.row.reason.as_str(), entry.raw.is_none()), ("close: not a number", true));
    let held = QuarantineFilter { state: Some("held".to_owned()), ..QuarantineFilter::default() };
    assert_eq!(all(&generation, &held).len(), 2);
}
