//! Removes the files of bases that nothing refers to any more.

use std::fs;

use crate::{Layout, WarehouseError, durable, layout};

/// Removes every base but `current` from the root folder, unless a published generation still links it. A base with a
/// higher number is what a compaction left that never came to its end.
pub(crate) fn remove_unused(layout: &Layout, current: Option<u64>) -> Result<(), WarehouseError> {
    let mut removed = None;
    for entry in fs::read_dir(layout.root())? {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        let Some(number) = number_of(&name).filter(|number| Some(*number) != current) else { continue };
        let is_linked = layout.published().join(layout::base_file(number)).exists();
        let is_unfinished = current.is_none_or(|current| number > current);
        if is_unfinished || !is_linked {
            tracing::info!(file = name, "remove {name}: no generation refers to it");
            let path = layout.root().join(&name);
            fs::remove_file(&path)?;
            removed = Some(path);
        }
    }
    removed.map_or(Ok(()), |path| durable::sync_folder_of(&path))
}

fn number_of(name: &str) -> Option<u64> {
    let manifest = || name.strip_prefix("base-")?.strip_suffix(".json")?.parse().ok();
    layout::base_number(name).or_else(manifest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nothing_refers_to_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        fs::create_dir(layout.published()).unwrap();
        for number in 1..=4 {
            for file in [layout.base(number), layout.series(number), layout.base_manifest(number)] {
                fs::write(file, "x").unwrap();
            }
        }
        fs::write(layout.tail(), "x").unwrap();
        fs::write(layout.published().join(layout::base_file(2)), "x").unwrap();
        remove_unused(&layout, Some(3)).unwrap();
        let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        let expected = [
            "base-2.duckdb",
            "base-2.json",
            "base-2.series",
            "base-3.duckdb",
            "base-3.json",
            "base-3.series",
            "published",
            "tail.duckdb",
        ];
        assert_eq!(left, expected);
    }
}
