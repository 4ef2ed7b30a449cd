//! `layer=normalized`: every vendor's row in our units, with its lineage.

use warehouse::{Generation, Missing, NormalizedRow, known_volume};

use super::{meta, query::DailyQuery};
use crate::{
    shanghai,
    write::{csv::CsvWriter, json::JsonWriter},
};

#[rustfmt::skip]
const COLUMNS: [&str; 14] = [
    "code", "trade_date", "open", "high", "low", "close", "pre_close", "volume", "amount", "adj_factor",
    "source", "raw_id", "raw_row", "ingested_at",
];

pub(super) fn json(
    rows: &[NormalizedRow],
    missing: &[Missing],
    generation: &Generation,
    query: &DailyQuery,
) -> Vec<u8> {
    let mut json = JsonWriter::default();
    json.open(b'{').key("rows").open(b'[');
    for row in rows {
        push_row(&mut json, row);
    }
    json.close(b']').key("source").string("normalized");
    meta::push_tail(&mut json, missing, generation, query);
    json.close(b'}');
    json.finish()
}

pub(super) fn csv(rows: &[NormalizedRow]) -> Vec<u8> {
    let mut csv = CsvWriter::new(&COLUMNS);
    for NormalizedRow { bar, source, raw_id, raw_row, ingested_at } in rows {
        csv.text(bar.code.as_str());
        csv.date(bar.trade_date);
        for price in [Some(bar.open), Some(bar.high), Some(bar.low), Some(bar.close), bar.pre_close] {
            csv.number(price);
        }
        csv.optional_integer(known_volume(&bar.code, bar.volume));
        csv.number(bar.amount);
        csv.number(bar.adj_factor);
        csv.text(source);
        csv.integer(*raw_id);
        csv.integer(i64::from(*raw_row));
        csv.text(&shanghai::text(*ingested_at));
        csv.end_row();
    }
    csv.finish()
}

fn push_row(json: &mut JsonWriter, row: &NormalizedRow) {
    let NormalizedRow { bar, source, raw_id, raw_row, ingested_at } = row;
    json.open(b'{').key("code").string(bar.code.as_str()).key("trade_date").date(bar.trade_date);
    json.key("open").number(Some(bar.open)).key("high").number(Some(bar.high));
    json.key("low").number(Some(bar.low)).key("close").number(Some(bar.close));
    json.key("pre_close").number(bar.pre_close).key("volume").optional_integer(known_volume(&bar.code, bar.volume));
    json.key("amount").number(bar.amount).key("adj_factor").number(bar.adj_factor);
    json.key("source").string(source).key("raw_id").integer(*raw_id).key("raw_row").integer(i64::from(*raw_row));
    json.key("ingested_at").string(&shanghai::text(*ingested_at)).close(b'}');
}
