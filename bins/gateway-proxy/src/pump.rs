//! The router behind its lock, and those who wait for a grant.
//!
//! A request that must wait leaves a ticket and sleeps on a channel of its own. Whatever may have made room (a
//! settlement, a lease, a change by an operator, the time) pumps the router, under the same lock, and wakes exactly
//! those who got their turn. Nobody polls.

#[cfg(test)]
mod tests;
mod waiting;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use route_policy::{Admission, Ask, At, Grant, Refusal, Router, Tick, Ticket};
use tokio::{
    sync::{Notify, oneshot},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

pub(crate) use self::waiting::{Turn, Waiting};
use crate::time::Time;

/// The router and its waiting callers.
pub(crate) struct Desk {
    state: Mutex<State>,
    time: Time,
    /// The timer sleeps until [`State::due`]; this tells it that there is an earlier one.
    earlier: Notify,
    /// Somebody has to look after leases.
    leases: Notify,
}

struct State {
    router: Router,
    waiting: HashMap<Ticket, oneshot::Sender<Turn>>,
    due: Option<Tick>,
}

/// Until then; forever where nothing is due.
async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// An [`Admission`] whose ticket somebody waits on.
pub(crate) enum Admitted {
    /// Go.
    Granted(Grant),
    /// Wait here.
    Queued(Waiting),
    /// No.
    Refused(Refusal),
}

impl Desk {
    /// A desk over a router, with nobody waiting.
    pub(crate) fn new(router: Router, time: Time) -> Arc<Self> {
        let state = State { router, waiting: HashMap::new(), due: None };
        Arc::new(Self { state: Mutex::new(state), time, earlier: Notify::new(), leases: Notify::new() })
    }

    /// Asks for a channel.
    pub(crate) fn admit(self: &Arc<Self>, ask: &Ask) -> Admitted {
        let at = self.time.at();
        let mut state = self.lock();
        let admission = state.router.admit(ask, at);
        let admitted = match admission {
            Admission::Granted(grant) => Admitted::Granted(grant),
            Admission::Refused(refusal) => Admitted::Refused(refusal),
            Admission::Queued(ticket) => {
                let (sender, turn) = oneshot::channel();
                state.waiting.insert(ticket, sender);
                self.pump(&mut state, at);
                Admitted::Queued(Waiting::new(self.clone(), ticket, turn))
            }
        };
        self.look_after_leases(&state);
        admitted
    }

    /// Does something with the router that may make room, and lets in whoever has room now.
    pub(crate) fn act<T>(&self, act: impl FnOnce(&mut Router, At) -> T) -> T {
        let at = self.time.at();
        let mut state = self.lock();
        let done = act(&mut state.router, at);
        self.pump(&mut state, at);
        self.look_after_leases(&state);
        done
    }

    /// For the lease keeper: as [`act`](Self::act), but it is not told of its own doings, which would never end.
    pub(crate) fn keep_leases<T>(&self, keep: impl FnOnce(&mut Router, At) -> T) -> T {
        let at = self.time.at();
        let mut state = self.lock();
        let done = keep(&mut state.router, at);
        self.pump(&mut state, at);
        done
    }

    /// Looks at the router.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Router, At) -> T) -> T {
        read(&self.lock().router, self.time.at())
    }

    /// Returns when somebody should ask for [`Router::wanted_leases`].
    pub(crate) async fn leases_wanted(&self) {
        self.leases.notified().await;
    }

    /// Pumps whenever time alone makes room or ends a wait, until `shutdown`.
    pub(crate) async fn run_timer(&self, shutdown: CancellationToken) {
        loop {
            let due = self.lock().due.map(|tick| self.time.instant(tick));
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.earlier.notified() => {}
                () = sleep_until(due) => self.act(|_, _| ()),
            }
        }
    }

    /// Gives up a place: whatever the ticket was worth goes back.
    fn withdraw(&self, ticket: Ticket, turn: &mut oneshot::Receiver<Turn>) {
        let at = self.time.at();
        let mut state = self.lock();
        if state.waiting.remove(&ticket).is_some() {
            state.router.withdraw(ticket);
        } else if let Ok(Ok(grant)) = turn.try_recv() {
            state.router.cancel(grant.reservation, at);
        }
        self.pump(&mut state, at);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held loses at most what that request did; the others go on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pump(&self, state: &mut State, at: At) {
        if state.waiting.is_empty() {
            state.due = None;
            return;
        }
        let before = state.due;
        // A caller that went away the same instant hands its grant back, which may be somebody else's turn.
        while state.pump(at) {}
        if state.due.is_some_and(|due| before.is_none_or(|before| due < before)) {
            self.earlier.notify_one();
        }
    }

    fn look_after_leases(&self, state: &State) {
        if state.router.wants_leases() {
            self.leases.notify_one();
        }
    }
}

impl State {
    /// Wakes whose turn it is; true when a grant came back unused.
    fn pump(&mut self, at: At) -> bool {
        let pumped = self.router.pump(at);
        self.due = pumped.next;
        let mut returned = false;
        let turns = pumped.granted.into_iter().map(|(ticket, grant)| (ticket, Ok(grant)));
        let turns = turns.chain(pumped.refused.into_iter().map(|(ticket, refusal)| (ticket, Err(refusal))));
        for (ticket, turn) in turns {
            let unheard = match self.waiting.remove(&ticket) {
                Some(caller) => caller.send(turn).err(),
                None => Some(turn),
            };
            if let Some(Ok(grant)) = unheard {
                self.router.cancel(grant.reservation, at);
                returned = true;
            }
        }
        returned
    }
}
