//! Rows as the text of a file.

use route_policy::PriceRow;
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    prices: &'a [PriceRow],
}

/// `[[prices]]` entries, as [`PriceFile::parse`](super::PriceFile::parse) reads them.
///
/// # Errors
/// When a value has no form in TOML; amounts, dates and names have.
pub(crate) fn to_toml(rows: &[PriceRow]) -> Result<String, toml::ser::Error> {
    toml::to_string(&Document { prices: rows })
}

#[cfg(test)]
mod tests {
    use route_policy::{Cny, DefaultPrice};

    use super::*;
    use crate::prices::PriceFile;

    #[test]
    fn what_is_written_is_read_again() {
        const EXAMPLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../prices.example.toml"));
        let default = DefaultPrice { input: Cny::from_yuan(10), output: Cny::from_yuan(40) };
        let rows = PriceFile::parse(EXAMPLE, default).unwrap().rows;
        assert_eq!(PriceFile::parse(&to_toml(&rows).unwrap(), default).unwrap().rows, rows);
    }
}
