//! The price table that is in use, and how it follows the file.
//!
//! A file that cannot be used changes nothing: the last good one stays, and log, metric and `/admin/prices` say so. Its
//! text is also kept in the state folder, so that a restart beside a broken file does not fall back to the default price.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use route_policy::{DefaultPrice, PriceRow, PriceTable};
use tokio::fs;

use super::PriceFile;

/// The copy of the last good file, in the state folder.
const LAST_GOOD: &str = "prices.last-good.toml";
/// What is wrong with a file that was there; said with what to do about it.
const GONE: &str = "is gone (an empty file would mean the default price for every model)";

/// The prices of this process.
pub(crate) struct PriceBook {
    path: PathBuf,
    last_good: PathBuf,
    default: DefaultPrice,
    state: Mutex<State>,
    /// Held from looking at the file until what it says is in force: of two looks the later one counts.
    pub(super) looking: tokio::sync::Mutex<()>,
}

struct State {
    rows: Arc<[PriceRow]>,
    table: Arc<PriceTable>,
    loaded_at: DateTime<Utc>,
    origin: Origin,
    trouble: Option<Trouble>,
    /// The file as it was looked at last.
    seen: Option<Stamp>,
}

/// Where the table in use comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The file.
    File,
    /// The copy in the state folder: the file was bad or gone when the gateway started.
    LastGood,
    /// There never was a file: every model costs the default.
    Default,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Trouble {
    since: DateTime<Utc>,
    problem: String,
}

/// Tells whether a file may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stamp {
    Absent,
    Present { modified: SystemTime, length: u64 },
}

/// What is in use, for people.
#[derive(Clone, Debug)]
pub(crate) struct PriceState {
    /// The file that is followed.
    pub(crate) path: PathBuf,
    /// The rows in use.
    pub(crate) rows: Arc<[PriceRow]>,
    /// What a model without a row costs.
    pub(crate) default: DefaultPrice,
    /// Since when they are in use.
    pub(crate) loaded_at: DateTime<Utc>,
    /// Where they come from.
    pub(crate) origin: Origin,
    /// Since when the file cannot be used, and why.
    pub(crate) trouble: Option<(DateTime<Utc>, String)>,
}

/// What a look at the file gave.
#[derive(Clone, Debug)]
pub(crate) enum Reloaded {
    /// Nothing changed.
    Same,
    /// Other prices are in use now.
    Changed(Changed),
    /// The file cannot be used; the prices in use stay.
    Kept {
        /// Why.
        problem: String,
    },
}

/// Other prices than before.
#[derive(Clone, Debug)]
pub(crate) struct Changed {
    /// The prices in use now.
    pub(crate) table: Arc<PriceTable>,
    /// The rows that were in use before.
    pub(crate) before: Arc<[PriceRow]>,
    /// The rows in use now.
    pub(crate) after: Arc<[PriceRow]>,
}

impl PriceBook {
    /// Reads the file, or the last good one where it cannot be used or is gone. Also says what the file has brought since
    /// the last process.
    ///
    /// # Errors
    /// None of the files is the reason: when the state folder cannot be read.
    pub(crate) async fn open(
        path: &Path,
        state: &Path,
        default: DefaultPrice,
        now: DateTime<Utc>,
    ) -> anyhow::Result<(Self, Reloaded)> {
        let last_good = state.join(LAST_GOOD);
        let text = read_copy(&last_good).await.context("read the last good price table")?;
        // What was good once is good, unless this program has become stricter since, or the disk bad.
        let kept = text.and_then(|text| PriceFile::parse(&text, default).ok());
        let origin = if kept.is_some() { Origin::LastGood } else { Origin::Default };
        let first = kept.unwrap_or_else(|| PriceFile::empty(default));
        let first = State {
            rows: Arc::from(first.rows),
            table: Arc::new(first.table),
            loaded_at: now,
            origin,
            trouble: None,
            seen: None,
        };
        let looking = tokio::sync::Mutex::new(());
        let book = Self { path: path.to_owned(), last_good, default, state: Mutex::new(first), looking };
        let found = book.reload(now).await;
        if book.shown().origin == Origin::LastGood {
            tracing::warn!("prices: the last good table is used instead of the file");
        }
        Ok((book, found))
    }

    /// The table in use.
    pub(crate) fn table(&self) -> Arc<PriceTable> {
        self.state().table.clone()
    }

    /// What is in use.
    pub(crate) fn shown(&self) -> PriceState {
        let state = self.state();
        PriceState {
            path: self.path.clone(),
            rows: state.rows.clone(),
            default: self.default,
            loaded_at: state.loaded_at,
            origin: state.origin,
            trouble: state.trouble.as_ref().map(|trouble| (trouble.since, trouble.problem.clone())),
        }
    }

    /// Reads the file again if it may have changed since it was looked at.
    pub(super) async fn reload_if_changed(&self, now: DateTime<Utc>) -> Reloaded {
        let seen = self.state().seen;
        match stamp(&self.path).await {
            Ok(stamp) if Some(stamp) == seen => Reloaded::Same,
            _ => self.reload(now).await,
        }
    }

    /// Reads the file again.
    pub(super) async fn reload(&self, now: DateTime<Utc>) -> Reloaded {
        // The stamp is taken first: what is written while we read is seen as a change by the next look.
        let outcome = match (stamp(&self.path).await, read(&self.path).await) {
            (Ok(stamp), Ok(Some(text))) => self.take(&text, stamp, now).await,
            (Ok(stamp), Ok(None)) => self.absent(stamp, now),
            (_, Err(error)) | (Err(error), _) => self.refuse(None, format!("cannot be read: {error}"), now),
        };
        self.measure();
        outcome
    }

    async fn take(&self, text: &str, stamp: Stamp, now: DateTime<Utc>) -> Reloaded {
        let file = match PriceFile::parse(text, self.default) {
            Ok(file) => file,
            Err(error) => return self.refuse(Some(stamp), error.to_string(), now),
        };
        if let Err(error) = keep(&self.last_good, text).await {
            tracing::warn!(error = %error, "prices: the last good table cannot be kept: {error}");
        }
        let count = file.rows.len();
        let mut state = self.state();
        let same = state.origin == Origin::File && *state.rows == *file.rows;
        (state.trouble, state.seen, state.origin) = (None, Some(stamp), Origin::File);
        if same {
            return Reloaded::Same;
        }
        let before = std::mem::replace(&mut state.rows, Arc::from(file.rows));
        (state.table, state.loaded_at) = (Arc::new(file.table), now);
        let path = self.path.display();
        tracing::info!(prices.rows = count, "prices: {count} rows of {path} are in use");
        Reloaded::Changed(Changed { table: state.table.clone(), before, after: state.rows.clone() })
    }

    /// No file is no error before the first one; one that vanished is.
    fn absent(&self, stamp: Stamp, now: DateTime<Utc>) -> Reloaded {
        let (origin, first) = {
            let state = self.state();
            (state.origin, state.seen.is_none())
        };
        if origin != Origin::Default {
            return self.refuse(Some(stamp), GONE.to_owned(), now);
        }
        if first {
            let path = self.path.display();
            tracing::warn!("prices: there is no {path}; every model costs the default price");
        }
        self.state().seen = Some(stamp);
        Reloaded::Same
    }

    fn refuse(&self, stamp: Option<Stamp>, problem: String, now: DateTime<Utc>) -> Reloaded {
        let mut state = self.state();
        state.seen = stamp;
        let known = state.trouble.as_ref().is_some_and(|trouble| trouble.problem == problem);
        if !known {
            let (path, count) = (self.path.display(), state.rows.len());
            tracing::error!(prices.rows = count, "prices: {path} {problem}; the {count} rows in use stay");
            let since = state.trouble.as_ref().map_or(now, |trouble| trouble.since);
            state.trouble = Some(Trouble { since, problem: problem.clone() });
        }
        Reloaded::Kept { problem }
    }

    fn measure(&self) {
        let state = self.state();
        metrics::gauge!("gateway_prices_ok").set(f64::from(u8::from(state.trouble.is_none())));
        #[expect(clippy::cast_precision_loss, reason = "a gauge is read by people")]
        metrics::gauge!("gateway_price_rows").set(state.rows.len() as f64);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Origin {
    /// The word in the API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::LastGood => "last_good",
            Self::Default => "default",
        }
    }
}

async fn stamp(path: &Path) -> io::Result<Stamp> {
    match fs::metadata(path).await {
        Ok(found) => Ok(Stamp::Present { modified: found.modified()?, length: found.len() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Stamp::Absent),
        Err(error) => Err(error),
    }
}

async fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path).await {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The copy in the state folder. One that is no text is none: the gateway must not fail to start for it.
async fn read_copy(path: &Path) -> io::Result<Option<String>> {
    match read(path).await {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(None),
        outcome => outcome,
    }
}

/// Writes beside and renames, so that a crash leaves the old one or the new one.
async fn keep(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension("new");
    fs::write(&beside, text).await?;
    fs::rename(&beside, path).await
}

#[cfg(test)]
mod tests;
