//! Typed access to the cells of one row by column name.

use chrono::NaiveDate;
use market_model::{Code, vendor_code};

use crate::{api::Endpoint, cell::Cell};

/// One row of an interface.
pub(crate) struct RowReader<'a> {
    endpoint: &'static Endpoint,
    cells: &'a [Cell],
}

/// Why a row is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadCell {
    /// Names the column.
    pub(crate) reason: String,
    /// The cell as it was sent.
    pub(crate) value: String,
}

impl<'a> RowReader<'a> {
    pub(crate) fn new(endpoint: &'static Endpoint, cells: &'a [Cell]) -> Self {
        Self { endpoint, cells }
    }

    /// The instrument, in the column `ts_code`.
    pub(crate) fn code(&self) -> Result<Code, BadCell> {
        vendor_code::tushare::parse(self.text("ts_code")?)
            .map_err(|_| self.bad("ts_code", "is not a code like 600519.SH"))
    }

    pub(crate) fn date(&self, column: &str) -> Result<NaiveDate, BadCell> {
        self.optional_date(column)?.ok_or_else(|| self.missing(column))
    }

    pub(crate) fn optional_date(&self, column: &str) -> Result<Option<NaiveDate>, BadCell> {
        let parse = |text: &str| {
            let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
            let date = digits.then(|| NaiveDate::parse_from_str(text, "%Y%m%d").ok()).flatten();
            date.ok_or_else(|| self.bad(column, "is not a date YYYYMMDD"))
        };
        self.content(column).map(parse).transpose()
    }

    pub(crate) fn number(&self, column: &str) -> Result<f64, BadCell> {
        self.optional_number(column)?.ok_or_else(|| self.missing(column))
    }

    pub(crate) fn optional_number(&self, column: &str) -> Result<Option<f64>, BadCell> {
        self.scaled(column, 0)
    }

    /// The number × 10^`exponent`, to the nearest whole unit: the vendor documents no more decimals than that, so
    /// anything below is noise of a float on its way here.
    pub(crate) fn whole(&self, column: &str, exponent: i32) -> Result<f64, BadCell> {
        self.optional_whole(column, exponent)?.ok_or_else(|| self.missing(column))
    }

    pub(crate) fn optional_whole(&self, column: &str, exponent: i32) -> Result<Option<f64>, BadCell> {
        Ok(self.scaled(column, exponent)?.map(f64::round))
    }

    /// The number × 10^`exponent`, without rounding.
    pub(crate) fn scaled(&self, column: &str, exponent: i32) -> Result<Option<f64>, BadCell> {
        if self.content(column).is_none() {
            return Ok(None);
        }
        self.cell(column).decimal(exponent).map(Some).ok_or_else(|| self.bad(column, "is not a number"))
    }

    pub(crate) fn text(&self, column: &str) -> Result<&'a str, BadCell> {
        self.content(column).ok_or_else(|| self.missing(column))
    }

    pub(crate) fn optional_text(&self, column: &str) -> Option<&'a str> {
        self.content(column)
    }

    /// Refuses the row because of one column.
    pub(crate) fn bad(&self, column: &str, problem: impl AsRef<str>) -> BadCell {
        BadCell { reason: format!("{column} {}", problem.as_ref()), value: self.cell(column).as_str().to_owned() }
    }

    fn missing(&self, column: &str) -> BadCell {
        self.bad(column, "is missing")
    }

    fn content(&self, column: &str) -> Option<&'a str> {
        self.cell(column).content()
    }

    fn cell(&self, column: &str) -> &'a Cell {
        const ABSENT: &Cell = &Cell::Null;
        let position = self.endpoint.position(column);
        debug_assert!(position.is_some(), "{column} is not asked for by {}", self.endpoint.name);
        position.and_then(|position| self.cells.get(position)).unwrap_or(ABSENT)
    }
}
