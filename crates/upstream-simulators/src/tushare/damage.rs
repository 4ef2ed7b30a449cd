//! Single cells that come as something else: what a vendor's bad day looks like, one row at a time.

use chrono::NaiveDate;
use market_model::Code;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::table::Row;
use crate::json::Json;

/// One column of a code's rows that comes damaged, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellDamage {
    /// Whose rows.
    pub code: Code,
    /// The row of this day; absent = every row of the code.
    #[serde(default)]
    pub date: Option<NaiveDate>,
    /// The column.
    pub column: String,
    /// What comes in its place.
    pub to: Damage,
}

/// What comes in place of a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Damage {
    /// This value: `0`, `"NaN"`, null, a list.
    Value(Value),
    /// The number times so many percent: 1000 is ten times too much, -100 turns the sign.
    Percent(i64),
    /// The cell of another column: two of these swap two columns.
    Column(String),
}

impl CellDamage {
    /// `column` of the row of `code` on `date` comes as `to`.
    pub fn new(code: Code, date: NaiveDate, column: &str, to: Damage) -> Self {
        Self { code, date: Some(date), column: column.to_owned(), to }
    }

    fn befalls(&self, row: &impl Row, column: &str) -> bool {
        self.column == column && self.code.as_str() == row.key() && (self.date.is_none() || self.date == row.date())
    }
}

/// Writes a cell, damaged if it is one of those. The first damage of a cell counts.
pub(super) fn write_cell(row: &impl Row, column: &str, damages: &[&CellDamage], out: &mut Json) {
    match damages.iter().find(|damage| damage.befalls(row, column)).map(|damage| &damage.to) {
        None => row.cell(column, out),
        Some(Damage::Value(value)) => out.raw(&value.to_string()),
        Some(Damage::Column(other)) => row.cell(other, out),
        Some(Damage::Percent(percent)) => {
            let mut cell = Json::default();
            row.cell(column, &mut cell);
            let bytes = cell.into_bytes();
            let number = std::str::from_utf8(&bytes).ok().and_then(|text| text.parse::<f64>().ok());
            match number {
                Some(number) => out.fixed((number * *percent as f64 * 100.0).round() as i64, 4),
                // Null or a text, which no percentage changes.
                None => out.bytes(&bytes),
            }
        }
    }
}
