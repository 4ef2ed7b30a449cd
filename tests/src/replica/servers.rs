//! Real servers at the other end of a line.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

use super::{Line, Replica};
use crate::binary;

/// An rsync daemon with a read-only module `published`.
pub struct RsyncDaemon {
    /// The line to it.
    pub line: Line,
    _folder: TempDir,
}

impl RsyncDaemon {
    /// A daemon over a published folder.
    pub async fn over(published: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("rsyncd.conf");
        let text = format!(
            "use chroot = no\nlog file = {}\n[published]\npath = {}\nread only = yes\n",
            folder.path().join("log").display(),
            published.display()
        );
        fs::write(&config, text).unwrap();
        let line = Line::to(move || {
            let mut command = Command::new("rsync");
            command.args(["--daemon", "--config"]).arg(&config);
            command
        })
        .await;
        Self { line, _folder: folder }
    }

    /// Its address as `--from` takes it.
    pub fn place(&self) -> String {
        format!("rsync://127.0.0.1:{}/published", self.line.port)
    }
}

/// An sshd whose one key is forced to `twilight replica receive` on a replica.
pub struct Sshd {
    /// The line to it.
    pub line: Line,
    folder: TempDir,
}

impl Sshd {
    /// `None`, with a message, where there is no sshd.
    pub async fn before(replica: &Replica) -> Option<Self> {
        let Some(program) = sshd() else {
            println!("skipped: there is no sshd (apt-get install openssh-server)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["host_key", "key"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"])
                .arg(path(name))
                .stdin(Stdio::null())
                .status();
            assert!(made.is_ok_and(|status| status.success()), "ssh-keygen");
        }
        let forced =
            format!("{} --config {} replica receive", binary("twilight").display(), replica.config().display());
        let key = fs::read_to_string(path("key.pub")).unwrap();
        fs::write(path("authorized_keys"), format!("command=\"{forced}\",restrict {key}")).unwrap();
        let config = format!(
            "HostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nPermitRootLogin yes\nLogLevel VERBOSE\nPidFile none\n",
            path("host_key").display(),
            path("authorized_keys").display()
        );
        let config_file = path("sshd_config");
        fs::write(&config_file, config).unwrap();
        // Where it separates its privileges, if it has any; made by a service otherwise.
        let _ = fs::create_dir_all("/run/sshd");
        let log = path("log");
        let line = Line::to(move || {
            let mut command = Command::new(&program);
            command.arg("-i").arg("-f").arg(&config_file).arg("-E").arg(&log);
            command
        })
        .await;
        Some(Self { line, folder })
    }

    /// Keys of `[replica]` that reach it.
    pub fn client_keys(&self) -> String {
        let arguments = self.client_arguments();
        format!("target = \"127.0.0.1:\"\nssh_arguments = {arguments:?}\n")
    }

    /// `ssh` to it, asking for `words`.
    pub fn command(&self, words: &str) -> Command {
        let mut command = Command::new("ssh");
        command.args(self.client_arguments()).args(["-o", "BatchMode=yes", "127.0.0.1", words]);
        command
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn client_arguments(&self) -> Vec<String> {
        let known = self.folder.path().join("known_hosts");
        let options = [
            "IdentitiesOnly=yes".to_owned(),
            "StrictHostKeyChecking=no".to_owned(),
            format!("UserKnownHostsFile={}", known.display()),
        ];
        let key = self.folder.path().join("key").display().to_string();
        let mut arguments = vec!["-F".to_owned(), "none".to_owned(), "-i".to_owned(), key];
        arguments.extend(["-p".to_owned(), self.line.port.to_string()]);
        arguments.extend(options.into_iter().flat_map(|option| ["-o".to_owned(), option]));
        arguments
    }
}

fn sshd() -> Option<PathBuf> {
    ["/usr/sbin/sshd", "/usr/local/sbin/sshd"].iter().map(PathBuf::from).find(|path| path.exists())
}
