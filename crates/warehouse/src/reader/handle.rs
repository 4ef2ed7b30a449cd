//! The reader: follows `CURRENT` and hands out generations.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwapOption;

use super::{
    Generation, ReaderOptions,
    database::Database,
    identity::Identity,
    open::{self, SharedBase},
};
use crate::{
    StatusFile, WarehouseError,
    layout::{self, CURRENT_FILE},
    read_status,
};

/// CURRENT may be flipped, and the generation it named removed, between two reads.
const ATTEMPTS: u32 = 3;

/// Reads the published folder of a warehouse, its own or a replica's. Share one per process.
pub struct Reader {
    published: PathBuf,
    options: ReaderOptions,
    current: ArcSwapOption<Generation>,
    engine: Mutex<Engine>,
}

/// The instance that has the files attached, and what its generations share.
struct Engine {
    database: Arc<Database>,
    shared: SharedBase,
}

impl Reader {
    /// Opens the folder and its current generation. A folder in which nothing is published yet, or that does not exist
    /// yet, is fine: [`Reader::current`] is `None` until [`Reader::refresh`] finds one.
    ///
    /// # Errors
    /// `Damaged` or `SchemaTooNew` if the current generation cannot be served.
    pub fn open(published_dir: impl AsRef<Path>, options: ReaderOptions) -> Result<Self, WarehouseError> {
        let reader = Self::idle(published_dir, options)?;
        reader.refresh()?;
        Ok(reader)
    }

    /// As [`Reader::open`], without looking into the folder yet: for a server that starts, and says why it cannot serve,
    /// whatever is published.
    ///
    /// # Errors
    /// When the engine does not start.
    pub fn idle(published_dir: impl AsRef<Path>, options: ReaderOptions) -> Result<Self, WarehouseError> {
        Ok(Self {
            published: published_dir.as_ref().to_owned(),
            engine: Mutex::new(Engine::start(&options)?),
            options,
            current: ArcSwapOption::empty(),
        })
    }

    /// The current generation; `None` before the first one.
    pub fn current(&self) -> Option<Arc<Generation>> {
        self.current.load_full()
    }

    /// Looks at `CURRENT` and swaps to the generation it names, or opens the one being served anew where a file of it was
    /// replaced. Cheap if neither is the case. Whoever holds the old one keeps it.
    ///
    /// # Errors
    /// `Damaged`, `SchemaTooNew`: the new generation is refused and the old one stays current.
    pub fn refresh(&self) -> Result<bool, WarehouseError> {
        // One at a time.
        let mut engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        let is_replaced = self.is_replaced();
        let mut failure = None;
        let mut tried = String::new();
        for _ in 0..ATTEMPTS {
            let Some(name) = read_current(&self.published)? else { break };
            let served = self.current.load().as_ref().map(|generation| generation.number());
            if layout::manifest_number(&name) == served && !is_replaced {
                return Ok(false);
            }
            if name == tried {
                break;
            }
            // What an instance has attached it keeps under its name, so that the new file needs a new one.
            let fresh = if is_replaced { Some(Engine::start(&self.options)?) } else { None };
            let Engine { database, shared } = fresh.as_ref().unwrap_or(&engine);
            match open::open(&self.published, &name, database, shared, &self.options) {
                Ok(generation) => {
                    if let Some(fresh) = fresh {
                        *engine = fresh;
                    }
                    self.current.store(Some(Arc::new(generation)));
                    return Ok(true);
                }
                Err(error) => failure = Some(error),
            }
            tried = name;
        }
        failure.map_or(Ok(false), Err)
    }

    /// Whether a file of the generation being served is another one now: the damaged one of a replica was mended.
    fn is_replaced(&self) -> bool {
        self.current
            .load()
            .as_ref()
            .is_some_and(|served| served.files.identity.is_replaced(&Identity::of(&self.published, &served.manifest)))
    }

    /// The status file, whether or not anything is published; `None` if there is none or it cannot be read.
    pub fn status(&self) -> Option<StatusFile> {
        read_status(&self.published)
            .inspect_err(|error| tracing::warn!(error = %error, "read status.json: {error}"))
            .ok()
            .flatten()
    }
}

impl Engine {
    fn start(options: &ReaderOptions) -> Result<Self, WarehouseError> {
        Ok(Self { database: Database::open(options)?, shared: SharedBase::default() })
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("published", &self.published)
            .field("current", &self.current())
            .finish_non_exhaustive()
    }
}

/// The manifest that `CURRENT` names; `None` if nothing is published.
///
/// # Errors
/// `Damaged` if its text is not the name of a manifest.
pub(crate) fn read_current(published: &Path) -> Result<Option<String>, WarehouseError> {
    let path = published.join(CURRENT_FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(WarehouseError::Damaged { file: path, detail: error.to_string() }),
    };
    let name = text.trim();
    if layout::manifest_number(name).is_none() {
        let shown: String = name.chars().take(80).collect();
        return Err(WarehouseError::Damaged { file: path, detail: format!("`{shown}` is not the name of a manifest") });
    }
    Ok(Some(name.to_owned()))
}
