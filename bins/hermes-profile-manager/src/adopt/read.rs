//! An existing home, as far as a plan needs it.

use std::collections::BTreeSet;

use profile_store::{allow_list, template::Files};
use rustix::fs::FileType;

use crate::{
    disk::{Folder, Found},
    failure::Failure,
    home::untouched_skills,
};

const CONFIG: &str = "config.yaml";
const ENV: &str = ".env";
const ENV_BYTES_MAX: u64 = 1 << 20;
/// Folders in which files may be that a profile replicates; of all others only the name is read.
const FOLDERS: &[&str] = &["cron", "memories", "skills", "scripts", "plugins", "skins", "hooks"];
/// What makes a folder a profile for Hermes: one of these is in it.
const IDENTITY: &[&str] = &[CONFIG, ENV, "SOUL.md", "profile.yaml", "auth.json", "state.db"];
const DEPTH_MAX: usize = 12;
const FILES_MAX: usize = 20_000;

/// What is in a home.
pub(crate) struct Existing {
    /// Contents of what may be replicated and of `.env`; of the rest only the names, without content.
    pub(crate) files: Files,
    /// What stands in the way of replicating, and why: paths of links and of files that are too long.
    pub(crate) odd: Vec<(String, &'static str)>,
    /// Whether others than the user may read `.env`.
    pub(crate) is_env_open: bool,
}

/// Reads a home.
///
/// # Errors
/// Where something cannot be read, or what has to be rewritten is a link.
pub(crate) fn read(home: &Folder) -> Result<Existing, Failure> {
    let bundled = untouched_skills(home).map_err(|error| Failure::io("read", home.path().join("skills"), &error))?;
    let mut reader = Reader { home, files: Files::new(), odd: Vec::new(), seen: BTreeSet::new(), bundled };
    let top = names(home)?;
    if !top.iter().any(|(name, _)| IDENTITY.contains(&name.as_str())) {
        let what = format!("{} is no profile: it has none of {}", home.path().display(), IDENTITY.join(", "));
        return Err(Failure::Usage(what));
    }
    for (name, kind) in top {
        match kind {
            FileType::Directory if FOLDERS.contains(&name.as_str()) => reader.folder(home, &name, 1)?,
            FileType::Directory => reader.name_only(name),
            _ => reader.file(&name, kind)?,
        }
    }
    let env = home.stat(ENV).map_err(|error| Failure::io("look at", home.path().join(ENV), &error))?;
    let is_env_open = env.is_some_and(|stat| stat.st_mode & 0o077 != 0);
    Ok(Existing { files: reader.files, odd: reader.odd, is_env_open })
}

fn names(folder: &Folder) -> Result<Vec<(String, FileType)>, Failure> {
    folder.names().map_err(|error| Failure::io("read", folder.path(), &error))
}

struct Reader<'a> {
    home: &'a Folder,
    files: Files,
    odd: Vec<(String, &'static str)>,
    seen: BTreeSet<String>,
    /// Skills that came with Hermes, and come again with its next update: nobody's to take in.
    bundled: BTreeSet<String>,
}

impl Reader<'_> {
    fn folder(&mut self, above: &Folder, path: &str, depth: usize) -> Result<(), Failure> {
        let name = path.rsplit('/').next().unwrap_or_default();
        let opened = above.folder(name).map_err(|error| Failure::io("open", above.path().join(name), &error))?;
        let Some(folder) = opened else { return Ok(()) };
        for (name, kind) in names(&folder)? {
            let inner = format!("{path}/{name}");
            let is_built = matches!(name.as_str(), "__pycache__" | "node_modules" | "venv") || name.starts_with('.');
            match kind {
                FileType::Directory if self.bundled.contains(&inner) => {}
                FileType::Directory if is_built || depth >= DEPTH_MAX => self.name_only(inner),
                FileType::Directory => self.folder(&folder, &inner, depth + 1)?,
                _ => self.file(&inner, kind)?,
            }
        }
        Ok(())
    }

    fn name_only(&mut self, path: String) {
        self.files.insert(path, Vec::new());
    }

    fn file(&mut self, path: &str, kind: FileType) -> Result<(), Failure> {
        self.seen.insert(path.to_owned());
        if self.seen.len() > FILES_MAX {
            return Err(Failure::failed(format!(
                "more than {FILES_MAX} files: is {} a profile?",
                self.home.path().display()
            )));
        }
        let allowed = allow_list::classify(path).ok();
        let is_ours = path == ENV || allowed.is_some();
        if kind != FileType::RegularFile && !is_ours {
            return Ok(());
        }
        let Some(bytes_max) = allowed.map(|allowed| allowed.bytes_max).or((path == ENV).then_some(ENV_BYTES_MAX))
        else {
            self.name_only(path.to_owned());
            return Ok(());
        };
        let found = self.home.read(path, bytes_max);
        match found.map_err(|error| Failure::io("read", self.home.path().join(path), &error))? {
            Found::File { bytes, .. } => {
                self.files.insert(path.to_owned(), bytes);
            }
            Found::Missing => {}
            Found::Blocked(why) if [CONFIG, ENV].contains(&path) => {
                let path = self.home.path().join(path);
                return Err(Failure::failed(format!("{} is {why}: put the file itself there first", path.display())));
            }
            Found::Blocked(why) => self.odd.push((path.to_owned(), why)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn write(home: &std::path::Path, path: &str, text: &str) {
        std::fs::create_dir_all(home.join(path).parent().unwrap()).unwrap();
        std::fs::write(home.join(path), text).unwrap();
    }

    #[test]
    fn only_what_may_be_replicated_is_read_and_no_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        for path in ["config.yaml", "SOUL.md", ".env", "auth.json", "sessions/a/b.json", "state.db", "cron/jobs.json"] {
            write(home, path, path);
        }
        write(home, "skills/a/SKILL.md", "skill");
        write(home, "skills/a/__pycache__/x.pyc", "built");
        write(home, "profiles/other/config.yaml", "theirs");
        symlink("/etc/passwd", home.join("AGENTS.md")).unwrap();
        symlink("/etc", home.join("skills/etc")).unwrap();
        std::fs::set_permissions(home.join(".env"), std::fs::Permissions::from_mode(0o644)).unwrap();
        let existing = read(&Folder::open(home).unwrap()).unwrap_or_else(|failure| panic!("{failure}"));
        let content = |path: &str| existing.files.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        for path in ["config.yaml", "SOUL.md", ".env", "cron/jobs.json"] {
            assert_eq!(content(path).as_deref(), Some(path));
        }
        assert_eq!(content("skills/a/SKILL.md").as_deref(), Some("skill"));
        for path in ["auth.json", "sessions", "state.db", "profiles", "skills/a/__pycache__"] {
            assert_eq!(content(path).as_deref(), Some(""), "{path}: its name only");
        }
        assert!(content("AGENTS.md").is_none() && content("skills/etc/passwd").is_none());
        assert_eq!(existing.odd.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["AGENTS.md", "skills/etc"]);
        assert!(existing.is_env_open);
    }

    #[test]
    fn settings_behind_a_link_are_not_rewritten() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "dotfiles/config.yaml", "model: x\n");
        symlink(folder.path().join("dotfiles/config.yaml"), folder.path().join("config.yaml")).unwrap();
        let failure = read(&Folder::open(folder.path()).unwrap()).err().unwrap().to_string();
        assert!(failure.contains("a symbolic link"), "{failure}");
    }
}
