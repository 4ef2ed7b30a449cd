//! The vendor's answer: an envelope around row-major data whose columns are named in the answer itself.
//!
//! Read leniently, for hosts and mirrors differ: `msg` may be null, `has_more`, `request_id`, `detail` and `count` may be
//! absent (`count` is never used: it is often 0 beside rows).

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{api::Endpoint, cell::Cell};

/// What a body says.
#[derive(Debug)]
pub(crate) enum Answer {
    Data(Table),
    Refused { code: i64, message: String },
}

/// The rows of one page, their cells in the order of [`Endpoint::fields`] whatever the order of the answer.
#[derive(Debug)]
pub(crate) struct Table {
    /// Columns that were asked for and did not come; the rows are empty then.
    pub(crate) missing: Vec<String>,
    pub(crate) rows: Vec<WireRow>,
    /// How many items the page holds, malformed ones included.
    pub(crate) items: usize,
    pub(crate) has_more: bool,
}

/// One item: its cells, or its text if it is not a row of that table.
pub(crate) type WireRow = Result<Box<[Cell]>, Malformed>;

/// An item that is not a row.
#[derive(Debug)]
pub(crate) struct Malformed {
    pub(crate) reason: String,
    pub(crate) text: String,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    code: &'a RawValue,
    #[serde(borrow, default)]
    msg: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    fields: Vec<String>,
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    has_more: Option<&'a RawValue>,
}

/// Reads a body as the answer of `endpoint`. The error says why it is no answer at all, which is a transport failure: a
/// proxy's HTML page, a cut body.
pub(crate) fn read(endpoint: &Endpoint, body: &[u8]) -> Result<Answer, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned())?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if !text.is_empty() && !text.starts_with('{') {
        return Err(if text.starts_with('<') { "the body is HTML" } else { "the body is not a JSON object" }.to_owned());
    }
    let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|error| not_an_answer(text, &error))?;
    let code = integer(envelope.code).ok_or_else(|| format!("the answer's code is {}", envelope.code))?;
    if code != 0 {
        let message = envelope.msg.map(|msg| Cell::parse(msg).content().unwrap_or_default().to_owned());
        return Ok(Answer::Refused { code, message: message.unwrap_or_default() });
    }
    let data = envelope.data.ok_or("the answer says success but has no data")?;
    Ok(Answer::Data(table(endpoint, &data)))
}

fn table(endpoint: &Endpoint, data: &Data<'_>) -> Table {
    let mut table = Table {
        missing: Vec::new(),
        rows: Vec::new(),
        items: data.items.len(),
        has_more: data.has_more.and_then(integer).is_some_and(|more| more != 0),
    };
    if data.items.is_empty() && data.fields.is_empty() {
        // Nothing to report, and some mirrors then leave the columns out as well.
        return table;
    }
    let position = |column: &&str| data.fields.iter().position(|field| field == column);
    let columns: Vec<Option<usize>> = endpoint.fields.iter().map(position).collect();
    let missing = endpoint.fields.iter().zip(&columns).filter(|(_, position)| position.is_none());
    table.missing = missing.map(|(column, _)| (*column).to_owned()).collect();
    if table.missing.is_empty() {
        let columns: Vec<usize> = columns.into_iter().flatten().collect();
        table.rows = data.items.iter().map(|item| row(item, &columns, data.fields.len())).collect();
    }
    table
}

fn row(item: &RawValue, columns: &[usize], width: usize) -> WireRow {
    let malformed = |reason: String| Malformed { reason, text: item.get().to_owned() };
    let cells: Vec<&RawValue> =
        serde_json::from_str(item.get()).map_err(|_| malformed("the item is not an array".to_owned()))?;
    if cells.len() != width {
        return Err(malformed(format!("the row has {} cells for {width} columns", cells.len())));
    }
    Ok(columns.iter().map(|&column| Cell::parse(cells[column])).collect())
}

/// An integer sent as a number, a string or a boolean.
fn integer(raw: &RawValue) -> Option<i64> {
    let value = Cell::parse(raw).decimal(0)?;
    (value.fract() == 0.0 && value.abs() < 1e15).then_some(value as i64)
}

fn not_an_answer(text: &str, error: &serde_json::Error) -> String {
    if error.is_eof() {
        format!("the body is cut off after {} bytes", text.len())
    } else {
        format!("the body is not an answer: {error}")
    }
}

#[cfg(test)]
mod tests;
