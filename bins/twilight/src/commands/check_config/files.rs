//! Folders that daemons will write to, and files that hold secrets.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use daemon_kit::config::Config;
use rustix::fs::{Access, access};

use super::findings::Findings;

pub(super) fn check(config: &Config, wanted: impl Fn(&str) -> bool, findings: &mut Findings) {
    let [quality, gateway, registry] = &config.status().seen.states[..] else { return };
    let folders = [
        ("ingest-worker", "warehouse.root", &config.warehouse().root),
        ("quality-worker", "quality-worker.state", quality),
        ("gateway-proxy", "gateway-proxy.state", gateway),
        ("profile-registry", "profile-registry.state", registry),
    ];
    for (daemon, key, folder) in folders {
        if wanted(daemon)
            && let Err(problem) = can_be_written(folder)
        {
            findings.error(key, format!("{problem}; allowed: a folder that can be made and written to"));
        }
    }
    for (key, path) in config.path().map(secret_files).unwrap_or_default() {
        // What cannot be read is an error of the section that needs it.
        let Ok(file) = fs::metadata(&path) else { continue };
        let mode = file.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let text = format!("{} can be read by others (mode {mode:03o}): chmod 600", path.display());
            findings.warning(key, text);
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

/// Every `…_file` in the configuration, by its key.
fn secret_files(path: &Path) -> Vec<(String, PathBuf)> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut found = Vec::new();
    if let Ok(table) = text.parse::<toml::Table>() {
        collect("", &toml::Value::Table(table), &mut found);
    }
    found
}

fn collect(path: &str, value: &toml::Value, found: &mut Vec<(String, PathBuf)>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match value {
                    toml::Value::String(file) if key.ends_with("_file") => found.push((path, file.into())),
                    value => collect(&path, value, found),
                }
            }
        }
        toml::Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| collect(&format!("{path}[{index}]"), item, found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_secrets_are_found_wherever_they_stand() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("twilight.toml");
        let text = "[queue]\nredis_url_file = \"a\"\n[[gateway-proxy.channels]]\nname = \"x\"\nkey_file = \"b\"\n";
        fs::write(&file, text).unwrap();
        let found = secret_files(&file);
        let mut keys: Vec<_> = found.iter().map(|(key, path)| (key.as_str(), path.to_str().unwrap())).collect();
        keys.sort_unstable();
        assert_eq!(keys, [("gateway-proxy.channels[0].key_file", "b"), ("queue.redis_url_file", "a")]);
    }

    #[test]
    fn a_folder_below_a_file_cannot_be_made() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(can_be_written(&folder.path().join("a/b/c")), Ok(()));
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(can_be_written(&folder.path().join("file/b")).is_err());
        assert!(can_be_written(&folder.path().join("file")).unwrap_err().ends_with("is no folder"));
    }
}
