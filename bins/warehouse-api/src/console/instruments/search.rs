//! Instruments by a part of their code or name.

use chrono::NaiveDate;
use market_model::{Code, Instrument, InstrumentKind};
use warehouse::Generation;

/// So many are listed.
pub(super) const HITS: usize = 50;

/// An instrument that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) code: Code,
    pub(super) name: String,
    pub(super) kind: Option<InstrumentKind>,
    pub(super) listed: Option<NaiveDate>,
    pub(super) delisted: Option<NaiveDate>,
}

/// How well something matches, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Exact,
    Begins,
    Holds,
}

/// What `text` may mean: a code or its beginning, a name or a part of it; only the one whose code, symbol or name it is, if it is
/// one's. The best first, then by code; nothing for no text.
pub(super) fn search(generation: &Generation, text: &str) -> Vec<Hit> {
    let wanted = plain(text);
    if wanted.is_empty() {
        return Vec::new();
    }
    let listed = generation.instruments().iter();
    let mut found: Vec<(Rank, Hit)> =
        listed.filter_map(|instrument| Some((rank(instrument, &wanted)?, hit(instrument)))).collect();
    // An index that nobody lists has bars all the same.
    for code in generation.codes_with_bars() {
        if generation.instrument(&code).is_none()
            && let Some(rank) = rank_of_code(&code, &wanted)
        {
            found.push((rank, unlisted(code)));
        }
    }
    found.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.code.cmp(&other.code)));
    let exact = found.iter().filter(|(rank, _)| *rank == Rank::Exact).count();
    if exact == 1 {
        // What merely begins like it is not meant.
        found.truncate(1);
    }
    found.into_iter().take(HITS).map(|(_, hit)| hit).collect()
}

/// In capitals, without the blanks that vendors set between two characters of a name.
fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).flat_map(char::to_uppercase).collect()
}

fn rank(instrument: &Instrument, wanted: &str) -> Option<Rank> {
    let by_code = rank_of_code(&instrument.code, wanted);
    let name = plain(&instrument.name);
    let by_name = if name == wanted {
        Some(Rank::Exact)
    } else if name.starts_with(wanted) {
        Some(Rank::Begins)
    } else {
        name.contains(wanted).then_some(Rank::Holds)
    };
    by_code.into_iter().chain(by_name).min()
}

fn rank_of_code(code: &Code, wanted: &str) -> Option<Rank> {
    if code.as_str() == wanted || code.symbol() == wanted {
        Some(Rank::Exact)
    } else {
        code.as_str().starts_with(wanted).then_some(Rank::Begins)
    }
}

fn hit(instrument: &Instrument) -> Hit {
    let Instrument { code, kind, name, listed, delisted, .. } = instrument;
    Hit { code: *code, name: name.clone(), kind: Some(*kind), listed: *listed, delisted: *delisted }
}

fn unlisted(code: Code) -> Hit {
    let kind = InstrumentKind::of_code(&code);
    Hit { code, name: String::new(), kind, listed: None, delisted: None }
}
