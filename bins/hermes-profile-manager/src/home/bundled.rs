//! Skills that came with Hermes and that nobody has changed.
//!
//! Every `hermes update` brings them anew, each machine its own version of them; replicated, two machines would overwrite
//! each other's for ever. Hermes notes in `skills/.bundled_manifest` what it put there, a line `name:hash` for each: MD5 over
//! the relative path and the content of every file. What differs from its line is somebody's work, and is replicated.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use md5::{Digest as _, Md5};
use rustix::fs::FileType;

use super::local::named;
use crate::disk::{Folder, Found};

const SKILLS: &str = "skills";
const MANIFEST: &str = "skills/.bundled_manifest";
const SKILL: &str = "SKILL.md";
const MANIFEST_MAX: u64 = 1 << 20;
const FILE_MAX: u64 = 4 << 20;
const DEPTH_MAX: usize = 8;

/// The folders of such skills, as `skills/markets/prices`.
///
/// # Errors
/// Where a folder or a file cannot be read.
pub(crate) fn untouched(profile: &Folder) -> io::Result<BTreeSet<String>> {
    let mut untouched = BTreeSet::new();
    let Found::File { bytes, .. } = profile.read(MANIFEST, MANIFEST_MAX)? else { return Ok(untouched) };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let lines = text.trim_start_matches('\u{feff}').lines().filter_map(|line| line.split_once(':'));
    let known: BTreeMap<&str, &str> = lines.map(|(name, hash)| (name.trim(), hash.trim())).collect();
    let Some(skills) = folder(profile, SKILLS)? else { return Ok(untouched) };
    look(&skills, SKILLS, &known, &mut untouched, 0)?;
    Ok(untouched)
}

fn look(
    at: &Folder,
    path: &str,
    known: &BTreeMap<&str, &str>,
    untouched: &mut BTreeSet<String>,
    depth: usize,
) -> io::Result<()> {
    let failed = |error| named(path, error);
    if let Found::File { bytes, .. } = at.read(SKILL, FILE_MAX).map_err(failed)? {
        let text = String::from_utf8_lossy(&bytes);
        let name = name(&text).unwrap_or_else(|| path.rsplit('/').next().unwrap_or_default().to_owned());
        let origin = known.get(name.as_str()).filter(|hash| !hash.is_empty());
        if let (Some(origin), Some(hash)) = (origin, hash(at).map_err(failed)?)
            && **origin == hash
        {
            untouched.insert(path.to_owned());
            return Ok(());
        }
    }
    if depth < DEPTH_MAX {
        for (name, _) in at.names().map_err(failed)?.into_iter().filter(|(_, kind)| *kind == FileType::Directory) {
            if let Some(below) = folder(at, &name).map_err(|error| named(&format!("{path}/{name}"), error))? {
                look(&below, &format!("{path}/{name}"), known, untouched, depth + 1)?;
            }
        }
    }
    Ok(())
}

/// What the skill calls itself in its heading; its folder's name counts where it does not.
fn name(skill: &str) -> Option<String> {
    let heading = skill.strip_prefix("---")?.split("\n---").next()?;
    let name = heading.lines().find_map(|line| line.strip_prefix("name:"))?;
    let name = name.trim().trim_matches(['"', '\'']);
    (!name.is_empty()).then(|| name.to_owned())
}

/// As Hermes hashes a skill; `None` where something in it is no plain file.
fn hash(skill: &Folder) -> io::Result<Option<String>> {
    let mut files = Vec::new();
    if !collect(skill, &mut Vec::new(), &mut files)? {
        return Ok(None);
    }
    files.sort();
    let mut hasher = Md5::new();
    for (path, bytes) in files {
        hasher.update(path.join("/"));
        hasher.update(bytes);
    }
    Ok(Some(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// By the names of the path, one after the other, in which order Hermes takes them.
type Files = Vec<(Vec<String>, Vec<u8>)>;

fn collect(at: &Folder, path: &mut Vec<String>, files: &mut Files) -> io::Result<bool> {
    for (name, kind) in at.names()? {
        // What running a skill leaves behind is not a part of it.
        if name == "__pycache__" || name.ends_with(".pyc") {
            continue;
        }
        path.push(name.clone());
        let is_plain = match kind {
            FileType::Directory if path.len() <= DEPTH_MAX => match folder(at, &name)? {
                Some(below) => collect(&below, path, files)?,
                None => false,
            },
            FileType::RegularFile => match at.read(&name, FILE_MAX)? {
                Found::File { bytes, .. } => {
                    files.push((path.clone(), bytes));
                    true
                }
                _ => false,
            },
            _ => false,
        };
        path.pop();
        if !is_plain {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A folder; a link to one is none.
fn folder(at: &Folder, name: &str) -> io::Result<Option<Folder>> {
    match at.folder(name) {
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(None),
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skill_is_untouched_as_long_as_it_is_what_hermes_put_there() {
        let home = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = home.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put("skills/dev/review/SKILL.md", "---\nname: code-review\n---\nRead.\n");
        put("skills/dev/review/a/b.txt", "b");
        put("skills/dev/review/a-b.txt", "c");
        put("skills/dev/review/__pycache__/x.pyc", "cache");
        put("skills/mine/SKILL.md", "Mine.\n");
        let found = || untouched(&Folder::open(home.path()).unwrap()).unwrap();
        assert!(found().is_empty(), "without a manifest everything is somebody's");
        // python3 -c: md5 over sorted(Path.rglob) of "SKILL.md", "a/b.txt", "a-b.txt" with their bytes.
        let mut hasher = Md5::new();
        for (path, text) in [("SKILL.md", "---\nname: code-review\n---\nRead.\n"), ("a/b.txt", "b"), ("a-b.txt", "c")] {
            hasher.update(path);
            hasher.update(text);
        }
        let hash: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        put("skills/.bundled_manifest", &format!("code-review:{hash}\nmine:\nother:{hash}\n"));
        assert_eq!(found().into_iter().collect::<Vec<_>>(), ["skills/dev/review"]);
        put("skills/dev/review/a-b.txt", "changed");
        assert!(found().is_empty());
    }
}
