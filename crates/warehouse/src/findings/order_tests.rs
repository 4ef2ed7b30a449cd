//! The parts of two checks may arrive in any order and repeatedly: what is open is what the newer one found.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use duckdb::Connection;
use proptest::prelude::*;

use super::{FindingsRecord, FindingsScope, FoundRow, check::validate, record::apply};
use crate::{fixture::now, schema};

const CODES: [&str; 5] = ["000001.SZ", "300750.SZ", "600000.SH", "600519.SH", "920799.BJ"];
const DAYS: [&str; 3] = ["2024-01-02", "2024-01-03", "2024-01-04"];

/// A check: its findings by (code, day), where one part ends and the next begins, its days (`None`: all).
#[derive(Debug, Clone)]
struct Check {
    findings: BTreeSet<(usize, usize)>,
    cuts: BTreeSet<usize>,
    days: Option<BTreeSet<usize>>,
}

fn checks() -> impl Strategy<Value = Check> {
    let findings = prop::collection::btree_set((0..CODES.len(), 0..DAYS.len()), 0..8);
    let cuts = prop::collection::btree_set(1..CODES.len(), 0..3);
    let days = prop::option::of(prop::collection::btree_set(0..DAYS.len(), 1..=DAYS.len()));
    (findings, cuts, days).prop_map(|(mut findings, cuts, days)| {
        findings.retain(|(_, at)| days.as_ref().is_none_or(|days| days.contains(at)));
        Check { findings, cuts, days }
    })
}

fn day(at: usize) -> NaiveDate {
    DAYS[at].parse().unwrap()
}

fn minute(at: i64) -> DateTime<Utc> {
    now() + TimeDelta::minutes(at)
}

impl Check {
    fn is_about(&self, at: usize) -> bool {
        self.days.as_ref().is_none_or(|days| days.contains(&at))
    }

    /// The check of that generation, in parts.
    fn parts(&self, generation: u64) -> Vec<FindingsRecord> {
        let bounds: Vec<Option<usize>> =
            std::iter::once(None).chain(self.cuts.iter().map(|cut| Some(*cut))).chain([None]).collect();
        let last = bounds.len() - 2;
        let part = |(nth, bounds): (usize, &[Option<usize>])| {
            let (from, to) = (bounds[0], bounds[1]);
            let is_inside = |code: usize| from.is_none_or(|from| from <= code) && to.is_none_or(|to| code < to);
            let found = |(code, at): &(usize, usize)| FoundRow {
                check: "gap".to_owned(),
                severity: "error".to_owned(),
                code: Some(CODES[*code].to_owned()),
                trade_date: Some(day(*at)),
                subject: String::new(),
                message: "no bar".to_owned(),
                details: serde_json::json!({}),
            };
            let code = |at: Option<usize>| at.map(|at| CODES[at].to_owned());
            FindingsRecord {
                check: "check_generation".to_owned(),
                generation: Some(generation),
                commit_seq: generation,
                checked_at: minute(generation.cast_signed()),
                scope: FindingsScope {
                    checks: vec!["gap".to_owned()],
                    dates: self.days.as_ref().map(|days| days.iter().copied().map(day).collect()),
                    from_code: code(from),
                    to_code: code(to),
                },
                last: nth == last,
                findings: self.findings.iter().filter(|(code, _)| is_inside(*code)).map(found).collect(),
            }
        };
        bounds.windows(2).enumerate().map(part).collect()
    }
}

fn open(conn: &Connection) -> BTreeSet<(String, String)> {
    let sql = "SELECT code, trade_date::VARCHAR FROM quality_log WHERE closed_at IS NULL";
    let mut statement = conn.prepare(sql).unwrap();
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_interleaving_of_two_checks_ends_in_the_state_of_the_newest(
        older in checks(),
        newer in checks(),
        order in prop::collection::vec((any::<u32>(), any::<u32>(), any::<bool>()), 8),
    ) {
        let parts = older.parts(1).into_iter().chain(newer.parts(2));
        let mut queue = Vec::new();
        for (part, (first, second, is_repeated)) in parts.zip(order) {
            validate(&part).unwrap();
            if is_repeated {
                queue.push((second, part.clone()));
            }
            queue.push((first, part));
        }
        queue.sort_by_key(|(order, _)| *order);
        let conn = Connection::open_in_memory().unwrap();
        schema::migrate(&conn).unwrap();
        for (nth, (_, part)) in queue.iter().enumerate() {
            apply(&conn, part, minute(10 + nth as i64)).unwrap();
        }
        let left = older.findings.iter().filter(|(_, at)| !newer.is_about(*at));
        let expected = newer.findings.iter().chain(left).map(|(code, at)| (CODES[*code].to_owned(), DAYS[*at].to_owned()));
        prop_assert_eq!(open(&conn), expected.collect::<BTreeSet<_>>());
        // What was done is done: all of it again changes nothing.
        let again = queue.iter().map(|(_, part)| apply(&conn, part, minute(99)).unwrap().0);
        prop_assert!(again.into_iter().all(|changed| !changed));
    }
}
