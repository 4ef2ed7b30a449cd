//! Git over SSH: `serve-ssh` as `sshd` runs it, with a stock client at the other end.

use std::{fs, path::Path};

use tempfile::TempDir;
use tokio::process::Command;

use crate::support::{ADMIN, Running, Said, git_command};

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl wang@mini";

/// What `sshd` does with a client whose key stands in `authorized_keys` with this line, without the cryptography.
struct Ssh {
    folder: TempDir,
}

impl Ssh {
    async fn of(registry: &Running, credential: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let config = folder.path().join("twilight.toml");
        let state = registry.state();
        fs::write(&config, format!("[profile-registry]\nstate = \"{}\"\n", state.display())).unwrap();
        let mut asked = Command::new(env!("CARGO_BIN_EXE_profile-registry"));
        asked.arg("--config").arg(&config).args(["authorized-keys", "--credential", credential, KEY]).env_clear();
        let output = asked.output().await.unwrap();
        assert!(output.status.success(), "{output:?}");
        let line = String::from_utf8(output.stdout).unwrap();
        let forced = line.strip_prefix("command=\"").unwrap().split_once("\",restrict ssh-ed25519 ").unwrap().0;
        // The client's words come as the last argument; sshd clears the environment and hands them over in a variable.
        let script = format!("#!/bin/sh\nfor wish; do :; done\nexec env -i SSH_ORIGINAL_COMMAND=\"$wish\" {forced}\n");
        fs::write(folder.path().join("ssh"), script).unwrap();
        Self { folder }
    }

    async fn git(&self, folder: &Path, arguments: &[&str]) -> Said {
        let mut command = git_command(folder);
        let ssh = format!("/bin/sh {}", self.folder.path().join("ssh").display());
        command.args(arguments).env("GIT_SSH_COMMAND", ssh).env("GIT_SSH_VARIANT", "simple");
        Said::of(&command.output().await.unwrap())
    }

    /// What somebody gets who asks for something else than git.
    async fn wish(&self, wish: &str) -> Said {
        Said::of(
            &Command::new("/bin/sh").arg(self.folder.path().join("ssh")).args(["host", wish]).output().await.unwrap(),
        )
    }
}

#[tokio::test]
async fn an_owner_clones_and_pushes_by_ssh_under_the_same_policy() {
    let registry = Running::start().await;
    let two = registry.two_profiles().await;
    let listed = registry.get("/credentials", Some(ADMIN)).await.json();
    let id_of = |subject: &str| {
        let known = listed["credentials"].as_array().unwrap().iter().find(|known| known["subject"] == subject);
        known.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let ssh = Ssh::of(&registry, &id_of("tg:1")).await;
    let folder = TempDir::new().unwrap();
    ssh.git(folder.path(), &["clone", "-q", "registry@host:mine.git", "work"]).await.done();
    let work = folder.path().join("work");
    assert!(work.join("profiles/alice/SOUL.md").exists() && !work.join("profiles/bob").exists());
    ssh.git(&work, &["ls-remote", "ssh://registry@host/registry.git"]).await.refused("your profiles are in mine.git");

    let edit = async |path: &str, text: &str| {
        fs::create_dir_all(work.join(path).parent().unwrap()).unwrap();
        fs::write(work.join(path), text).unwrap();
        ssh.git(&work, &["add", "-A", "-f"]).await.done();
        ssh.git(&work, &["commit", "-q", "-m", "Edit"]).await.done();
        ssh.git(&work, &["push", "-q", "origin", "HEAD:main"]).await
    };
    edit("profiles/alice/SOUL.md", "by ssh\n").await.done();
    let before = registry.kept();
    edit("profiles/bob/SOUL.md", "not mine\n").await.refused("refused: profiles/bob/SOUL.md: ");
    assert_eq!(registry.kept(), before);
    let seen = registry.get("/git/mine.git/info/refs?service=git-upload-pack", Some(&two.alice)).await;
    assert!(seen.text.contains("refs/heads/main"));

    // Without the credential the key is nobody's.
    let revoked = registry.delete(&format!("/credentials/{}", id_of("tg:1")), Some(ADMIN)).await;
    assert!([200, 204].contains(&revoked.status), "{revoked:?}");
    ssh.git(&work, &["fetch"]).await.refused("your key is not known here any more");
}

#[tokio::test]
async fn an_operator_by_ssh_sees_everything_and_nobody_gets_a_shell() {
    let registry = Running::start().await;
    registry.two_profiles().await;
    let ssh = Ssh::of(&registry, "admin").await;
    let folder = TempDir::new().unwrap();
    ssh.git(folder.path(), &["clone", "-q", "ssh://registry@host/registry.git", "work"]).await.done();
    assert!(folder.path().join("work/OWNERS").exists());
    ssh.git(folder.path(), &["clone", "-q", "ssh://registry@host/mine.git", "mine"])
        .await
        .refused("operators and hosts use registry.git");
    for wish in ["", "sh", "id; git-upload-pack 'registry.git'", "git-upload-pack '../registry.sqlite'", "scp -t /tmp"]
    {
        ssh.wish(wish).await.refused("only git clones, fetches and pushes here");
    }
}

#[tokio::test]
async fn a_hook_that_is_not_run_by_the_registry_says_no() {
    let told = [
        ("TWILIGHT_PUSH_STATE", "/nowhere"),
        ("TWILIGHT_PUSH_ACTOR", "root"),
        ("TWILIGHT_PUSH_DOOR", "registry"),
        ("TWILIGHT_PUSH_TICKET", "/nowhere/ticket"),
    ];
    for hook in ["pre-receive", "proc-receive"] {
        for variables in [&told[..], &told[..2], &[]] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_profile-registry"));
            let output = command.args(["hook", hook]).env_clear().envs(variables.iter().copied()).output().await;
            Said::of(&output.unwrap()).refused("this runs only below profile-registry");
        }
    }
}
