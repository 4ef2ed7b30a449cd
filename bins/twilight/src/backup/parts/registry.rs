//! The registry: its books, and the repository as it was when the books were.
//!
//! The registry moves main first and then says so in its books. So main is asked for while the books stand still: it is where
//! they say or one step of each order ahead, which is what a crash leaves as well.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use profile_store::{CommitId, backup};
use sqlite_copy::Owner;

use super::super::{
    intake::{Intake, Known},
    snapshot::{About, Kind, Part, StoredFile},
};

const BOOKS: &str = "registry.sqlite";
const OWNER: Owner = Owner::new(*b"TwPR");
const PACKS: &str = "packs";
/// So many packs are joined into one.
const PACKS_MAX: usize = 64;

/// What lies beside the books and is a secret: with it the books' secrets can be opened.
pub(in crate::backup) const SECRETS: &[&str] = &["registry.age"];

/// Stores books and repository of the registry in `state`, which goes on; nothing where there is none.
pub(in crate::backup) fn take(intake: &mut Intake<'_>, state: &Path) -> anyhow::Result<Option<Part>> {
    if !state.join(BOOKS).is_file() {
        return Ok(None);
    }
    let copy = intake.store.tmp().join(BOOKS);
    let head = sqlite_copy::copy_while_still(&state.join(BOOKS), &copy, OWNER, |_| backup::head(state))?
        .context("ask the repository where main is")?;
    let mut files = vec![intake.file(&copy, BOOKS, Known::No)?];
    fs::remove_file(&copy)?;
    files.extend(packs(intake, state, head)?);
    Ok(Some(Part { folder: state.to_owned(), files, about: About::Registry { head: head.to_string() } }))
}

/// The packs of the last backup, and one with what they have not.
fn packs(intake: &mut Intake<'_>, state: &Path, head: CommitId) -> anyhow::Result<Vec<StoredFile>> {
    let (since, mut packs) = match known(intake, state, head)? {
        Some((since, packs)) => (Some(since), packs),
        None => (None, Vec::new()),
    };
    let pack = intake.store.tmp().join("pack");
    let mut file = File::create_new(&pack).context("make a pack")?;
    let count = backup::export(state, head, since, &mut file).context("copy the repository")?;
    drop(file);
    if count > 0 {
        let name = format!("{PACKS}/{:04}.pack", packs.len() + 1);
        packs.push(intake.file(&pack, &name, Known::No)?);
    }
    fs::remove_file(&pack)?;
    Ok(packs)
}

fn known(intake: &Intake<'_>, state: &Path, head: CommitId) -> anyhow::Result<Option<(CommitId, Vec<StoredFile>)>> {
    let Some(part) = intake.last_part(|part| part.kind() == Kind::Registry) else { return Ok(None) };
    let About::Registry { head: last } = &part.about else { return Ok(None) };
    let last: CommitId = last.parse()?;
    let packs: Vec<StoredFile> = part.files.iter().filter(|file| is_pack(file)).cloned().collect();
    let goes_on = packs.len() < PACKS_MAX
        && packs.iter().all(|pack| intake.is_there(pack))
        && backup::contains(state, head, last)?;
    Ok(goes_on.then_some((last, packs)))
}

fn is_pack(file: &StoredFile) -> bool {
    file.path.starts_with(PACKS)
}

/// Makes a registry of the files in `folder`, and proves it.
pub(in crate::backup) fn complete(folder: &Path, part: &Part) -> anyhow::Result<()> {
    let About::Registry { head } = &part.about else { bail!("no registry") };
    sqlite_copy::check(&folder.join(BOOKS), OWNER)?;
    let packs: Vec<PathBuf> =
        part.files.iter().filter(|file| is_pack(file)).map(|file| folder.join(&file.path)).collect();
    backup::rebuild(folder, &packs, head.parse()?)?;
    let checked = backup::check_history(folder)?;
    ensure!(checked.head.to_string() == *head, "main is at {}, it was at {head}", checked.head);
    fs::remove_dir_all(folder.join(PACKS)).context("remove the packs")?;
    Ok(())
}
