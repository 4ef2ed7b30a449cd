//! git itself: where it is, and the environment it runs in.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};

/// The first with `core.fsync`.
const VERSION_MIN: (u32, u32) = (2, 36);

/// Where git is looked for: where the shell finds it, then where systems install it that start daemons without a `PATH`.
const PLACES: [&str; 4] = ["git", "/usr/bin/git", "/usr/local/bin/git", "/opt/homebrew/bin/git"];

/// The most that git may ask for in one piece: a push that claims to hold a huge object must not take the machine's memory.
const ALLOCATION_MAX: &str = "512m";
/// The most that a client may ask for in one request, compressed or not.
const REQUEST_MAX: &str = "4m";

/// What holds whatever a repository's own configuration says. `receive.maxInputSize` stands there.
const SETTINGS: &[(&str, &str)] = &[
    ("http.uploadpack", "true"),
    ("http.receivepack", "true"),
    ("http.getanyfile", "false"),
    // Without the second hook git updates nothing (see `hook`).
    ("receive.procReceiveRefs", "refs"),
    ("receive.fsckObjects", "true"),
    ("receive.denyDeletes", "true"),
    ("receive.denyNonFastForwards", "true"),
    ("receive.advertisePushOptions", "false"),
    ("receive.autogc", "false"),
    // A push stays the pack that it came as. Its files one by one would go into folders that packing, at the same moment,
    // may be removing as empty: git then refuses the push.
    ("receive.unpackLimit", "1"),
    ("uploadpack.allowFilter", "false"),
    ("uploadpack.allowTipSHA1InWant", "false"),
    ("uploadpack.allowReachableSHA1InWant", "false"),
    ("uploadpack.allowAnySHA1InWant", "false"),
    ("uploadpack.hideRefs", "refs"),
    ("uploadpack.hideRefs", "!refs/heads/main"),
    ("core.bigFileThreshold", "16m"),
    ("core.fsync", "all"),
    ("gc.auto", "0"),
    ("pack.threads", "1"),
    ("pack.windowMemory", "64m"),
];

/// The machine's git.
#[derive(Clone, Debug)]
pub(super) struct GitProgram {
    path: PathBuf,
    hooks: PathBuf,
}

impl GitProgram {
    /// Finds it; `hooks` is the folder of the hooks that it shall run.
    ///
    /// # Errors
    /// When there is none, or none that will do; the error says what to do.
    pub(super) fn find(hooks: &Path) -> anyhow::Result<Self> {
        Self::find_in(&PLACES, hooks)
    }

    fn find_in(places: &[&str], hooks: &Path) -> anyhow::Result<Self> {
        let found = places.iter().find_map(|place| Some((*place, ask(place.as_ref(), "--exec-path")?)));
        let Some((place, folder)) = found else {
            bail!("git is not installed, or not where it is looked for ({}): install it", places.join(", "))
        };
        let folder = PathBuf::from(folder);
        let own = folder.join("git");
        let path = if own.exists() { own } else { PathBuf::from(place) };
        let told = ask(path.as_os_str(), "--version").with_context(|| format!("ask {} --version", path.display()))?;
        match version(&told) {
            Some(version) if version >= VERSION_MIN => {}
            _ => bail!("{} is {told:?}; {}.{} or newer is needed", path.display(), VERSION_MIN.0, VERSION_MIN.1),
        }
        let backend = folder.join("git-http-backend");
        if !backend.exists() {
            bail!(
                "{} is missing: this git came without it (on some systems it is a package of its own)",
                backend.display()
            )
        }
        Ok(Self { path, hooks: hooks.to_owned() })
    }

    /// A run of git that knows nothing of this process's environment, of anybody's settings, or of a client.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.env_clear().env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("LC_ALL", "C");
        command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_ALLOC_LIMIT", ALLOCATION_MAX);
        command.env("GIT_HTTP_MAX_REQUEST_BUFFER", REQUEST_MAX);
        let mut set = |index: usize, key: &str, value: &OsStr| {
            command.env(format!("GIT_CONFIG_KEY_{index}"), key).env(format!("GIT_CONFIG_VALUE_{index}"), value);
        };
        for (index, (key, value)) in SETTINGS.iter().enumerate() {
            set(index, key, value.as_ref());
        }
        set(SETTINGS.len(), "core.hooksPath", self.hooks.as_os_str());
        command.env("GIT_CONFIG_COUNT", (SETTINGS.len() + 1).to_string());
        command
    }
}

/// A client's wish for a version of the protocol, if it looks like one.
pub(super) fn protocol(told: &str) -> Option<&str> {
    let is_sane = |text: &str| {
        text.len() <= 64
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"=:".contains(&byte))
    };
    Some(told).filter(|told| is_sane(told))
}

fn ask(git: &OsStr, question: &str) -> Option<String> {
    let mut command = Command::new(git);
    command.arg(question).env_remove("GIT_EXEC_PATH").stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// Of `git version 2.39.5 (Apple Git-154)`.
fn version(told: &str) -> Option<(u32, u32)> {
    let mut numbers = told.strip_prefix("git version ")?.split(['.', ' ']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_systems_tell_them() {
        assert_eq!(version("git version 2.39.5 (Apple Git-154)"), Some((2, 39)));
        assert_eq!(version("git version 2.47.3"), Some((2, 47)));
        assert_eq!(version("git version 2.51.rc1"), Some((2, 51)));
        assert_eq!(version("gitoxide 0.9"), None);
    }

    #[test]
    fn where_there_is_no_git_the_error_says_what_to_do() {
        let error = GitProgram::find_in(&["/nowhere/git", "/bin/false"], Path::new("/nowhere")).unwrap_err();
        let told = "git is not installed, or not where it is looked for (/nowhere/git, /bin/false): install it";
        assert_eq!(error.to_string(), told);
        assert!(GitProgram::find_in(&["/nowhere/git", "git"], Path::new("/nowhere")).is_ok());
    }

    #[test]
    fn git_runs_in_an_environment_of_our_own() {
        let git = GitProgram::find(Path::new("/nowhere/hooks")).unwrap();
        let command = git.command();
        let inherited = command.get_envs().filter(|(name, _)| !name.to_string_lossy().starts_with("GIT_"));
        assert_eq!(inherited.map(|(name, _)| name).collect::<Vec<_>>(), ["LC_ALL"]);
        let told = git.command().args(["config", "--get-all", "uploadpack.hideRefs"]).output().unwrap();
        assert_eq!(String::from_utf8(told.stdout).unwrap(), "refs\n!refs/heads/main\n");
        let told = git.command().args(["config", "core.hooksPath"]).output().unwrap();
        assert_eq!(told.stdout, b"/nowhere/hooks\n");
    }

    #[test]
    fn a_wish_for_a_protocol_is_believed_only_if_it_looks_like_one() {
        assert_eq!(protocol("version=2"), Some("version=2"));
        assert_eq!(protocol("version=2\nx"), None);
        assert_eq!(protocol(&"a".repeat(65)), None);
    }
}
