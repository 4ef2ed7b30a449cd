//! Templates of one's own, and what templates gave to profiles.

use profile_store::{ProfileName, template::Files};
use rustix::fs::FileType;

use super::{Locked, State};
use crate::{
    disk::{Folder, Found, Meta},
    failure::Failure,
    templates::Applied,
};

const FOLDER: &str = "templates";
const FILE_BYTES_MAX: u64 = 1 << 20;
const DEPTH_MAX: usize = 8;

fn file(profile: &ProfileName) -> String {
    format!("applied/{profile}.json")
}

impl State {
    /// Names and files of one's own templates.
    ///
    /// # Errors
    /// Where one cannot be read.
    pub(crate) fn own_templates(&self) -> Result<Vec<(String, Files)>, Failure> {
        let failed = |error| Failure::io("read", self.path().join(FOLDER), &error);
        let Some(folder) = self.folder()? else { return Ok(Vec::new()) };
        let Some(folder) = folder.folder(FOLDER).map_err(failed)? else { return Ok(Vec::new()) };
        let mut templates = Vec::new();
        for (name, kind) in folder.names().map_err(failed)? {
            let template = if kind == FileType::Directory { folder.folder(&name).map_err(failed)? } else { None };
            if let Some(template) = template {
                let mut files = Files::new();
                collect(&template, "", 0, &mut files)?;
                templates.push((name, files));
            }
        }
        Ok(templates)
    }

    /// What a template gave to a profile; a damaged note is none.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(crate) fn applied(&self, profile: &ProfileName) -> Result<Option<Applied>, Failure> {
        Ok(self.read(&file(profile))?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }
}

impl Locked {
    /// Makes a template of one's own: it is there whole, or not at all.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn put_template(&self, name: &str, files: &Files) -> Result<(), Failure> {
        let failed = |error| Failure::io("make", self.state.path().join(FOLDER).join(name), &error);
        let staged = self.scratch.make_folder(FOLDER).map_err(failed)?;
        for (path, bytes) in files {
            self.disk.write(&self.scratch, &staged, path, bytes, Meta::Private).map_err(failed)?;
        }
        let templates = self.state.make_folder(FOLDER).map_err(failed)?;
        self.disk.publish(&self.scratch, FOLDER, &templates, name).map_err(failed)
    }

    /// Notes what a template gave to a profile.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn put_applied(&self, profile: &ProfileName, applied: &Applied) -> Result<(), Failure> {
        let bytes = serde_json::to_vec(applied).map_err(|error| Failure::failed(error.to_string()))?;
        self.put(&file(profile), &bytes)
    }
}

fn collect(folder: &Folder, above: &str, depth: usize, files: &mut Files) -> Result<(), Failure> {
    let failed = |error| Failure::io("read", folder.path(), &error);
    for (name, kind) in folder.names().map_err(failed)? {
        let path = if above.is_empty() { name.clone() } else { format!("{above}/{name}") };
        match kind {
            FileType::Directory if depth < DEPTH_MAX => {
                if let Some(inner) = folder.folder(&name).map_err(failed)? {
                    collect(&inner, &path, depth + 1, files)?;
                }
            }
            FileType::RegularFile => match folder.read(&name, FILE_BYTES_MAX).map_err(failed)? {
                Found::File { bytes, .. } => {
                    files.insert(path, bytes);
                }
                Found::Blocked(why) => {
                    return Err(Failure::failed(format!("{} is {why}", folder.path().join(&name).display())));
                }
                Found::Missing => {}
            },
            _ => {}
        }
    }
    Ok(())
}
