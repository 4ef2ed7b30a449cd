//! The channels of one public model, and whose turn it is.

use std::ops::Range;

use crate::{ChannelKey, Strategy};

/// Candidates, the highest priority first.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    pub(crate) candidates: Vec<Candidate>,
    /// What one request counts for in the fair queue at least: what the limits leave for each. Many small requests use
    /// up requests per minute as surely as few large ones use up tokens.
    pub(crate) request_cost: u64,
    /// One bit per channel (modulo 64): lanes without a common bit have no common channel.
    pub(crate) channels: u64,
    /// Turns taken.
    turns: i64,
}

/// A channel that offers the model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub(crate) channel: usize,
    pub(crate) offer: usize,
    pub(crate) priority: i64,
    weight: i64,
    /// The number of its last turn.
    last_turn: i64,
    /// What the smooth weighted round-robin owes it.
    credit: i64,
}

impl Candidate {
    pub(crate) const fn new(channel: usize, offer: usize, priority: i64, weight: u32) -> Self {
        let weight = if weight == 0 { 1 } else { weight as i64 };
        Self { channel, offer, priority, weight, last_turn: 0, credit: 0 }
    }

    pub(crate) fn key(&self) -> ChannelKey {
        ChannelKey::from_index(self.channel)
    }
}

impl Lane {
    /// Puts the candidates in order and keeps what the old lane owes them.
    pub(crate) fn settle_in(&mut self, old: Option<&Self>) {
        self.candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.priority));
        self.turns = old.map_or(0, |old| old.turns);
        for candidate in &mut self.candidates {
            self.channels |= 1 << (candidate.channel % 64);
            let before = old.and_then(|old| old.candidates.iter().find(|one| one.channel == candidate.channel));
            (candidate.last_turn, candidate.credit) = before.map_or((0, 0), |before| (before.last_turn, before.credit));
        }
    }

    /// The end of the tier (candidates of one priority) that begins at `start`.
    pub(crate) fn tier_end(&self, start: usize) -> usize {
        let priority = self.candidates[start].priority;
        let len = self.candidates[start..].iter().take_while(|candidate| candidate.priority == priority).count();
        start + len
    }

    /// Whose turn it is among the eligible candidates of a tier: by turns, whoever had the last one longest ago; by
    /// weight, whoever is owed most.
    pub(crate) fn turn(
        &self,
        tier: Range<usize>,
        strategy: Strategy,
        eligible: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let mut best: Option<(usize, i64)> = None;
        for index in tier.filter(|index| eligible(*index)) {
            let candidate = &self.candidates[index];
            let claim = match strategy {
                Strategy::RoundRobin => -candidate.last_turn,
                Strategy::Weighted => candidate.credit + candidate.weight,
            };
            if best.is_none_or(|(_, most)| claim > most) {
                best = Some((index, claim));
            }
        }
        best.map(|(index, _)| index)
    }

    /// `chosen` took its turn; by weight, the other eligible ones are owed theirs. Who was not eligible is owed
    /// nothing, so that a channel that comes back is not flooded.
    pub(crate) fn took_turn(
        &mut self,
        chosen: usize,
        tier: Range<usize>,
        strategy: Strategy,
        eligible: impl Fn(usize) -> bool,
    ) {
        self.turns += 1;
        self.candidates[chosen].last_turn = self.turns;
        if strategy == Strategy::RoundRobin {
            return;
        }
        let mut total = 0;
        for index in tier.filter(|index| eligible(*index)) {
            let candidate = &mut self.candidates[index];
            candidate.credit += candidate.weight;
            total += candidate.weight;
        }
        self.candidates[chosen].credit -= total;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Turns of channels with these weights, `.` where nobody is eligible; `away` are the ones that are not, by turn.
    fn turns(weights: &[u32], strategy: Strategy, count: usize, away: impl Fn(usize, usize) -> bool) -> String {
        let candidates =
            weights.iter().enumerate().map(|(index, weight)| Candidate::new(index, 0, 0, *weight)).collect();
        let mut lane = Lane { candidates, ..Lane::default() };
        let turn = |turn: usize| {
            let chosen = lane.turn(0..weights.len(), strategy, |index| !away(turn, index));
            if let Some(chosen) = chosen {
                lane.took_turn(chosen, 0..weights.len(), strategy, |index| !away(turn, index));
            }
            chosen.map_or('.', |chosen| char::from(b'A' + u8::try_from(chosen).unwrap()))
        };
        (0..count).map(turn).collect()
    }

    #[test]
    fn in_turn_whatever_the_weight() {
        assert_eq!(turns(&[5, 1, 0], Strategy::RoundRobin, 7, |_, _| false), "ABCABCA");
    }

    #[test]
    fn by_weight_and_smoothly() {
        assert_eq!(turns(&[5, 1, 1], Strategy::Weighted, 7, |_, _| false), "AABACAA");
        assert_eq!(turns(&[0, 0], Strategy::Weighted, 4, |_, _| false), "ABAB");
    }

    #[test]
    fn one_that_comes_back_is_not_flooded() {
        let away = |turn: usize, index: usize| index == 0 && (2..8).contains(&turn);
        assert_eq!(turns(&[1, 1, 1], Strategy::RoundRobin, 14, away), "ABCBCBCBACBACB");
        assert_eq!(turns(&[2, 1, 1], Strategy::Weighted, 14, away).matches('A').count(), 4);
    }

    #[test]
    fn nobody_eligible_is_nobody() {
        assert_eq!(turns(&[1, 1], Strategy::RoundRobin, 2, |_, _| true), "..");
    }
}
