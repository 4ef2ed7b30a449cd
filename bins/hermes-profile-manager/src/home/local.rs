//! The files of one profile as they stand here.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use profile_store::allow_list::{NameProblem, Refused, classify};
use rustix::fs::FileType;

use super::bundled;
use crate::disk::{Folder, Found};

/// What Hermes reads of `AGENTS.md`: a copy in its working folder. The one file outside of the allow-list.
pub(crate) const AGENTS_COPY: &str = "workspace/AGENTS.md";
const AGENTS_MAX: u64 = 256 << 10;

/// Folders that may hold files of a profile.
const FOLDERS: &[&str] = &["skills", "scripts", "plugins", "skins", "hooks", "cron", "memories"];
/// Deeper than any path that is allowed.
const DEPTH_MAX: usize = 10;

/// A file here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocalFile {
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// Whether its owner may run it.
    pub(crate) executable: bool,
}

/// What of a profile is here and may be replicated.
#[derive(Clone, Debug, Default)]
pub(crate) struct LocalProfile {
    /// By path, with the copy of `AGENTS.md`.
    pub(crate) files: BTreeMap<String, LocalFile>,
    /// Paths that are of a profile by their name and are left alone, with the reason; a folder stands for all in it.
    pub(crate) blocked: BTreeMap<String, String>,
    /// Folders of skills that came with Hermes and that nobody has changed here.
    pub(crate) bundled: BTreeSet<String>,
}

impl LocalProfile {
    /// Reads a profile's folder. What the agent remembers of its user is read only where that is asked for.
    ///
    /// # Errors
    /// Where a folder or a file cannot be read.
    pub(crate) fn read(folder: &Folder, memories: bool) -> io::Result<Self> {
        let mut local = Self { bundled: bundled::untouched(folder)?, ..Self::default() };
        for (name, kind) in folder.names()? {
            if FOLDERS.contains(&name.as_str()) {
                local.walk(folder, &name, kind, memories, 1)?;
            } else if classify(&name).is_ok() {
                local.file(folder, name, memories)?;
            }
        }
        if let Found::File { bytes, executable } = folder.read(AGENTS_COPY, AGENTS_MAX)? {
            local.files.insert(AGENTS_COPY.to_owned(), LocalFile { bytes, executable });
        }
        Ok(local)
    }

    /// Whether a path, or a folder that it is in, is left alone; why.
    pub(crate) fn blocked(&self, path: &str) -> Option<&str> {
        self.blocked.iter().find(|(blocked, _)| is_within(path, blocked)).map(|(_, why)| why.as_str())
    }

    /// The folder of an untouched skill that a path is in.
    pub(crate) fn bundled(&self, path: &str) -> Option<&str> {
        self.bundled.iter().find(|skill| is_within(path, skill)).map(String::as_str)
    }

    fn walk(&mut self, profile: &Folder, path: &str, kind: FileType, memories: bool, depth: usize) -> io::Result<()> {
        if kind == FileType::Symlink {
            self.block(path, "a symbolic link, which is not followed");
            return Ok(());
        }
        if kind != FileType::Directory || depth > DEPTH_MAX {
            return Ok(());
        }
        // Gone since it was listed, or another thing by now: the next run sees it.
        let Some(folder) = folder_at(profile, path).map_err(|error| named(path, error))? else { return Ok(()) };
        for name in folder.odd_names().map_err(|error| named(path, error))? {
            self.block(&format!("{path}/{name}"), "its name is no UTF-8");
        }
        for (name, kind) in folder.names().map_err(|error| named(path, error))? {
            let path = format!("{path}/{name}");
            match kind {
                FileType::Directory if !is_built(&name) => self.walk(profile, &path, kind, memories, depth + 1)?,
                FileType::Directory => {}
                FileType::Symlink => self.walk(profile, &path, kind, memories, depth + 1)?,
                _ => self.file(profile, path, memories)?,
            }
        }
        Ok(())
    }

    fn file(&mut self, profile: &Folder, path: String, memories: bool) -> io::Result<()> {
        let allowed = match classify(&path) {
            Ok(allowed) => allowed,
            // What cannot be named everywhere would be missed on other machines.
            Err(why) if is_somebodys(&why) => {
                self.block(&path, &why.to_string());
                return Ok(());
            }
            Err(_) => return Ok(()),
        };
        if !allowed.by_default && !memories {
            return Ok(());
        }
        match profile.read(&path, allowed.bytes_max).map_err(|error| named(&path, error))? {
            Found::File { bytes, executable } => {
                let executable = executable && allowed.executable;
                self.files.insert(path, LocalFile { bytes, executable });
            }
            Found::Blocked(why) => self.block(&path, why),
            Found::Missing => {}
        }
        Ok(())
    }

    fn block(&mut self, path: &str, why: &str) {
        self.blocked.insert(path.to_owned(), why.to_owned());
    }
}

fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What tools make beside the sources; it can be huge, and none of it is replicated.
fn is_built(name: &str) -> bool {
    matches!(name, "__pycache__" | "node_modules" | "venv" | ".git")
}

/// A name that was given to a file, and that git or another machine could not hold.
fn is_somebodys(why: &Refused) -> bool {
    matches!(
        why,
        Refused::TooDeep
            | Refused::Name { problem: NameProblem::TooLong | NameProblem::Character | NameProblem::NotComposed, .. }
    )
}

/// Which file it is that cannot be read.
pub(super) fn named(path: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{path}: {error}"))
}

fn folder_at(profile: &Folder, path: &str) -> io::Result<Option<Folder>> {
    let Some((parent, name)) = profile.parent_of(path)? else { return Ok(None) };
    parent.folder(name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_what_is_on_the_list_is_read_and_links_stand_for_all_in_them() {
        let home = tempfile::tempdir().unwrap();
        let put = |path: &str| {
            let path = home.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        };
        for path in [
            "config.yaml",
            ".env",
            "auth.json",
            "state.db",
            "sessions/1.json",
            "skills/a/SKILL.md",
            "cron/jobs.json",
            "cron/output/1",
            "memories/USER.md",
            "skills/a/node_modules/b.js",
            "workspace/AGENTS.md",
            "workspace/own.txt",
        ] {
            put(path);
        }
        symlink("/etc", home.path().join("skills/linked")).unwrap();
        symlink("/etc/passwd", home.path().join("SOUL.md")).unwrap();
        let folder = Folder::open(home.path()).unwrap();
        let local = LocalProfile::read(&folder, false).unwrap();
        let names: Vec<&str> = local.files.keys().map(String::as_str).collect();
        assert_eq!(names, ["config.yaml", "cron/jobs.json", "skills/a/SKILL.md", "workspace/AGENTS.md"]);
        assert!(local.blocked("SOUL.md").is_some());
        assert!(local.blocked("skills/linked/passwd").is_some());
        assert!(local.blocked("skills/linked2").is_none());
        assert!(LocalProfile::read(&folder, true).unwrap().files.contains_key("memories/USER.md"));
    }

    #[test]
    fn a_file_that_no_other_machine_could_name_is_told_of() {
        use std::os::unix::ffi::OsStrExt as _;

        let home = tempfile::tempdir().unwrap();
        let skill = home.path().join("skills/own");
        std::fs::create_dir_all(&skill).unwrap();
        std::fs::write(home.path().join("skills/.DS_Store"), "x").unwrap();
        let odd = std::ffi::OsStr::from_bytes(b"bad-\xff.md");
        for name in ["SKILL.md".as_ref(), "说明（草稿）.md".as_ref(), "cafe\u{301}.md".as_ref(), odd] {
            std::fs::write(skill.join(name), "x").unwrap();
        }
        let local = LocalProfile::read(&Folder::open(home.path()).unwrap(), false).unwrap();
        assert_eq!(local.files.keys().collect::<Vec<_>>(), ["skills/own/SKILL.md"]);
        let told: Vec<&str> = local.blocked.keys().map(String::as_str).collect();
        assert_eq!(told, ["skills/own/bad-\u{fffd}.md", "skills/own/cafe\u{301}.md", "skills/own/说明（草稿）.md"]);
    }
}
