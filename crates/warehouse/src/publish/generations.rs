//! Which generations are there.

use std::path::Path;

use super::leftovers::names;
use crate::{WarehouseError, layout, manifest::Manifest, reader::read_current};

/// One published generation.
#[derive(Debug)]
pub struct GenerationInfo {
    /// Its number.
    pub number: u64,
    /// Whether readers are sent to it.
    pub is_current: bool,
    /// Its manifest, or why that cannot be read.
    pub manifest: Result<Manifest, WarehouseError>,
}

/// The generations in `published_dir`, newest first; none if the folder does not exist. Reads manifests only: whether the
/// files are whole is [`crate::verify`]'s question.
pub fn list_generations(published_dir: &Path) -> Result<Vec<GenerationInfo>, WarehouseError> {
    if !published_dir.exists() {
        return Ok(Vec::new());
    }
    let current = read_current(published_dir).ok().flatten();
    let manifests = names(published_dir)?.into_iter().filter_map(|name| Some((layout::manifest_number(&name)?, name)));
    let mut generations: Vec<_> = manifests
        .map(|(number, name)| GenerationInfo {
            number,
            is_current: current.as_ref() == Some(&name),
            manifest: Manifest::read(&published_dir.join(&name)),
        })
        .collect();
    generations.sort_unstable_by_key(|generation| std::cmp::Reverse(generation.number));
    Ok(generations)
}

/// The manifest of the current generation; `None` if nothing is published.
///
/// # Errors
/// `Damaged`, `SchemaTooNew`.
pub(crate) fn current_manifest(published_dir: &Path) -> Result<Option<Manifest>, WarehouseError> {
    let name = read_current(published_dir)?;
    name.map(|name| Manifest::read(&published_dir.join(name))).transpose()
}
