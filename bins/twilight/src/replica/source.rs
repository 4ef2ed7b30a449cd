//! The side that has the newest generation.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use warehouse::{Held, layout};

use super::{
    Options,
    error::Stopped,
    lock::Lock,
    place::Place,
    progress::Progress,
    rsync::{self, Line},
};

/// What a source has.
pub(super) struct Offer {
    /// The text of the newest generation's manifest.
    pub(super) manifest: String,
    /// Its number.
    pub(super) generation: u64,
    /// `status.json`, as it is written there.
    pub(super) status: Option<String>,
    /// Keeps it there, where that can be done.
    _held: Option<Held>,
}

/// A published folder, here or elsewhere.
pub(super) enum Source {
    Here(PathBuf),
    Elsewhere(Place),
}

impl Source {
    /// The source at `place`: the published folder itself, or for a folder of this host the warehouse that has one.
    pub(super) fn at(place: Place) -> Self {
        match place {
            Place::Folder(folder) => Self::here(folder),
            elsewhere => Self::Elsewhere(elsewhere),
        }
    }

    /// A folder of this host.
    pub(super) fn here(folder: PathBuf) -> Self {
        let below = folder.join(layout::PUBLISHED_DIR);
        Self::Here(if below.join(layout::CURRENT_FILE).exists() { below } else { folder })
    }

    /// The newest generation and the status. `inbox` is an empty folder to fetch them into.
    ///
    /// # Errors
    /// When nothing is published there, or it cannot be asked.
    pub(super) fn offer(&self, options: &Options<'_>, inbox: &Path, lock: &Lock) -> anyhow::Result<Offer> {
        match self {
            Self::Here(folder) => offer_held(folder),
            Self::Elsewhere(_) => self.fetch_offer(options, inbox, lock),
        }
    }

    /// Copies the files `names` into `target`.
    pub(super) fn copy(
        &self,
        options: &Options<'_>,
        names: &[String],
        target: &Path,
        lock: &Lock,
        progress: &Progress,
    ) -> Result<rsync::Moved, Stopped> {
        let sources: Vec<String> = names.iter().map(|name| self.location(name)).collect();
        let target = format!("{}/", target.display());
        let line = match self {
            Self::Here(_) => Line::None,
            Self::Elsewhere(Place::Ssh { .. }) => Line::Ssh,
            Self::Elsewhere(_) => Line::Daemon,
        };
        rsync::copy(options, &sources, &target, line, lock, progress)
    }

    /// A file of it in rsync's spelling. A path that could be taken for a host starts with a dot.
    fn location(&self, name: &str) -> String {
        match self {
            Self::Here(folder) if folder.is_absolute() => folder.join(name).display().to_string(),
            Self::Here(folder) => Path::new(".").join(folder).join(name).display().to_string(),
            Self::Elsewhere(place) => format!("{place}/{name}"),
        }
    }

    fn fetch_offer(&self, options: &Options<'_>, inbox: &Path, lock: &Lock) -> anyhow::Result<Offer> {
        let silent = Progress::over(0, false);
        let fetch = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            self.copy(options, &names, inbox, lock, &silent)
        };
        let current = inbox.join(layout::CURRENT_FILE);
        match fetch(&[layout::CURRENT_FILE, layout::STATUS_FILE]) {
            // A source need not have a status.
            Err(Stopped::Vanished(_)) if current.exists() => {}
            Err(Stopped::Vanished(text)) => anyhow::bail!("nothing is published at the source: {text}"),
            Err(stopped) => return Err(stopped).context("ask the source"),
            Ok(_) => {}
        }
        let name = fs::read_to_string(&current).context("the source's CURRENT")?;
        let name = name.trim();
        let generation = layout::manifest_number(name).with_context(|| {
            format!("the source's CURRENT is damaged: {:?} is no manifest", name.get(..40).unwrap_or(name))
        })?;
        fetch(&[name])?;
        let manifest = fs::read_to_string(inbox.join(name)).with_context(|| format!("the source's {name}"))?;
        let status = fs::read_to_string(inbox.join(layout::STATUS_FILE)).ok();
        Ok(Offer { manifest, generation, status, _held: None })
    }
}

/// What is current in a folder of this host, held until the offer is dropped.
pub(super) fn offer_held(folder: &Path) -> anyhow::Result<Offer> {
    let held = warehouse::hold_current(folder)?;
    let held = held.with_context(|| format!("nothing is published yet in {}", folder.display()))?;
    let generation = held.manifest.generation;
    let path = folder.join(layout::manifest_file(generation));
    let manifest = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let status = fs::read_to_string(folder.join(layout::STATUS_FILE)).ok();
    Ok(Offer { manifest, generation, status, _held: Some(held) })
}
