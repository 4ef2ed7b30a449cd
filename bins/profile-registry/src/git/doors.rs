//! `/git/registry.git` and `/git/mine.git`: git's smart protocol over HTTP, and nothing of the other one.

use std::{ffi::OsStr, process::Command, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Path, RawQuery, Request, State},
    http::{HeaderName, header},
    response::Response,
    routing::{get, post},
};

use super::{
    authenticate::authenticate,
    backend::{self, Bounds},
    git_doors::GitDoors,
    outcome::settle,
    program::protocol,
    refused::Refused,
    repository::{Repository, Service},
    session::{Session, died},
};
use crate::registry::Registry;

/// How long one waits for a repository: for the end of another push to the same view, above all.
const OPEN_MAX: Duration = Duration::from_secs(30);
const PROTOCOL: HeaderName = HeaderName::from_static("git-protocol");

/// What a request asks of git.
struct Asked {
    repository: String,
    service: Service,
    /// Only to say what there is.
    advertise: bool,
}

/// The routes.
pub(crate) fn routes(registry: Arc<Registry>) -> Router {
    Router::new()
        .route("/git/{repository}/info/refs", get(advertise))
        .route("/git/{repository}/git-upload-pack", post(read))
        .route("/git/{repository}/git-receive-pack", post(write))
        .with_state(registry)
}

/// `GET /git/{repository}/info/refs?service=git-upload-pack|git-receive-pack`
async fn advertise(
    State(registry): State<Arc<Registry>>,
    Path(repository): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Refused> {
    let query = query.unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let service = pairs.find(|(name, _)| name == "service").and_then(|(_, name)| Service::of(&name));
    let service = service.ok_or(Refused::Dumb)?;
    serve(&registry, Asked { repository, service, advertise: true }, request).await
}

/// `POST /git/{repository}/git-upload-pack`: clone and fetch.
async fn read(
    State(registry): State<Arc<Registry>>,
    Path(repository): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    serve(&registry, Asked { repository, service: Service::Read, advertise: false }, request).await
}

/// `POST /git/{repository}/git-receive-pack`: push.
async fn write(
    State(registry): State<Arc<Registry>>,
    Path(repository): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    serve(&registry, Asked { repository, service: Service::Write, advertise: false }, request).await
}

async fn serve(registry: &Registry, asked: Asked, request: Request) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let actor = authenticate(registry, &parts.headers, &parts.extensions).await?;
    let repository = Repository::of(&asked.repository).ok_or(Refused::NotThere)?;
    repository.check(&actor).map_err(Refused::NotForYou)?;
    let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let encoding = text(header::CONTENT_ENCODING).filter(|name| *name != "identity");
    // A few bytes would become as many references as fill the memory; git compresses what it asks for and no push.
    if encoding.is_some() && asked.service == Service::Write {
        return Err(Refused::Compressed);
    }
    let doors = registry.doors.clone();
    let turn = doors.turns.take(&actor).await.ok_or(Refused::Busy)?;
    let opened = tokio::task::spawn_blocking({
        let (doors, service, push) = (doors.clone(), asked.service, !asked.advertise);
        // With its turn: it holds a thread until the view is free, whether anybody still waits for the answer or not.
        move || (Session::open(&doors, actor, repository, service, push), turn)
    });
    let opened = tokio::time::timeout(OPEN_MAX, opened).await.map_err(|_| Refused::Busy)?;
    let (session, turn) = opened.map_err(died)?;
    let session = session?;
    let mut command = command(&doors, &session, &asked);
    let variables = [
        ("CONTENT_TYPE", text(header::CONTENT_TYPE)),
        ("HTTP_CONTENT_ENCODING", encoding.filter(|name| ["gzip", "x-gzip"].contains(name))),
        ("GIT_PROTOCOL", text(PROTOCOL).and_then(protocol)),
    ];
    command.envs(variables.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let body = if asked.advertise { Body::empty() } else { body };
    let runs = doors.runs.clone();
    let ticket = session.ticket.clone();
    let after = async move {
        settle(&doors, session).await;
        drop(turn);
    };
    backend::run(&runs, command, body, ticket, Bounds::default(), after).await.map_err(|()| Refused::Internal)
}

/// `git http-backend` for a request, as CGI tells it. Nothing but what stands here reaches it.
fn command(doors: &GitDoors, session: &Session, asked: &Asked) -> Command {
    let (folder, name) = (session.git_dir().parent(), session.git_dir().file_name().unwrap_or_default());
    let (method, tail, query) = if asked.advertise {
        ("GET", "info/refs", format!("service={}", asked.service.name()))
    } else {
        ("POST", asked.service.name(), String::new())
    };
    let mut path = std::ffi::OsString::from("/");
    path.extend([name, OsStr::new("/"), OsStr::new(tail)]);
    let mut command = doors.git.command();
    command.arg("http-backend").env("GIT_HTTP_EXPORT_ALL", "1").env("PATH_INFO", path);
    command.env("GIT_PROJECT_ROOT", folder.unwrap_or(session.git_dir()));
    command.env("REQUEST_METHOD", method).env("QUERY_STRING", query);
    command.env("REMOTE_USER", session.actor.to_string()).env("REMOTE_ADDR", "registry");
    session.tell(&mut command);
    command
}
