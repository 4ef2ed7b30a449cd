//! Into a new repository.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
};

use ring::digest;

use crate::{
    CommitId, StoreError,
    store::{MAIN, init_bare, open},
};

/// Makes a store in the folder `root`, whose main is `head`, of the packs that [`export`](super::export) wrote, in their order.
/// Proves nothing about what is in them: see [`check_history`](super::check_history).
///
/// # Errors
/// [`StoreError::Git`] for a pack that is damaged or a head that none of them holds; [`StoreError::Io`].
pub fn rebuild(root: &Path, packs: &[PathBuf], head: CommitId) -> Result<(), StoreError> {
    fs::create_dir_all(root).map_err(StoreError::io(format!("make {}", root.display())))?;
    let config = root.join("libgit2.config");
    fs::write(&config, "[core]\n\tfsyncObjectFiles = true\n")
        .map_err(StoreError::io(format!("write {}", config.display())))?;
    let git_dir = root.join("registry.git");
    init_bare(&git_dir)?;
    let repository = open(&git_dir, root)?;
    for path in packs {
        let reading = || StoreError::io(format!("read {}", path.display()));
        if !ends_with_its_hash(path).map_err(reading())? {
            return Err(StoreError::damaged(format!("{} is not the pack that was written", path.display())));
        }
        let mut pack = File::open(path).map_err(reading())?;
        let odb = repository.odb()?;
        let mut writer = odb.packwriter()?;
        io::copy(&mut pack, &mut writer).map_err(reading())?;
        writer.commit()?;
    }
    repository.odb()?.refresh()?;
    if repository.find_commit(head.0).is_err() {
        return Err(StoreError::damaged(format!("no pack holds the commit {head}")));
    }
    repository.reference(MAIN, head.0, true, "restore")?;
    Ok(())
}

/// Whether a pack's last bytes are the SHA-1 of all before them. libgit2 never comes to an end with some that are damaged.
fn ends_with_its_hash(path: &Path) -> io::Result<bool> {
    const HASH_BYTES: u64 = 20;

    let mut pack = BufReader::with_capacity(1 << 16, File::open(path)?);
    let Some(mut left) = pack.get_ref().metadata()?.len().checked_sub(HASH_BYTES) else { return Ok(false) };
    let mut hash = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    while left > 0 {
        let bytes = pack.fill_buf()?;
        let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if count == 0 {
            return Ok(false);
        }
        hash.update(&bytes[..count]);
        pack.consume(count);
        left -= count as u64;
    }
    let mut told = Vec::new();
    pack.read_to_end(&mut told)?;
    Ok(told == hash.finish().as_ref())
}
