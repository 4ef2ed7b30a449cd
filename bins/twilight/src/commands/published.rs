//! The published generation, as the commands read it.

use std::sync::Arc;

use anyhow::Context as _;
use daemon_kit::config::Config;
use warehouse::{Generation, Reader, ReaderOptions};

/// Opens what is published.
///
/// # Errors
/// When nothing is published yet, or it cannot be read.
pub(super) fn current(config: &Config) -> anyhow::Result<Arc<Generation>> {
    let folder = config.warehouse().published();
    let reader = Reader::open(&folder, ReaderOptions::default())?;
    reader.current().with_context(|| format!("nothing is published yet in {}", folder.display()))
}
