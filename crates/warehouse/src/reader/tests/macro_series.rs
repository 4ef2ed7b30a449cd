//! Macroeconomic series: periods apart from publications, revisions counted, an as-of day kept.

use crate::{
    MacroAnswer, MacroRow,
    fixture::{Fixture, date},
};

/// CPI with a revision, an expectation and a first figure that nobody dates; a rate of another vendor.
fn published() -> Fixture {
    let fixture = Fixture::new();
    fixture.tail(|conn| {
        conn.execute_batch(
            "INSERT INTO macro_observation VALUES
               ('china_cpi_yearly', DATE '2025-08-31', DATE '2025-09-10', -0.4, 'percent', -0.2, 0.0, 'aktools', 1, 0, TIMESTAMP '2025-09-15 03:00:00'),
               ('china_cpi_yearly', DATE '2025-09-30', DATE '2025-11-01', -0.2, 'percent', NULL, -0.4, 'aktools', 3, 0, TIMESTAMP '2025-11-03 03:00:00'),
               ('china_cpi_yearly', DATE '2025-09-30', DATE '2025-10-15', -0.3, 'percent', -0.1, -0.4, 'aktools', 2, 1, TIMESTAMP '2025-10-20 03:00:00'),
               ('china_cpi_yearly', DATE '2025-07-31', NULL, 0.0, 'percent', NULL, NULL, 'aktools', 1, 2, TIMESTAMP '2025-09-15 03:00:00'),
               ('china_cpi_yearly', DATE '2025-10-31', DATE '2025-11-09', NULL, 'percent', 0.1, -0.2, 'aktools', 3, 1, TIMESTAMP '2025-11-03 03:00:00'),
               ('lpr_1y', DATE '2025-09-22', NULL, 3.0, 'percent', NULL, NULL, 'aktools', 4, 0, TIMESTAMP '2025-09-22 03:00:00'),
               ('lpr_1y', DATE '2025-10-20', NULL, 3.0, 'percent', NULL, NULL, 'other', 5, 0, TIMESTAMP '2025-10-20 03:00:00')",
        )
        .unwrap();
    });
    fixture.commit(&[]);
    fixture.publish();
    fixture
}

fn found(series: &str, start: &str, end: &str, as_of: Option<&str>) -> MacroAnswer {
    let generation = published().reader().current().unwrap();
    generation.macro_observations(series, date(start), date(end), as_of.map(date)).unwrap()
}

/// `period value published revisions`, one per row.
fn shown(rows: &[MacroRow]) -> Vec<String> {
    let shown = |row: &MacroRow| {
        let published = row.published.map_or("-".to_owned(), |day| day.to_string());
        format!("{} {} {published} {}", row.period, row.value, row.revisions)
    };
    rows.iter().map(shown).collect()
}

#[test]
fn the_newest_publication_of_a_period_counts_and_says_how_many_it_replaces() {
    let answer = found("china_cpi_yearly", "2025-01-01", "2025-12-31", None);
    assert_eq!(
        shown(&answer.rows),
        ["2025-07-31 0 - 0", "2025-08-31 -0.4 2025-09-10 0", "2025-09-30 -0.2 2025-11-01 1"],
        "a period without a figure is no row"
    );
    assert_eq!((answer.rows[1].consensus, answer.rows[1].previous), (Some(-0.2), Some(0.0)));
    assert_eq!((answer.next_published, answer.undated), (None, 0));
}

#[test]
fn an_as_of_day_shows_what_was_known_then() {
    let then = found("china_cpi_yearly", "2025-01-01", "2025-12-31", Some("2025-10-31"));
    assert_eq!(shown(&then.rows), ["2025-08-31 -0.4 2025-09-10 0", "2025-09-30 -0.3 2025-10-15 0"]);
    assert_eq!((then.next_published, then.undated), (Some(date("2025-11-01")), 1));
    let before = found("china_cpi_yearly", "2025-08-01", "2025-12-31", Some("2025-09-09"));
    assert_eq!((before.rows.len(), before.next_published), (0, Some(date("2025-09-10"))));
}

#[test]
fn the_range_is_one_of_periods() {
    let answer = found("china_cpi_yearly", "2025-08-31", "2025-09-29", None);
    assert_eq!(shown(&answer.rows), ["2025-08-31 -0.4 2025-09-10 0"]);
    assert!(found("no_such_series", "2025-01-01", "2025-12-31", None).rows.is_empty());
}

#[test]
fn the_list_names_every_series_with_its_reach() {
    let all = published().reader().current().unwrap().macro_series().unwrap();
    let [cpi, lpr] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((cpi.series.as_str(), cpi.unit.as_str(), cpi.periods), ("china_cpi_yearly", "percent", 3));
    assert_eq!((cpi.first_period, cpi.last_period), (date("2025-07-31"), date("2025-09-30")));
    assert_eq!(cpi.last_published, Some(date("2025-11-01")));
    assert_eq!((lpr.sources.join("+").as_str(), lpr.last_published), ("aktools+other", None));
}
