//! The monthly tables of Eastmoney: newest first, the month as a text, no day of publication.

use chrono::{Datelike, NaiveDate};

use super::{Desk, monthly_tables::TABLES};
use crate::aktools::{
    draw::{Series, months, next_month},
    sheet::{Sheet, SheetRow, Value},
};

/// One function of the family.
pub(super) struct Monthly {
    pub(super) function: &'static str,
    pub(super) first_year: i32,
    pub(super) out: Out,
    pub(super) columns: &'static [Column],
}

/// When a month appears in a table.
#[derive(Clone, Copy)]
pub(super) enum Out {
    /// On this day of the next month.
    NextMonth(u32),
    /// On its own last day.
    ItsEnd,
    /// On this day of the next month; January not at all, February with a figure since January only.
    WithoutJanuary(u32),
}

/// One column of figures.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) decimals: u32,
    pub(super) shape: Shape,
    /// Null before this year.
    pub(super) since: i32,
}

/// How the figures of a column come about, in their last decimal.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// Around a middle.
    Around(i64, i64),
    /// From a first level by a step per month.
    Growing(i64, i64),
    /// The sum since January of the column at this position.
    SumOf(usize),
}

pub(super) fn named(function: &str) -> Option<&'static Monthly> {
    TABLES.iter().find(|table| table.function == function)
}

impl Monthly {
    pub(super) fn sheet(&self, desk: &Desk<'_>) -> Sheet {
        let all: Vec<Series> =
            self.columns.iter().map(|column| desk.series(&format!("{}/{}", self.function, column.name))).collect();
        let mut rows: Vec<SheetRow> = months(self.first_year, desk.today())
            .filter(|period| self.is_out(desk, *period))
            .map(|period| {
                let mut cells = vec![Value::Text(period.format("%Y年%m月份").to_string())];
                cells.extend((0..self.columns.len()).map(|at| self.cell(&all, at, period)));
                SheetRow { period, published: None, cells }
            })
            .collect();
        rows.reverse();
        let columns = std::iter::once("月份").chain(self.columns.iter().map(|column| column.name)).collect();
        Sheet { columns, rows, context: Vec::new() }
    }

    fn is_out(&self, desk: &Desk<'_>, period: NaiveDate) -> bool {
        match self.out {
            Out::NextMonth(day) => desk.is_out(next_month(period, day), 10, 0),
            Out::ItsEnd => desk.is_out(period, 9, 30),
            Out::WithoutJanuary(day) => period.month() != 1 && desk.is_out(next_month(period, day), 10, 0),
        }
    }

    fn cell(&self, all: &[Series], at: usize, period: NaiveDate) -> Value {
        let column = &self.columns[at];
        let alone = matches!(column.shape, Shape::SumOf(_));
        let swallowed = matches!(self.out, Out::WithoutJanuary(_)) && period.month() == 2 && !alone;
        if period.year() < column.since || swallowed {
            return Value::Null;
        }
        Value::Number(self.figure(all, at, period), column.decimals)
    }

    fn figure(&self, all: &[Series], at: usize, period: NaiveDate) -> i64 {
        match self.columns[at].shape {
            Shape::Around(middle, width) => all[at].around(period, middle, width),
            Shape::Growing(first, step) => all[at].growing(period, self.first_year, first, step),
            Shape::SumOf(other) => {
                let since_january = months(period.year(), period);
                since_january.map(|month| self.figure(all, other, month)).sum()
            }
        }
    }
}
