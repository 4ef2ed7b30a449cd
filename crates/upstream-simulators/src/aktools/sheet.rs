//! The true content of a function's answer: rows with the period and the day of publication that they really have.

use chrono::NaiveDate;

/// One true figure of one column, as it can be read from the server at this moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// Last day of the period it is about.
    pub period: NaiveDate,
    /// When it was published, where the table says so.
    pub published: Option<NaiveDate>,
    /// The figure.
    pub value: f64,
    /// What was expected, where the table says so.
    pub consensus: Option<f64>,
    /// The figure before, where the table says so.
    pub previous: Option<f64>,
}

/// A table as the function would return it.
#[derive(Debug, Clone, Default)]
pub(super) struct Sheet {
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<SheetRow>,
    /// Columns of a figure with the columns of what was expected and of the figure before.
    pub(super) context: Vec<(&'static str, Option<&'static str>, Option<&'static str>)>,
}

/// One row.
#[derive(Debug, Clone)]
pub(super) struct SheetRow {
    /// Last day of the period.
    pub(super) period: NaiveDate,
    /// Where the table says so.
    pub(super) published: Option<NaiveDate>,
    /// One per column.
    pub(super) cells: Vec<Value>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Text(String),
    /// A pandas date: comes as `2025-10-05T00:00:00.000`.
    Day(NaiveDate),
    /// `scaled / 10^decimals`, a Python float.
    Number(i64, u32),
    Integer(i64),
}

impl Value {
    /// A figure with `decimals`; null for `None`.
    pub(super) fn of(figure: Option<i64>, decimals: u32) -> Self {
        figure.map_or(Self::Null, |scaled| Self::Number(scaled, decimals))
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            // The nearest number to the decimal text, which is what a reader of the text gets.
            Self::Number(scaled, decimals) => format!("{scaled}e-{decimals}").parse().ok(),
            Self::Integer(value) => Some(*value as f64),
            Self::Null | Self::Text(_) | Self::Day(_) => None,
        }
    }
}

impl Sheet {
    /// The figures of one column in the order of the table; nothing for a column that is not there. Rows without a
    /// figure have none.
    pub(super) fn figures(&self, column: &str) -> Vec<Figure> {
        let position = |name: &str| self.columns.iter().position(|column| *column == name);
        let Some(at) = position(column) else { return Vec::new() };
        let context = self.context.iter().find(|(name, ..)| *name == column);
        let consensus = context.and_then(|(_, consensus, _)| *consensus).and_then(position);
        let previous = context.and_then(|(.., previous)| *previous).and_then(position);
        let figure = |row: &SheetRow| {
            let number = |at: Option<usize>| at.and_then(|at| row.cells[at].number());
            Some(Figure {
                period: row.period,
                published: row.published,
                value: row.cells[at].number()?,
                consensus: number(consensus),
                previous: number(previous),
            })
        };
        self.rows.iter().filter_map(figure).collect()
    }
}
