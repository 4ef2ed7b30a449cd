//! The folder with the hooks that git runs.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use anyhow::{Context as _, bail, ensure};

use super::hook::{Hook, NOT_TOLD};

/// The hooks, as they were written.
#[derive(Clone, Debug)]
pub(super) struct Hooks {
    folder: PathBuf,
    scripts: Vec<(PathBuf, String)>,
}

/// Where they are, in the registry's folder.
pub(super) fn folder(state: &Path) -> PathBuf {
    state.join("hooks")
}

impl Hooks {
    /// Writes them into the registry's folder `state`, and tries them: they run `program`, which is this one.
    ///
    /// # Errors
    /// When they cannot be written or do not run, as in a file system that runs no programs.
    pub(super) fn install(state: &Path, program: &Path) -> anyhow::Result<Self> {
        let folder = folder(state);
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        let Some(program) = program.to_str().filter(|program| !program.contains('\n')) else {
            bail!("{} cannot stand in a script: move the program", program.display())
        };
        let program = program.replace('\'', r"'\''");
        let script = |hook: &Hook| {
            let text =
                format!("#!/bin/sh\n# Written by profile-registry when it starts.\nexec '{program}' hook {hook}\n");
            (folder.join(hook.to_string()), text)
        };
        let scripts: Vec<(PathBuf, String)> = [Hook::PreReceive, Hook::ProcReceive].iter().map(script).collect();
        let hooks = Self { folder, scripts };
        if hooks.check().is_err() {
            hooks.write()?;
        }
        hooks.try_out()?;
        Ok(hooks)
    }

    /// Where they are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Sees to it that they are still what they were. Where one is missing git says no to a push as well, but only after it
    /// has stored what was pushed.
    ///
    /// # Errors
    /// When they are not and cannot be written.
    pub(super) fn mend(&self) -> anyhow::Result<()> {
        let Err(problem) = self.check() else { return Ok(()) };
        tracing::warn!("{problem}: writing git's hooks anew");
        self.write()?;
        self.check().map_err(anyhow::Error::msg)?;
        self.try_out()
    }

    fn check(&self) -> Result<(), String> {
        for (path, text) in &self.scripts {
            let is_program =
                fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o100 != 0);
            if !is_program || fs::read_to_string(path).ok().as_ref() != Some(text) {
                return Err(format!("{} is missing or changed", path.display()));
            }
        }
        Ok(())
    }

    fn write(&self) -> anyhow::Result<()> {
        for (path, text) in &self.scripts {
            // Another process may be running the old one.
            let new = path.with_extension("new");
            let write = || {
                let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o755).open(&new)?;
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
                fs::set_permissions(&new, fs::Permissions::from_mode(0o755))?;
                fs::rename(&new, path)
            };
            write().with_context(|| format!("write {}", path.display()))?;
        }
        Ok(())
    }

    /// Asks each without telling it anything: it has to come, and to say no.
    fn try_out(&self) -> anyhow::Result<()> {
        for (path, _) in &self.scripts {
            let mut command = Command::new(path);
            command.env_clear().stdin(Stdio::null()).stdout(Stdio::null());
            let output = run(&mut command).with_context(|| format!("run {}", path.display()))?;
            let said = String::from_utf8_lossy(&output.stderr);
            ensure!(
                output.status.code() == Some(1) && said.contains(NOT_TOLD),
                "{} does not run as it should ({}): {}",
                path.display(),
                output.status,
                said.trim()
            );
        }
        Ok(())
    }
}

/// Runs a program that has just been written. While some other child of ours has been made and is not its program yet, it
/// has the file open as well, and nobody can run it.
fn run(command: &mut Command) -> std::io::Result<Output> {
    const TRIES: usize = 500;
    let busy = |result: &std::io::Result<Output>| {
        result.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::ExecutableFileBusy)
    };
    let mut tries = std::iter::repeat_with(|| command.output()).take(TRIES);
    tries.find(|result| !busy(result)).unwrap_or_else(|| Err(std::io::ErrorKind::ExecutableFileBusy.into()))
}

#[cfg(test)]
mod tests {
    use super::{super::program::GitProgram, super::state_folder::open_store, *};

    /// A client's git, which reaches `git receive-pack` as `git` runs it.
    fn push(git: &GitProgram, folder: &Path, git_dir: &Path) -> Output {
        let mut script = "#!/bin/sh\nexec /usr/bin/env -i".to_owned();
        let server = git.command();
        for (name, value) in server.get_envs() {
            let value = value.unwrap_or_default();
            script.push_str(&format!(" '{}={}'", name.display(), value.display()));
        }
        script.push_str(&format!(" '{}' receive-pack '{}'\n", server.get_program().display(), git_dir.display()));
        let ssh = folder.join("ssh");
        fs::write(&ssh, script).unwrap();
        let mut push = git.command();
        push.env("GIT_SSH_COMMAND", format!("/bin/sh '{}'", ssh.display()))
            .env("GIT_SSH_VARIANT", "simple")
            .arg("-C")
            .arg(folder.join("work"));
        push.args(["push", "-q", "host:registry.git", "HEAD:main"]).output().unwrap()
    }

    #[test]
    fn without_hooks_git_moves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = open_store(&folder.path().join("state")).unwrap();
        let head = store.head().unwrap().id();
        let missing = folder.path().join("hooks");
        let git = GitProgram::find(&missing).unwrap();
        let run = |arguments: &[&str]| {
            let mut command = git.command();
            command.args(["-c", "user.name=x", "-c", "user.email=x@localhost"]).current_dir(folder.path());
            let output = command.args(arguments).output().unwrap();
            assert!(output.status.success(), "{output:?}");
        };
        run(&["clone", "-q", &store.git_dir().display().to_string(), "work"]);
        run(&["-C", "work", "commit", "-q", "--allow-empty", "-m", "Anything"]);
        let refused = || {
            let output = push(&git, folder.path(), &store.git_dir());
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success() && told.contains("proc-receive"), "{told}");
            assert_eq!(store.head().unwrap().id(), head);
        };
        refused();
        // And with a hook that is no program.
        fs::create_dir(&missing).unwrap();
        fs::write(missing.join("pre-receive"), "#!/bin/sh\nexit 0\n").unwrap();
        fs::write(missing.join("proc-receive"), "#!/bin/sh\nexit 0\n").unwrap();
        refused();
    }

    #[test]
    fn what_is_no_registry_is_no_hook() {
        let state = tempfile::tempdir().unwrap();
        let gone = Hooks::install(state.path(), Path::new("/nowhere/profile-registry")).unwrap_err();
        assert!(format!("{gone:#}").contains("does not run as it should"), "{gone:#}");
        let other = Hooks::install(state.path(), Path::new("/bin/true")).unwrap_err();
        assert!(format!("{other:#}").contains("does not run as it should"), "{other:#}");
        // A path is taken as it is, whatever stands in it.
        let odd = Path::new("/nowhere/it's $(touch x)");
        assert!(Hooks::install(state.path(), odd).is_err());
        let script = fs::read_to_string(folder(state.path()).join("pre-receive")).unwrap();
        assert!(script.contains(r"exec '/nowhere/it'\''s $(touch x)' hook pre-receive"), "{script}");
    }
}
