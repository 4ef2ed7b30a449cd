//! What each source brought of each day, and how complete the day was judged.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use duckdb::Connection;
use market_model::Code;

use crate::{
    Generation, WarehouseError,
    arrow_rows::parse_code,
    reader::{database::Attached, store::sql_date},
    schema, whole_market_sql,
    writer::datasets::{PAUSED, SUSPENDED},
};

const BARS: &str = "normalized_daily";

/// The daily bars of one source on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceDay {
    /// The source.
    pub source: String,
    /// The day.
    pub date: NaiveDate,
    /// Its bars of the mainland's shares.
    pub shares: u64,
    /// Its other bars: indices, funds, whatever trades abroad.
    pub others: u64,
    /// How the day was judged; `None` of a day that nobody claimed to have brought whole.
    pub judged: Option<JudgedDay>,
}

/// How complete a source's day is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedDay {
    /// The shares that were listed and not suspended.
    pub expected: u32,
    /// Those of them with a bar.
    pub present: u32,
    /// Whether the day is held back because too few are there.
    pub is_withheld: bool,
    /// Why, or how it came, in words; may be empty.
    pub reason: String,
}

/// A source's day, and its bars: shares, others.
type Counts = BTreeMap<(String, NaiveDate), (u64, u64)>;

impl Generation {
    /// What every source brought of each day from `from` to `to`, by source and day; days without a bar and without a
    /// judgement are left out. Plans queries; over days in the base it reads columns of it.
    pub fn source_days(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<SourceDay>, WarehouseError> {
        if from > to {
            return Ok(Vec::new());
        }
        self.database.query(|conn, _| {
            let mut judged = judged(conn, self.files.tail.name(), (from, to))?;
            let mut days: Vec<SourceDay> = self
                .bars_by_day(conn, (from, to))?
                .into_iter()
                .map(|((source, date), (shares, others))| {
                    let judged = judged.remove(&(source.clone(), date));
                    SourceDay { source, date, shares, others, judged }
                })
                .collect();
            let without_bars = judged.into_iter().map(|((source, date), judged)| SourceDay {
                source,
                date,
                shares: 0,
                others: 0,
                judged: Some(judged),
            });
            days.extend(without_bars);
            days.sort_by(|a, b| (&a.source, a.date).cmp(&(&b.source, b.date)));
            Ok(days)
        })
    }

    /// The first and the last day of every source that was judged, whatever came of it, by source. Plans a query.
    pub fn judged_spans(&self) -> Result<Vec<(String, NaiveDate, NaiveDate)>, WarehouseError> {
        let sql = format!(
            "SELECT source, min(trade_date), max(trade_date) FROM {}.partition WHERE dataset = 'daily' \
             GROUP BY source ORDER BY source",
            self.files.tail.name()
        );
        self.database.query(|conn, _| {
            let mut statement = conn.prepare(&sql)?;
            let spans = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(spans.collect::<Result<_, _>>()?)
        })
    }

    /// The A-shares that should have a bar on `date` (listed, not suspended) and have none of `source`, ascending. Plans a
    /// query; over a day in the base it reads columns of it.
    pub fn shares_without_bar(&self, source: &str, date: NaiveDate) -> Result<Vec<Code>, WarehouseError> {
        self.database.query(|conn, _| {
            let base = self.base_last_day(conn)?.filter(|last| date <= *last).and(self.files.base.as_ref());
            let sql = without_bar_sql(self.files.tail.name(), base.map(Attached::name), date);
            let mut statement = conn.prepare(&sql)?;
            let codes = statement.query_map([source], |row| row.get::<_, String>(0))?;
            codes.map(|code| parse_code(&code?)).collect()
        })
    }

    fn bars_by_day(&self, conn: &Connection, (from, to): (NaiveDate, NaiveDate)) -> Result<Counts, WarehouseError> {
        let days = format!("trade_date BETWEEN DATE '{}' AND DATE '{}'", sql_date(from), sql_date(to));
        let tail = format!("{}.{BARS}", self.files.tail.name());
        let mut counts = count(conn, &format!("{tail} x WHERE x.{days}"))?;
        let base_last = self.base_last_day(conn)?.filter(|last| from <= *last);
        let (Some(base), Some(base_last)) = (&self.files.base, base_last) else { return Ok(counts) };
        let base = format!("{}.{BARS}", base.name());
        for (key, (shares, others)) in count(conn, &format!("{base} x WHERE x.{days}"))? {
            let count = counts.entry(key).or_default();
            *count = (count.0 + shares, count.1 + others);
        }
        // What the tail corrects stands in both files.
        let Some(table) = schema::table(BARS) else { return Ok(counts) };
        let corrected = format!("FROM {tail} t WHERE t.{days} AND t.trade_date <= DATE '{base_last}'");
        let any = conn.query_row(&format!("SELECT count(*) > 0 {corrected}"), [], |row| row.get::<_, bool>(0))?;
        if any {
            let both = format!("{base} x SEMI JOIN ({corrected}) t ON {} WHERE x.{days}", table.same_key("t", "x"));
            for (key, (shares, others)) in count(conn, &both)? {
                counts.entry(key).and_modify(|count| *count = (count.0 - shares, count.1 - others));
            }
        }
        Ok(counts)
    }
}

/// `$1` is the source.
fn without_bar_sql(tail: &str, base: Option<&str>, date: NaiveDate) -> String {
    let day = sql_date(date);
    let both = |select: &dyn Fn(&str) -> String| {
        [Some(tail), base].into_iter().flatten().map(select).collect::<Vec<_>>().join(" UNION ALL ")
    };
    let halted = both(&|database| {
        format!(
            "SELECT code FROM {database}.suspension \
             WHERE trade_date = DATE '{day}' AND kind = '{SUSPENDED}' AND timing IS NULL"
        )
    });
    let present =
        both(&|database| format!("SELECT code FROM {database}.{BARS} WHERE trade_date = DATE '{day}' AND source = $1"));
    format!(
        "SELECT DISTINCT i.code FROM {tail}.instrument i
         ANTI JOIN ({halted}) h ON h.code = i.code ANTI JOIN ({present}) p ON p.code = i.code
         WHERE i.kind = 'a_share' AND i.list_status <> '{PAUSED}'
           AND i.listed <= DATE '{day}' AND (i.delisted IS NULL OR DATE '{day}' < i.delisted)
         ORDER BY i.code"
    )
}

fn count(conn: &Connection, from: &str) -> Result<Counts, WarehouseError> {
    let is_share = whole_market_sql("x.code");
    let sql = format!(
        "SELECT x.source, x.trade_date, count(*) FILTER ({is_share}), count(*) FILTER (NOT {is_share}) \
         FROM {from} GROUP BY ALL"
    );
    let mut statement = conn.prepare(&sql)?;
    let counts = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?))))?;
    Ok(counts.collect::<Result<_, _>>()?)
}

fn judged(
    conn: &Connection,
    tail: &str,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<BTreeMap<(String, NaiveDate), JudgedDay>, WarehouseError> {
    let mut statement = conn.prepare(&format!(
        "SELECT source, trade_date, expected, present, state = 'withheld', coalesce(reason, '') \
         FROM {tail}.partition WHERE dataset = 'daily' AND trade_date BETWEEN ? AND ?"
    ))?;
    let rows = statement.query_map([from, to], |row| {
        let judged =
            JudgedDay { expected: row.get(2)?, present: row.get(3)?, is_withheld: row.get(4)?, reason: row.get(5)? };
        Ok(((row.get(0)?, row.get(1)?), judged))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
