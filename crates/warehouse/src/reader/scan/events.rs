//! Corporate actions and dated names of some codes, all days of them: there are few.

use std::collections::HashMap;

use chrono::NaiveDate;
use duckdb::{Connection, arrow::array::Array as _};
use market_model::{Code, CorporateAction, is_delisting_period};
use quality_rules::{ActionRow, NameSpan};

use super::{
    Sources,
    batches::CodeReader,
    codes::{CodeRange, range_sql},
};
use crate::{
    WarehouseError,
    arrow_rows::{self, date_of, number_at},
    reader::tables,
};

/// The corporate actions of `codes`, each code's by ex-date, then source.
pub(super) fn actions(
    conn: &Connection,
    tail: &str,
    codes: &CodeRange,
    sources: &Sources,
) -> Result<HashMap<Code, Vec<ActionRow>>, WarehouseError> {
    let mut actions: HashMap<Code, Vec<ActionRow>> = HashMap::new();
    let sql = format!(
        "SELECT code, ex_date, announced, cash_per_10, bonus_per_10, rights_per_10, rights_price, source \
         FROM {tail}.corporate_action WHERE {}true",
        range_sql(codes)
    );
    let mut reader = CodeReader::default();
    arrow_rows::query(conn, &sql, [], |batch| {
        let (codes, ex_dates, announced, names) = (batch.texts(0)?, batch.dates(1)?, batch.dates(2)?, batch.texts(7)?);
        let numbers = [batch.numbers(3)?, batch.numbers(4)?, batch.numbers(5)?, batch.numbers(6)?];
        for row in 0..batch.rows() {
            let code = reader.read(codes, row)?;
            let [cash_per_10, bonus_per_10, rights_per_10, rights_price] =
                numbers.map(|column| number_at(column, row).unwrap_or(0.0));
            let action = CorporateAction {
                code,
                ex_date: date_of(ex_dates.value(row)),
                announced: announced.is_valid(row).then(|| date_of(announced.value(row))),
                cash_per_10,
                bonus_per_10,
                rights_per_10,
                rights_price,
            };
            let source = sources.find(names.value(row))?;
            actions.entry(code).or_default().push(ActionRow { action, source });
        }
        Ok(())
    })?;
    for of_code in actions.values_mut() {
        of_code.sort_by_key(|row| (row.action.ex_date, row.source, row.action.announced));
    }
    Ok(actions)
}

/// The names of `codes`, each code's ascending; of several sources the one that knows most of a code. None in a generation of
/// a program that did not keep them.
pub(super) fn names(
    conn: &Connection,
    tail: &str,
    codes: &CodeRange,
) -> Result<HashMap<Code, Vec<NameSpan>>, WarehouseError> {
    if !tables::has(conn, tail, "instrument_name")? {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "SELECT code, from_date, until, name, special_treatment, source FROM {tail}.instrument_name WHERE {}true",
        range_sql(codes)
    );
    let mut found: HashMap<Code, Vec<(String, NameSpan)>> = HashMap::new();
    let mut reader = CodeReader::default();
    arrow_rows::query(conn, &sql, [], |batch| {
        let (codes, from, until, names) = (batch.texts(0)?, batch.dates(1)?, batch.dates(2)?, batch.texts(3)?);
        let (special_treatment, sources) = (batch.booleans(4)?, batch.texts(5)?);
        for row in 0..batch.rows() {
            let span = NameSpan {
                from: date_of(from.value(row)),
                until: until.is_valid(row).then(|| date_of(until.value(row))),
                special_treatment: special_treatment.value(row),
                delisting: is_delisting_period(names.value(row)),
            };
            found.entry(reader.read(codes, row)?).or_default().push((sources.value(row).to_owned(), span));
        }
        Ok(())
    })?;
    Ok(found.into_iter().map(|(code, spans)| (code, best(spans))).collect())
}

/// The spans of the source that has most of them, of equals the first by name.
fn best(mut spans: Vec<(String, NameSpan)>) -> Vec<NameSpan> {
    let from = |span: &NameSpan| -> NaiveDate { span.from };
    spans.sort_by(|(a, x), (b, y)| (a, from(x)).cmp(&(b, from(y))));
    let of_source = spans.chunk_by(|(a, _), (b, _)| a == b);
    let best = of_source.reduce(|best, next| if next.len() > best.len() { next } else { best });
    best.unwrap_or_default().iter().map(|(_, span)| span.clone()).collect()
}
