//! Clears away what publishes that did not finish left behind.

use std::path::Path;

use crate::{
    WarehouseError, durable,
    layout::{self, CURRENT_FILE},
    reader::read_current,
};

/// Removes unfinished files, manifests that never became current, and tails without a manifest. Nobody can have these open.
pub(super) fn clear(published: &Path) -> Result<(), WarehouseError> {
    let current = match read_current(published) {
        Ok(current) => current.and_then(|name| layout::manifest_number(&name)),
        // A damaged CURRENT tells nothing about what never became current: keep it all.
        Err(error) => {
            tracing::warn!(error = %error, "{error}");
            None
        }
    };
    let names = names(published)?;
    let mut removed = false;
    let mut remove = |name: &str| -> Result<(), WarehouseError> {
        tracing::info!(file = name, "remove the leftover {name}");
        removed = true;
        Ok(std::fs::remove_file(published.join(name))?)
    };
    let is_dead = |number: u64| current.is_some_and(|current| number > current);
    for name in &names {
        if name.ends_with(layout::UNFINISHED_SUFFIX) {
            remove(name)?;
        }
        if layout::manifest_number(name).is_some_and(is_dead) {
            remove(name)?;
        }
        if let Some(number) = layout::tail_number(name)
            && (is_dead(number) || !names.contains(&layout::manifest_file(number)))
        {
            remove(name)?;
        }
    }
    if removed {
        durable::sync_folder_of(&published.join(CURRENT_FILE))?;
    }
    Ok(())
}

/// The names of the files in `published`, sorted.
pub(super) fn names(published: &Path) -> Result<Vec<String>, WarehouseError> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(published)? {
        // A name that is not UTF-8 is none of ours.
        names.extend(entry?.file_name().into_string().ok());
    }
    names.sort_unstable();
    Ok(names)
}
