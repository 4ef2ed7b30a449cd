//! Who is logged in. In memory: a restart logs everybody out.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::problem::Problem;

use crate::{TokenDigest, secret_text};

/// More are never needed; the one that ends first makes room.
const SESSIONS_MAX: usize = 1000;

/// What names a session here: the digest of what the browser keeps, so that nothing in this process's memory opens one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SessionKey([u8; 32]);

/// A message for the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flash {
    pub(crate) is_good: bool,
    pub(crate) text: String,
}

#[derive(Debug)]
struct Session {
    token: TokenDigest,
    csrf: String,
    ends: DateTime<Utc>,
    flash: Option<Flash>,
}

/// A session as a request needs it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) key: SessionKey,
    pub(crate) token: TokenDigest,
    pub(crate) csrf: String,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Sessions {
    lasts: TimeDelta,
    all: Mutex<HashMap<SessionKey, Session>>,
}

impl SessionKey {
    fn of(id: &str) -> Self {
        Self(*TokenDigest::of(id.as_bytes()).as_bytes())
    }
}

impl Sessions {
    /// Sessions that last so long.
    pub(crate) fn new(lasts: TimeDelta) -> Self {
        Self { lasts, all: Mutex::default() }
    }

    /// How long one lasts.
    pub(crate) fn lasts(&self) -> TimeDelta {
        self.lasts
    }

    /// Opens one, and says what the browser is to keep.
    ///
    /// # Errors
    /// 500 where the system gives no random numbers.
    pub(crate) fn open(&self, token: TokenDigest, now: DateTime<Utc>) -> Result<String, Problem> {
        let (id, csrf) = (secret_text::draw()?, secret_text::draw()?);
        let mut all = self.lock();
        all.retain(|_, session| now < session.ends);
        while all.len() >= SESSIONS_MAX {
            let Some(first) = all.iter().min_by_key(|(_, session)| session.ends).map(|(key, _)| *key) else { break };
            all.remove(&first);
        }
        all.insert(SessionKey::of(&id), Session { token, csrf, ends: now + self.lasts, flash: None });
        Ok(id)
    }

    /// The one that the browser keeps `id` of.
    pub(crate) fn find(&self, id: &str, now: DateTime<Utc>) -> Option<Found> {
        let key = SessionKey::of(id);
        let all = self.lock();
        let session = all.get(&key).filter(|session| now < session.ends)?;
        Some(Found { key, token: session.token, csrf: session.csrf.clone() })
    }

    /// Ends one.
    pub(crate) fn close(&self, key: SessionKey) {
        self.lock().remove(&key);
    }

    /// Leaves a message for its next page.
    pub(crate) fn tell(&self, key: SessionKey, flash: Flash) {
        if let Some(session) = self.lock().get_mut(&key) {
            session.flash = Some(flash);
        }
    }

    /// Takes the message.
    pub(crate) fn told(&self, key: SessionKey) -> Option<Flash> {
        self.lock().get_mut(&key)?.flash.take()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionKey, Session>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn sessions() -> (Sessions, TokenDigest) {
        (Sessions::new(TimeDelta::hours(12)), TokenDigest::of(b"token"))
    }

    #[test]
    fn a_session_ends_with_its_time_or_its_logout() {
        let (sessions, token) = sessions();
        let id = sessions.open(token, NOW).unwrap();
        let end = NOW + TimeDelta::hours(12);
        let found = sessions.find(&id, end - TimeDelta::seconds(1)).unwrap();
        assert_eq!(found.token, token);
        assert!(sessions.find(&id, end).is_none());
        assert!(sessions.find("other", NOW).is_none());
        sessions.close(found.key);
        assert!(sessions.find(&id, NOW).is_none());
    }

    #[test]
    fn a_message_is_told_once() {
        let (sessions, token) = sessions();
        let key = sessions.find(&sessions.open(token, NOW).unwrap(), NOW).unwrap().key;
        let flash = Flash { is_good: true, text: "done".to_owned() };
        sessions.tell(key, flash.clone());
        assert_eq!((sessions.told(key), sessions.told(key)), (Some(flash), None));
    }

    #[test]
    fn there_are_never_more_than_a_thousand_and_the_oldest_goes_first() {
        let (sessions, token) = sessions();
        let first = sessions.open(token, NOW).unwrap();
        let later = NOW + TimeDelta::seconds(1);
        let rest: Vec<String> = (0..SESSIONS_MAX).map(|_| sessions.open(token, later).unwrap()).collect();
        assert!(sessions.find(&first, later).is_none());
        assert!(rest.iter().all(|id| sessions.find(id, later).is_some()));
    }
}
