//! Rows for unit tests: the JSON of one item, in the order of the endpoint's fields.

use serde_json::value::RawValue;

use super::{BadCell, RowReader};
use crate::{Api, cell::Cell};

/// Converts one item.
pub(crate) fn row<T>(
    api: Api,
    json: &str,
    convert: impl Fn(&RowReader<'_>) -> Result<T, BadCell>,
) -> Result<T, BadCell> {
    let cells: Vec<Box<RawValue>> = serde_json::from_str(json).unwrap();
    let cells: Vec<Cell> = cells.iter().map(|cell| Cell::parse(cell)).collect();
    assert_eq!(cells.len(), api.endpoint().fields.len(), "one cell per column of {api}");
    convert(&RowReader::new(api.endpoint(), &cells))
}
