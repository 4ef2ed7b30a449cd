//! Pushes that get in: from many at a time, and past every death.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command},
};

use system_tests::{binary, eventually};
use tempfile::TempDir;

use super::site::{OPERATOR, Site, Work, command, told};

/// Commits of each of four writers.
const COMMITS: usize = if cfg!(feature = "soak") { 50 } else { 10 };

#[tokio::test]
async fn what_four_writers_commit_at_the_same_time_all_lands() {
    let site = Site::start().await;
    let writers = [
        site.clone_whole(OPERATOR),
        site.clone_whole(&site.host),
        site.clone_mine(&site.alice),
        site.clone_mine(&site.bob),
    ];
    let profiles = ["alice", "bob", "alice", "bob"];
    let path =
        |writer: usize, round: usize| format!("profiles/{}/skills/market/writer-{writer}/{round}.md", profiles[writer]);
    let late: Vec<usize> = std::thread::scope(|scope| {
        let write = |writer: usize| {
            let work = &writers[writer];
            scope.spawn(move || {
                let rounds = (0..COMMITS).map(|round| {
                    work.write(&path(writer, round), format!("{writer} {round}\n"));
                    work.commit(&format!("Writer {writer}, round {round}"));
                    work.pushes_in_the_end()
                });
                rounds.sum()
            })
        };
        let running: Vec<_> = (0..writers.len()).map(write).collect();
        running.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    println!("came too late, by writer: {late:?}");
    let last = site.clone_whole(OPERATOR);
    for writer in 0..writers.len() {
        for round in 0..COMMITS {
            let text = fs::read_to_string(last.path.join(path(writer, round))).unwrap();
            assert_eq!(text, format!("{writer} {round}\n"));
        }
    }
    let log = last.git(&["log", "--format=%s"]);
    let written = log.lines().filter(|subject| subject.starts_with("Writer ")).count();
    assert_eq!(written, 4 * COMMITS, "every commit landed, and each once");
    site.fsck();
}

/// Nobody else writes while it is held: a hook waits for it.
fn hold(site: &Site) -> File {
    let lock = File::options().write(true).open(site.state().join("writer.lock")).unwrap();
    lock.lock().unwrap();
    lock
}

fn tickets(site: &Site) -> Vec<String> {
    let listed = fs::read_dir(site.state().join("pushes")).into_iter().flatten().flatten();
    listed.filter_map(|entry| fs::read_to_string(entry.path()).ok()).collect()
}

fn push_in_the_background(work: &Work) -> Child {
    command(&work.path).args(["push", "-q", "origin", "HEAD:main"]).spawn().unwrap()
}

#[tokio::test]
async fn killed_while_a_push_is_judged_the_registry_keeps_nothing_of_it() {
    let mut site = Site::start().await;
    for whole in [true, false] {
        let clone = |site: &Site| if whole { site.clone_whole(OPERATOR) } else { site.clone_mine(&site.alice) };
        let work = clone(&site);
        let before = site.kept();
        work.edit("profiles/alice/SOUL.md", format!("survives, {whole}\n"));
        let lock = hold(&site);
        let mut push = push_in_the_background(&work);
        eventually("git has it in quarantine, and asks", async || {
            (site.quarantines() == 1 && tickets(&site).len() == 1).then_some(())
        })
        .await;
        site.daemon.signal(rustix::process::Signal::KILL);
        // What runs below it is an orphan now, and gives up although nobody has told it to.
        eventually("the hook gives up", async || tickets(&site)[0].contains("nobody waits").then_some(())).await;
        assert!(!push.wait().unwrap().success());
        drop(lock);
        site = site.kill_and_restart().await;
        assert_eq!(site.kept(), before);
        let url = site.url(if whole { "registry.git" } else { "mine.git" }, if whole { OPERATOR } else { &site.alice });
        work.git(&["remote", "set-url", "origin", &url]);
        work.pushes();
        assert_eq!(site.text("profiles/alice/SOUL.md"), format!("survives, {whole}"));
    }
    site.fsck();
}

#[tokio::test]
async fn killed_while_git_receives_the_registry_keeps_nothing_of_it() {
    let mut site = Site::start().await;
    let before = site.kept();
    let mut stream = TcpStream::connect(site.daemon.url.trim_start_matches("http://")).unwrap();
    // A pack that claims three objects and brings none.
    let (old, new) = (site.clone_whole(OPERATOR).head(), "1".repeat(40));
    let command = format!("{old} {new} refs/heads/main\0 report-status side-band-64k object-format=sha1");
    let body = [format!("{:04x}{command}0000", command.len() + 4).as_bytes(), b"PACK\0\0\0\x02\0\0\0\x03"].concat();
    let head = format!(
        "POST /git/registry.git/git-receive-pack HTTP/1.1\r\nhost: registry\r\nauthorization: Bearer {OPERATOR}\r\n\
         content-type: application/x-git-receive-pack-request\r\ncontent-length: {}\r\n\r\n",
        body.len() + 1_000
    );
    stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
    eventually("git receives it", async || (site.quarantines() == 1).then_some(())).await;
    site = site.kill_and_restart().await;
    let mut said = Vec::new();
    let ended = stream.read_to_end(&mut said);
    assert!(!String::from_utf8_lossy(&said).contains("ok refs/heads/main"), "{ended:?}");
    assert_eq!(site.kept(), before);
    let work = site.clone_whole(OPERATOR);
    work.edit("profiles/alice/SOUL.md", "after\n");
    work.pushes();
}

#[tokio::test]
async fn killed_right_after_the_yes_a_push_has_landed_whole_or_not_at_all() {
    let mut site = Site::start().await;
    let rounds = if cfg!(feature = "soak") { 40 } else { 6 };
    let mut landed = 0;
    for round in 0..rounds {
        let (repository, token) =
            if round % 2 == 0 { ("registry.git", OPERATOR.to_owned()) } else { ("mine.git", site.alice.clone()) };
        let work = Work::clone_of(&site.url(repository, &token));
        let path = format!("profiles/alice/skills/market/round/{round}.md");
        work.edit(&path, format!("{round}\n"));
        let mut push = push_in_the_background(&work);
        // The hook has said yes; git is about to move main.
        eventually("the hook says yes, or it is all over", async || {
            let is_yes = tickets(&site).iter().any(|ticket| ticket.starts_with("yes "));
            (is_yes || push.try_wait().unwrap().is_some()).then_some(())
        })
        .await;
        site = site.kill_and_restart().await;
        let succeeded = push.wait().unwrap().success();
        work.git(&["remote", "set-url", "origin", &site.url(repository, &token)]);
        work.git(&["fetch", "-q"]);
        let is_there = work.git(&["rev-parse", "origin/main"]) == work.head();
        assert!(is_there || !succeeded, "what git has called done is there");
        landed += usize::from(is_there);
        work.pushes();
        assert_eq!(site.text(&path), round.to_string());
    }
    println!("{landed} of {rounds} had landed when the process died");
    site.fsck();
}

#[tokio::test]
async fn without_the_program_that_judges_nothing_is_accepted() {
    let folder = TempDir::new().unwrap();
    let program = folder.path().join("profile-registry");
    // Not by this process: children of other tests would have the file open for a moment, and nobody could run it.
    let copied = Command::new("cp").arg(binary("profile-registry")).arg(&program).status().unwrap();
    assert!(copied.success());
    let site = Site::start_program(folder, program.clone()).await;
    let works = [site.clone_whole(OPERATOR), site.clone_mine(&site.alice)];
    let before = site.kept();
    let away = site.folder.path().join("moved-away");
    fs::rename(&program, &away).unwrap();
    for work in &works {
        work.edit("profiles/alice/SOUL.md", format!("{}\n", work.head()));
        let output = work.push();
        assert!(!output.status.success() && told(&output).contains("pre-receive hook declined"), "{}", told(&output));
        assert_eq!(site.kept(), before);
    }
    fs::rename(&away, &program).unwrap();
    works[0].pushes();
    works[1].git(&["pull", "-q", "--rebase", "-X", "theirs"]);
    works[1].pushes();
}
