//! From what the vendors' clients fetched to what the writer commits: the same rows, with their places in one list of
//! responses.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Asia::Shanghai;
use market_model::DailyBar;
use source_tushare::{AdjFactor, Fetched};
use warehouse::{Batch, Listing, RawResponse, Rejected, Sourced};

use crate::answer::Answer;

/// The date in Shanghai at that instant.
pub(crate) fn shanghai_date(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&Shanghai).date_naive()
}

/// Collects answers into one batch.
pub(crate) struct BatchBuilder {
    source: String,
    responses: Vec<RawResponse>,
    rejected: Vec<Rejected>,
}

/// Where the rows of one answer stand in the batch.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    shift: usize,
}

impl Place {
    /// The rows in the batch's terms.
    pub(crate) fn rows<T>(self, mut rows: Vec<Sourced<T>>) -> Vec<Sourced<T>> {
        for row in &mut rows {
            row.response += self.shift;
        }
        rows
    }
}

impl BatchBuilder {
    pub(crate) fn new(source: &str) -> Self {
        Self { source: source.to_owned(), responses: Vec::new(), rejected: Vec::new() }
    }

    /// Adds an answer whole; gives back its rows in the batch's terms.
    pub(crate) fn add<T>(&mut self, answer: impl Into<Answer<T>>) -> Vec<Sourced<T>> {
        let Answer { rows, responses, rejected } = answer.into();
        self.place(responses, rejected).rows(rows)
    }

    /// Adds the responses and the rejected rows of an answer.
    pub(crate) fn place(&mut self, responses: Vec<RawResponse>, rejected: Vec<Rejected>) -> Place {
        let shift = self.responses.len();
        self.responses.extend(responses);
        self.rejected.extend(rejected.into_iter().map(|row| Rejected { response: row.response + shift, ..row }));
        Place { shift }
    }

    /// The responses and the rejected rows.
    pub(crate) fn into_parts(self) -> (Vec<RawResponse>, Vec<Rejected>) {
        (self.responses, self.rejected)
    }

    /// The batch: `rows` with this builder's source, responses and rejected rows.
    pub(crate) fn finish(self, rows: Batch) -> Batch {
        Batch { source: self.source, responses: self.responses, rejected: self.rejected, ..rows }
    }
}

/// The warehouse's listing of Tushare's.
pub(crate) fn listing(row: Sourced<source_tushare::Listing>) -> Sourced<Listing> {
    let Sourced { value, response, row } = row;
    Sourced { value: Listing { instrument: value.instrument, status: value.status }, response, row }
}

/// Puts a vendor's factors into its bars, by code and day.
pub(crate) fn join_factors(bars: &mut [Sourced<DailyBar>], factors: Vec<Sourced<AdjFactor>>) {
    let by_day: HashMap<_, f64> =
        factors.into_iter().map(|row| ((row.value.code, row.value.trade_date), row.value.factor)).collect();
    for bar in bars {
        bar.value.adj_factor = by_day.get(&(bar.value.code, bar.value.trade_date)).copied();
    }
}

/// The batch of one or more codes' histories: the bars with their factors joined by code and day. It claims no day as
/// complete; the writer counts a day once enough of its codes have arrived.
pub fn history_batch(source: &str, bars: Fetched<DailyBar>, factors: Fetched<AdjFactor>) -> Batch {
    let mut builder = BatchBuilder::new(source);
    let mut daily = builder.add(bars);
    let factors = builder.add(factors);
    join_factors(&mut daily, factors);
    builder.finish(Batch { daily, ..Batch::default() })
}
