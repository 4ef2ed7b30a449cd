//! The values seen, for the details of a finding, and figures as people read them.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::{
    BarRow, CuratedBar, History, Market,
    day_view::{DayView, Quote},
};

impl<'a> Market<'a> {
    /// The name of a source.
    pub(crate) fn source(&self, index: u8) -> &'a str {
        self.sources.get(usize::from(index)).map_or("unknown", String::as_str)
    }

    /// What a source's row says, and where its response is kept.
    pub(crate) fn row(&self, row: &BarRow) -> Value {
        let prices = [("open", row.open), ("high", row.high), ("low", row.low), ("close", row.close)];
        let mut values: Map<String, Value> =
            prices.into_iter().map(|(name, value)| (name.into(), number(value))).collect();
        values.insert("source".into(), json!(self.source(row.source)));
        values.insert("trade_date".into(), json!(row.date));
        values.insert("volume".into(), json!(row.volume));
        let optional = [("amount", row.amount), ("pre_close", row.pre_close), ("adj_factor", row.factor)];
        let known = optional.into_iter().filter(|(_, value)| !value.is_nan());
        values.extend(known.map(|(name, value)| (name.into(), number(value))));
        values.insert("raw_id".into(), json!(row.raw_id));
        values.insert("raw_row".into(), json!(row.raw_row));
        Value::Object(values)
    }

    /// What the served bar says, with the row behind it where there is one.
    pub(crate) fn bar(&self, history: &History<'_>, bar: &CuratedBar) -> Value {
        let mut values = json!({
            "source": self.source(bar.source),
            "trade_date": bar.date,
            "open": number(bar.open),
            "high": number(bar.high),
            "low": number(bar.low),
            "close": number(bar.close),
            "volume": bar.volume,
            "factor": number(bar.factor),
        });
        if let Some(row) = history.row_behind(bar) {
            values["raw_id"] = json!(row.raw_id);
            values["raw_row"] = json!(row.raw_row);
        }
        values
    }

    /// Whose words a quote are: the source's name, or `served`.
    pub(crate) fn speaker(&self, quote: &Quote<'_>) -> &'a str {
        match quote {
            Quote::Row(row) => self.source(row.source),
            Quote::Served(_) => "served",
        }
    }

    /// What a quote says.
    pub(crate) fn quote(&self, history: &History<'_>, quote: &Quote<'_>) -> Value {
        match quote {
            Quote::Row(row) => self.row(row),
            Quote::Served(bar) => self.bar(history, bar),
        }
    }

    /// Who has a row of a day: `tdx, tushare`.
    pub(crate) fn holders(&self, day: &DayView<'_>) -> String {
        let names: Vec<&str> = day.rows.iter().map(|row| self.source(row.source)).collect();
        if names.is_empty() { "the warehouse".to_owned() } else { names.join(", ") }
    }

    /// What every source says of a day.
    pub(crate) fn rows(&self, day: &DayView<'_>) -> Value {
        day.rows.iter().map(|row| self.row(row)).collect()
    }
}

/// A value without what binary arithmetic leaves in its last places. What is not a number becomes a text, for JSON has
/// no word for it.
pub(crate) fn number(value: f64) -> Value {
    if !value.is_finite() {
        return json!(value.to_string());
    }
    let rounded = (value * 1e8).round() / 1e8;
    json!(if value.abs() < 1e7 { rounded } else { value })
}

/// A price for people: two places, or as many as it has, four at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Price(pub(crate) f64);

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fine = format!("{:.4}", self.0);
        let places = if fine.ends_with("00") {
            2
        } else if fine.ends_with('0') {
            3
        } else {
            4
        };
        f.pad(&format!("{:.places$}", self.0))
    }
}

/// A change as people read it: 0.1 is `+10.00 %`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Percent(pub(crate) f64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:+.2} %", self.0 * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    #[test]
    fn figures_read_as_they_are_written() {
        for (price, text) in
            [(11.5, "11.50"), (0.1 + 0.2, "0.30"), (1.005, "1.005"), (1.23456, "1.2346"), (f64::NAN, "NaN")]
        {
            assert_eq!(Price(price).to_string(), text);
        }
        assert_eq!(Percent(-0.4189).to_string(), "-41.89 %");
        assert_eq!(number(0.1 + 0.2), json!(0.3));
        assert_eq!(number(f64::NAN), json!("NaN"));
        assert_eq!(number(1.5e11), json!(1.5e11));
    }
    #[test]
    fn a_row_tells_what_its_source_said_and_nothing_else() {
        let sample = Sample::parse("day  source  close  pre_close  amount\n2024-01-02  tdx  10.00  -  -");
        let said = sample.market().row(&sample.rows[0]);
        assert_eq!((&said["source"], &said["close"]), (&json!("tdx"), &json!(10.0)));
        for unknown in ["amount", "pre_close", "adj_factor"] {
            assert!(said.get(unknown).is_none(), "{unknown}");
        }
        let sample = Sample::parse("day  close  pre_close  amount\n2024-01-02  10.00  9.90  100_000");
        let said = sample.market().row(&sample.rows[0]);
        assert_eq!((&said["pre_close"], &said["amount"]), (&json!(9.9), &json!(100_000.0)));
    }
}
