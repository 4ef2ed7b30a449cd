//! `POST /admin/ingest/*`: asks the ingest worker for work.

mod accepted;
pub(crate) mod backfill;
mod backfill_request;
pub(crate) mod run;
mod trading_day;
mod work;
