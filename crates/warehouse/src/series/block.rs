//! One code's columns, as they lie in the mapped file.

use std::ops::Range;

use super::{
    encode::scale,
    format::{PLAIN_PRICES, Shape},
};
use crate::reader::{Bar, DayTable, SourceId};

/// The columns of one code, checked: every slice has the length that the others imply.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block<'a> {
    /// Days since 1970-01-01, strictly ascending, never empty.
    pub(crate) days: &'a [i32],
    prices: Prices<'a>,
    volumes: Volumes<'a>,
    amounts: &'a [f64],
    factors: Runs<'a, f64>,
    sources: Runs<'a, u32>,
}

#[derive(Debug, Clone, Copy)]
enum Prices<'a> {
    Scaled { scale: f64, columns: [&'a [i32]; 4] },
    Plain([&'a [f64]; 4]),
}

#[derive(Debug, Clone, Copy)]
enum Volumes<'a> {
    Narrow(&'a [u32]),
    Wide(&'a [i64]),
}

/// Values that rarely change: each holds from its start to the next one's.
#[derive(Debug, Clone, Copy)]
struct Runs<'a, T> {
    starts: &'a [u32],
    values: &'a [T],
}

impl<'a> Block<'a> {
    /// Cuts `bytes`, which must be exactly `shape.block_len()` long and aligned to eight, into its columns.
    pub(super) fn cut(bytes: &'a [u8], shape: Shape) -> Result<Self, String> {
        let mut columns = Columns { rest: bytes };
        let (rows, factor_runs, source_runs) =
            (shape.rows as usize, shape.factor_runs as usize, shape.source_runs as usize);
        let plain = shape.exponent == PLAIN_PRICES;
        let amounts = columns.take(rows)?;
        let factors = columns.take(factor_runs)?;
        let plain_prices = if plain { Some(columns.take_four(rows)?) } else { None };
        let wide = if shape.wide_volume { Some(columns.take(rows)?) } else { None };
        let days = columns.take(rows)?;
        let prices = match plain_prices {
            Some(columns) => Prices::Plain(columns),
            None => Prices::Scaled { scale: scale(shape.exponent), columns: columns.take_four(rows)? },
        };
        let volumes = match wide {
            Some(volumes) => Volumes::Wide(volumes),
            None => Volumes::Narrow(columns.take(rows)?),
        };
        let factor_starts = columns.take(factor_runs)?;
        let source_starts = columns.take(source_runs)?;
        let sources = columns.take(source_runs)?;
        let factors = Runs { starts: factor_starts, values: factors };
        let sources = Runs { starts: source_starts, values: sources };
        Ok(Self { days, prices, volumes, amounts, factors, sources })
    }

    /// Checks the content: days ascend, runs are well-formed, sources exist.
    pub(super) fn check(&self, source_count: u32) -> Result<(), String> {
        if self.days.is_empty() || !self.days.is_sorted_by(|a, b| a < b) {
            return Err("its days do not ascend".to_owned());
        }
        for starts in [self.factors.starts, self.sources.starts] {
            let inside = starts.last().is_some_and(|last| (*last as usize) < self.days.len());
            if starts.first() != Some(&0) || !inside || !starts.is_sorted_by(|a, b| a < b) {
                return Err("its runs are malformed".to_owned());
            }
        }
        if self.sources.values.iter().any(|source| *source >= source_count) {
            return Err("it names an unknown source".to_owned());
        }
        Ok(())
    }

    /// The positions of the days in `[from, to]`.
    pub(crate) fn range(&self, from: i32, to: i32) -> Range<usize> {
        let start = self.days.partition_point(|day| *day < from);
        let len = self.days[start..].partition_point(|day| *day <= to);
        start..start + len
    }

    /// Appends the bars at `range` to `out`.
    pub(crate) fn push_bars(&self, range: Range<usize>, table: &DayTable, out: &mut Vec<Bar>) {
        match self.prices {
            Prices::Scaled { scale, columns } => {
                let columns = columns.map(|column| &column[range.clone()]);
                self.push_with(range, table, out, |i| columns.map(|column| f64::from(column[i]) / scale));
            }
            Prices::Plain(columns) => {
                let columns = columns.map(|column| &column[range.clone()]);
                self.push_with(range, table, out, |i| columns.map(|column| column[i]));
            }
        }
    }

    fn push_with(&self, range: Range<usize>, table: &DayTable, out: &mut Vec<Bar>, prices: impl Fn(usize) -> [f64; 4]) {
        let days = &self.days[range.clone()];
        let amounts = &self.amounts[range.clone()];
        let volumes = self.volumes.slice(range.clone());
        let mut factors = self.factors.cursor(range.start);
        let mut sources = self.sources.cursor(range.start);
        out.reserve(days.len());
        out.extend(days.iter().zip(amounts).enumerate().map(|(i, (day, amount))| {
            let [open, high, low, close] = prices(i);
            Bar {
                date: table.date(*day),
                open,
                high,
                low,
                close,
                volume: volumes.get(i),
                amount: *amount,
                factor: factors.value_at(range.start + i),
                source: SourceId(sources.value_at(range.start + i) as u16),
            }
        }));
    }
}

impl<'a> Volumes<'a> {
    fn slice(self, range: Range<usize>) -> Self {
        match self {
            Self::Narrow(values) => Self::Narrow(&values[range]),
            Self::Wide(values) => Self::Wide(&values[range]),
        }
    }

    fn get(self, at: usize) -> i64 {
        match self {
            Self::Narrow(values) => i64::from(values[at]),
            Self::Wide(values) => values[at],
        }
    }
}

impl<'a, T: Copy> Runs<'a, T> {
    /// Starts walking at position `at`; positions must not go down from there.
    fn cursor(self, at: usize) -> RunCursor<'a, T> {
        let run = self.starts.partition_point(|start| *start as usize <= at).saturating_sub(1);
        let end = self.starts.get(run + 1).map_or(usize::MAX, |start| *start as usize);
        RunCursor { runs: self, run, end }
    }
}

struct RunCursor<'a, T> {
    runs: Runs<'a, T>,
    run: usize,
    end: usize,
}

impl<T: Copy> RunCursor<'_, T> {
    #[inline]
    fn value_at(&mut self, at: usize) -> T {
        if at >= self.end {
            self.run += 1;
            self.end = self.runs.starts.get(self.run + 1).map_or(usize::MAX, |start| *start as usize);
        }
        self.runs.values[self.run]
    }
}

/// Takes columns off the front of a block.
struct Columns<'a> {
    rest: &'a [u8],
}

impl<'a> Columns<'a> {
    fn take<T: bytemuck::AnyBitPattern>(&mut self, count: usize) -> Result<&'a [T], String> {
        let bytes = count.checked_mul(size_of::<T>()).ok_or("a column is too long")?;
        let (column, rest) = self.rest.split_at_checked(bytes).ok_or("a column is cut short")?;
        self.rest = rest;
        bytemuck::try_cast_slice(column).map_err(|error| format!("a column is misplaced: {error}"))
    }

    fn take_four<T: bytemuck::AnyBitPattern>(&mut self, count: usize) -> Result<[&'a [T]; 4], String> {
        Ok([self.take(count)?, self.take(count)?, self.take(count)?, self.take(count)?])
    }
}
