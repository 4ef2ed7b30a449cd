//! A fixture for every row of every table. Bodies are as the providers document them or as users quoted them.

mod dashscope;
mod everybody;
mod forms;
mod new_api;
mod openai;
mod siliconflow;

use std::collections::BTreeSet;

use hyper::{HeaderMap, StatusCode};
use route_policy::Verdict;

use super::{Refused, Row, classify};
use crate::Dialect;

/// Status, body, the row that has to fit, and what it has to mean.
type Fixture = (u16, &'static str, &'static str, Verdict);

fn judge(dialect: Dialect, status: u16, body: &str) -> Refused {
    classify(dialect, StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes())
}

/// Every fixture meets its row, and every row of the table has one.
#[track_caller]
fn check(dialect: Dialect, table: &[Row], fixtures: &[Fixture]) {
    for (status, body, rule, verdict) in fixtures {
        let refused = judge(dialect, *status, body);
        assert_eq!((refused.rule, refused.verdict), (*rule, *verdict), "{dialect} {status} {body}");
    }
    let met: BTreeSet<&str> = fixtures.iter().map(|(_, _, rule, _)| *rule).collect();
    let without: Vec<&str> = table.iter().map(|row| row.name).filter(|name| !met.contains(name)).collect();
    assert!(without.is_empty(), "rows without a fixture: {without:?}");
}

#[test]
fn rows_have_names_of_their_own_and_texts_in_lower_case() {
    let tables = [super::siliconflow::ROWS, super::dashscope::ROWS, super::openai::ROWS, super::new_api::ROWS];
    let rows: Vec<&Row> = tables.into_iter().chain([super::everybody::ROWS]).flatten().collect();
    let names: BTreeSet<&str> = rows.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), rows.len());
    for row in rows {
        assert!(row.texts.iter().all(|text| text.to_lowercase() == *text), "{}", row.name);
    }
}
