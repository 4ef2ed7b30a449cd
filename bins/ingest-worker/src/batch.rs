//! From what a vendor's client fetched to what the writer commits: the same rows, with their places in one list of
//! responses.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Asia::Shanghai;
use market_model::DailyBar;
use source_tushare::{AdjFactor, Fetched, RawPage, RejectedRow, Row};
use warehouse::{Batch, Listing, RawResponse, Rejected, Sourced};

/// The date in Shanghai at that instant.
pub(crate) fn shanghai_date(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&Shanghai).date_naive()
}

/// Collects fetches into one batch.
pub(crate) struct BatchBuilder {
    source: String,
    responses: Vec<RawResponse>,
    rejected: Vec<Rejected>,
}

/// Where the rows of one fetch stand in the batch.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    shift: usize,
}

impl Place {
    /// The rows in the batch's terms.
    pub(crate) fn rows<T>(self, rows: Vec<Row<T>>) -> Vec<Sourced<T>> {
        let place = |Row { value, page, row }| Sourced { value, response: page + self.shift, row };
        rows.into_iter().map(place).collect()
    }
}

impl BatchBuilder {
    pub(crate) fn new(source: &str) -> Self {
        Self { source: source.to_owned(), responses: Vec::new(), rejected: Vec::new() }
    }

    /// Adds a fetch whole; gives back its rows in the batch's terms.
    pub(crate) fn add<T>(&mut self, fetched: Fetched<T>) -> Vec<Sourced<T>> {
        self.place(fetched.pages, fetched.rejected).rows(fetched.rows)
    }

    /// Adds the responses and the rejected rows of a fetch.
    pub(crate) fn place(&mut self, pages: Vec<RawPage>, rejected: Vec<RejectedRow>) -> Place {
        let shift = self.responses.len();
        self.responses.extend(pages.into_iter().map(|page| RawResponse {
            source: self.source.clone(),
            dataset: page.dataset.to_owned(),
            request: page.request,
            fetched_at: page.fetched_at,
            http_status: page.http_status,
            body: page.body,
        }));
        self.rejected.extend(rejected.into_iter().map(|row| Rejected {
            dataset: row.dataset.to_owned(),
            response: row.page + shift,
            row: row.row,
            reason: row.reason,
            value: row.value,
        }));
        Place { shift }
    }

    /// The batch: `rows` with this builder's source, responses and rejected rows.
    pub(crate) fn finish(self, rows: Batch) -> Batch {
        Batch { source: self.source, responses: self.responses, rejected: self.rejected, ..rows }
    }
}

/// The warehouse's listing of the vendor's.
pub(crate) fn listing(row: Sourced<source_tushare::Listing>) -> Sourced<Listing> {
    let Sourced { value, response, row } = row;
    Sourced { value: Listing { instrument: value.instrument, status: value.status }, response, row }
}

/// The batch of one or more codes' histories: the bars with their factors joined by code and day. It claims no day as
/// complete; the writer counts a day once enough of its codes have arrived.
pub fn history_batch(source: &str, bars: Fetched<DailyBar>, factors: Fetched<AdjFactor>) -> Batch {
    let mut builder = BatchBuilder::new(source);
    let mut daily = builder.add(bars);
    let factors = builder.add(factors);
    let by_day: HashMap<_, f64> =
        factors.into_iter().map(|row| ((row.value.code, row.value.trade_date), row.value.factor)).collect();
    for bar in &mut daily {
        bar.value.adj_factor = by_day.get(&(bar.value.code, bar.value.trade_date)).copied();
    }
    builder.finish(Batch { daily, ..Batch::default() })
}
