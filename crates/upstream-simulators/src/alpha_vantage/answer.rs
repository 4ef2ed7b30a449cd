//! The series as JSON, newest day first, every value a string.

use super::{
    faults::AlphaVantageFault,
    query::{Function, Query},
    rows::Row,
};
use crate::{json::Json, world::Listing};

/// An answer with these rows.
pub(super) fn answer(listing: &Listing, query: &Query, rows: &[Row], faults: &[AlphaVantageFault]) -> Vec<u8> {
    let mut json = Json::with_capacity(rows.len() * 260 + 512);
    json.raw("{\n    \"Meta Data\": {\n");
    for (number, (name, value)) in meta(listing, query, rows, faults).into_iter().enumerate() {
        json.raw(if number == 0 { "        " } else { ",\n        " });
        json.text(&format!("{}. {name}", number + 1));
        json.raw(": ");
        json.text(&value);
    }
    json.raw("\n    },\n    ");
    json.text(if query.function == Function::FxDaily { "Time Series FX (Daily)" } else { "Time Series (Daily)" });
    json.raw(": {");
    for (number, row) in rows.iter().enumerate() {
        json.raw(if number == 0 { "\n        " } else { ",\n        " });
        json.text(&row.bar.date.to_string());
        json.raw(": {");
        for (place, (name, value)) in values(listing, query, row, faults).into_iter().enumerate() {
            json.raw(if place == 0 { "\n            " } else { ",\n            " });
            json.text(&format!("{}. {name}", place + 1));
            json.raw(": ");
            json.text(&value);
        }
        json.raw("\n        }");
    }
    json.raw("\n    }\n}");
    json.into_bytes()
}

fn meta(listing: &Listing, query: &Query, rows: &[Row], faults: &[AlphaVantageFault]) -> Vec<(&'static str, String)> {
    let newest = rows.first().map(|row| row.bar.date.to_string()).unwrap_or_default();
    let size = if query.is_full { "Full size" } else { "Compact" }.to_owned();
    if query.function == Function::FxDaily {
        let (from, to) = query.symbol.split_at_checked(3).unwrap_or_default();
        return vec![
            ("Information", "Forex Daily Prices (open, high, low, close)".to_owned()),
            ("From Symbol", from.to_owned()),
            ("To Symbol", to.to_owned()),
            ("Output Size", size),
            ("Last Refreshed", newest),
            ("Time Zone", "UTC".to_owned()),
        ];
    }
    let information = match query.function {
        Function::DailyAdjusted => "Daily Time Series with Splits and Dividend Events",
        _ => "Daily Prices (open, high, low, close) and Volumes",
    };
    let symbol = if faults.contains(&AlphaVantageFault::OtherSymbol) { "IBMX" } else { query.symbol.as_str() };
    vec![
        ("Information", information.to_owned()),
        ("Symbol", symbol.to_owned()),
        ("Last Refreshed", newest),
        ("Output Size", size),
        ("Time Zone", zone(listing)),
    ]
}

fn zone(listing: &Listing) -> String {
    let name = listing.venue.zone().name();
    if name == "America/New_York" { "US/Eastern".to_owned() } else { name.to_owned() }
}

fn values(listing: &Listing, query: &Query, row: &Row, faults: &[AlphaVantageFault]) -> Vec<(&'static str, String)> {
    let has = |fault: AlphaVantageFault| faults.contains(&fault);
    let slip = if has(AlphaVantageFault::UnitSlip) { 100.0 } else { 1.0 };
    let decimals = if query.function == Function::FxDaily { 5 } else { 4 };
    let price = |ticks: i64| format!("{:.decimals$}", listing.price(ticks) * slip);
    let close = if has(AlphaVantageFault::RenameClose) { "last" } else { "close" };
    let bar = &row.bar;
    let mut values =
        vec![("open", price(bar.open)), ("high", price(bar.high)), ("low", price(bar.low)), (close, price(bar.close))];
    if query.function == Function::DailyAdjusted {
        values.push(("adjusted close", format!("{:.4}", row.adjusted_close)));
    }
    if query.function != Function::FxDaily {
        values.push(("volume", bar.volume.to_string()));
    }
    if query.function == Function::DailyAdjusted {
        values.push(("dividend amount", format!("{:.4}", row.dividend)));
        // Whole splits have one decimal, others four.
        let split = if row.split.fract() == 0.0 { format!("{:.1}", row.split) } else { format!("{:.4}", row.split) };
        values.push(("split coefficient", split));
    }
    if has(AlphaVantageFault::NothingInside) {
        values.iter_mut().for_each(|(_, value)| *value = "None".to_owned());
    }
    values
}
