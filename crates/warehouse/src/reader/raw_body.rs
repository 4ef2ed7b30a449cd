//! How vendors' responses are made up of rows: where in the exact bytes the row behind a normalized one is.
//!
//! Told apart by their shape, not by their vendor:
//!
//! | shape | row |
//! |---|---|
//! | `{"data": {"fields": […], "items": [[…], …]}}` | the item; the fields are its columns |
//! | `{"chart": {"result": [{"timestamp": […], "indicators": {"quote": [{"open": […], …}]}}]}}` | the n-th element of each array |
//! | `{"… Time Series …": {"2026-04-30": {…}, …}}` | the member of the day |
//! | `[{…}, …]` | the element |
//! | any other JSON | the whole body |
//! | anything else (a binary frame) | the whole body, in base64 |

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

/// A response, taken apart as far as its shape allows. Every value is the vendor's own text.
#[derive(Debug)]
pub(super) enum RawBody<'a> {
    /// Columns named once, rows as arrays.
    Table { fields: Vec<String>, items: Vec<&'a RawValue> },
    /// Parallel arrays by name.
    Columns(Vec<(String, Vec<&'a RawValue>)>),
    /// Days by their ISO date.
    ByDate(BTreeMap<String, &'a RawValue>),
    /// One element per row.
    Elements(Vec<&'a RawValue>),
    /// JSON without rows that could be told apart.
    Document(&'a RawValue),
    /// Not JSON.
    Frame(&'a [u8]),
}

/// What a body says about one row.
#[derive(Debug)]
pub(super) enum Found {
    /// The row alone.
    Row(Box<RawValue>),
    /// Only the whole body can be shown.
    Whole,
}

#[derive(Deserialize)]
struct Table<'a> {
    fields: Vec<String>,
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Chart<'a> {
    #[serde(borrow)]
    result: Vec<ChartResult<'a>>,
}

#[derive(Deserialize)]
struct ChartResult<'a> {
    #[serde(borrow)]
    timestamp: Vec<&'a RawValue>,
    #[serde(borrow)]
    indicators: BTreeMap<String, Vec<BTreeMap<String, &'a RawValue>>>,
}

impl<'a> RawBody<'a> {
    /// Takes `body` apart.
    ///
    /// # Errors
    /// Text that begins as JSON does and is none.
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, String> {
        let text = match body.trim_ascii_start().first() {
            Some(b'{' | b'[') => std::str::from_utf8(body).map_err(|error| error.to_string())?,
            _ => return Ok(Self::Frame(body)),
        };
        let malformed = |error: serde_json::Error| error.to_string();
        if text.trim_start().starts_with('[') {
            return Ok(Self::Elements(serde_json::from_str(text).map_err(malformed)?));
        }
        let whole: &RawValue = serde_json::from_str(text).map_err(malformed)?;
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(malformed)?;
        Ok(Self::of_members(&members).unwrap_or(Self::Document(whole)))
    }

    fn of_members(members: &BTreeMap<String, &'a RawValue>) -> Option<Self> {
        if let Some(data) = members.get("data")
            && let Ok(Table { fields, items }) = serde_json::from_str(data.get())
        {
            return Some(Self::Table { fields, items });
        }
        if let Some(chart) = members.get("chart")
            && let Ok(chart) = serde_json::from_str::<Chart<'a>>(chart.get())
        {
            return chart.result.into_iter().next().map(columns);
        }
        let series = members.iter().find(|(name, _)| name.contains("Time Series"))?.1;
        serde_json::from_str(series.get()).ok().map(Self::ByDate)
    }

    /// The names of a row's columns, where the vendor sends them apart from the rows.
    pub(super) fn fields(&self) -> Vec<String> {
        match self {
            Self::Table { fields, .. } => fields.clone(),
            _ => Vec::new(),
        }
    }

    /// The row that was normalized as row `index` for `date`.
    ///
    /// # Errors
    /// A body that has no such row.
    pub(super) fn row(&self, index: i32, date: NaiveDate) -> Result<Found, String> {
        let missing = || format!("it has no row {index}");
        let at = usize::try_from(index).map_err(|_| missing())?;
        let row = match self {
            Self::Table { items, .. } | Self::Elements(items) => (*items.get(at).ok_or_else(missing)?).to_owned(),
            Self::Columns(columns) => {
                let values: BTreeMap<&str, &RawValue> =
                    columns.iter().filter_map(|(name, values)| Some((name.as_str(), *values.get(at)?))).collect();
                // The time is the first of the columns, and always there.
                if columns.first().is_none_or(|(_, values)| at >= values.len()) {
                    return Err(missing());
                }
                to_raw_value(&values).map_err(|error| error.to_string())?
            }
            Self::ByDate(days) => {
                let day = date.to_string();
                let row = days.get(&day).ok_or_else(|| format!("it has no day {day}"))?;
                to_raw_value(&BTreeMap::from([(day, row)])).map_err(|error| error.to_string())?
            }
            Self::Document(_) | Self::Frame(_) => return Ok(Found::Whole),
        };
        Ok(Found::Row(row))
    }

    /// The whole body for its row `index`: `{"encoding":"base64","frame":…,"index":…}`, `{"encoding":"json","body":…,"index":…}`.
    /// `shown_in` is the row of the same answer that has the body already: it is not repeated, for a page holds hundreds of
    /// rows.
    pub(super) fn whole(&self, index: i32, shown_in: Option<usize>) -> Result<Box<RawValue>, String> {
        let text = match (self, shown_in) {
            (Self::Frame(_), Some(row)) => {
                format!("{{\"encoding\":\"base64\",\"frame_in_row\":{row},\"index\":{index}}}")
            }
            (Self::Frame(bytes), None) => {
                format!("{{\"encoding\":\"base64\",\"frame\":\"{}\",\"index\":{index}}}", BASE64.encode(bytes))
            }
            (_, Some(row)) => format!("{{\"encoding\":\"json\",\"body_in_row\":{row},\"index\":{index}}}"),
            (Self::Document(body), None) => {
                format!("{{\"encoding\":\"json\",\"body\":{},\"index\":{index}}}", body.get())
            }
            (_, None) => return Err("its rows can be told apart".to_owned()),
        };
        RawValue::from_string(text).map_err(|error| error.to_string())
    }
}

/// The time first, then the arrays of the indicators under their names.
fn columns(result: ChartResult<'_>) -> RawBody<'_> {
    let mut columns = vec![("timestamp".to_owned(), result.timestamp)];
    for (name, values) in result.indicators.into_values().flatten().flatten() {
        if let Ok(values) = serde_json::from_str(values.get()) {
            columns.push((name, values));
        }
    }
    RawBody::Columns(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(body: &str, index: i32) -> Result<String, String> {
        let body = RawBody::parse(body.as_bytes())?;
        Ok(match body.row(index, "2026-04-30".parse().unwrap())? {
            Found::Row(row) => row.get().to_owned(),
            Found::Whole => body.whole(index, None)?.get().to_owned(),
        })
    }

    #[test]
    fn a_row_is_found_whatever_the_vendors_shape() {
        let tushare = r#"{"code":0,"data":{"fields":["ts_code","close"],"items":[["a",1.0],["b", 2.50]]}}"#;
        assert_eq!(row(tushare, 1).unwrap(), r#"["b", 2.50]"#);
        let aktools = r#"[{"日期":"2026-04-30","今值":1.0},{"日期":"2026-05-01"}]"#;
        assert_eq!(row(aktools, 0).unwrap(), r#"{"日期":"2026-04-30","今值":1.0}"#);
        let yahoo = r#"{"chart":{"error":null,"result":[{"meta":{"symbol":"0700.HK"},"timestamp":[1511766003,1511852403],
            "indicators":{"quote":[{"close":[null,6.510000228881836],"volume":[0,7]}],"adjclose":[{"adjclose":[6.50,6.4]}]}}]}}"#;
        assert_eq!(
            row(yahoo, 1).unwrap(),
            r#"{"adjclose":6.4,"close":6.510000228881836,"timestamp":1511852403,"volume":7}"#
        );
        let alpha_vantage = r#"{"Meta Data":{"2. Symbol":"IBM"},"Time Series (Daily)":
            {"2026-04-30":{"1. open":"141.8100"},"2026-04-29":{"1. open":"1"}}}"#;
        assert_eq!(row(alpha_vantage, 0).unwrap(), r#"{"2026-04-30":{"1. open":"141.8100"}}"#);
        assert_eq!(row(r#"{"price": 1.50}"#, 3).unwrap(), r#"{"encoding":"json","body":{"price": 1.50},"index":3}"#);
    }

    #[test]
    fn a_binary_frame_is_shown_whole_and_once() {
        let frame = RawBody::parse(b"\xb1\xcb\x74\x00{}").unwrap();
        assert!(matches!(frame.row(7, NaiveDate::MIN), Ok(Found::Whole)));
        assert_eq!(frame.whole(7, None).unwrap().get(), r#"{"encoding":"base64","frame":"sct0AHt9","index":7}"#);
        assert_eq!(frame.whole(8, Some(2)).unwrap().get(), r#"{"encoding":"base64","frame_in_row":2,"index":8}"#);
    }

    #[test]
    fn a_body_without_the_row_or_cut_short_says_so() {
        let tushare = r#"{"data":{"fields":["a"],"items":[[1]]}}"#;
        assert_eq!(row(tushare, 1).unwrap_err(), "it has no row 1");
        assert_eq!(row(tushare, -1).unwrap_err(), "it has no row -1");
        assert_eq!(row(r#"{"Time Series FX (Daily)":{"2026-04-29":{}}}"#, 0).unwrap_err(), "it has no day 2026-04-30");
        let yahoo = r#"{"chart":{"result":[{"timestamp":[1],"indicators":{"quote":[{}]}}]}}"#;
        assert_eq!(row(yahoo, 1).unwrap_err(), "it has no row 1");
        for cut in [r#"{"data":{"fields":["a"],"#, r#"[{"a":1},"#] {
            assert!(row(cut, 0).unwrap_err().contains("EOF"), "{cut}");
        }
    }
}
