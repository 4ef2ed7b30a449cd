//! Brings the base's files into the published folder, once.

use std::path::Path;

use super::{PublishOptions, copy, sums};
use crate::{
    Layout, WarehouseError, durable,
    manifest::{BaseManifest, FileRef},
    series::write_series,
};

/// Hard-links the files of `base` unless they are there already.
///
/// # Errors
/// `Damaged` if the base database is not what its manifest says.
pub(super) fn link(layout: &Layout, base: &BaseManifest, options: PublishOptions) -> Result<(), WarehouseError> {
    base.database.check_size(layout.root())?;
    if base.series.check_size(layout.root()).is_err() {
        rebuild_series(layout, base, options)?;
    }
    for file in [&base.database, &base.series] {
        link_one(layout.root(), &layout.published(), file)?;
    }
    Ok(())
}

fn link_one(root: &Path, published: &Path, file: &FileRef) -> Result<(), WarehouseError> {
    if file.check_size(published).is_ok() {
        return Ok(());
    }
    let (from, to) = (root.join(&file.name), published.join(&file.name));
    if to.exists() {
        std::fs::remove_file(&to)?;
    }
    if std::fs::hard_link(&from, &to).is_err() {
        // Another file system, or one without links.
        copy::copy(&from, &to, &mut || ())?;
    }
    durable::sync_folder_of(&to)
}

/// The series file is a cache: what was lost is written again from the base, byte for byte.
fn rebuild_series(layout: &Layout, base: &BaseManifest, options: PublishOptions) -> Result<(), WarehouseError> {
    let path = layout.series(base.number);
    tracing::warn!(file = %path.display(), "the series file is absent or cut short, it is written again");
    let conn = sums::open(&layout.temp_dir(), options.memory_limit_mb, options.threads)?;
    sums::attach_base(&conn, &layout.base(base.number))?;
    write_series(&conn, &format!("{}.curated_daily", sums::BASE), &path)?;
    base.series.check_content(layout.root())
}
