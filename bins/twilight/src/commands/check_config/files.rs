//! Folders that daemons will write to, and files that hold secrets.

use std::{fs, io, os::unix::fs::PermissionsExt as _, path::Path};

use daemon_kit::config::Config;
use rustix::fs::{Access, access};

use super::findings::Findings;

pub(super) fn check(config: &Config, wanted: impl Fn(&str) -> bool, findings: &mut Findings) {
    let states = config.status().seen.states.iter().map(|(daemon, state)| (*daemon, format!("{daemon}.state"), state));
    let warehouse = ("ingest-worker", "warehouse.root".to_owned(), &config.warehouse().root);
    for (daemon, key, folder) in states.chain([warehouse]) {
        if wanted(daemon)
            && let Err(problem) = can_be_written(folder)
        {
            findings.error(key, format!("{problem}; allowed: a folder that can be made and written to"));
        }
    }
    // `profile-registry.wechat.keys` are public: their key is `file` alone.
    let secret_files = config.backup().secret_files.iter().filter(|(key, _)| !key.ends_with(".file"));
    for (key, path) in secret_files {
        // What cannot be read is an error of the section that needs it.
        let Ok(file) = fs::metadata(path) else { continue };
        let mode = file.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let text = format!("{} can be read by others (mode {mode:03o}): chmod 600", path.display());
            findings.warning(key.as_str(), text);
        }
    }
}

/// The folder, or the nearest one above it that exists, is one and may be written to.
fn can_be_written(folder: &Path) -> Result<(), String> {
    let absolute = std::path::absolute(folder).map_err(|error| error.to_string())?;
    for there in absolute.ancestors() {
        match fs::metadata(there) {
            Ok(found) if !found.is_dir() => return Err(format!("{} is no folder", there.display())),
            Ok(_) => {
                let may = access(there, Access::WRITE_OK | Access::EXEC_OK);
                return may.map_err(|error| format!("{} cannot be written to: {error}", there.display()));
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => return Err(format!("{}: {error}", there.display())),
        }
    }
    Err(format!("{} cannot be made", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_below_a_file_cannot_be_made() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(can_be_written(&folder.path().join("a/b/c")), Ok(()));
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(can_be_written(&folder.path().join("file/b")).is_err());
        assert!(can_be_written(&folder.path().join("file")).unwrap_err().ends_with("is no folder"));
    }
}
