//! Whom a run of git is for: variables that this program sets, and its hooks read. Nothing of a client's gets in here.

use std::path::PathBuf;

use profile_store::OwnerId;

use super::repository::Repository;
use crate::Actor;

/// The registry's folder.
pub(super) const STATE: &str = "TWILIGHT_PUSH_STATE";
/// Who pushes: [`actor_text`].
pub(super) const ACTOR: &str = "TWILIGHT_PUSH_ACTOR";
/// What is pushed to: [`Repository::name`].
pub(super) const DOOR: &str = "TWILIGHT_PUSH_DOOR";
/// The file in which the hooks leave what they say.
pub(super) const TICKET: &str = "TWILIGHT_PUSH_TICKET";

/// What the hooks are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Errand {
    pub(super) state: PathBuf,
    pub(super) actor: Actor,
    pub(super) door: Repository,
    pub(super) ticket: PathBuf,
}

/// `admin`, `host:<name>`, `owner:<id>`.
pub(super) fn actor_text(actor: &Actor) -> String {
    match actor {
        Actor::Admin => "admin".to_owned(),
        Actor::Host(name) => format!("host:{name}"),
        Actor::Owner(id) => format!("owner:{id}"),
    }
}

/// As [`actor_text`] writes it; nothing else is anybody.
pub(super) fn actor_of(text: &str) -> Option<Actor> {
    match text.split_once(':') {
        None if text == "admin" => Some(Actor::Admin),
        Some(("host", name)) if !name.is_empty() => Some(Actor::Host(name.to_owned())),
        Some(("owner", id)) => OwnerId::parse(id).ok().map(Actor::Owner),
        _ => None,
    }
}

impl Errand {
    /// The variables.
    pub(super) fn variables(&self) -> [(&'static str, std::ffi::OsString); 4] {
        [
            (STATE, self.state.clone().into()),
            (ACTOR, actor_text(&self.actor).into()),
            (DOOR, self.door.name().into()),
            (TICKET, self.ticket.clone().into()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_told_and_understood_and_nobody_else_is_anybody() {
        let owner = Actor::Owner(OwnerId::parse("wx:wx24:oAbC").unwrap());
        for actor in [Actor::Admin, Actor::Host("mini".to_owned()), owner] {
            assert_eq!(actor_of(&actor_text(&actor)), Some(actor));
        }
        for text in ["", "Admin", "admin:", "host", "host:", "owner:", "owner:root", "tg:1"] {
            assert_eq!(actor_of(text), None, "{text}");
        }
    }
}
