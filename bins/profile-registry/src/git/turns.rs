//! How many runs of git, or changes through the API, there may be at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Actor;

/// Each takes a processor for a while, and memory.
const ALL_MAX: usize = 16;
/// Of all owners together: anybody can become one, and operators and hosts have to get through.
const OWNERS_MAX: usize = 12;
/// Of one actor.
const EACH_MAX: usize = 6;
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(20);

/// Turns, by whom they are for.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    all: Arc<Semaphore>,
    owners: Arc<Semaphore>,
    each: Arc<Mutex<HashMap<String, Arc<Semaphore>>>>,
}

/// A turn; over when dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _shared: (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>),
    own: Option<OwnedSemaphorePermit>,
    actor: String,
    turns: Turns,
}

impl Default for Turns {
    fn default() -> Self {
        let (all, owners) = (Semaphore::new(ALL_MAX), Semaphore::new(OWNERS_MAX));
        Self { all: Arc::new(all), owners: Arc::new(owners), each: Arc::default() }
    }
}

impl Turns {
    /// Waits for a turn; `None` where it does not come in time.
    pub(crate) async fn take(&self, asking: &Actor) -> Option<Turn> {
        let actor = asking.to_string();
        let own = {
            let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
            each.entry(actor.clone()).or_insert_with(|| Arc::new(Semaphore::new(EACH_MAX))).clone()
        };
        let owners = matches!(asking, Actor::Owner(_)).then(|| self.owners.clone());
        let all = async {
            let own = own.acquire_owned().await.ok()?;
            let owners = match owners {
                Some(owners) => Some(owners.acquire_owned().await.ok()?),
                None => None,
            };
            Some((own, owners, self.all.clone().acquire_owned().await.ok()?))
        };
        let taken = tokio::time::timeout(PATIENCE, all).await.ok().flatten();
        let turns = self.clone();
        let Some((own, owners, all)) = taken else {
            turns.forget(&actor);
            return None;
        };
        Some(Turn { _shared: (all, owners), own: Some(own), actor, turns })
    }

    /// Forgets an actor who has no turn and waits for none.
    fn forget(&self, actor: &str) {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        if each.get(actor).is_some_and(|own| Arc::strong_count(own) == 1) {
            each.remove(actor);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        drop(self.own.take());
        self.turns.forget(&self.actor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(number: usize) -> Actor {
        Actor::Owner(format!("tg:{number}").parse().unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn one_actor_leaves_turns_to_others_and_owners_leave_some_to_operators() {
        let turns = Turns::default();
        let mut taken = Vec::new();
        for _ in 0..EACH_MAX {
            taken.push(turns.take(&owner(1)).await.unwrap());
        }
        assert!(turns.take(&owner(1)).await.is_none());
        for number in EACH_MAX..OWNERS_MAX {
            taken.push(turns.take(&owner(number)).await.unwrap());
        }
        assert!(turns.take(&owner(2)).await.is_none());
        for _ in OWNERS_MAX..ALL_MAX {
            taken.push(turns.take(&Actor::Admin).await.unwrap());
        }
        assert!(turns.take(&Actor::Host("mini".to_owned())).await.is_none());
        taken.remove(0);
        assert!(turns.take(&owner(2)).await.is_some());
        taken.clear();
        assert!(turns.each.lock().unwrap().is_empty(), "nobody is remembered");
    }
}
