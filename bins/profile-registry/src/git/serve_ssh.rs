//! Git over SSH: what `sshd` runs instead of what the client asks for.

use std::{
    io::{self, Write as _},
    path::Path,
    process::{ExitCode, Stdio},
    time::Duration,
};

use anyhow::Context as _;
use daemon_kit::clock::Clock;

use super::{
    git_doors::GitDoors,
    outcome::settle,
    program::protocol,
    push_head::PushHead,
    repository::{Repository, Service},
    session::Session,
    state_folder::open_store,
};
use crate::{Actor, Books, auth::Credentials};

/// A whole run.
const WHOLE_MAX: Duration = Duration::from_secs(600);
/// Whose key an operator's is, in `authorized_keys`.
pub(super) const ADMIN: &str = "admin";

/// Serves one command of a client whose key stands in `authorized_keys` for `key`: `admin`, or the id of a credential that
/// is not revoked. `wish` is the client's command, `client_protocol` its `GIT_PROTOCOL`.
///
/// # Errors
/// When the registry in the folder `state` cannot be used; whatever the client does wrong is told to it.
pub async fn serve_ssh(
    state: &Path,
    key: &str,
    wish: Option<&str>,
    client_protocol: Option<&str>,
    program: &Path,
) -> anyhow::Result<ExitCode> {
    let books = Books::open(state).context("open the books")?;
    let store = open_store(state).context("open the repository")?;
    let Some(actor) = who(&books, key).await? else { return Ok(tell("your key is not known here any more")) };
    let Some((service, repository)) = wish.and_then(parse) else {
        return Ok(tell("only git clones, fetches and pushes here, registry.git or mine.git"));
    };
    let doors = GitDoors::open(store, books, Clock::system(), program)?;
    let opened = tokio::task::spawn_blocking({
        let doors = doors.clone();
        move || Session::open(&doors, actor, repository, service, true)
    });
    let session = match opened.await? {
        Ok(session) => session,
        Err(refused) => return Ok(tell(&refused.text())),
    };
    let mut command = doors.git.command();
    match service {
        Service::Read => command.arg("upload-pack").arg("--strict").arg(session.git_dir()),
        Service::Write => command.arg("receive-pack").arg(session.git_dir()),
    };
    command.envs(client_protocol.and_then(protocol).map(|version| ("GIT_PROTOCOL", version)));
    session.tell(&mut command);
    let mut command = tokio::process::Command::from(command);
    command.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit()).kill_on_drop(true);
    if service == Service::Write {
        let (reader, writer) = io::pipe().context("make a pipe to git")?;
        command.stdin(reader);
        // It ends with this process, at the latest: the client may keep its side open.
        std::thread::spawn(move || pass_on(io::stdin().lock(), writer));
    }
    let mut child = command.spawn().context("start git")?;
    // With it goes our end of the pipe: git has its own.
    drop(command);
    let ended = tokio::time::timeout(WHOLE_MAX, child.wait()).await;
    if ended.is_err() {
        child.kill().await.context("end git")?;
    }
    settle(&doors, session).await;
    let Ok(status) = ended else { return Ok(tell("it took too long")) };
    Ok(if status.context("wait for git")?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn who(books: &Books, key: &str) -> anyhow::Result<Option<Actor>> {
    if key == ADMIN {
        return Ok(Some(Actor::Admin));
    }
    Credentials::new(books.clone(), None).of_id(key).await.context("look the key up")
}

/// Passes a push on to git, up to its end or to what is not taken.
fn pass_on(mut client: impl io::Read, mut git: impl io::Write) {
    let (mut head, mut buffer) = (PushHead::default(), vec![0; 64 << 10]);
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        let bytes = buffer.get(..length).unwrap_or_default();
        if let Err(signed) = head.read(bytes) {
            tell(&signed.to_string());
            return;
        }
        if git.write_all(bytes).is_err() {
            return;
        }
    }
}

/// What the client's git shows.
fn tell(text: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "refused: {text}");
    ExitCode::FAILURE
}

/// Of `git-receive-pack '/registry.git'` and the like. There is no shell: anything else is nothing.
fn parse(wish: &str) -> Option<(Service, Repository)> {
    let wish = wish.strip_prefix("git ").map_or_else(|| wish.to_owned(), |rest| format!("git-{rest}"));
    let (service, path) = wish.split_once(' ')?;
    let path = path.strip_prefix('\'').and_then(|path| path.strip_suffix('\'')).unwrap_or(path);
    let path = path.strip_prefix('/').or_else(|| path.strip_prefix("~/")).unwrap_or(path);
    Some((Service::of(service)?, Repository::of(path.strip_prefix("git/").unwrap_or(path))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_gits_two_services_on_the_two_repositories_are_understood() {
        let push = Some((Service::Write, Repository::Registry));
        for wish in
            ["git-receive-pack '/registry.git'", "git receive-pack 'registry.git'", "git-receive-pack ~/registry.git"]
        {
            assert_eq!(parse(wish), push, "{wish}");
        }
        assert_eq!(parse("git-upload-pack '/git/mine.git'"), Some((Service::Read, Repository::Mine)));
        for wish in [
            "",
            "sh",
            "git-upload-archive '/registry.git'",
            "git-upload-pack '/etc'",
            "git-upload-pack '/registry.git/../views/x.git'",
            "git-upload-pack '/registry.git'; sh",
            "git-upload-pack --upload-pack=sh '/registry.git'",
            "git-receive-pack",
        ] {
            assert_eq!(parse(wish), None, "{wish}");
        }
    }
}
