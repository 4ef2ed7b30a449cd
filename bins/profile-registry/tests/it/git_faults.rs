//! What goes wrong around a push: clients that hang up, hooks that are gone, floods.

use std::{
    fs::{self, File},
    path::PathBuf,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::Method;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{ADMIN, Answer, Running, Work, eventually, git, git_command};

/// Folders in which git keeps what it has not accepted yet.
fn quarantines(registry: &Running) -> Vec<PathBuf> {
    let objects = registry.state().join("registry.git/objects");
    let paths = fs::read_dir(objects).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("tmp_objdir")).collect()
}

async fn metric(registry: &Running, name: &str) -> u64 {
    let text = registry.get("/metrics", None).await.text;
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or_default()
}

/// Nobody else writes while it is held: a hook waits for it.
fn hold(registry: &Running) -> File {
    let lock = File::options().write(true).open(registry.state().join("writer.lock")).unwrap();
    lock.lock().unwrap();
    lock
}

/// A text that does not shrink in a pack.
fn noise(bytes: usize) -> String {
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut text = String::new();
    while text.len() < bytes {
        text.push_str(&BASE64_STANDARD.encode(next().to_le_bytes()));
        text.push('\n');
    }
    text
}

#[tokio::test]
async fn a_client_that_hangs_up_while_it_sends_leaves_nothing_behind() {
    let registry = Running::start().await;
    registry.two_profiles().await;
    let work = Work::clone(&registry.git_url("registry.git", ADMIN)).await;
    let (old, before) = (work.head().await, registry.kept());
    work.edit("profiles/alice/skills/market/noise/SKILL.md", &noise(200_000)).await;
    // The first half of a push, as git sends it.
    let command =
        format!("{old} {} refs/heads/main\0 report-status side-band-64k object-format=sha1", work.head().await);
    let revisions = format!("{}\n^{old}\n", work.head().await);
    fs::write(work.path.join("revisions"), revisions).unwrap();
    let mut packing = git_command(&work.path);
    packing.args(["pack-objects", "--revs", "--thin", "--stdout", "-q"]);
    packing.stdin(File::open(work.path.join("revisions")).unwrap());
    let pack = packing.output().await.unwrap().stdout;
    assert!(pack.len() > 100_000);
    let mut body = format!("{:04x}{command}0000", command.len() + 4).into_bytes();
    body.extend(&pack[..pack.len() / 2]);

    let broken = metric(&registry, "registry_git_broken_off_total").await;
    let mut stream = TcpStream::connect(registry.address).await.unwrap();
    let credentials = BASE64_STANDARD.encode(format!("x:{ADMIN}"));
    let head = format!(
        "POST /git/registry.git/git-receive-pack HTTP/1.1\r\nhost: registry\r\nauthorization: Basic {credentials}\r\n\
         content-type: application/x-git-receive-pack-request\r\ncontent-length: {}\r\n\r\n",
        body.len() + pack.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    eventually("git receives it", async || (!quarantines(&registry).is_empty()).then_some(())).await;
    drop(stream);
    eventually("the run is broken off", async || {
        (metric(&registry, "registry_git_broken_off_total").await > broken).then_some(())
    })
    .await;
    eventually("nothing is left", async || quarantines(&registry).is_empty().then_some(())).await;
    assert_eq!(registry.kept(), before);
    work.push().await.done();
    registry.fsck().await;
}

#[tokio::test]
async fn a_client_that_hangs_up_while_its_push_is_judged_frees_the_way_for_others() {
    let registry = Running::start().await;
    let two = registry.two_profiles().await;
    for (repository, token) in [("registry.git", ADMIN), ("mine.git", two.alice.as_str())] {
        let work = Work::clone(&registry.git_url(repository, token)).await;
        let before = registry.kept();
        work.edit("profiles/alice/SOUL.md", &format!("pushed to {repository}\n")).await;
        let broken = metric(&registry, "registry_git_broken_off_total").await;
        let lock = hold(&registry);
        let mut push = git_command(&work.path);
        let mut push = push.args(["push", "-q", "origin", "HEAD:main"]).process_group(0).spawn().unwrap();
        // Its ticket is there, and the hook cannot write anything on it.
        let pushes = registry.state().join("pushes");
        eventually("the push is served", async || fs::read_dir(&pushes).ok()?.next().map(drop)).await;
        // Its helper has the connection.
        let group = rustix::process::Pid::from_raw(push.id().unwrap().try_into().unwrap()).unwrap();
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
        push.wait().await.unwrap();
        eventually("the run is broken off", async || {
            (metric(&registry, "registry_git_broken_off_total").await > broken).then_some(())
        })
        .await;
        eventually("its ticket is gone", async || fs::read_dir(&pushes).unwrap().next().is_none().then_some(())).await;
        drop(lock);
        assert_eq!(registry.kept(), before, "{repository}");
        assert!(quarantines(&registry).is_empty());
        work.push().await.done();
    }
    registry.fsck().await;
}

#[tokio::test]
async fn hooks_that_somebody_has_removed_are_there_again_before_the_next_push() {
    let registry = Running::start().await;
    let two = registry.two_profiles().await;
    let work = Work::clone(&registry.git_url("mine.git", &two.alice)).await;
    work.edit("profiles/bob/SOUL.md", "not mine\n").await;
    let (hooks, before) = (registry.state().join("hooks"), registry.kept());
    for hook in ["pre-receive", "proc-receive"] {
        fs::remove_file(hooks.join(hook)).unwrap();
        work.push().await.refused("[foreign-profile]");
        fs::write(hooks.join(hook), "#!/bin/sh\nexit 0\n").unwrap();
        work.push().await.refused("[foreign-profile]");
    }
    assert_eq!(registry.kept(), before);
}

#[tokio::test]
async fn a_push_over_the_limit_is_refused_in_words_and_not_kept() {
    let registry = Running::start().await;
    registry.two_profiles().await;
    git(&registry.state().join("registry.git"), &["config", "receive.maxInputSize", "100000"]).await.done();
    let work = Work::clone(&registry.git_url("registry.git", ADMIN)).await;
    work.edit("profiles/alice/skills/market/noise/SKILL.md", &noise(600_000)).await;
    let before = registry.kept();
    work.push().await.refused("pack exceeds maximum allowed size");
    // In pieces, as git sends what is larger than its buffer.
    work.git(&["-c", "http.postBuffer=65536", "push", "-q", "origin", "HEAD:main"])
        .await
        .refused("pack exceeds maximum allowed size");
    assert_eq!(registry.kept(), before);
    assert!(quarantines(&registry).is_empty());
    git(&registry.state().join("registry.git"), &["config", "receive.maxInputSize", "10000000"]).await.done();
    work.git(&["-c", "http.postBuffer=65536", "push", "-q", "origin", "HEAD:main"]).await.done();
}

#[tokio::test]
async fn compressed_requests_are_understood() {
    let registry = Running::start().await;
    registry.two_profiles().await;
    let work = Work::clone(&registry.git_url("registry.git", ADMIN)).await;
    let other = Work::clone(&registry.git_url("registry.git", ADMIN)).await;
    // What git has to tell of what it has is longer than a kilobyte now: it compresses that. It tells of the newest first,
    // so these have to be newer than what both have.
    for round in 10..50 {
        let (date, what) = (format!("2040-01-01T00:00:{round}Z"), ["-q", "--allow-empty", "-m", "Mine"]);
        let mut commit = git_command(&work.path);
        let commit = commit.arg("commit").args(what).env("GIT_COMMITTER_DATE", &date).env("GIT_AUTHOR_DATE", &date);
        assert!(commit.output().await.unwrap().status.success());
    }
    other.edit("profiles/bob/SOUL.md", "meanwhile\n").await;
    other.push().await.done();
    let mut fetch = git_command(&work.path);
    let output = fetch.args(["fetch", "-q"]).env("GIT_TRACE_CURL", "1").output().await.unwrap();
    let told = String::from_utf8_lossy(&output.stderr).to_lowercase();
    assert!(output.status.success() && told.contains("content-encoding: gzip"), "{told}");
    assert_eq!(work.git(&["rev-parse", "origin/main"]).await.done(), other.head().await);
    // A push is never compressed; one that is would become what no memory holds.
    let push = registry.request(Method::POST, "/git/registry.git/git-receive-pack", Some(ADMIN));
    let push = push.header("content-encoding", "gzip").header("content-type", "application/x-git-receive-pack-request");
    assert_eq!(Answer::read(push.body("0000").send().await.unwrap()).await.status, 415);
}

#[tokio::test]
async fn what_a_client_claims_to_be_does_not_reach_git() {
    let registry = Running::start().await;
    let two = registry.two_profiles().await;
    let work = Work::clone(&registry.git_url("mine.git", &two.alice)).await;
    work.edit("profiles/bob/SOUL.md", "not mine\n").await;
    let headers = [
        "twilight-push-actor: admin",
        "twilight_push_actor: admin",
        "remote-user: admin",
        "git-config-count: 0",
        "git-protocol: version=2:twilight_push_actor=admin",
        "proxy: http://127.0.0.1:1",
    ];
    for header in headers {
        let header = format!("http.extraHeader={header}");
        work.git(&["-c", &header, "push", "-q", "origin", "HEAD:main"]).await.refused("[foreign-profile]");
    }
    // Nor can a push be signed, or carry options, that anybody would believe.
    assert!(!work.git(&["push", "-q", "-o", "actor=admin", "origin", "HEAD:main"]).await.ok);
}

#[tokio::test]
async fn many_at_a_time_are_all_served() {
    let registry = Running::start().await;
    let two = registry.two_profiles().await;
    let urls = [registry.git_url("registry.git", ADMIN), registry.git_url("mine.git", &two.alice)];
    let clones = (0..12).map(|number| Work::clone(&urls[number % 2]));
    let clones = futures::future::join_all(clones).await;
    assert_eq!(clones.len(), 12);
    // A connection that says nothing keeps nobody waiting.
    let mut idle = TcpStream::connect(registry.address).await.unwrap();
    idle.write_all(b"POST /git/registry.git/git-receive-pack HTTP/1.1\r\nhost: registry\r\ncontent-length: 9\r\n\r\n")
        .await
        .unwrap();
    let mut answer = [0; 12];
    idle.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 401");
}
