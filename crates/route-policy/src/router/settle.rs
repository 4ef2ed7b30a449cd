//! The end of an attempt.

use super::Router;
use crate::{At, Cny, Reservation, Settled};

impl Router {
    /// The attempt is over and cost `charge`. Tokens per minute are corrected from the estimate to `usage_tokens`.
    pub fn settle(&mut self, reservation: Reservation, charge: Cny, usage_tokens: u64, at: At) -> Settled {
        let at = self.now.notice(at);
        self.finish(&reservation, usage_tokens, at);
        let Reservation { day, cny, profile, profile_cap, .. } = reservation;
        let channel = &mut self.channels[reservation.channel.index()];
        let breach = channel.budget.settle(day, cny, charge);
        self.leases_due |= channel.budget.is_low(self.now.today(), self.options.lease_block);
        let spent = self.profiles.settle(profile, day, cny, charge);
        let profile_over_cap = spent.zip(profile_cap).is_some_and(|(spent, cap)| spent > cap);
        Settled { breach, profile_over_cap }
    }

    /// The attempt was sent and cost nothing. It still counts as a request of its minute.
    pub fn release(&mut self, reservation: Reservation, at: At) {
        let at = self.now.notice(at);
        self.finish(&reservation, 0, at);
        self.give_back(&reservation);
    }

    /// The attempt was never sent: as if it had not been granted.
    pub fn cancel(&mut self, reservation: Reservation, at: At) {
        let at = self.now.notice(at);
        self.finish(&reservation, 0, at);
        self.give_back(&reservation);
        self.channels[reservation.channel.index()].requests.correct(reservation.made.tick, 1, 0, at.tick);
        self.pairs[reservation.pair].unsend(reservation.made.tick, at.tick);
    }

    /// Frees its place, corrects its tokens; if it was a canary that told nothing, the next request is one.
    fn finish(&mut self, reservation: &Reservation, tokens: u64, at: At) {
        let Reservation { id, offer, made, .. } = *reservation;
        let channel = &mut self.channels[reservation.channel.index()];
        let pair = &mut self.pairs[reservation.pair];
        channel.in_flight -= 1;
        channel.tokens.correct(made.tick, reservation.tokens, tokens, at.tick);
        pair.correct(made.tick, reservation.tokens, tokens, at.tick);
        if reservation.canary {
            channel.canary_over(offer, id);
            pair.parking.canary_over(id);
            self.accounts[reservation.account].parking.canary_over(id);
        }
    }

    fn give_back(&mut self, reservation: &Reservation) {
        self.channels[reservation.channel.index()].budget.release(reservation.day, reservation.cny);
        self.profiles.settle(reservation.profile, reservation.day, reservation.cny, Cny::ZERO);
    }
}
