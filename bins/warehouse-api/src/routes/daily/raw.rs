//! `layer=raw`: the vendor's own rows, byte for byte, with the request that brought them.

use warehouse::{Generation, Missing, RawRow};

use super::{meta, query::DailyQuery};
use crate::{
    shanghai,
    write::{csv::CsvWriter, json::JsonWriter},
};

#[rustfmt::skip]
const COLUMNS: [&str; 10] = [
    "trade_date", "source", "dataset", "raw_id", "raw_row", "archived", "fetched_at", "request", "fields", "row",
];

pub(super) fn json(rows: &[RawRow], missing: &[Missing], generation: &Generation, query: &DailyQuery) -> Vec<u8> {
    let mut json = JsonWriter::default();
    json.open(b'{').key("rows").open(b'[');
    for row in rows {
        push_row(&mut json, row);
    }
    json.close(b']').key("source").string("raw");
    meta::push_tail(&mut json, missing, generation, query);
    json.close(b'}');
    json.finish()
}

pub(super) fn csv(rows: &[RawRow]) -> Vec<u8> {
    let mut csv = CsvWriter::new(&COLUMNS);
    for row in rows {
        csv.date(row.trade_date);
        csv.text(&row.source);
        csv.text(row.dataset.as_deref().unwrap_or_default());
        csv.integer(row.raw_id);
        csv.integer(i64::from(row.raw_row));
        csv.text(&row.archived.to_string());
        csv.text(&row.fetched_at.map(shanghai::text).unwrap_or_default());
        csv.text(row.request.as_deref().unwrap_or_default());
        csv.text(&fields_text(row));
        csv.text(&row_text(row));
        csv.end_row();
    }
    csv.finish()
}

fn push_row(json: &mut JsonWriter, row: &RawRow) {
    json.open(b'{').key("trade_date").date(row.trade_date).key("source").string(&row.source);
    json.key("dataset").optional(row.dataset.as_deref()).key("raw_id").integer(row.raw_id);
    json.key("raw_row").integer(i64::from(row.raw_row));
    json.key("archived").verbatim(if row.archived { "true" } else { "false" }).key("fetched_at");
    json.optional(row.fetched_at.map(shanghai::text).as_deref()).key("request");
    push_request(json, row.request.as_deref());
    json.key("fields").verbatim(&fields_text(row));
    json.key("row").verbatim(row.row.as_ref().map_or("null", |row| row.get())).close(b'}');
}

/// The request is JSON by contract; should a stored one not be, it is shown as text rather than breaking the answer.
fn push_request(json: &mut JsonWriter, request: Option<&str>) {
    match request {
        None => json.verbatim("null"),
        Some(request) if serde_json::from_str::<&serde_json::value::RawValue>(request).is_ok() => {
            json.verbatim(request)
        }
        Some(request) => json.string(request),
    };
}

/// The names of the columns as a JSON array.
pub(super) fn fields_text(row: &RawRow) -> String {
    serde_json::to_string(&row.fields).unwrap_or_default()
}

/// The vendor's row; empty if it is archived.
pub(super) fn row_text(row: &RawRow) -> String {
    row.row.as_ref().map(|row| row.get().to_owned()).unwrap_or_default()
}
