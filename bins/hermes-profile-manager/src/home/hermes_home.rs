//! Where Hermes keeps its profiles.

use std::{
    io,
    path::{Path, PathBuf},
};

use profile_store::ProfileName;
use rustix::fs::FileType;

use crate::{disk::Folder, failure::Failure};

const PROFILES: &str = "profiles";

/// Hermes's folder: `~/.hermes`, with `profiles/<name>` in it.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    path: PathBuf,
}

impl Home {
    /// The folder that was named, or `~/.hermes`.
    ///
    /// # Errors
    /// Where neither is known.
    pub(crate) fn find(named: Option<PathBuf>) -> Result<Self, Failure> {
        let path = match named.filter(|path| !path.as_os_str().is_empty()) {
            Some(path) => path,
            None => std::env::home_dir()
                .filter(|home| !home.as_os_str().is_empty())
                .ok_or_else(|| Failure::Usage("there is no home folder: name Hermes's with --home".to_owned()))?
                .join(".hermes"),
        };
        let path = std::path::absolute(&path).map_err(|error| Failure::io("use", &path, &error))?;
        // Hermes sets HERMES_HOME to the profile's own folder where a profile runs something.
        let of_profile = path.parent().filter(|parent| parent.file_name().is_some_and(|name| name == PROFILES));
        let path = of_profile.and_then(Path::parent).map_or(path.clone(), Path::to_owned);
        Ok(Self { path })
    }

    /// `~/.hermes`, absolute.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where a profile is, or would be.
    pub(crate) fn profile_path(&self, profile: &ProfileName) -> PathBuf {
        self.path.join(PROFILES).join(profile.as_str())
    }

    /// The same as a text without a slash at its end.
    ///
    /// # Errors
    /// Where the path is no UTF-8: Hermes's configuration could not name it.
    pub(crate) fn profile_text(&self, profile: &ProfileName) -> Result<String, Failure> {
        let path = self.profile_path(profile);
        let text = path.to_str().ok_or_else(|| Failure::failed(format!("{} is no UTF-8", path.display())))?;
        Ok(text.to_owned())
    }

    /// The folder of all profiles; `None` where there is none.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub(crate) fn profiles(&self) -> Result<Option<Folder>, Failure> {
        let path = self.path.join(PROFILES);
        match Folder::open(&path) {
            Ok(folder) => Ok(Some(folder)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::io("open", &path, &error)),
        }
    }

    /// The folder of a profile; `None` where there is none.
    ///
    /// # Errors
    /// Where it is a link, or cannot be opened.
    pub(crate) fn profile(&self, profile: &ProfileName) -> Result<Option<Folder>, Failure> {
        let Some(profiles) = self.profiles()? else { return Ok(None) };
        profiles.folder(profile.as_str()).map_err(|error| Failure::io("open", self.profile_path(profile), &error))
    }

    /// All profiles here, in order.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub(crate) fn names(&self) -> Result<Vec<ProfileName>, Failure> {
        let Some(profiles) = self.profiles()? else { return Ok(Vec::new()) };
        let names = profiles.names().map_err(|error| Failure::io("list", profiles.path(), &error))?;
        let folders = names.into_iter().filter(|(_, kind)| *kind == FileType::Directory);
        Ok(folders.filter_map(|(name, _)| ProfileName::parse(&name).ok()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profiles_own_folder_as_hermes_home_leads_to_hermes_own() {
        let found = |path: &str| Home::find(Some(path.into())).unwrap().path;
        assert_eq!(found("/u/.hermes"), Path::new("/u/.hermes"));
        assert_eq!(found("/u/.hermes/profiles/alice"), Path::new("/u/.hermes"));
        assert_eq!(found("/u/.hermes/profiles/alice/"), Path::new("/u/.hermes"));
    }
}
