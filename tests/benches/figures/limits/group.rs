//! A memory cgroup per process, as a container engine makes one: what is beyond its limit is taken back, and where that does
//! not help the process is killed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use tokio::process::Command;

const VERSION_1: &str = "/sys/fs/cgroup/memory";
const VERSION_2: &str = "/sys/fs/cgroup";

/// How the names of our groups begin.
const OURS: &str = "twilight-figures-";

/// The groups of this run.
pub(super) struct Groups {
    folder: PathBuf,
    is_version_2: bool,
}

/// The group of one process.
pub(super) struct Group {
    folder: PathBuf,
    is_version_2: bool,
    /// Bytes.
    pub(super) limit: u64,
}

/// What a group has used, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Usage {
    /// The most at any moment, pages of files included.
    pub(super) peak: u64,
    /// What is the process's own now; nothing of it can be taken back.
    pub(super) own: u64,
    /// How often it stood at its limit and pages of files were taken back.
    pub(super) at_limit: u64,
    /// Processes that were killed for it.
    pub(super) killed: u64,
}

impl Groups {
    /// A place for groups; why not, where the system or its rights do not allow it.
    pub(super) fn open() -> Result<Self, String> {
        let own = format!("{OURS}{}", std::process::id());
        let is_version_2 = !Path::new(VERSION_1).join("memory.limit_in_bytes").exists();
        let root = Path::new(if is_version_2 { VERSION_2 } else { VERSION_1 });
        let folder = root.join(own);
        let groups = Self { folder, is_version_2 };
        groups.prepare(root).map_err(|error| format!("no memory cgroups below {}: {error}", root.display()))?;
        Ok(groups)
    }

    fn prepare(&self, root: &Path) -> std::io::Result<()> {
        // Of runs that were cut off; a group with a process in it stays.
        for entry in fs::read_dir(root)?.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(OURS))
        {
            for group in fs::read_dir(entry.path())?.flatten() {
                let _ = fs::remove_dir(group.path());
            }
            let _ = fs::remove_dir(entry.path());
        }
        if self.is_version_2 {
            fs::write(root.join("cgroup.subtree_control"), "+memory")?;
        }
        fs::create_dir(&self.folder)?;
        if self.is_version_2 {
            fs::write(self.folder.join("cgroup.subtree_control"), "+memory")?;
        }
        Ok(())
    }

    /// A group of its own.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn group(&self, name: &str, limit: u64) -> anyhow::Result<Group> {
        let folder = self.folder.join(name);
        fs::create_dir(&folder).with_context(|| format!("create {}", folder.display()))?;
        let file = if self.is_version_2 { "memory.max" } else { "memory.limit_in_bytes" };
        fs::write(folder.join(file), limit.to_string()).with_context(|| format!("limit {name}"))?;
        Ok(Group { folder, is_version_2: self.is_version_2, limit })
    }

    /// The version, for the report.
    pub(super) fn describe(&self) -> String {
        format!("memory cgroups, version {}", if self.is_version_2 { 2 } else { 1 })
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.folder);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Fails while its process lives, which is killed with its handle.
        let _ = fs::remove_dir(&self.folder);
    }
}

impl Group {
    /// The command in this group from its first instruction on.
    pub(super) fn confine(&self, command: &Command) -> Command {
        let command = command.as_std();
        let mut confined = Command::new("sh");
        confined.args(["-c", "echo $$ > \"$0\" && exec \"$@\""]).arg(self.folder.join("cgroup.procs"));
        confined.arg(command.get_program()).args(command.get_args());
        confined
    }

    /// What it has used.
    ///
    /// # Errors
    /// When the system does not tell.
    pub(super) fn usage(&self) -> anyhow::Result<Usage> {
        if self.is_version_2 {
            return Ok(Usage {
                peak: self.number("memory.peak")?,
                own: self.field("memory.stat", "anon")?,
                at_limit: self.field("memory.events", "max")?,
                killed: self.field("memory.events", "oom_kill")?,
            });
        }
        Ok(Usage {
            peak: self.number("memory.max_usage_in_bytes")?,
            own: self.field("memory.stat", "total_rss")?,
            at_limit: self.number("memory.failcnt")?,
            killed: self.field("memory.oom_control", "oom_kill")?,
        })
    }

    fn read(&self, file: &str) -> anyhow::Result<String> {
        let path = self.folder.join(file);
        fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
    }

    fn number(&self, file: &str) -> anyhow::Result<u64> {
        let text = self.read(file)?;
        text.trim().parse().with_context(|| format!("{file}: {text}"))
    }

    fn field(&self, file: &str, name: &str) -> anyhow::Result<u64> {
        let text = self.read(file)?;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.with_context(|| format!("no {name} in {file}"))?.trim().parse().context("no number")
    }
}
