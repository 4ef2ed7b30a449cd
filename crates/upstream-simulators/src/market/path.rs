//! The history of one code: prices, volumes, factors and share counts, day by day.

use market_model::Board;

use super::{
    draw::Draw,
    event::Event,
    listing::{FactorStep, Fundamentals, Listing, PackedBar, ShareCount},
    plan::{self, EventKind, PlannedEvent},
    rules::{DayLimit, day_limit},
    sessions::Sessions,
    universe::Member,
};

/// Generates the history of `member`. `market_moves` is the return of the whole market per session.
pub(crate) fn generate(
    mut draw: Draw,
    member: Member,
    sessions: &Sessions,
    market_moves: &[f64],
    salt: u64,
) -> Listing {
    let plan = plan::plan(&mut draw, &member, sessions);
    let character = Character::draw(&mut draw, member.id.board);
    let range = member.listed;
    let is_new = member.is_new;
    let listing_session = is_new.then_some(range.start as u16);
    let shares = ShareCount { session: 0, total: character.total, float: character.float };
    let mut listing = Listing {
        id: member.id,
        names: Vec::new(),
        listing_session,
        bars: Vec::new(),
        halts: plan.halts,
        partial_halts: plan.partial_halts,
        events: Vec::with_capacity(plan.events.len()),
        steps: Vec::new(),
        shares: vec![shares],
        first_reference: character.price,
        base_factor: if is_new { 10_000 } else { 10_000 + draw.below(300_000) as u32 },
        fundamentals: character.fundamentals,
        salt,
    };
    let halted: usize = listing.halts.iter().map(|halt| usize::from(halt.last - halt.first) + 1).sum();
    listing.bars.reserve_exact(range.len().saturating_sub(halted));

    let locks_after_listing = matches!(listing.id.board, Board::Main | Board::ChiNext) && character.beta < 1.2;
    let (reference, level) = (character.price, f64::from(character.price));
    let mut walk = Walk { draw, character, locks_after_listing, reference, level, shares };
    let mut events = plan.events.into_iter().peekable();
    let mut halts = listing.halts.clone().into_iter().peekable();
    for session in range {
        let index = session as u16;
        while let Some(event) = events.next_if(|event| event.session <= index) {
            let factor = listing.factor(index);
            let (event, step) = walk.apply(event);
            listing.events.push(event);
            listing.steps.push(FactorStep { session: index, factor: factor * step });
            listing.shares.push(ShareCount { session: index, ..walk.shares });
        }
        while halts.next_if(|halt| halt.last < index).is_some() {}
        if halts.peek().is_some_and(|halt| halt.first <= index) {
            continue;
        }
        let subject = listing.subject(index);
        let limit = day_limit(subject, sessions.date(index), walk.reference);
        let days_listed = subject.days_listed.unwrap_or(usize::MAX);
        let bar = walk.trade(index, limit, days_listed, market_moves.get(session).copied().unwrap_or(0.0));
        listing.bars.push(bar);
    }
    listing
}

/// What makes one code's days differ from another's.
#[derive(Debug, Clone, Copy)]
struct Character {
    /// First price, ticks.
    price: u32,
    /// Standard deviation of its own daily return.
    volatility: f64,
    /// How strongly it follows the market.
    beta: f64,
    /// Usual turnover per day, a part of the float.
    turnover: f64,
    total: u64,
    float: u64,
    fundamentals: Fundamentals,
}

impl Character {
    fn draw(draw: &mut Draw, board: Board) -> Self {
        let volatility = match board {
            Board::Main => 0.015,
            Board::ChiNext | Board::Star => 0.022,
            Board::Bse => 0.026,
        };
        // Squares make few large ones among many small ones.
        let skewed =
            |draw: &mut Draw, low: f64, high: f64| low + (high - low) * draw.unit() * draw.unit() * draw.unit();
        let price = skewed(draw, 280.0, 20_000.0) as u32;
        let total = skewed(draw, 8e7, if board == Board::Bse { 6e8 } else { 2e10 }) as u64;
        let float = (total as f64 * draw.between(0.3, 1.0)) as u64;
        let value = total as f64 * f64::from(price) / 100.0;
        Self {
            price,
            volatility: volatility * draw.between(0.7, 1.5),
            beta: draw.between(0.5, 1.4),
            turnover: skewed(draw, 0.003, 0.06),
            total,
            float,
            fundamentals: Fundamentals {
                profit: value * draw.between(-0.025, 0.08),
                sales: value * draw.between(0.1, 1.2),
                book: value * draw.between(0.15, 0.9),
                free_part: draw.between(0.35, 0.95),
            },
        }
    }
}

/// Where the code is on its way.
struct Walk {
    draw: Draw,
    character: Character,
    /// Whether it trades at the upper limit alone in the days after an old-style listing.
    locks_after_listing: bool,
    /// Last close, or the ex-right reference since, ticks.
    reference: u32,
    /// The price it drifts back to, ticks.
    level: f64,
    shares: ShareCount,
}

impl Walk {
    /// Gives a planned event its sizes and takes it off the price. Also returns the step of the factor.
    fn apply(&mut self, planned: PlannedEvent) -> (Event, f64) {
        let event = self.size(planned);
        let before = self.reference;
        self.reference = event.reference(before);
        let step = f64::from(before) / f64::from(self.reference);
        self.level /= step;
        self.shares.total = event.grow(self.shares.total);
        self.shares.float = event.grow(self.shares.float);
        (event, step)
    }

    fn size(&mut self, planned: PlannedEvent) -> Event {
        let price = self.reference;
        let mut event = Event {
            session: planned.session,
            cash: 0,
            bonus: 0,
            bonus_from_profit: 0,
            rights: 0,
            rights_price: 0,
            two_lines: planned.kind == EventKind::CashOfTwoLines,
        };
        if planned.kind == EventKind::Rights {
            event.rights = 1_000 * (1 + self.draw.below(3) as u32);
            event.rights_price = (f64::from(price) * self.draw.between(0.6, 0.85)) as u32;
            event.rights_price = event.rights_price.max(1);
            return event;
        }
        // Ticks of a share are tenths of a yuan per ten; dividends are stated in hundredths of a yuan per ten.
        let hundredths = f64::from(price) * 10.0 * self.draw.between(0.002, 0.045);
        event.cash = (hundredths as u32).max(1) * 10;
        if planned.kind == EventKind::CashAndBonus {
            event.bonus = 500 * (2 + self.draw.below(15) as u32);
            event.bonus_from_profit = if self.draw.chance(0.3) { event.bonus / 2 } else { 0 };
        }
        event
    }

    fn trade(&mut self, session: u16, limit: DayLimit, days_listed: usize, market_move: f64) -> PackedBar {
        let reference = f64::from(self.reference);
        let spread = self.character.volatility;
        let locked = self.is_locked(limit, days_listed);
        let change = if locked { 9.0 } else { self.change(limit, days_listed, market_move) };
        let close = limit.clamp((reference * (1.0 + change)).round() as i64);
        let (mut open, mut high, mut low) = (close, close, close);
        if !locked {
            let gap = 0.5 * change * self.draw.unit() + 0.15 * spread * self.draw.bell();
            open = limit.clamp((reference * (1.0 + gap)).round() as i64);
            let above = (reference * spread * 0.5 * self.draw.bell().abs()) as i64;
            let below = (reference * spread * 0.5 * self.draw.bell().abs()) as i64;
            high = limit.clamp(i64::from(open.max(close)) + above);
            low = limit.clamp(i64::from(open.min(close)) - below);
        }
        let (volume, amount) = self.turnover(low, high, change);
        let bar = PackedBar { session, open, high, low, close, pre_close: self.reference, volume, amount };
        self.reference = close;
        if days_listed < 6 {
            self.level = f64::from(close);
        }
        bar
    }

    /// A day that trades at the upper limit alone: the days after an old-style listing, and a few others.
    fn is_locked(&mut self, limit: DayLimit, days_listed: usize) -> bool {
        let after_listing = days_listed < 5 && self.locks_after_listing;
        limit != DayLimit::Free && (after_listing || self.draw.chance(0.0005))
    }

    fn change(&mut self, limit: DayLimit, days_listed: usize, market_move: f64) -> f64 {
        if limit == DayLimit::Free && days_listed == 0 {
            return self.draw.between(0.1, 1.9);
        }
        let own = self.character.volatility * self.draw.bell();
        let own = if self.draw.chance(0.02) { own * 3.0 } else { own };
        let back = 0.004 * (self.level - f64::from(self.reference)) / self.level;
        self.character.beta * market_move + own + back.clamp(-0.01, 0.01)
    }

    /// Volume in shares and amount in yuan, such that amount / volume lies in `[low, high]` exactly.
    fn turnover(&mut self, low: u32, high: u32, change: f64) -> (u64, u64) {
        let busy = 0.4 + self.draw.unit() + 12.0 * change.abs().min(0.2);
        let volume = (self.shares.float as f64 * self.character.turnover * busy).max(200.0) as u64;
        if low == high {
            // Whole lots, so that the amount in whole yuan is exact.
            let volume = volume / 100 * 100;
            return (volume, volume / 100 * u64::from(low));
        }
        let least = (volume * u64::from(low)).div_ceil(100);
        let most = volume * u64::from(high) / 100;
        let amount = least as f64 + (most - least) as f64 * self.draw.between(0.25, 0.75);
        (volume, (amount as u64).clamp(least, most))
    }
}
