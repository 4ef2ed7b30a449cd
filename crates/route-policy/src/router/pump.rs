//! Hands out what has become free.

use super::{Router, choose::Choice};
use crate::{At, Lost, Meter, Pumped, Refusal, Tick, Ticket};

impl Router {
    /// Hands out in fair order what has become free, refuses whose time is up or whose waiting has become hopeless, and
    /// says when to be called again. Call it after [`Admission::Queued`](crate::Admission::Queued), after every
    /// settlement, observation and lease while somebody waits, and at [`Pumped::next`].
    pub fn pump(&mut self, at: At) -> Pumped {
        let mut pumped = Pumped::default();
        if self.queue.is_empty() {
            return pumped;
        }
        let at = self.now.notice(at);
        self.queue.begin_pass();
        let mut next: Option<Tick> = None;
        while let Some(ticket) = self.queue.next_in_pass() {
            self.try_one(ticket, at, &mut pumped, &mut next);
        }
        while let Some(ticket) = self.queue.late(at.tick) {
            self.refuse_late(ticket, at, &mut pumped);
        }
        let deadline = self.queue.next_deadline();
        pumped.next = deadline.map(|deadline| next.map_or(deadline, |next| next.min(deadline)));
        pumped
    }

    fn try_one(&mut self, ticket: Ticket, at: At, pumped: &mut Pumped, next: &mut Option<Tick>) {
        let Some(ask) = self.queue.ask(ticket) else { return };
        let refusal = match self.choose(&ask, at) {
            Choice::Granted(grant) => {
                self.queue.serve(ticket);
                pumped.granted.push((ticket, grant));
                return;
            }
            Choice::UnknownModel => self.unknown_model(&ask.model),
            Choice::OverCap { cap, used } => self.over_cap(cap, used, at),
            Choice::NoRoom => {
                let lost = || self.looked.iter().filter_map(|look| look.as_ref().err().copied());
                if lost().any(Lost::may_pass) {
                    let until = lost().filter(|lost| lost.may_pass()).filter_map(Lost::until).min();
                    *next = [*next, until].into_iter().flatten().min();
                    let smaller = lost().any(smaller_may_fit);
                    self.queue.found_no_room(ticket, smaller, at.tick);
                    return;
                }
                let judged = self.judge(&ask, at);
                self.refusal(&ask, judged, at)
            }
        };
        self.refuse(ticket, refusal, pumped);
    }

    /// Its time is up. Whatever it is short of now is what it is told.
    fn refuse_late(&mut self, ticket: Ticket, at: At, pumped: &mut Pumped) {
        let Some(ask) = self.queue.ask(ticket) else { return };
        let refusal = match self.choose(&ask, at) {
            Choice::Granted(grant) => {
                self.queue.serve(ticket);
                pumped.granted.push((ticket, grant));
                return;
            }
            Choice::UnknownModel => self.unknown_model(&ask.model),
            Choice::OverCap { cap, used } => self.over_cap(cap, used, at),
            Choice::NoRoom => {
                // Out first: it is not ahead of itself.
                self.queue.remove(ticket);
                let judged = self.judge(&ask, at);
                self.refusal(&ask, judged, at)
            }
        };
        self.refuse(ticket, refusal, pumped);
    }

    fn refuse(&mut self, ticket: Ticket, refusal: Refusal, pumped: &mut Pumped) {
        self.queue.remove(ticket);
        pumped.refused.push((ticket, refusal));
    }
}

/// Whether a request of fewer tokens may get through where this one lost.
const fn smaller_may_fit(lost: Lost) -> bool {
    matches!(
        lost,
        Lost::TpmFull { .. }
            | Lost::GroupFull { meter: Meter::Tokens, .. }
            | Lost::TooLarge(_)
            | Lost::BudgetHeld
            | Lost::NoLease { .. }
            | Lost::NoBudget
            | Lost::TooExpensive
    )
}
