//! The gateway's books, as they were at one moment.

use std::path::Path;

use chrono::{DateTime, Utc};
use route_policy::Day;
use sqlite_copy::Owner;

use super::super::{
    intake::{Intake, Known},
    snapshot::{About, Part},
};

const BOOKS: &str = "gateway.sqlite";
const OWNER: Owner = Owner::new(*b"TwGL");
/// Beside the books; no secret.
const PRICES: &str = "prices.last-good.toml";

/// What lies beside the books and is a secret.
pub(in crate::backup) const SECRETS: &[&str] = &["search.key"];

/// Stores the books of the gateway in `state`, which goes on; nothing where there is none.
pub(in crate::backup) fn take(intake: &mut Intake<'_>, state: &Path) -> anyhow::Result<Option<Part>> {
    if !state.join(BOOKS).is_file() {
        return Ok(None);
    }
    let copy = intake.store.tmp().join(BOOKS);
    sqlite_copy::copy(&state.join(BOOKS), &copy, OWNER)?;
    let mut files = vec![intake.file(&copy, BOOKS, Known::No)?];
    std::fs::remove_file(&copy)?;
    if state.join(PRICES).is_file() {
        files.push(intake.file(&state.join(PRICES), PRICES, Known::No)?);
    }
    Ok(Some(Part { folder: state.to_owned(), files, about: About::Gateway }))
}

/// Proves the books in `folder`.
pub(in crate::backup) fn complete(folder: &Path) -> anyhow::Result<()> {
    sqlite_copy::check(&folder.join(BOOKS), OWNER)?;
    Ok(())
}

/// Nobody knows what was spent of this day after the copy was made: no more of it is.
pub(in crate::backup) fn close_today(folder: &Path, now: DateTime<Utc>) -> anyhow::Result<()> {
    gateway_ledger::close_day(folder, Day::of(now))?;
    Ok(())
}
