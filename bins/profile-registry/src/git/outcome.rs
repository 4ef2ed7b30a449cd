//! What became of a push, for the log, the metrics and the audit.

use rusqlite::params;

use super::{git_doors::GitDoors, repository::Repository, session::Session, ticket::Verdict};
use crate::{BooksError, books::Moment};

/// Says what became of a session's push, and ends the session.
pub(super) async fn settle(doors: &GitDoors, session: Session) {
    let Some(ticket) = &session.ticket else { return };
    let (actor, door, verdict) = (session.actor.to_string(), session.repository.name(), ticket.verdict());
    let result = match &verdict {
        Verdict::Yes(what) => {
            let new = what.split(' ').nth(1).unwrap_or_default().to_owned();
            if has_landed(doors, session.repository, &new).await {
                tracing::info!(actor, door, commit = new, "{actor} pushed {new:.12} to {door}.git");
                note(doors, &actor, door, new).await;
                "landed"
            } else {
                tracing::info!(actor, door, commit = new, "the push of {actor} to {door}.git came too late");
                "late"
            }
        }
        Verdict::No(rules) => {
            tracing::warn!(actor, door, rules, "the push of {actor} to {door}.git is refused: {rules}");
            "refused"
        }
        Verdict::Failed(why) => {
            tracing::error!(actor, door, "a push to {door}.git could not be judged: {why}");
            "failed"
        }
        // Nothing was pushed, or git itself said no: too large, malformed, broken off.
        Verdict::Silence => "nothing",
    };
    metrics::counter!("registry_pushes_total", "door" => door, "result" => result).increment(1);
}

/// Whether main has come to hold the commit. A push to a view has landed once the hook says yes.
async fn has_landed(doors: &GitDoors, door: Repository, new: &str) -> bool {
    if door == Repository::Mine {
        return true;
    }
    let (store, new) = (doors.store.clone(), new.parse());
    let look = move || new.is_ok_and(|new| store.at(new).is_ok());
    tokio::task::spawn_blocking(look).await.unwrap_or(false)
}

/// In the audit.
async fn note(doors: &GitDoors, actor: &str, door: &'static str, new: String) {
    let (now, actor) = (doors.clock.now(), actor.to_owned());
    let noted = doors.books.write(move |tx| {
        let sql = "INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, 'git.pushed', ?, ?)";
        tx.execute(sql, params![Moment(now), actor, new, door])?;
        Ok::<_, BooksError>(())
    });
    if let Err(error) = noted.await {
        tracing::error!(error = &error as &dyn std::error::Error, "note a push in the audit: {error}");
    }
}
