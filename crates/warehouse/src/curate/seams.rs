//! Days that have bars but no row, because none of the bars continued the series: what follows them depends on them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use duckdb::Connection;
use market_model::Code;

use super::{Context, finding::Check, quality::open_findings};
use crate::{WarehouseError, arrow_rows};

/// Takes the first day of each code back over such days right before it. The findings about them say which to look at.
pub(super) fn reach_back(context: Context<'_>, affected: &mut BTreeMap<Code, NaiveDate>) -> Result<(), WarehouseError> {
    let mut seams: BTreeMap<Code, Vec<NaiveDate>> = BTreeMap::new();
    for (code, day) in open_findings(context.conn, Check::SourceSeam)? {
        if affected.get(&code).is_some_and(|from| day < *from) {
            seams.entry(code).or_default().push(day);
        }
    }
    if seams.is_empty() {
        return Ok(());
    }
    let last_rows = last_rows(context, seams.keys().map(|code| (*code, affected[code])).collect())?;
    for (code, days) in seams {
        let since = last_rows.get(&code);
        let first = days.into_iter().filter(|day| since.is_none_or(|last| last < day)).min();
        if let (Some(first), Some(from)) = (first, affected.get_mut(&code)) {
            *from = first.min(*from);
        }
    }
    Ok(())
}

/// The day of each code's last curated row before its first day.
fn last_rows(context: Context<'_>, codes: Vec<(Code, NaiveDate)>) -> Result<BTreeMap<Code, NaiveDate>, WarehouseError> {
    let mut last = BTreeMap::new();
    read_last(context.conn, "curated_daily", &codes, &mut last)?;
    let Some(base) = context.base else { return Ok(last) };
    let (old, new): (Vec<_>, Vec<_>) =
        codes.into_iter().partition(|(_, from)| base.last_day.is_some_and(|day| *from <= day));
    if !old.is_empty() {
        read_last(context.conn, "base.curated_daily", &old, &mut last)?;
    }
    let recent = base.recent(context.conn)?;
    for (code, _) in new {
        if let Some(day) = recent.get(&code).and_then(super::recent::Recent::last_day) {
            later(&mut last, code, day);
        }
    }
    Ok(last)
}

fn read_last(
    conn: &Connection,
    table: &str,
    codes: &[(Code, NaiveDate)],
    last: &mut BTreeMap<Code, NaiveDate>,
) -> Result<(), WarehouseError> {
    conn.execute_batch("CREATE OR REPLACE TEMP TABLE interrupted (code VARCHAR, from_date DATE)")?;
    let columns = vec![
        arrow_rows::texts(codes.iter().map(|(code, _)| code.as_str())),
        arrow_rows::dates(codes.iter().map(|(_, from)| *from)),
    ];
    arrow_rows::append_temp(conn, "interrupted", columns)?;
    let sql = format!(
        "SELECT c.code, max(c.trade_date) FROM {table} c JOIN interrupted i ON i.code = c.code
         WHERE c.trade_date < i.from_date GROUP BY ALL"
    );
    arrow_rows::query(conn, &sql, [], |columns| {
        let (codes, days) = (columns.texts(0)?, columns.dates(1)?);
        for row in 0..columns.rows() {
            later(last, arrow_rows::parse_code(codes.value(row))?, arrow_rows::date_of(days.value(row)));
        }
        Ok(())
    })
}

fn later(last: &mut BTreeMap<Code, NaiveDate>, code: Code, day: NaiveDate) {
    let entry = last.entry(code).or_insert(day);
    *entry = day.max(*entry);
}
