//! The world from its profiles.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::{
    World, WorldSpec, draw_path,
    holidays::is_weekend,
    listing::{EventKind, Listing},
    profile::{Kind, PROFILES, Profile},
};
use crate::market::Draw;

/// A weekday without trading gets a row without prices this often.
const HOLIDAY_ROW: f64 = 0.3;

/// A share is halted for a day this often.
const HALT: f64 = 0.004;

impl World {
    /// Generates a synthetic world. Equal specs give equal worlds.
    ///
    /// # Panics
    ///
    /// If the range holds no trading day.
    pub fn generate(spec: &WorldSpec) -> Self {
        let listings = PROFILES.iter().zip(1_u64..).map(|(profile, number)| listing(profile, number, spec));
        let listings: BTreeMap<_, _> = listings.map(|listing| (listing.code, listing)).collect();
        let (first_day, last_day) = (spec.first_day, spec.last_day);
        assert!(listings.values().all(|one| !one.bars.is_empty()), "no trading day from {first_day} to {last_day}");
        Self { listings, first_day, last_day }
    }
}

fn listing(profile: &Profile, number: u64, spec: &WorldSpec) -> Listing {
    let mut draw = Draw::new(spec.seed, number);
    let weekdays = spec.first_day.iter_days().take_while(|day| *day <= spec.last_day).filter(|day| !is_weekend(*day));
    let (sessions, closed): (Vec<NaiveDate>, Vec<NaiveDate>) = weekdays.partition(|day| profile.venue.is_open(*day));
    let plan = splits(profile, &sessions);
    let mut holes: Vec<NaiveDate> = closed.into_iter().filter(|_| draw.chance(HOLIDAY_ROW)).collect();
    let is_share = matches!(profile.kind, Kind::Equity | Kind::Etf);
    let mut halted = |index: usize| is_share && index > 0 && !plan.contains_key(&index) && draw.chance(HALT);
    let halts: Vec<bool> = (0..sessions.len()).map(&mut halted).collect();
    holes.extend(sessions.iter().zip(&halts).filter(|(_, halted)| **halted).map(|(day, _)| *day));
    // The vendor begins with a row of the weekday before the first session.
    holes.extend(sessions.first().and_then(|first| last_weekday_before(*first)));
    holes.sort_unstable();
    holes.dedup();
    let (bars, events) = draw_path::generate(&mut draw, profile, &sessions, &halts, &plan);
    // A code of the table above; the tests of this module read every one of them.
    let code = profile.code.parse().unwrap_or_else(|error| panic!("{error}"));
    Listing {
        code,
        name: profile.name.to_owned(),
        venue: profile.venue,
        kind: profile.kind,
        currency: profile.currency.to_owned(),
        exchange: profile.exchange,
        decimals: profile.decimals,
        bars,
        events,
        holes,
    }
}

/// The splits by number of their session.
fn splits(profile: &Profile, sessions: &[NaiveDate]) -> HashMap<usize, EventKind> {
    let at = |part: f64| ((sessions.len() as f64 * part) as usize).clamp(1, sessions.len().saturating_sub(1).max(1));
    let split = |(part, numerator, denominator): &(f64, u32, u32)| {
        (at(*part), EventKind::Split { numerator: *numerator, denominator: *denominator })
    };
    profile.splits.iter().map(split).filter(|(index, _)| *index < sessions.len()).collect()
}

fn last_weekday_before(day: NaiveDate) -> Option<NaiveDate> {
    std::iter::successors(day.pred_opt(), NaiveDate::pred_opt).find(|day| !is_weekend(*day))
}
