//! `POST /admin/ingest/*`: asks the ingest worker for work.

pub(crate) mod backfill;
pub(crate) mod backfill_request;
pub(crate) mod run;
mod trading_day;
pub(crate) mod work;

pub(crate) use trading_day::not_in_the_future;
