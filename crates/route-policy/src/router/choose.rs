//! Which channel takes a request: the hot path.

use std::ops::Range;

use super::Router;
use crate::{
    Ask, At, Cny, Considered, Grant, Lost, ProfileCaps, Reservation,
    budget::Short,
    channel::Channel,
    lane::{Candidate, Lane},
    pair::{Account, Pair},
};

/// What became of looking for a channel.
#[derive(Debug)]
pub(super) enum Choice {
    Granted(Grant),
    /// No candidate; `Router::looked` says why for each.
    NoRoom,
    UnknownModel,
    OverCap {
        cap: Cny,
        used: Cny,
    },
}

impl Router {
    /// The highest priority that has room; within it whose turn it is. Prices are asked, and money is held, only for
    /// the one whose turn it is: if it is short, the next one's turn comes.
    pub(super) fn choose(&mut self, ask: &Ask, at: At) -> Choice {
        let Some(lane) = self.lanes.get_mut(&*ask.model) else { return Choice::UnknownModel };
        self.looked.clear();
        let mut start = 0;
        while start < lane.candidates.len() {
            let tier = start..lane.tier_end(start);
            for candidate in &lane.candidates[tier.clone()] {
                let channel = &mut self.channels[candidate.channel];
                let pair = &mut self.pairs[channel.offers[candidate.offer].pair];
                let account = &self.accounts[channel.account];
                self.looked.push(look(candidate, ask, channel, account, pair, at));
            }
            let strategy = self.options.strategy;
            while let Some(chosen) = lane.turn(tier.clone(), strategy, |index| self.looked[index].is_ok()) {
                let candidate = lane.candidates[chosen];
                let channel = &mut self.channels[candidate.channel];
                let upstream = &channel.offers[candidate.offer].upstream;
                let (input, output) = (ask.input_tokens, ask.output_tokens);
                let priced = self
                    .prices
                    .as_ref()
                    .map(|prices| prices.bound(upstream, &channel.spec.name, input, output, at.wall));
                let (cny, price_known) = priced.map_or((Cny::ZERO, false), |priced| (priced.cny, priced.known));
                let today = self.now.today();
                let profile = self.profiles.position(&ask.profile, today);
                if let (ProfileCaps::Enforce, Some(cap)) = (self.options.profile_caps, ask.profile_cap) {
                    let used = self.profiles.used(profile, today);
                    if used + cny > cap {
                        return Choice::OverCap { cap, used };
                    }
                }
                if let Err(short) = channel.budget.reserve(today, cny) {
                    self.looked[chosen] = Err(lost(short));
                    self.leases_due |= matches!(short, Short::NoLease { .. });
                    continue;
                }
                self.leases_due |= channel.budget.is_low(today, self.options.lease_block);
                self.profiles.reserve(profile, today, cny);
                lane.took_turn(chosen, tier, strategy, |index| self.looked[index].is_ok());
                self.reservations += 1;
                let reservation = Reservation {
                    id: self.reservations,
                    channel: candidate.key(),
                    pair: channel.offers[candidate.offer].pair,
                    offer: candidate.offer,
                    account: channel.account,
                    profile,
                    day: today,
                    cny,
                    price_known,
                    prices: self.prices.clone(),
                    tokens: ask.estimated_tokens,
                    made: at,
                    profile_cap: ask.profile_cap,
                    canary: self.looked[chosen] == Ok(true),
                };
                return Choice::Granted(self.grant(&ask.model, chosen, reservation, at));
            }
            start = tier.end;
        }
        Choice::NoRoom
    }

    /// Counts the request and says why the others lost.
    fn grant(&mut self, model: &str, chosen: usize, reservation: Reservation, at: At) -> Grant {
        let channel = &mut self.channels[reservation.channel.index()];
        let pair = &mut self.pairs[reservation.pair];
        channel.take(reservation.tokens, at.tick);
        pair.take(reservation.tokens, at.tick);
        if reservation.canary {
            channel.send_canary(reservation.offer, reservation.id);
            pair.parking.send_canary(reservation.id);
            self.accounts[reservation.account].parking.send_canary(reservation.id);
        }
        let upstream_model = channel.offers[reservation.offer].upstream.clone();
        Grant {
            channel: reservation.channel,
            upstream_model,
            canary: reservation.canary,
            considered: self.considered(model, Some(chosen)),
            reservation,
        }
    }

    /// Why each candidate but the chosen one lost, by the last look.
    pub(super) fn considered(&self, model: &str, chosen: Option<usize>) -> Vec<Considered> {
        let Some(lane) = self.lanes.get(model) else { return Vec::new() };
        let all: Range<usize> = 0..lane.candidates.len();
        let others = all.filter(|index| Some(*index) != chosen);
        let mut considered = Vec::with_capacity(lane.candidates.len());
        considered.extend(others.map(|index| Considered {
            channel: self.channels[lane.candidates[index].channel].spec.name.clone(),
            lost: match self.looked.get(index) {
                None => Lost::LowerPriority,
                Some(Ok(_)) => Lost::NotItsTurn,
                Some(Err(lost)) => *lost,
            },
        }));
        considered
    }

    /// Looks at every candidate without choosing one, for a refusal that says why.
    pub(super) fn look_at_all(&mut self, ask: &Ask, at: At) {
        self.looked.clear();
        let Some(lane) = self.lanes.get(&*ask.model) else { return };
        for candidate in &lane.candidates {
            let channel = &mut self.channels[candidate.channel];
            let pair = &mut self.pairs[channel.offers[candidate.offer].pair];
            let account = &self.accounts[channel.account];
            self.looked.push(look(candidate, ask, channel, account, pair, at));
        }
    }

    /// The lane of a model: what one request costs in the fair queue, and the channels.
    pub(super) fn lane_of(&self, model: &str) -> Option<(u64, u64)> {
        self.lanes.get(model).map(|lane: &Lane| (lane.request_cost, lane.channels))
    }
}

/// Everything but money: eligible, as a canary or not, or why not.
fn look(
    candidate: &Candidate,
    ask: &Ask,
    channel: &mut Channel,
    account: &Account,
    pair: &mut Pair,
    at: At,
) -> Result<bool, Lost> {
    if ask.tried.contains(&candidate.key()) {
        return Err(Lost::Tried);
    }
    if ask.group.as_ref().is_some_and(|group| *group != channel.spec.group) {
        return Err(Lost::OtherGroup);
    }
    let canary = channel.check(candidate.offer, ask.estimated_tokens, at.tick)?;
    let canary = canary | account.parking.check()? | pair.parking.check()?;
    pair.check(ask.estimated_tokens, at.tick).map(|()| canary)
}

const fn lost(short: Short) -> Lost {
    match short {
        Short::Never => Lost::TooExpensive,
        Short::Spent => Lost::NoBudget,
        Short::Held => Lost::BudgetHeld,
        Short::NoLease { failing } => Lost::NoLease { failing },
    }
}
