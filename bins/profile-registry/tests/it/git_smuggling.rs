//! Pushes that no stock git makes: bodies by hand.

use std::{fs, process::Stdio, time::Duration};

use futures::future::join_all;
use profile_store::OwnerId;
use reqwest::Method;
use tokio::io::AsyncWriteExt as _;

use crate::support::{ADMIN, Answer, Running, Work, eventually, git, git_command};

fn packet(text: &str) -> Vec<u8> {
    format!("{:04x}{text}", text.len() + 4).into_bytes()
}

/// What git says to this input.
async fn said(work: &Work, arguments: &[&str], input: &str) -> Vec<u8> {
    let mut command = git_command(&work.path);
    let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{arguments:?}");
    output.stdout
}

/// Sends the body of a push; what came back, where anything did.
async fn push(registry: &Running, repository: &str, token: &str, body: Vec<u8>) -> Option<Answer> {
    let request = registry.request(Method::POST, &format!("/git/{repository}/git-receive-pack"), Some(token));
    let request = request.header("content-type", "application/x-git-receive-pack-request").body(body);
    match request.send().await {
        Ok(response) if response.status().is_success() => {
            let text = response.text().await.ok()?;
            Some(Answer { status: 200, headers: reqwest::header::HeaderMap::new(), text })
        }
        _ => None,
    }
}

/// Everything that a repository holds, reachable or not.
async fn objects(registry: &Running, repository: &str) -> String {
    let folder = registry.state().join(repository);
    git(&folder, &["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]).await.done()
}

#[tokio::test]
async fn a_signed_push_leaves_no_certificate_behind() {
    let registry = Running::start().await;
    let two = registry.two_profiles().await;
    for (repository, token) in [("registry.git", ADMIN), ("mine.git", two.alice.as_str())] {
        let work = Work::clone(&registry.git_url(repository, token)).await;
        let old = work.head().await;
        work.edit("profiles/alice/SOUL.md", &format!("Signed, to {repository}.\n")).await;
        let new = work.head().await;
        let before = registry.kept();
        let mut body = packet("push-cert\0report-status object-format=sha1");
        for line in [
            "certificate version 0.1",
            "pusher what nobody has judged",
            "",
            &format!("{old} {new} refs/heads/main"),
            "-----BEGIN PGP SIGNATURE-----",
            "x",
            "-----END PGP SIGNATURE-----",
            "push-cert-end",
        ] {
            body.extend(packet(&format!("{line}\n")));
        }
        body.extend(b"0000");
        body.extend(said(&work, &["pack-objects", "--revs", "--stdout", "-q"], &format!("{new}\n^{old}\n")).await);
        push(&registry, repository, token, body).await;
        let pushes = registry.state().join("pushes");
        eventually("it is over", async || fs::read_dir(&pushes).ok()?.next().is_none().then_some(())).await;
        assert_eq!(registry.kept(), before, "{repository}");
        // The same without a signature.
        work.push().await.done();
    }
    registry.fsck().await;
}

#[tokio::test]
async fn a_push_that_names_a_foreign_file_by_its_id_brings_it_to_nobody() {
    let registry = Running::start().await;
    let two = registry.two_profiles().await;
    let soul = git(&registry.state().join("registry.git"), &["rev-parse", "main:profiles/bob/SOUL.md"]).await.done();
    let work = Work::clone(&registry.git_url("mine.git", &two.alice)).await;
    let (old, before) = (work.head().await, registry.kept());
    let tree = async |entries: String| {
        let made = said(&work, &["mktree", "--missing"], &entries).await;
        String::from_utf8(made).unwrap().trim().to_owned()
    };
    let alice = tree(format!("100644 blob {soul}\tSOUL.md\n")).await;
    let profiles = tree(format!("040000 tree {alice}\talice\n")).await;
    let readme = work.git(&["rev-parse", "HEAD:README.md"]).await.done();
    let root = tree(format!("100644 blob {readme}\tREADME.md\n040000 tree {profiles}\tprofiles\n")).await;
    let new = work.git(&["commit-tree", &root, "-p", "HEAD", "-m", "Mine"]).await.done();
    let mut body = packet(&format!("{old} {new} refs/heads/main\0report-status object-format=sha1"));
    body.extend(b"0000");
    let brought = format!("{new}\n{root}\n{profiles}\n{alice}\n");
    body.extend(said(&work, &["pack-objects", "--stdout", "-q"], &brought).await);
    let told = push(&registry, "mine.git", &two.alice, body).await.unwrap();
    assert!(told.text.contains("ng refs/heads/main"), "{told:?}");
    assert_eq!(registry.kept(), before);
    // Nor does the next fetch bring it.
    let after = Work::clone(&registry.git_url("mine.git", &two.alice)).await;
    assert_eq!(fs::read_to_string(after.path.join("profiles/alice/SOUL.md")).unwrap(), "I am alice.\n");
    for view in fs::read_dir(registry.state().join("views")).unwrap() {
        let name = view.unwrap().file_name().to_str().unwrap().to_owned();
        if name.ends_with(".git") {
            assert!(!objects(&registry, &format!("views/{name}")).await.contains(&soul));
        }
    }
}

#[tokio::test]
async fn who_asks_for_a_busy_view_and_hangs_up_keeps_nobody_waiting() {
    let registry = Running::start().await;
    let two = registry.two_profiles().await;
    let (store, owner) = (registry.store(), OwnerId::parse("tg:1").unwrap());
    // As while a push to it is served.
    let view = store.lock_view(&owner).unwrap();
    let ask = async || {
        let request =
            registry.request(Method::GET, "/git/mine.git/info/refs?service=git-upload-pack", Some(&two.alice));
        tokio::time::timeout(Duration::from_millis(300), request.send()).await.is_err()
    };
    for _ in 0..3 {
        let asked = join_all((0..200).map(|_| ask())).await;
        assert!(asked.into_iter().all(|has_given_up| has_given_up));
    }
    let others = registry.get("/profiles", Some(&two.bob));
    let told = tokio::time::timeout(Duration::from_secs(10), others).await;
    assert!(told.is_ok_and(|told| told.status == 200), "somebody else waits for threads that wait for the view");
    drop(view);
    eventually("the owner is served again", async || {
        let told = registry.get("/git/mine.git/info/refs?service=git-upload-pack", Some(&two.alice)).await;
        (told.status == 200).then_some(())
    })
    .await;
}
