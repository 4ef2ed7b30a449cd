//! What each source brought of each day.

use super::counts::published;
use crate::{
    JudgedDay, SourceDay,
    fixture::{code, date},
};

fn day(source: &str, day: &str, (shares, others): (u64, u64), judged: Option<JudgedDay>) -> SourceDay {
    SourceDay { source: source.to_owned(), date: date(day), shares, others, judged }
}

#[test]
fn a_day_says_what_came_of_whom_and_how_it_was_judged() {
    let fixture = published();
    fixture.tail(|conn| {
        conn.execute_batch(
            "INSERT INTO partition VALUES
                 ('daily', DATE '2026-01-07', 'tushare', 7, 6, 'withheld', '6 of 7', TIMESTAMP '2026-01-07'),
                 ('daily', DATE '2026-01-08', 'tushare', 7, 0, 'withheld', NULL, TIMESTAMP '2026-01-08')",
        )
        .unwrap();
    });
    fixture.commit(&[]);
    fixture.publish();
    let generation = fixture.reader().current().unwrap();
    let withheld =
        |present, reason: &str| Some(JudgedDay { expected: 7, present, is_withheld: true, reason: reason.to_owned() });
    let expected = [
        day("tdx", "2026-01-06", (3, 0), None),
        day("tdx", "2026-01-07", (2, 0), None),
        day("tushare", "2026-01-05", (5, 0), None),
        // Two of the base's rows are corrected in the tail, a third is only there.
        day("tushare", "2026-01-06", (6, 0), None),
        day("tushare", "2026-01-07", (6, 1), withheld(6, "6 of 7")),
        day("tushare", "2026-01-08", (0, 0), withheld(0, "")),
    ];
    assert_eq!(generation.source_days(date("2026-01-01"), date("2026-01-31")).unwrap(), expected);
    let one = generation.source_days(date("2026-01-05"), date("2026-01-05")).unwrap();
    assert_eq!(one, expected[2..3]);
    assert!(generation.source_days(date("2026-01-31"), date("2026-01-01")).unwrap().is_empty());
    let spans = [("tushare".to_owned(), date("2026-01-07"), date("2026-01-08"))];
    assert_eq!(generation.judged_spans().unwrap(), spans);
}

#[test]
fn a_share_without_a_bar_is_named_unless_it_was_halted_or_not_listed() {
    let fixture = published();
    fixture.tail(|conn| {
        let share = |code: &str, listed: &str, delisted: &str, status: &str| {
            format!(
                "('{code}', 'a_share', 'SSE', NULL, 'x', '{status}', DATE '{listed}', {delisted}, NULL, 'tushare', 1, 0, \
                 TIMESTAMP '2026-01-06')"
            )
        };
        let rows = [
            share("600000.SH", "2000-01-01", "NULL", "listed"),
            share("600003.SH", "2000-01-01", "NULL", "listed"),
            share("600008.SH", "2000-01-01", "NULL", "listed"),
            share("600009.SH", "2000-01-01", "DATE '2026-01-06'", "delisted"),
            share("600010.SH", "2026-01-07", "NULL", "listed"),
            share("600011.SH", "2000-01-01", "NULL", "paused"),
        ];
        conn.execute_batch(&format!("INSERT INTO instrument VALUES {}", rows.join(", "))).unwrap();
    });
    fixture.commit(&[]);
    fixture.publish();
    let generation = fixture.reader().current().unwrap();
    let absent = |source: &str, day: &str| generation.shares_without_bar(source, date(day)).unwrap();
    // 600000.SH is halted that day; of tdx only the first three came.
    assert_eq!(absent("tushare", "2026-01-06"), [code("600008.SH")]);
    assert_eq!(absent("tdx", "2026-01-06"), [code("600003.SH"), code("600008.SH")]);
    assert_eq!(absent("tushare", "2026-01-07"), [code("600008.SH"), code("600010.SH")]);
    assert_eq!(absent("'; DROP TABLE x; --", "2026-01-05").len(), 4);
}
