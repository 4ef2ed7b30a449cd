//! Generation numbers: each is handed out once, also if the publish that got it failed.

use std::path::Path;

use crate::{Layout, WarehouseError, durable, layout};

/// The next number, recorded durably before anything gets its name.
pub(super) fn next(layout: &Layout) -> Result<u64, WarehouseError> {
    let counter = layout.generation_counter();
    let counted = match std::fs::read_to_string(&counter) {
        Ok(text) => text.trim().parse().unwrap_or_else(|_| {
            tracing::warn!(file = %counter.display(), "not a number; numbers go on from the published files");
            0
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error.into()),
    };
    let next = 1 + highest(&layout.published())?.max(counted);
    durable::write_bytes(&counter, format!("{next}\n").as_bytes())?;
    Ok(next)
}

/// The highest number in any file name, whatever the state of the file.
fn highest(published: &Path) -> Result<u64, WarehouseError> {
    let mut highest = 0;
    for entry in std::fs::read_dir(published)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let name = name.strip_suffix(layout::UNFINISHED_SUFFIX).unwrap_or(&name);
        let number = layout::manifest_number(name).or_else(|| layout::tail_number(name));
        highest = highest.max(number.unwrap_or(0));
    }
    Ok(highest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_never_handed_out_twice() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path());
        std::fs::create_dir(layout.published()).unwrap();
        assert_eq!(next(&layout).unwrap(), 1);
        assert_eq!(next(&layout).unwrap(), 2, "although nothing was published under 1");
        std::fs::write(layout.published().join("tail-000007.duckdb.tmp"), "").unwrap();
        assert_eq!(next(&layout).unwrap(), 8);
        std::fs::write(layout.generation_counter(), "rubbish").unwrap();
        std::fs::write(layout.published().join("gen-000009.json"), "").unwrap();
        assert_eq!(next(&layout).unwrap(), 10);
    }
}
