//! Which codes there are, on which boards, and when each is listed and delisted.

use std::ops::Range;

use chrono::{Days, NaiveDate};
use market_model::{Board, Code, Exchange};

use super::{draw::Draw, listing::Identity, names, rules, sessions::Sessions, spec::MarketSpec};

/// A code before its history is generated.
pub(crate) struct Member {
    pub(crate) id: Identity,
    /// Sessions in which it is listed.
    pub(crate) listed: Range<usize>,
    /// Whether it is listed within the range.
    pub(crate) is_new: bool,
    /// The oddity it must show, for codes picked to show one.
    pub(crate) role: Option<Role>,
}

/// Oddities that every market of some size shows at least once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    ExDateInHalt,
    TwoExDatesInHalt,
    RightsIssue,
    BonusAndCash,
    TwoLinesOneExDate,
    SingleDayHalt,
    PartialHalt,
}

const ROLES: [Role; 7] = [
    Role::ExDateInHalt,
    Role::TwoExDatesInHalt,
    Role::RightsIssue,
    Role::BonusAndCash,
    Role::TwoLinesOneExDate,
    Role::SingleDayHalt,
    Role::PartialHalt,
];

/// A board with its exchange, its codes per thousand and its number ranges. `favourite` comes first in any market.
struct Segment {
    board: Board,
    exchange: Exchange,
    per_mille: usize,
    favourite: u32,
    ranges: &'static [Range<u32>],
}

const SEGMENTS: [Segment; 5] = [
    Segment {
        board: Board::Main,
        exchange: Exchange::Sse,
        per_mille: 310,
        favourite: 600_519,
        ranges: &[600_000..601_000, 601_000..602_000, 603_000..604_000, 605_000..606_000],
    },
    Segment {
        board: Board::Main,
        exchange: Exchange::Szse,
        per_mille: 275,
        favourite: 1,
        ranges: &[1..1_000, 2_001..4_000, 1_200..2_000],
    },
    Segment {
        board: Board::ChiNext,
        exchange: Exchange::Szse,
        per_mille: 255,
        favourite: 300_750,
        ranges: &[300_001..301_000, 301_001..303_000],
    },
    Segment {
        board: Board::Star,
        exchange: Exchange::Sse,
        per_mille: 110,
        favourite: 688_981,
        ranges: &[688_001..689_000, 689_001..690_000],
    },
    Segment {
        board: Board::Bse,
        exchange: Exchange::Bse,
        per_mille: 50,
        favourite: 920_799,
        ranges: &[920_001..920_500, 920_500..921_000],
    },
];

/// New listings per year, of all codes.
const LISTINGS_PER_YEAR: f64 = 0.04;
/// Delistings per year, of all codes.
const DELISTINGS_PER_YEAR: f64 = 0.005;
/// Markets with fewer codes or trading days show no prescribed oddities: there is no room for them.
const ROOM_FOR_ROLES: usize = 20;

/// The members of the market, sorted by code.
pub(crate) fn members(spec: &MarketSpec, sessions: &Sessions) -> Vec<Member> {
    let mut draw = Draw::new(spec.seed, 0);
    let gone = (spec.codes / 25).max(1);
    let paused = (spec.codes / 1000).max(1);
    let mut codes = codes(spec.codes, gone + paused, spec.last_day);
    let ordinary = &mut codes[..spec.codes];
    draw.shuffle(ordinary);
    // The well-known codes come last, so that nothing odd befalls them.
    ordinary.sort_by_key(|(code, _)| is_favourite(code));

    let years = (spec.last_day - spec.first_day).num_days() as f64 / 365.0;
    let roomy = is_roomy(spec, sessions);
    let least = usize::from(roomy);
    let new_listings = ((spec.codes as f64 * LISTINGS_PER_YEAR * years) as usize).clamp(least, spec.codes / 2);
    let delistings = ((spec.codes as f64 * DELISTINGS_PER_YEAR * years) as usize).clamp(least, spec.codes / 4);

    let mut members: Vec<Member> = Vec::with_capacity(codes.len());
    let mut roles = ROLES.into_iter().filter(|_| roomy);
    for (number, (code, board)) in codes.into_iter().enumerate() {
        let fate = match number {
            _ if number >= spec.codes + gone => Fate::Paused,
            _ if number >= spec.codes => Fate::Gone,
            _ if rules::board_opened(board) + Days::new(15) >= spec.first_day || number < new_listings => {
                Fate::NewListing
            }
            _ if number < new_listings + delistings => Fate::Delisting,
            _ => Fate::Listed,
        };
        let role = if fate == Fate::Listed { roles.next() } else { None };
        if let Some(member) = member(&mut draw, spec, sessions, code, board, fate, role) {
            members.push(member);
        }
    }
    members.sort_by_key(|member| member.id.code);
    members
}

/// Whether there is room for every oddity.
pub(crate) fn is_roomy(spec: &MarketSpec, sessions: &Sessions) -> bool {
    spec.codes >= ROOM_FOR_ROLES && sessions.len() >= ROOM_FOR_ROLES
}

/// Whether it is one of the well-known codes, which nothing odd befalls.
pub(crate) fn is_favourite(code: &Code) -> bool {
    SEGMENTS.iter().any(|segment| segment.is_favourite(code))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Listed,
    NewListing,
    Delisting,
    /// Delisted before the range.
    Gone,
    Paused,
}

/// `None` for one that would have left before the market opened.
fn member(
    draw: &mut Draw,
    spec: &MarketSpec,
    sessions: &Sessions,
    code: Code,
    board: Board,
    fate: Fate,
    role: Option<Role>,
) -> Option<Member> {
    let count = sessions.len();
    let earliest = rules::board_opened(board);
    // Long enough before the range that no rule for new listings reaches into it.
    let latest_old = spec.first_day - Days::new(60);
    let old = |draw: &mut Draw, until: NaiveDate| {
        let span = (until - earliest).num_days().max(0) as usize;
        earliest + Days::new(draw.below(span + 1) as u64)
    };
    let (listed, delisted, range) = match fate {
        Fate::NewListing => {
            let from = sessions.first_from(earliest);
            let session = from + draw.below((count - from).saturating_sub(count / 3));
            let listed = if session < count { sessions.date(session as u16) } else { return None };
            (listed, None, session..count)
        }
        Fate::Delisting => {
            let end = count / 2 + draw.below(count / 2);
            (old(draw, latest_old), Some(sessions.date(end as u16)), 0..end)
        }
        Fate::Gone => {
            let delisted = old(draw, spec.first_day - Days::new(1));
            (old(draw, delisted), Some(delisted), 0..0)
        }
        Fate::Listed | Fate::Paused => (old(draw, latest_old), None, 0..count),
    };
    if fate == Fate::Gone && listed >= delisted? {
        return None;
    }
    let doomed = matches!(fate, Fate::Delisting | Fate::Gone | Fate::Paused);
    let special_treatment = fate != Fate::NewListing && (doomed || draw.chance(0.035)) && board != Board::Bse;
    let mark = match (special_treatment, draw.chance(0.5)) {
        (false, _) => "",
        (true, true) => "*ST",
        (true, false) => "ST",
    };
    let texts = names::draw(draw, mark);
    let id = Identity {
        code,
        board,
        name: texts.name,
        initials: texts.initials,
        area: texts.area,
        industry: texts.industry,
        special_treatment,
        listed,
        delisted,
        paused: fate == Fate::Paused,
    };
    Some(Member { id, listed: range, is_new: fate == Fate::NewListing, role })
}

/// `wanted` codes over the boards that are open by `last_day`, and then `extra` main board codes.
fn codes(wanted: usize, extra: usize, last_day: NaiveDate) -> Vec<(Code, Board)> {
    let open = |segment: &&Segment| rules::board_opened(segment.board) <= last_day;
    let total: usize = SEGMENTS.iter().filter(open).map(|segment| segment.per_mille).sum();
    let mut codes = Vec::with_capacity(wanted + extra);
    for segment in SEGMENTS.iter().filter(open).rev() {
        let last = segment.favourite == SEGMENTS[0].favourite;
        let share = if last { wanted - codes.len() } else { wanted * segment.per_mille / total };
        codes.extend(segment.codes().take(share));
    }
    let more: Vec<_> = SEGMENTS[1].codes().filter(|code| !codes.contains(code)).take(extra).collect();
    codes.extend(more);
    codes
}

impl Segment {
    fn is_favourite(&self, code: &Code) -> bool {
        code.exchange() == self.exchange && code.symbol().parse() == Ok(self.favourite)
    }

    fn codes(&self) -> impl Iterator<Item = (Code, Board)> + '_ {
        let rest = self.ranges.iter().cloned().flatten().filter(|number| *number != self.favourite);
        std::iter::once(self.favourite)
            .chain(rest)
            .filter_map(|number| Code::new(&format!("{number:06}"), self.exchange).ok())
            .map(|code| (code, self.board))
    }
}
