//! The server's answer: an array of objects, one per row, whose keys are the columns.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::cell::Cell;

/// Most rows of a table: the longest have some ten thousand days. Without a bound a body of the greatest length could hold
/// millions of items, each of which would be refused with a sentence.
const MAX_ROWS: usize = 100_000;

/// The rows of an answer.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) rows: Vec<WireRow>,
}

/// One row by column name, or its text if it is not an object.
pub(crate) type WireRow = Result<BTreeMap<Box<str>, Cell>, Malformed>;

/// An item that is not a row.
#[derive(Debug)]
pub(crate) struct Malformed {
    pub(crate) text: String,
}

impl Table {
    /// The columns that no row has. An empty table has lost none.
    pub(crate) fn missing<'a>(&self, columns: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        let has = |column: &str| self.rows.iter().flatten().any(|row| row.contains_key(column));
        columns.into_iter().filter(|column| !has(column)).map(str::to_owned).collect()
    }
}

/// Reads a body as a table. The error says why it is none, which is a transport failure: a proxy's HTML page, a cut body.
pub(crate) fn read(body: &[u8]) -> Result<Table, String> {
    let text = std::str::from_utf8(body).map_err(|error| match error.error_len() {
        // Cut in the middle of a character.
        None => cut_off(body.len()),
        Some(_) => "the body is not UTF-8".to_owned(),
    })?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if !text.is_empty() && !text.starts_with('[') {
        return Err(if text.starts_with('<') { "the body is HTML" } else { "the body is not a JSON array" }.to_owned());
    }
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| not_a_table(text, &error))?;
    if items.len() > MAX_ROWS {
        return Err(format!("the body is not a table: {} rows are more than any has", items.len()));
    }
    Ok(Table { rows: items.into_iter().map(row).collect() })
}

fn row(item: &RawValue) -> WireRow {
    let columns: BTreeMap<String, &RawValue> =
        serde_json::from_str(item.get()).map_err(|_| Malformed { text: item.get().to_owned() })?;
    Ok(columns.into_iter().map(|(column, cell)| (column.into_boxed_str(), Cell::parse(cell))).collect())
}

fn not_a_table(text: &str, error: &serde_json::Error) -> String {
    if error.is_eof() { cut_off(text.len()) } else { format!("the body is not a table: {error}") }
}

fn cut_off(bytes: usize) -> String {
    format!("the body is cut off after {bytes} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_by_name_whatever_the_order_of_their_columns() {
        let table = read(r#"[{"月份":"201501","值":1.5},{"值":2,"月份":"201502","更多":[]}]"#.as_bytes()).unwrap();
        let values: Vec<Option<f64>> = table.rows.iter().flatten().map(|row| row["值"].decimal(0)).collect();
        assert_eq!(values, [Some(1.5), Some(2.0)]);
        assert_eq!(table.missing(["月份", "更多", "没有"]), ["没有"]);
    }

    #[test]
    fn an_empty_table_misses_no_column() {
        assert!(read(b" []").unwrap().missing(["月份"]).is_empty());
        assert_eq!(read(b"[{}]").unwrap().missing(["月份"]), ["月份"]);
        assert_eq!(read(b"[1,null]").unwrap().missing(["月份"]), ["月份"]);
    }

    #[test]
    fn an_item_that_is_no_object_spoils_only_itself() {
        let table = read(r#"[{"a":1},7,["a"],{"a":2}]"#.as_bytes()).unwrap();
        assert_eq!(table.rows.iter().flatten().count(), 2);
        let texts: Vec<&str> =
            table.rows.iter().filter_map(|row| row.as_ref().err()).map(|row| row.text.as_str()).collect();
        assert_eq!(texts, ["7", "[\"a\"]"]);
    }

    #[test]
    fn bodies_that_are_no_table_say_what_they_are() {
        for (body, expected) in [
            ("<html><title>502</title></html>", "HTML"),
            ("[{\"a\":1},{\"a\"", "cut off"),
            ("", "cut off"),
            ("{\"error\":\"x\"}", "not a JSON array"),
            ("Internal Server Error", "not a JSON array"),
            ("[{\"a\":NaN}]", "not a table"),
        ] {
            let detail = read(body.as_bytes()).unwrap_err();
            assert!(detail.contains(expected), "{body}: {detail}");
        }
        let endless = format!("[{}1]", "1,".repeat(MAX_ROWS));
        assert!(read(endless.as_bytes()).unwrap_err().contains("more than any has"));
        assert!(read(&[b'[', 0xff, b']']).unwrap_err().contains("UTF-8"));
        assert!(read(&"[{\"月".as_bytes()[..4]).unwrap_err().contains("cut off"));
    }
}
