//! The folder that rsync writes into, and what lies there before it starts.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use warehouse::{layout, manifest::FileRef};

use super::files;

/// `<root>/replica/staging`: never read by anybody but the receiver, and sharing no blocks with a published file, so that
/// writing in place is safe.
pub(super) struct Staging {
    folder: PathBuf,
}

impl Staging {
    pub(super) fn new(folder: PathBuf) -> anyhow::Result<Self> {
        fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        Ok(Self { folder })
    }

    pub(super) fn path(&self) -> &Path {
        &self.folder
    }

    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Puts under the name of each of `wanted` what it probably resembles most, so that only the difference has to travel:
    /// what an interrupted run left of it, a damaged copy of it, or the tail before it. Nothing resembles a new base: every
    /// row of it lies elsewhere than in the one before. Whatever else is there goes, but for the files `stay`.
    pub(super) fn seed(&self, published: &Path, wanted: &[FileRef], stay: &[String]) -> anyhow::Result<()> {
        let is_kept = |name: &String| stay.contains(name) || wanted.iter().any(|file| file.name == *name);
        let mut left: Vec<String> = files::names(&self.folder)?.into_iter().filter(|name| !is_kept(name)).collect();
        for file in wanted {
            let place = self.join(&file.name);
            if place.exists() {
                continue;
            }
            if published.join(&file.name).is_file() {
                files::copy(&published.join(&file.name), &place)?;
            } else if layout::tail_number(&file.name).is_some() {
                // The newer of an interrupted copy and of what is published; it is the last by its name, too.
                let newest = |names: &[String]| names.iter().filter_map(|name| layout::tail_number(name)).max();
                let published_names = files::names(published)?;
                match (newest(&left), newest(&published_names)) {
                    (Some(interrupted), published) if Some(interrupted) > published => {
                        let name = layout::tail_file(interrupted);
                        fs::rename(self.join(&name), &place).with_context(|| format!("rename {name}"))?;
                        left.retain(|other| *other != name);
                    }
                    (_, Some(before)) => files::copy(&published.join(layout::tail_file(before)), &place)?,
                    (_, None) => {}
                }
            }
        }
        for name in left {
            match fs::remove_file(self.join(&name)) {
                // A half-made copy of an earlier run, which was made anew just now.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                removed => removed.with_context(|| format!("remove {name}"))?,
            }
        }
        Ok(())
    }

    /// Bytes that `wanted` will take beyond what is there already.
    pub(super) fn missing_bytes(&self, wanted: &[FileRef]) -> u64 {
        wanted.iter().map(|file| file.size.saturating_sub(files::length(&self.join(&file.name)))).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(name: &str) -> FileRef {
        FileRef { name: name.to_owned(), size: 10, sha256: String::new() }
    }

    fn read(folder: &Path, name: &str) -> Option<String> {
        fs::read_to_string(folder.join(name)).ok()
    }

    #[test]
    fn the_most_similar_file_lies_under_the_wanted_name_and_nothing_else_stays() {
        let dir = tempfile::tempdir().unwrap();
        let published = dir.path().join("published");
        fs::create_dir(&published).unwrap();
        for (name, text) in [("tail-000003.duckdb", "three"), ("tail-000004.duckdb", "four"), ("base-1.duckdb", "b1")] {
            fs::write(published.join(name), text).unwrap();
        }
        let staging = Staging::new(dir.path().join("staging")).unwrap();
        let seed = |name: &str| {
            staging.seed(&published, &[wanted(name)], &["gen-000007.json".to_owned()]).unwrap();
            read(staging.path(), name)
        };
        fs::write(staging.join("gen-000007.json"), "stays").unwrap();
        for rubbish in ["rubbish.tmp", "tail-000005.duckdb.tmp"] {
            fs::write(staging.join(rubbish), "x").unwrap();
        }
        assert_eq!(seed("tail-000005.duckdb").as_deref(), Some("four"), "the newest published tail");
        fs::write(staging.join("tail-000005.duckdb"), "half of five").unwrap();
        assert_eq!(seed("tail-000005.duckdb").as_deref(), Some("half of five"), "what an interrupted run left");
        assert_eq!(seed("tail-000007.duckdb").as_deref(), Some("half of five"), "and of a tail that nobody wants now");
        assert_eq!(seed("base-1.duckdb").as_deref(), Some("b1"), "a damaged copy of the file itself");
        assert_eq!(seed("base-2.duckdb"), None);
        assert_eq!(files::names(staging.path()).unwrap(), ["gen-000007.json"]);
        assert!(!layout::is_same_file(&staging.join("base-1.duckdb"), &published.join("base-1.duckdb")));
        assert_eq!(staging.missing_bytes(&[wanted("base-2.duckdb"), wanted("gen-000007.json")]), 15);
    }
}
