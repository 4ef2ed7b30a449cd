//! The first answer to a request.

use super::{Router, choose::Choice};
use crate::{Admission, Ask, At, RefusalKind, Tick, Ticket};

impl Router {
    /// May this be sent now, and where? A request for channels that others wait for joins them: call
    /// [`Self::pump`] after [`Admission::Queued`], that hands out in fair order whatever fits.
    pub fn admit(&mut self, ask: &Ask, at: At) -> Admission {
        let at = self.now.notice(at);
        let Some((_, channels)) = self.lane_of(&ask.model) else {
            return Admission::Refused(self.unknown_model(&ask.model));
        };
        if ask.wait && self.queue.contends(channels) {
            return self.join(ask, at);
        }
        match self.choose(ask, at) {
            Choice::Granted(grant) => Admission::Granted(grant),
            Choice::UnknownModel => Admission::Refused(self.unknown_model(&ask.model)),
            Choice::OverCap { cap, used } => Admission::Refused(self.over_cap(cap, used, at)),
            Choice::NoRoom => {
                let judged = self.judge(ask, at);
                if ask.wait && judged.may_wait && judged.earliest <= self.deadline(ask, at) {
                    return self.join(ask, at);
                }
                Admission::Refused(self.refusal(ask, judged, at))
            }
        }
    }

    /// The caller of a waiting request is gone. Nothing happens if it was granted or refused meanwhile.
    pub fn withdraw(&mut self, ticket: Ticket) {
        self.queue.remove(ticket);
    }

    /// Waits, if the queue has a place.
    fn join(&mut self, ask: &Ask, at: At) -> Admission {
        let own = self.queue.waiting_of(&ask.profile) >= self.options.max_waiting_per_profile;
        let deadline = self.deadline(ask, at);
        if own || self.queue.len() >= self.options.max_waiting || deadline <= at.tick {
            self.look_at_all(ask, at);
            let judged = self.judge(ask, at);
            let mut refusal = self.refusal(ask, judged, at);
            if deadline > at.tick {
                refusal.kind = RefusalKind::QueueFull { own };
            }
            return Admission::Refused(refusal);
        }
        let (request_cost, channels) = self.lane_of(&ask.model).unwrap_or_default();
        let cost = ask.estimated_tokens.max(request_cost);
        Admission::Queued(self.queue.join(ask, cost, channels, deadline, at.tick))
    }

    pub(super) fn deadline(&self, ask: &Ask, at: At) -> Tick {
        ask.deadline.min(at.tick + self.options.max_wait)
    }
}
