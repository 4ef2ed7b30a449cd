//! `gateway-proxy import-new-api FILE`: channels and prices of a New-API installation.
//!
//! The file is read through a copy. Channels are stored with their keys sealed, by name, so that importing again changes
//! only what changed: through the admin API of a running gateway, which puts them into force at once, or straight into the
//! books of one that does not run. Prices are printed or written as a price table for the operator to check; client tokens
//! are counted only, as they would let in whoever they let in there. No key is printed.

mod api;
mod books;
mod report;
mod translate;

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use daemon_kit::{clock::Clock, config::Config};
use gateway_ledger::{LedgerError, new_api};
use route_policy::Day;

use self::{
    api::Api,
    books::Books,
    report::{Line, report},
    translate::{other_groups, price_rows, translate},
};
use crate::{channels::Stored, prices::to_toml};

/// What is imported, and how.
#[derive(Debug)]
pub struct Import {
    /// New-API's SQLite file.
    pub file: PathBuf,
    /// Say what would be imported, and store nothing.
    pub dry_run: bool,
    /// Write the prices there instead of printing them; a file that is there stays as it is, and must say the same.
    pub prices: Option<PathBuf>,
}

/// Reads the file, stores its channels, and says on `out` what came of each.
///
/// # Errors
/// When the file is no New-API database, no key can be sealed, the gateway or its books refuse, or the prices cannot be
/// written. Channels that were stored before stay stored: importing again goes on.
pub async fn import_new_api(
    import: &Import,
    config: &Config,
    clock: &Clock,
    out: &mut (dyn Write + Send),
) -> anyhow::Result<()> {
    let file = import.file.clone();
    let found = tokio::task::spawn_blocking(move || new_api::read(&file)).await??;
    let rows = price_rows(&found.prices, Day::of(clock.now()).date());
    if let Some(path) = &import.prices
        && !import.dry_run
    {
        // First: whoever named a file that is there does not want channels imported twice to find out.
        write_prices(path, &to_toml(&rows)?)?;
    }
    let mut notes = found.notes;
    notes.extend(found.channels.iter().filter_map(other_groups));
    if !found.tokens.is_empty() {
        let count = found.tokens.len();
        notes.push(format!("{count} client tokens were not taken over: make new ones with `twilight tokens create`"));
    }
    let mut store = Store::open(config, clock, import.dry_run).await?;
    let mut lines = Vec::new();
    for channel in &found.channels {
        let (wanted, hint) = translate(channel);
        let outcome = match (&mut store, import.dry_run) {
            (Store::Nowhere, _) => Ok(None),
            (Store::Api(api), true) => api.compare(&wanted).map(Some),
            (Store::Api(api), false) => api.store(&wanted).await.map(Some),
            (Store::Books(books), _) => books.store(wanted.clone()).await.map(Some),
        };
        lines.push(Line { wanted, hint, outcome });
    }
    let failed = lines.iter().filter(|line| line.outcome.is_err()).count();
    writeln!(out, "{}", report(&lines, &notes, &store.name(), import.dry_run))?;
    store.finish().await?;
    if import.prices.is_none() || import.dry_run {
        writeln!(
            out,
            "# Prices, from New-API's ratios at 7.3 CNY a dollar: check them, and put them into prices.toml."
        )?;
        writeln!(out, "{}", to_toml(&rows)?)?;
    }
    let would = if import.dry_run { "would not be" } else { "were not" };
    anyhow::ensure!(failed == 0, "{failed} channels {would} stored");
    Ok(())
}

/// Where channels are stored.
enum Store {
    /// Nowhere: a dry run, and no gateway to compare with.
    Nowhere,
    /// With a running gateway.
    Api(Api),
    /// In the books of one that does not run.
    Books(Box<Books>),
}

impl Store {
    /// A running gateway, if there is one; otherwise its books, which a dry run does not even open.
    async fn open(config: &Config, clock: &Clock, dry_run: bool) -> anyhow::Result<Self> {
        let running = match config.gateway_admin() {
            Ok(admin) => Api::open(&admin).await?,
            Err(error) => {
                tracing::debug!("no admin API: {error}");
                None
            }
        };
        match (running, dry_run) {
            (Some(api), _) => Ok(Self::Api(api)),
            (None, true) => Ok(Self::Nowhere),
            (None, false) => {
                Books::open(config.gateway_proxy()?, clock).await.map(|books| Self::Books(Box::new(books)))
            }
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Nowhere => "nowhere".to_owned(),
            Self::Api(api) => format!("with the gateway at {}", api.url()),
            Self::Books(books) => format!("in the books in {}", books.folder().display()),
        }
    }

    async fn finish(self) -> Result<(), LedgerError> {
        match self {
            Self::Books(books) => books.close().await,
            _ => Ok(()),
        }
    }
}

fn write_prices(path: &Path, text: &str) -> anyhow::Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|there| there == text) {
        // The import before this one wrote it.
        return Ok(());
    }
    let opened = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = opened.with_context(|| format!("write the prices to {}", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("write the prices to {}", path.display()))
}

/// What storing did, in a word.
const fn word(stored: Stored) -> &'static str {
    match stored {
        Stored::New => "new",
        Stored::Changed => "changed",
        Stored::Same => "same",
    }
}
