//! What the vendors' clients give back, in the writer's terms.
//!
//! No client knows the warehouse and none knows another, so each has its own types of the same shape. Here they become
//! one: rows with the index of the response they came from, the exact responses, the rows that were refused.

use chrono::NaiveDate;
use market_model::{CorporateAction, DailyBar, Instrument};
use warehouse::{RawResponse, Rejected, Sourced};

/// The answer to one question.
#[derive(Debug, Clone)]
pub(crate) struct Answer<T> {
    pub(crate) rows: Vec<Sourced<T>>,
    pub(crate) responses: Vec<RawResponse>,
    pub(crate) rejected: Vec<Rejected>,
}

impl<T> Default for Answer<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), responses: Vec::new(), rejected: Vec::new() }
    }
}

/// The history of one code that is watched abroad.
#[derive(Debug, Clone)]
pub(crate) struct GlobalAnswer {
    pub(crate) bars: Vec<Sourced<DailyBar>>,
    pub(crate) actions: Vec<Sourced<CorporateAction>>,
    /// What the vendor says the code is.
    pub(crate) instrument: Option<Instrument>,
    /// The vendor gave nothing before this day though more was asked for: what lies before is unknown, not absent.
    pub(crate) cut_before: Option<NaiveDate>,
    pub(crate) responses: Vec<RawResponse>,
    pub(crate) rejected: Vec<Rejected>,
}

/// A client's raw page, whichever client's it is.
pub(crate) trait Page {
    /// As the writer stores it.
    fn response(self) -> RawResponse;
}

/// Responses in the order of the pages.
pub(crate) fn responses<P: Page>(pages: Vec<P>) -> Vec<RawResponse> {
    pages.into_iter().map(Page::response).collect()
}

macro_rules! parts_of {
    ($client:ident, $source:literal) => {
        impl Page for $client::RawPage {
            fn response(self) -> RawResponse {
                RawResponse {
                    source: $source.to_owned(),
                    dataset: self.dataset.to_owned(),
                    request: self.request,
                    fetched_at: self.fetched_at,
                    http_status: self.http_status,
                    body: self.body,
                }
            }
        }

        impl From<$client::RejectedRow> for Refused {
            fn from(row: $client::RejectedRow) -> Self {
                Self(Rejected {
                    dataset: row.dataset.to_owned(),
                    response: row.page,
                    row: row.row,
                    reason: row.reason,
                    value: row.value,
                })
            }
        }

        impl<T> From<$client::Row<T>> for Placed<T> {
            fn from(row: $client::Row<T>) -> Self {
                Self(Sourced { value: row.value, response: row.page, row: row.row })
            }
        }
    };
}

macro_rules! answers_of {
    ($($client:ident),*) => {$(
        impl<T> From<$client::Fetched<T>> for Answer<T> {
            fn from(fetched: $client::Fetched<T>) -> Self {
                Self {
                    rows: placed(fetched.rows),
                    responses: responses(fetched.pages),
                    rejected: refused(fetched.rejected),
                }
            }
        }
    )*};
}

impl From<source_yahoo::GlobalHistory> for GlobalAnswer {
    fn from(history: source_yahoo::GlobalHistory) -> Self {
        Self {
            bars: placed(history.bars),
            actions: placed(history.actions),
            instrument: history.instrument.map(|facts| facts.instrument()),
            cut_before: None,
            responses: responses(history.pages),
            rejected: refused(history.rejected),
        }
    }
}

impl From<source_alpha_vantage::GlobalHistory> for GlobalAnswer {
    fn from(history: source_alpha_vantage::GlobalHistory) -> Self {
        Self {
            bars: placed(history.bars),
            actions: placed(history.actions),
            instrument: None,
            cut_before: history.cut_before,
            responses: responses(history.pages),
            rejected: refused(history.rejected),
        }
    }
}

/// Carries a client's row over; a trait cannot be implemented for the writer's own type here.
pub(crate) struct Placed<T>(Sourced<T>);

/// Likewise a refused row.
pub(crate) struct Refused(Rejected);

/// A client's rows in the writer's terms.
pub(crate) fn placed<T, R>(rows: Vec<R>) -> Vec<Sourced<T>>
where
    Placed<T>: From<R>,
{
    rows.into_iter().map(|row| Placed::from(row).0).collect()
}

/// A client's refused rows in the writer's terms.
pub(crate) fn refused<R>(rows: Vec<R>) -> Vec<Rejected>
where
    Refused: From<R>,
{
    rows.into_iter().map(|row| Refused::from(row).0).collect()
}

parts_of!(source_tushare, "tushare");
parts_of!(source_tdx, "tdx");
parts_of!(source_aktools, "aktools");
parts_of!(source_yahoo, "yahoo");
parts_of!(source_alpha_vantage, "alpha_vantage");
answers_of!(source_tushare, source_tdx, source_aktools);
