//! Rows that were refused, as a generation holds them.

use chrono::{DateTime, NaiveDateTime, Utc};
use duckdb::{Connection, OptionalExt, Row};
use serde_json::value::RawValue;

use super::{
    Cursor,
    findings::{Conditions, PAGE_ROWS_MAX},
};
use crate::{
    Generation, QuarantinedRow, WarehouseError,
    reader::{
        raw_body::{Found, RawBody},
        raw_rows, tables,
    },
};

/// Which quarantined rows are wanted. The default is all of them, a hundred at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct QuarantineFilter {
    /// `held`, `released`, `discarded` or `superseded`.
    pub state: Option<String>,
    /// Of this vendor.
    pub source: Option<String>,
    /// Of this data set.
    pub dataset: Option<String>,
    /// About this code, or this series.
    pub code: Option<String>,
    /// Refused by this rule.
    pub rule: Option<String>,
    /// Continue behind the page that gave this.
    pub after: Option<Cursor>,
    /// How many at once: 1 to [`PAGE_ROWS_MAX`], and the nearest of these for anything else.
    pub limit: usize,
}

impl Default for QuarantineFilter {
    fn default() -> Self {
        Self { state: None, source: None, dataset: None, code: None, rule: None, after: None, limit: 100 }
    }
}

/// Some rows of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, newest first.
    pub rows: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
}

/// A quarantined row with the vendor's own.
#[derive(Debug, Clone)]
pub struct QuarantineEntry {
    /// The row.
    pub row: QuarantinedRow,
    /// What the vendor sent; `None` where the response is no longer in the generation: it lies in the primary's raw archive.
    pub raw: Option<QuarantinedRaw>,
}

/// The vendor's response behind a quarantined row.
#[derive(Debug, Clone)]
pub struct QuarantinedRaw {
    /// The vendor's data set, for example `daily`.
    pub dataset: String,
    /// The request as JSON, without its token.
    pub request: String,
    /// When the response arrived.
    pub fetched_at: DateTime<Utc>,
    /// Its HTTP status.
    pub http_status: u16,
    /// The names of the row's columns, where the vendor sends them.
    pub fields: Vec<String>,
    /// The row as JSON, every value in the vendor's own text, as in [`crate::RawRow::row`]; `None` where the response has no such
    /// row, or cannot be taken apart.
    pub row: Option<Box<RawValue>>,
}

impl Generation {
    /// A page of the quarantine as of this generation, newest first. Plans a query.
    pub fn quarantine(&self, filter: &QuarantineFilter) -> Result<Page<QuarantinedRow>, WarehouseError> {
        let limit = filter.limit.clamp(1, PAGE_ROWS_MAX);
        self.database.query(|conn, _| {
            let conditions = conditions(filter);
            let sql = format!(
                "{} {} ORDER BY quarantined_at DESC, id DESC LIMIT {}",
                select(conn, self.files.tail.name())?,
                conditions.filter(),
                limit + 1
            );
            let mut statement = conn.prepare(&sql)?;
            let mut found = statement.query(conditions.values().as_slice())?;
            let mut rows: Vec<QuarantinedRow> = Vec::new();
            while let Some(row) = found.next()? {
                if rows.len() == limit {
                    let next = rows.last().map(|last| Cursor::behind(last.quarantined_at, &last.id));
                    return Ok(Page { rows, next });
                }
                rows.push(quarantined_row(row)?);
            }
            Ok(Page { rows, next: None })
        })
    }

    /// How many quarantined rows are held: nobody has decided about them. Plans a query.
    pub fn quarantined_count(&self) -> Result<u64, WarehouseError> {
        self.database.query(|conn, _| {
            let tail = self.files.tail.name();
            let held = format!("SELECT count(*) FROM ({}) WHERE state = 'held'", select(conn, tail)?);
            Ok(conn.query_row(&held, [], |row| row.get(0))?)
        })
    }

    /// A quarantined row by its id, with what the vendor sent. Plans queries and reads the whole response.
    pub fn quarantined(&self, id: &str) -> Result<Option<QuarantineEntry>, WarehouseError> {
        self.database.query(|conn, _| {
            let tail = self.files.tail.name();
            let sql = format!("{} WHERE id = ? ORDER BY quarantined_at DESC, raw_id DESC LIMIT 1", select(conn, tail)?);
            let Some(row) = conn.query_row(&sql, [id], quarantined_row).optional()? else { return Ok(None) };
            let raw = raw(conn, tail, &row)?;
            Ok(Some(QuarantineEntry { row, raw }))
        })
    }
}

fn conditions(filter: &QuarantineFilter) -> Conditions {
    let mut conditions = Conditions::default();
    let equal = [
        ("state = ?", &filter.state),
        ("source = ?", &filter.source),
        ("dataset = ?", &filter.dataset),
        ("code = ?", &filter.code),
        ("rule = ?", &filter.rule),
    ];
    for (condition, value) in equal {
        if let Some(value) = value {
            conditions.bind(condition, value.clone());
        }
    }
    if let Some(cursor) = &filter.after {
        conditions.behind("quarantined_at", cursor);
    }
    conditions
}

/// The columns of [`quarantined_row`]. Programs before schema 3 wrote no more than the reason; what they put aside is held,
/// under the id and the rule that the migration gives it.
fn select(conn: &Connection, tail: &str) -> Result<String, WarehouseError> {
    let columns = "id, dataset, source, rule, code, trade_date, raw_id, raw_row, reason, value, candidate, state, \
                   quarantined_at, decided_at, decided_by, note";
    if tables::has_column(conn, tail, "quarantine", "id")? {
        return Ok(format!("SELECT {columns} FROM {tail}.quarantine"));
    }
    Ok(format!(
        "SELECT {columns} FROM (SELECT *, \
             md5(concat_ws('|', source, dataset, raw_id::VARCHAR, raw_row::VARCHAR, reason, value)) AS id, \
             CASE WHEN contains(reason, 'another row with the same key') THEN 'duplicate_key' ELSE 'schema' END AS rule, \
             NULL::VARCHAR AS code, NULL::DATE AS trade_date, NULL::VARCHAR AS candidate, 'held' AS state, \
             NULL::TIMESTAMP AS decided_at, NULL::VARCHAR AS decided_by, NULL::VARCHAR AS note \
         FROM {tail}.quarantine)"
    ))
}

fn quarantined_row(row: &Row<'_>) -> Result<QuarantinedRow, duckdb::Error> {
    let moment = |at: NaiveDateTime| at.and_utc();
    Ok(QuarantinedRow {
        id: row.get(0)?,
        dataset: row.get(1)?,
        source: row.get(2)?,
        rule: row.get(3)?,
        code: row.get(4)?,
        trade_date: row.get(5)?,
        raw_id: row.get(6)?,
        raw_row: row.get(7)?,
        reason: row.get(8)?,
        value: row.get::<_, Option<String>>(9)?.unwrap_or_default(),
        candidate: row.get(10)?,
        state: row.get(11)?,
        quarantined_at: moment(row.get(12)?),
        decided_at: row.get::<_, Option<NaiveDateTime>>(13)?.map(moment),
        decided_by: row.get(14)?,
        note: row.get(15)?,
    })
}

/// What the vendor sent, if the tail still has it.
fn raw(conn: &Connection, tail: &str, row: &QuarantinedRow) -> Result<Option<QuarantinedRaw>, WarehouseError> {
    let Some(raw_id) = row.raw_id else { return Ok(None) };
    let Some(response) = raw_rows::response(conn, tail, &row.source, raw_id)? else { return Ok(None) };
    let (mut fields, mut own) = (Vec::new(), None);
    // A response that was refused whole may be no more than a piece of one: then there is no row to show.
    if let Ok(body) = RawBody::parse(&response.body) {
        fields = body.fields();
        own = row.raw_row.and_then(|index| match body.row(index, row.trade_date.unwrap_or_default()).ok()? {
            Found::Row(row) => Some(row),
            Found::Whole => body.whole(index, None).ok(),
        });
    }
    let raw_rows::Response { dataset, request, fetched_at, http_status, .. } = response;
    Ok(Some(QuarantinedRaw { dataset, request, fetched_at, http_status, fields, row: own }))
}
