//! What a clone holds: everything for operators and hosts, and nothing foreign for an owner.

use std::{collections::BTreeSet, path::Path};

use super::site::{OPERATOR, Site, command, git};

/// Every object that a repository holds, whether anything points to it or not.
fn objects(repository: &Path) -> BTreeSet<String> {
    let all = git(repository, &["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
    all.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn an_owners_clone_holds_no_foreign_object_and_cannot_fetch_one() {
    let site = Site::start().await;
    let whole = site.clone_whole(OPERATOR);
    whole.edit("profiles/bob/SOUL.md", "Bob's soul, which nobody else may read.\n");
    whole.edit("profiles/alice/SOUL.md", "I am alice, second.\n");
    whole.pushes();
    let mine = site.clone_mine(&site.alice);
    let (held, all) = (objects(&mine.path), objects(&whole.path));
    for object in &held {
        let text = git(&mine.path, &["cat-file", "-p", object]);
        assert!(!text.contains("bob") && !text.contains("Bob") && !text.contains("tg:2"), "{object}: {text}");
    }
    let foreign: Vec<&String> = all.difference(&held).collect();
    assert!(foreign.len() > 15, "{foreign:?}");
    for version in ["0", "2"] {
        let version = format!("protocol.version={version}");
        let fetch = |id: &str| {
            let mut fetch = command(&mine.path);
            fetch.args(["-c", &version, "fetch", "-q", "origin", id]).output().unwrap().status.success()
        };
        assert!(foreign.iter().all(|id| !fetch(id)), "{version}");
        assert!(fetch(&mine.head()), "its own it may fetch by its id");
    }
    assert_eq!(objects(&mine.path), held, "nothing has come along");
}

#[tokio::test]
async fn hosts_and_operators_clone_the_whole_history() {
    let site = Site::start().await;
    let host = site.clone_whole(&site.host);
    let operator = site.clone_whole(OPERATOR);
    assert_eq!(objects(&host.path), objects(&operator.path));
    assert_eq!(host.head(), git(&site.state().join("registry.git"), &["rev-parse", "main"]));
    // And shallow, as those do who want to see the present only.
    let url = site.url("registry.git", &site.host);
    let shallow = host.beside("shallow");
    git(&host.path, &["clone", "-q", "--depth", "1", &url, shallow.to_str().unwrap()]);
    assert_eq!(git(&shallow, &["rev-list", "--count", "HEAD"]), "1");
    assert!(shallow.join("profiles/bob/SOUL.md").exists());
}

#[tokio::test]
async fn clones_while_others_push_are_whole() {
    let site = Site::start().await;
    let (writer, mine) = (site.clone_whole(OPERATOR), site.clone_mine(&site.bob));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..8 {
                writer.edit("profiles/alice/SOUL.md", format!("{round}\n"));
                writer.pushes_in_the_end();
                mine.edit("profiles/bob/SOUL.md", format!("{round}\n"));
                mine.pushes_in_the_end();
            }
        });
        for token in [&site.alice, &site.host] {
            let site = &site;
            scope.spawn(move || {
                for _ in 0..6 {
                    let clone = if *token == site.alice { site.clone_mine(token) } else { site.clone_whole(token) };
                    clone.git(&["fsck", "--strict"]);
                }
            });
        }
    });
    let last = site.clone_whole(&site.host);
    assert_eq!(
        (last.git(&["show", "HEAD:profiles/alice/SOUL.md"]), site.text("profiles/bob/SOUL.md")),
        ("7".into(), "7".into())
    );
    site.fsck();
}
