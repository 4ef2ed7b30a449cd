//! The market: its sessions and its listings.

use std::{collections::HashMap, sync::OnceLock, thread};

use market_model::Code;

use super::{
    draw::Draw,
    index::Derived,
    listing::Listing,
    name_history, path,
    sessions::Sessions,
    spec::MarketSpec,
    universe::{self, Member},
};

/// A market with its whole history, in memory. It is also the oracle: tests compare what went through the system with
/// what this says.
pub struct Market {
    pub(crate) seed: u64,
    pub(crate) sessions: Sessions,
    /// Sorted by code.
    pub(crate) listings: Vec<Listing>,
    codes: Vec<Code>,
    positions: HashMap<Code, usize>,
    pub(super) derived: OnceLock<Vec<Derived>>,
}

impl Market {
    /// Generates a synthetic market. Equal specs give equal markets.
    ///
    /// Works on all processors; 5,500 codes over 70 days take well under two seconds in the dev profile.
    ///
    /// # Panics
    ///
    /// If the range holds no trading day or more than 65,535, or if more codes are wanted than the boards have numbers
    /// for.
    pub fn generate(spec: &MarketSpec) -> Self {
        let sessions = Sessions::by_rule(spec.first_day, spec.last_day);
        assert!(sessions.len() > 0, "no trading day from {} to {}", spec.first_day, spec.last_day);
        assert!(sessions.len() <= usize::from(u16::MAX), "more trading days than session numbers");
        let mut draw = Draw::new(spec.seed, 1);
        let moves: Vec<f64> = (0..sessions.len()).map(|_| draw.bell() * 0.009).collect();
        let members = universe::members(spec, &sessions);
        let mut listings = histories(members, &sessions, &moves, spec.seed);
        name_history::christen(&mut listings, &sessions, spec.seed, universe::is_roomy(spec, &sessions));
        Self::assemble(spec.seed, sessions, listings)
    }

    /// `listings` must be sorted by code.
    pub(crate) fn assemble(seed: u64, sessions: Sessions, listings: Vec<Listing>) -> Self {
        let codes: Vec<Code> = listings.iter().map(|listing| listing.id.code).collect();
        let positions = codes.iter().copied().zip(0..).collect();
        Self { seed, sessions, listings, codes, positions, derived: OnceLock::new() }
    }

    /// Every code the vendor's lists hold, ascending: listed, delisted and paused.
    pub fn codes(&self) -> &[Code] {
        &self.codes
    }

    pub(crate) fn listing(&self, code: &Code) -> Option<&Listing> {
        self.positions.get(code).map(|position| &self.listings[*position])
    }
}

fn histories(members: Vec<Member>, sessions: &Sessions, moves: &[f64], seed: u64) -> Vec<Listing> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let per_thread = members.len().div_ceil(threads).max(1);
    let mut members = members.into_iter().enumerate();
    let mut listings = Vec::with_capacity(members.len());
    thread::scope(|scope| {
        let mut workers = Vec::with_capacity(threads);
        loop {
            let part: Vec<(usize, Member)> = members.by_ref().take(per_thread).collect();
            if part.is_empty() {
                break;
            }
            workers.push(scope.spawn(move || {
                // Stream 0 chose the members and stream 1 the market's moves.
                let history = |(number, member)| {
                    let salt = number as u64 + 2;
                    path::generate(Draw::new(seed, salt), member, sessions, moves, salt)
                };
                part.into_iter().map(history).collect::<Vec<Listing>>()
            }));
        }
        for worker in workers {
            match worker.join() {
                Ok(part) => listings.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    listings
}
