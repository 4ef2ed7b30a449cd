//! The quality log: what was found wrong, by whom and when, and whether it still is.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use duckdb::{Connection, Row, ToSql};
use market_model::Code;
use quality_rules::Severity;

use super::Cursor;
use crate::{Generation, WarehouseError, arrow_rows::parse_code};

/// A page holds at most so many rows.
pub const PAGE_ROWS_MAX: usize = 1000;

/// Which findings are wanted. The default is all of them, a hundred at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingFilter {
    /// At least this bad.
    pub severity: Option<Severity>,
    /// Of this rule.
    pub check: Option<String>,
    /// About this code.
    pub code: Option<Code>,
    /// About a day from the first to the last of these. A finding about no day is about none of them.
    pub trade_dates: Option<(NaiveDate, NaiveDate)>,
    /// Found at this moment or later.
    pub since: Option<DateTime<Utc>>,
    /// Found before this moment.
    pub until: Option<DateTime<Utc>>,
    /// Only what is still the case.
    pub open_only: bool,
    /// Continue behind the page that gave this.
    pub after: Option<Cursor>,
    /// How many at once: 1 to [`PAGE_ROWS_MAX`], and the nearest of these for anything else.
    pub limit: usize,
}

impl Default for FindingFilter {
    fn default() -> Self {
        Self {
            severity: None,
            check: None,
            code: None,
            trade_dates: None,
            since: None,
            until: None,
            open_only: false,
            after: None,
            limit: 100,
        }
    }
}

/// An entry of the quality log.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedFinding {
    /// Its id: the same finding has the same one whenever it is made.
    pub id: String,
    /// The rule.
    pub check: String,
    /// How bad it is.
    pub severity: Severity,
    /// The code it is about.
    pub code: Option<Code>,
    /// The day it is about.
    pub trade_date: Option<NaiveDate>,
    /// In words.
    pub message: String,
    /// The values seen: a JSON object, or null.
    pub details: serde_json::Value,
    /// The generation that was judged; `None` for what the writer noticed by itself.
    pub generation: Option<u64>,
    /// When it was found, or found again after it had been closed.
    pub found_at: DateTime<Utc>,
    /// When it was no longer found.
    pub closed_at: Option<DateTime<Utc>>,
}

/// Some findings, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FindingPage {
    /// The findings by `found_at`, then id, both descending.
    pub findings: Vec<LoggedFinding>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
}

/// Conditions with the values that they are bound to.
#[derive(Default)]
pub(super) struct Conditions {
    sql: Vec<String>,
    values: Vec<Box<dyn ToSql>>,
}

impl Generation {
    /// A page of the quality log as of this generation. Plans a query.
    pub fn findings(&self, filter: &FindingFilter) -> Result<FindingPage, WarehouseError> {
        self.database.query(|conn, _| page(conn, self.files.tail.name(), &conditions(filter), filter.limit))
    }

    /// An entry of the quality log by its id. Plans a query.
    pub fn finding(&self, id: &str) -> Result<Option<LoggedFinding>, WarehouseError> {
        let mut wanted = Conditions::default();
        wanted.bind("id = ?", id.to_owned());
        let page = self.database.query(|conn, _| page(conn, self.files.tail.name(), &wanted, 1))?;
        Ok(page.findings.into_iter().next())
    }

    /// A page of the warnings and errors that the writer noticed by itself and that are still the case, as large as a page may
    /// be. Plans a query.
    pub fn open_findings_of_writer(&self, after: Option<Cursor>) -> Result<FindingPage, WarehouseError> {
        let severity = Some(Severity::Warning);
        let filter = FindingFilter { severity, open_only: true, after, ..FindingFilter::default() };
        let mut conditions = conditions(&filter);
        conditions.add("generation IS NULL".to_owned());
        self.database.query(|conn, _| page(conn, self.files.tail.name(), &conditions, PAGE_ROWS_MAX))
    }

    /// How many findings are open, by rule and severity, in the order of the rules' codes. Plans a query.
    pub fn open_finding_counts(&self) -> Result<Vec<(String, String, u64)>, WarehouseError> {
        let sql = format!(
            "SELECT check_name, severity, count(*) FROM {}.quality_log WHERE closed_at IS NULL GROUP BY ALL ORDER BY ALL",
            self.files.tail.name()
        );
        self.database.query(|conn, _| {
            let mut statement = conn.prepare(&sql)?;
            let counts = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(counts.collect::<Result<_, _>>()?)
        })
    }
}

fn page(conn: &Connection, tail: &str, conditions: &Conditions, limit: usize) -> Result<FindingPage, WarehouseError> {
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let mut statement = conn.prepare(&format!(
        "SELECT id, check_name, severity, code, trade_date, message, details, generation, found_at, closed_at \
         FROM {tail}.quality_log {} ORDER BY found_at DESC, id DESC LIMIT {}",
        conditions.filter(),
        limit + 1
    ))?;
    let mut rows = statement.query(conditions.values().as_slice())?;
    let mut findings = Vec::with_capacity(limit);
    while let Some(row) = rows.next()? {
        if findings.len() == limit {
            let next = findings.last().map(|last: &LoggedFinding| Cursor::behind(last.found_at, &last.id));
            return Ok(FindingPage { findings, next });
        }
        findings.push(finding(row)?);
    }
    Ok(FindingPage { findings, next: None })
}

fn conditions(filter: &FindingFilter) -> Conditions {
    let mut conditions = Conditions::default();
    if let Some(least) = filter.severity {
        let wanted = Severity::ALL.into_iter().filter(|severity| *severity >= least);
        let wanted: Vec<_> = wanted.map(|severity| format!("'{severity}'")).collect();
        conditions.add(format!("severity IN ({})", wanted.join(", ")));
    }
    if let Some(check) = &filter.check {
        conditions.bind("check_name = ?", check.clone());
    }
    if let Some(code) = filter.code {
        conditions.bind("code = ?", code.to_string());
    }
    if let Some((from, to)) = filter.trade_dates {
        conditions.bind("trade_date >= ?", from);
        conditions.bind("trade_date <= ?", to);
    }
    if let Some(since) = filter.since {
        conditions.bind("found_at >= ?", since.naive_utc());
    }
    if let Some(until) = filter.until {
        conditions.bind("found_at < ?", until.naive_utc());
    }
    if filter.open_only {
        conditions.add("closed_at IS NULL".to_owned());
    }
    if let Some(cursor) = &filter.after {
        conditions.behind("found_at", cursor);
    }
    conditions
}

fn finding(row: &Row<'_>) -> Result<LoggedFinding, WarehouseError> {
    let (code, details): (Option<String>, Option<String>) = (row.get(3)?, row.get(6)?);
    let severity: String = row.get(2)?;
    let moment = |at: NaiveDateTime| at.and_utc();
    Ok(LoggedFinding {
        id: row.get(0)?,
        check: row.get(1)?,
        // What a newer program calls otherwise is at least worth a look.
        severity: severity.parse().unwrap_or(Severity::Error),
        code: code.as_deref().map(parse_code).transpose()?,
        trade_date: row.get(4)?,
        message: row.get(5)?,
        details: details.map_or(serde_json::Value::Null, |text| serde_json::from_str(&text).unwrap_or(text.into())),
        generation: row.get(7)?,
        found_at: moment(row.get(8)?),
        closed_at: row.get::<_, Option<NaiveDateTime>>(9)?.map(moment),
    })
}

impl Conditions {
    pub(super) fn add(&mut self, sql: String) {
        self.sql.push(sql);
    }

    pub(super) fn bind(&mut self, sql: &str, value: impl ToSql + 'static) {
        self.sql.push(sql.to_owned());
        self.values.push(Box::new(value));
    }

    /// Rows behind `cursor`, newest first by `column`, then id.
    pub(super) fn behind(&mut self, column: &str, cursor: &Cursor) {
        // The first part alone prunes row groups.
        self.bind(&format!("{column} <= ?"), cursor.at());
        self.sql.push(format!("({column} < ? OR id < ?)"));
        self.values.push(Box::new(cursor.at()));
        self.values.push(Box::new(cursor.id().to_owned()));
    }

    pub(super) fn filter(&self) -> String {
        if self.sql.is_empty() { String::new() } else { format!("WHERE {}", self.sql.join(" AND ")) }
    }

    pub(super) fn values(&self) -> Vec<&dyn ToSql> {
        self.values.iter().map(AsRef::as_ref).collect()
    }
}
