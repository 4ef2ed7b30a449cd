//! Stock git's doors over HTTP: who gets to what, and what a push brings.

use std::fs;

use reqwest::Method;

use crate::support::{ADMIN, Answer, Running, Work, git, put};

#[tokio::test]
async fn operators_and_hosts_clone_everything_and_owners_their_own() {
    let registry = Running::start().await;
    let two = registry.two_profiles().await;
    let host = registry.host("mini").await;
    for token in [ADMIN, &host] {
        let work = Work::clone(&registry.git_url("registry.git", token)).await;
        let listed = work.git(&["ls-files"]).await.done();
        assert!(listed.contains("OWNERS") && listed.contains("profiles/alice/SOUL.md"), "{listed}");
        assert!(listed.contains("profiles/bob/SOUL.md"), "{listed}");
    }
    let work = Work::clone(&registry.git_url("mine.git", &two.alice)).await;
    let listed = work.git(&["ls-files"]).await.done();
    assert_eq!(listed, "README.md\nprofiles/alice/SOUL.md\nprofiles/alice/config.yaml");
    // The other protocols of the same client.
    for version in ["0", "1", "2"] {
        let url = registry.git_url("mine.git", &two.bob);
        let listed = git(&work.path, &["-c", &format!("protocol.version={version}"), "ls-remote", &url]).await.done();
        assert_eq!(listed.lines().count(), 2, "HEAD and main, and nothing else: {listed}");
    }
}

#[tokio::test]
async fn whoever_has_no_right_is_told_where_to_go() {
    let registry = Running::start_with("anonymous_per_minute = 3").await;
    let two = registry.two_profiles().await;
    let folder = tempfile::tempdir().unwrap();
    let ask = async |repository: &str, token: &str| {
        git(folder.path(), &["ls-remote", &registry.git_url(repository, token)]).await
    };
    ask("registry.git", &two.alice).await.refused("your profiles are in mine.git");
    ask("mine.git", ADMIN).await.refused("operators and hosts use registry.git");
    ask("other.git", ADMIN).await.refused("there are /git/registry.git and /git/mine.git");
    ask("mine.git", "tw-guess").await.refused("Authentication failed");
    let anonymous = git(folder.path(), &["ls-remote", &format!("http://{}/git/mine.git", registry.address)]).await;
    anonymous.refused("could not read Username");
    let path = "/git/mine.git/info/refs?service=git-upload-pack";
    let without = registry.get(path, None).await;
    assert_eq!(
        (without.status, &without.headers["www-authenticate"]),
        (401, &"Basic realm=\"twilight\"".parse().unwrap())
    );
    assert_eq!(registry.get(path, Some(&two.alice)).await.status, 200, "a bearer token is as good");
    // Guesses are counted; that git comes without a token first is not.
    let mut last = 0;
    for _ in 0..4 {
        last = registry.get(path, Some("tw-guess")).await.status;
    }
    assert_eq!(last, 429);
    assert_eq!(registry.get(path, None).await.status, 401);
    ask("mine.git", &two.alice).await.done();
}

#[tokio::test]
async fn nothing_but_the_smart_protocol_is_served() {
    let registry = Running::start().await;
    let get = async |path: &str| registry.get(path, Some(ADMIN)).await.status;
    assert_eq!(get("/git/registry.git/info/refs").await, 403);
    assert_eq!(get("/git/registry.git/info/refs?service=git-upload-archive").await, 403);
    for path in ["HEAD", "config", "objects/info/packs", "../registry.sqlite", "hooks/pre-receive"] {
        let status = get(&format!("/git/registry.git/{path}")).await;
        assert_eq!(status, 404, "{path}");
    }
    assert_eq!(get("/git/..%2fregistry.sqlite/info/refs?service=git-upload-pack").await, 404);
    let head = registry.state().join("registry.git/HEAD");
    assert!(head.exists(), "there would be something to serve");
    let request = registry.request(Method::POST, "/git/registry.git/git-upload-pack", Some(ADMIN));
    let answer = Answer::read(request.header("content-type", "text/plain").body("0000").send().await.unwrap()).await;
    assert_eq!(answer.status, 415, "{answer:?}");
}

#[tokio::test]
async fn an_owners_push_lands_on_main_and_comes_back_as_it_was() {
    let registry = Running::start().await;
    let two = registry.two_profiles().await;
    let work = Work::clone(&registry.git_url("mine.git", &two.alice)).await;
    let other = Work::clone(&registry.git_url("mine.git", &two.alice)).await;
    let bobs = Work::clone(&registry.git_url("mine.git", &two.bob)).await;
    for round in 0..3 {
        work.edit("profiles/alice/SOUL.md", &format!("alice {round}\n")).await;
        work.push().await.done();
        bobs.edit("profiles/bob/SOUL.md", &format!("bob {round}\n")).await;
        bobs.push().await.done();
    }
    other.git(&["pull", "-q"]).await.done();
    assert_eq!(other.head().await, work.head().await);
    let whole = Work::clone(&registry.git_url("registry.git", ADMIN)).await;
    assert_eq!(fs::read_to_string(whole.path.join("profiles/alice/SOUL.md")).unwrap(), "alice 2\n");
    assert_eq!(fs::read_to_string(whole.path.join("profiles/bob/SOUL.md")).unwrap(), "bob 2\n");
    registry.fsck().await;
    let measured = registry.get("/metrics", None).await.text;
    assert!(measured.contains("registry_pushes_total{door=\"mine\",result=\"landed\"}"), "{measured}");
    let books = rusqlite::Connection::open(registry.state().join("registry.sqlite")).unwrap();
    let sql = "SELECT actor FROM audit WHERE action = 'git.pushed' AND subject = ? AND detail = 'mine'";
    let audited: String = books.query_row(sql, [work.head().await], |row| row.get(0)).unwrap();
    assert_eq!(audited, "tg:1");
    // Who comes too late is told, and gets in after a pull.
    other.edit("profiles/alice/config.yaml", "model:\n  default: other\n").await;
    other.push().await.done();
    work.edit("profiles/alice/SOUL.md", "late\n").await;
    assert!(!work.push().await.ok);
    work.git(&["pull", "-q", "--no-rebase", "--no-edit"]).await.done();
    work.push().await.done();
}

#[tokio::test]
async fn an_administrators_push_to_the_whole_is_judged_too() {
    let registry = Running::start().await;
    registry.two_profiles().await;
    let work = Work::clone(&registry.git_url("registry.git", ADMIN)).await;
    work.edit("profiles/alice/config.yaml", &format!("model:\n  api_key: sk-{}\n", "a1B2c3D4e5F6g7H8i9J0k1L2")).await;
    let before = registry.kept();
    work.push().await.refused("refused: profiles/alice/config.yaml: ");
    work.git(&["reset", "-q", "--hard", "HEAD~1"]).await.done();
    work.edit("profiles/alice/SOUL.md", "honest\n").await;
    assert_eq!(registry.kept(), before);
    // A branch beside main takes the honest one with it.
    work.git(&["push", "-q", "origin", "HEAD:main", "HEAD:other"]).await.refused("there is only refs/heads/main");
    work.git(&["push", "-q", "origin", "HEAD:refs/tags/v1"]).await.refused("there is only refs/heads/main");
    work.git(&["push", "-q", "origin", ":main"]).await.refused("main");
    assert_eq!(registry.kept(), before);
    work.push().await.done();
    let host = registry.host("mini").await;
    let work = Work::clone(&registry.git_url("registry.git", &host)).await;
    work.edit("profiles/bob/SOUL.md", "by the host\n").await;
    work.push().await.done();
    work.edit("profiles/carol/SOUL.md", "nobody's\n").await;
    work.push().await.refused("[unclaimed-profile]");
}

#[tokio::test]
async fn a_foreign_blob_cannot_be_fetched_by_its_id() {
    let registry = Running::start().await;
    let two = registry.two_profiles().await;
    let whole = Work::clone(&registry.git_url("registry.git", ADMIN)).await;
    let work = Work::clone(&registry.git_url("mine.git", &two.alice)).await;
    let own = work.git(&["rev-parse", "HEAD:profiles/alice/SOUL.md"]).await.done();
    for what in ["HEAD", "HEAD:OWNERS", "HEAD:profiles", "HEAD:profiles/bob", "HEAD:profiles/bob/SOUL.md"] {
        let id = whole.git(&["rev-parse", what]).await.done();
        assert_ne!(id, own);
        for version in ["0", "2"] {
            let version = format!("protocol.version={version}");
            let fetched = work.git(&["-c", &version, "fetch", "-q", "origin", &id]).await;
            assert!(!fetched.ok, "{what}: {fetched:?}");
            assert!(!work.git(&["cat-file", "-e", &id]).await.ok, "{what}");
        }
    }
}

#[tokio::test]
async fn while_owners_is_broken_owners_are_turned_away_and_an_operator_repairs_it() {
    let registry = Running::start().await;
    let two = registry.two_profiles().await;
    let work = Work::clone(&registry.git_url("mine.git", &two.alice)).await;
    let whole = Work::clone(&registry.git_url("registry.git", ADMIN)).await;
    let good = fs::read_to_string(whole.path.join("OWNERS")).unwrap();
    // Past the doors: an operator's accident.
    whole.edit("OWNERS", "broken\n").await;
    let direct = registry.state().join("registry.git").display().to_string();
    whole.git(&["push", "-q", &direct, "HEAD:main"]).await.done();
    work.git(&["fetch"]).await.refused("OWNERS cannot be believed");
    work.edit("profiles/alice/SOUL.md", "honest\n").await;
    work.push().await.refused("OWNERS cannot be believed");
    whole.edit("profiles/alice/SOUL.md", "no repair\n").await;
    whole.push().await.refused("[owners-broken]");
    whole.git(&["reset", "-q", "--hard", "HEAD~1"]).await.done();
    whole.edit("OWNERS", &good).await;
    whole.push().await.done();
    work.git(&["pull", "-q", "--no-rebase", "--no-edit"]).await.done();
    work.push().await.done();
}

#[tokio::test]
async fn the_json_api_and_git_write_side_by_side() {
    const ROUNDS: usize = 4;
    let registry = Running::start().await;
    let two = registry.two_profiles().await;
    let whole = Work::clone(&registry.git_url("registry.git", ADMIN)).await;
    let by_git = async {
        for round in 0..ROUNDS {
            whole.edit(&format!("profiles/alice/skills/market/git/{round}.md"), "git\n").await;
            while !whole.push().await.ok {
                whole.git(&["pull", "-q", "--rebase"]).await.done();
            }
        }
    };
    let by_api = async {
        let mut base = registry.get("/profiles/bob", Some(&two.bob)).await.json()["content_id"].clone();
        for round in 0..ROUNDS {
            let change = put(&format!("skills/market/api/{round}.md"), "api\n");
            let made = registry.commit(&two.bob, "bob", &base, &[change]).await;
            assert_eq!(made.status, 201, "{made:?}");
            base = made.json()["content_id"].clone();
        }
    };
    tokio::join!(by_git, by_api);
    whole.git(&["pull", "-q", "--rebase"]).await.done();
    for (profile, folder) in [("alice", "git"), ("bob", "api")] {
        let there = fs::read_dir(whole.path.join(format!("profiles/{profile}/skills/market/{folder}"))).unwrap();
        assert_eq!(there.count(), ROUNDS, "{folder}");
    }
    let mine = Work::clone(&registry.git_url("mine.git", &two.bob)).await;
    assert!(mine.path.join("profiles/bob/skills/market/api/3.md").exists());
    registry.fsck().await;
}
