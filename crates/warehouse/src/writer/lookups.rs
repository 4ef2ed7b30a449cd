//! What is stored already, for those who plan what to fetch next.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use duckdb::Connection;
use market_model::Code;

use super::{Session, Writer};
use crate::{WarehouseError, engine::quote};

/// How far back the bar before a day is looked for: the longest holidays last two weeks.
const BEFORE_DAYS: u64 = 30;
/// Less than half of the smallest step of a price.
const SAME_PRICE: f64 = 0.004;

impl Writer {
    /// The newest day for which `source` has a normalized bar, of those of `codes` that have any.
    pub fn newest_bars(&self, source: &str, codes: &[Code]) -> Result<BTreeMap<Code, NaiveDate>, WarehouseError> {
        if codes.is_empty() {
            return Ok(BTreeMap::new());
        }
        let session = self.session()?;
        let named = codes.iter().map(|code| quote(code.as_str())).collect::<Vec<_>>().join(", ");
        let condition = format!("source = {} AND code IN ({named})", quote(source));
        let bars = everywhere(session, "normalized_daily", "code, trade_date", &condition);
        let sql = format!("SELECT code, max(trade_date) FROM ({bars}) GROUP BY code");
        let mut statement = session.conn.prepare(&sql)?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        let mut newest = BTreeMap::new();
        for row in rows {
            let (code, day) = row?;
            newest.extend(code.parse::<Code>().ok().map(|code| (code, day)));
        }
        Ok(newest)
    }

    /// The codes of which something stored says that they go ex-right on `date`: a source lists an event for that day, or
    /// states a reference price that is not its own close before.
    pub fn ex_right_codes(&self, date: NaiveDate) -> Result<BTreeSet<Code>, WarehouseError> {
        let session = self.session()?;
        let first = date.checked_sub_days(Days::new(BEFORE_DAYS)).unwrap_or(date);
        let range = format!("trade_date BETWEEN DATE '{first}' AND DATE '{date}'");
        let bars = everywhere(session, "normalized_daily", "code, source, trade_date, close, pre_close", &range);
        let by_price = format!(
            "SELECT code FROM (SELECT code, trade_date, pre_close,
                    lag(close) OVER (PARTITION BY code, source ORDER BY trade_date) AS close_before FROM ({bars}))
             WHERE trade_date = DATE '{date}' AND abs(pre_close - close_before) > {SAME_PRICE}"
        );
        let mut codes = codes_of(&session.conn, &format!("SELECT DISTINCT code FROM ({by_price})"))?;
        let by_event = format!("SELECT DISTINCT code FROM corporate_action WHERE ex_date = DATE '{date}'");
        codes.append(&mut codes_of(&session.conn, &by_event)?);
        Ok(codes)
    }
}

/// The rows of a table in the tail and, if there is one, in the base. A key that both hold comes twice.
fn everywhere(session: &Session, table: &str, columns: &str, condition: &str) -> String {
    let from = |name: &str| format!("SELECT {columns} FROM {name} WHERE {condition}");
    match session.base {
        Some(_) => format!("{} UNION ALL {}", from(table), from(&format!("base.{table}"))),
        None => from(table),
    }
}

fn codes_of(conn: &Connection, sql: &str) -> Result<BTreeSet<Code>, WarehouseError> {
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut codes = BTreeSet::new();
    for code in rows {
        codes.extend(code?.parse::<Code>().ok());
    }
    Ok(codes)
}
