//! What each code was called, and when: special treatment comes and goes, and a delisting period has a name of its own.
//!
//! The names are fitted to the prices, not the prices to the names: a name that narrows the limits is given only to days
//! whose prices keep within them. So a market has the bars it always had.

use chrono::{Days, NaiveDate};
use market_model::{Board, Exchange};

use super::{
    draw::noise,
    listing::{Listing, PackedBar},
    rules::{DayLimit, day_limit},
    sessions::Sessions,
};

/// Which rules a name announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Regime {
    Ordinary,
    SpecialTreatment,
    Delisting,
}

/// A name and its first day; it holds until the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) from: NaiveDate,
    pub(crate) name: String,
    pub(crate) regime: Regime,
}

/// How many codes are specially treated for a while within the range.
const SPELLS: f64 = 0.02;
/// Fewer bars leave no room for a spell.
const ROOM_FOR_SPELL: usize = 40;
/// Trading days of a delisting period.
const DELISTING_DAYS: usize = 15;

/// Names every listing. `wants_spell`: some code comes under special treatment and leaves it within the range, if any
/// code's prices allow it.
pub(super) fn christen(listings: &mut [Listing], sessions: &Sessions, seed: u64, wants_spell: bool) {
    let mut spells = 0;
    for listing in listings.iter_mut() {
        let lot = noise(seed, listing.salt, 0x4e41_4d45);
        let spell = (lot < SPELLS).then(|| spell(listing, sessions, seed)).flatten();
        spells += usize::from(spell.is_some());
        listing.names = history(listing, sessions, lot, spell);
    }
    if spells == 0 && wants_spell {
        let mut main = listings.iter_mut().filter(|listing| listing.id.board == Board::Main);
        if let Some((listing, spell)) = main.find_map(|listing| {
            let spell = spell(listing, sessions, seed)?;
            Some((listing, spell))
        }) {
            listing.names = history(listing, sessions, 0.5, Some(spell));
        }
    }
}

fn history(listing: &Listing, sessions: &Sessions, lot: f64, spell: Option<(NaiveDate, NaiveDate)>) -> Vec<Named> {
    let id = &listing.id;
    let base = id.name.trim_start_matches(['*', 'S', 'T']);
    let mut names = vec![Named { from: id.listed, name: base.to_owned(), regime: Regime::Ordinary }];
    let mut name = |from: NaiveDate, name: String, regime| {
        if names.last().is_some_and(|last| last.from < from) {
            names.push(Named { from, name, regime });
        }
    };
    if let Some((from, until)) = spell {
        name(from, format!("ST{base}"), Regime::SpecialTreatment);
        name(until, base.to_owned(), Regime::Ordinary);
    }
    if id.special_treatment
        && let Some(from) = treated_from(listing, sessions, lot)
    {
        if id.name.starts_with("ST") && lot < 0.5 {
            let step = from + Days::new(30);
            if step < sessions.date(0) {
                // A milder mark is what is left of a harder one.
                name(from, format!("*ST{base}"), Regime::SpecialTreatment);
                name(step, id.name.clone(), Regime::SpecialTreatment);
            }
        }
        name(from, id.name.clone(), Regime::SpecialTreatment);
    }
    if let Some(from) = delisting_from(listing, sessions) {
        let short: String = base.chars().take(2).collect();
        let in_shanghai = id.code.exchange() == Exchange::Sse;
        let text = if in_shanghai { format!("退市{short}") } else { format!("{short}退") };
        name(from, text, Regime::Delisting);
    }
    names
}

/// The day on which a code that ends under special treatment came under it: before the range or, for some that stay
/// listed, in its middle.
fn treated_from(listing: &Listing, sessions: &Sessions, lot: f64) -> Option<NaiveDate> {
    let id = &listing.id;
    let stays = id.delisted.is_none() && !id.paused;
    let from = if stays && lot > 0.4 && listing.bars.len() >= ROOM_FOR_SPELL {
        let part = (0.2 + lot / 2.0) * listing.bars.len() as f64;
        sessions.date(listing.bars[part as usize].session)
    } else {
        let end = id.delisted.unwrap_or(NaiveDate::MAX).min(sessions.date(0));
        let days = (end - id.listed).num_days().max(0) as f64;
        id.listed + Days::new((days * (0.4 + lot / 2.0)) as u64)
    };
    let from = from.max(rules_begin());
    id.delisted.is_none_or(|delisted| from < delisted).then_some(from)
}

/// Days on which an ordinary code could be under special treatment: from the first on, and no more from the second on.
fn spell(listing: &Listing, sessions: &Sessions, seed: u64) -> Option<(NaiveDate, NaiveDate)> {
    let (id, bars) = (&listing.id, &listing.bars);
    let settled = !id.special_treatment && id.delisted.is_none() && !id.paused && listing.listing_session.is_none();
    let famous = super::universe::is_favourite(&id.code);
    if !settled || famous || id.board == Board::Bse || bars.len() < ROOM_FOR_SPELL {
        return None;
    }
    let length = (bars.len() / 4).min(120);
    let room = bars.len() - length - 10;
    (0..8).find_map(|attempt| {
        let start = 5 + (noise(seed, listing.salt, 0x5350_454c + attempt) * room as f64) as usize;
        let (from, until) = (sessions.date(bars[start].session), sessions.date(bars[start + length].session));
        let fits = |bar: &PackedBar| {
            let subject = super::rules::Subject { special_treatment: true, ..listing.subject(bar.session) };
            match day_limit(subject, sessions.date(bar.session), bar.pre_close) {
                DayLimit::Free => true,
                DayLimit::Within { down, up } => down <= bar.low && bar.high <= up,
            }
        };
        (from >= rules_begin() && bars[start..start + length].iter().all(fits)).then_some((from, until))
    })
}

/// The first day of the delisting period of a code that trades to its end in the range.
fn delisting_from(listing: &Listing, sessions: &Sessions) -> Option<NaiveDate> {
    let end = sessions.first_from(listing.id.delisted?);
    let first = end.checked_sub(DELISTING_DAYS)?;
    if listing.bars.len() < 2 * DELISTING_DAYS || listing.is_halted((end - 1) as u16) {
        return None;
    }
    let from = sessions.date(first as u16);
    // Between its reform and the delisting rules of 2020 ChiNext moved by 20 % and its delisting periods by 10 %: the
    // prices, which know no such period, need not keep to that.
    let in_between = listing.id.board == Board::ChiNext && (day(2020, 7, 1)..day(2021, 1, 1)).contains(&from);
    (from >= day(2013, 1, 4) && !in_between).then_some(from)
}

/// There was no special treatment before.
fn rules_begin() -> NaiveDate {
    day(1998, 4, 22)
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}
