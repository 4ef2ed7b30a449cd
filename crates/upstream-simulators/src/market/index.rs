//! Indices and funds, derived from the shares: an index moves by the mean of its members, a fund follows an index.

use market_model::{Board, Code, DailyBar, Exchange};

use super::{
    listing::{Listing, PackedBar},
    model::Market,
};

/// One day of anything that trades. Prices are thousandths (of a yuan, of a point).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DayBar {
    /// Number of the day among the sessions.
    pub(crate) session: u16,
    pub(crate) open: u32,
    pub(crate) high: u32,
    pub(crate) low: u32,
    pub(crate) close: u32,
    pub(crate) pre_close: u32,
    /// Shares.
    pub(crate) volume: u64,
    /// Yuan.
    pub(crate) amount: u64,
    /// Members that closed above their reference price; 0 for anything but an index.
    pub(crate) advancing: u16,
    /// Members that closed below it; 0 for anything but an index.
    pub(crate) declining: u16,
}

impl From<&PackedBar> for DayBar {
    fn from(bar: &PackedBar) -> Self {
        Self {
            session: bar.session,
            open: bar.open * 10,
            high: bar.high * 10,
            low: bar.low * 10,
            close: bar.close * 10,
            pre_close: bar.pre_close * 10,
            volume: bar.volume,
            amount: bar.amount,
            advancing: 0,
            declining: 0,
        }
    }
}

/// An index or a fund with its history.
#[derive(Debug, Clone)]
pub(crate) struct Derived {
    pub(crate) code: Code,
    pub(crate) name: &'static str,
    pub(crate) is_fund: bool,
    /// Ascending; no bar on a day without any trading member.
    pub(crate) bars: Vec<DayBar>,
    /// Distinguishes its noise.
    pub(crate) salt: u64,
}

/// An index: code, name, first level in thousandths, members.
struct IndexSpec {
    code: &'static str,
    name: &'static str,
    base: u32,
    holds: fn(&Listing) -> bool,
}

const INDICES: [IndexSpec; 7] = [
    IndexSpec { code: "000001.SH", name: "上证指数", base: 3_000_000, holds: |l| on(l, Exchange::Sse) },
    IndexSpec {
        code: "000016.SH",
        name: "上证50",
        base: 2_500_000,
        holds: |l| on(l, Exchange::Sse) && l.id.board == Board::Main && !l.id.special_treatment,
    },
    IndexSpec {
        code: "000300.SH",
        name: "沪深300",
        base: 3_500_000,
        holds: |l| !on(l, Exchange::Bse) && !l.id.special_treatment,
    },
    IndexSpec { code: "000688.SH", name: "科创50", base: 1_000_000, holds: |l| l.id.board == Board::Star },
    IndexSpec { code: "399001.SZ", name: "深证成指", base: 10_000_000, holds: |l| on(l, Exchange::Szse) },
    IndexSpec { code: "399006.SZ", name: "创业板指", base: 2_000_000, holds: |l| l.id.board == Board::ChiNext },
    IndexSpec { code: "899050.BJ", name: "北证50", base: 1_000_000, holds: |l| on(l, Exchange::Bse) },
];

/// A fund: code, name, and the index whose thousandth it costs.
const FUNDS: [(&str, &str, &str); 4] = [
    ("510050.SH", "上证50ETF", "000016.SH"),
    ("510300.SH", "沪深300ETF", "000300.SH"),
    ("588000.SH", "科创50ETF", "000688.SH"),
    ("159915.SZ", "创业板ETF", "399006.SZ"),
];

fn on(listing: &Listing, exchange: Exchange) -> bool {
    listing.id.code.exchange() == exchange
}

impl Market {
    /// The indices and funds that are derived from the shares, ascending: those with at least one bar.
    pub fn derived_codes(&self) -> Vec<Code> {
        self.derived().iter().map(|one| one.code).collect()
    }

    /// All bars of an index or a fund, ascending; empty for any other code. Points and yuan, shares, yuan.
    pub fn derived_bars(&self, code: &Code) -> Vec<DailyBar> {
        let price = |thousandths: u32| f64::from(thousandths) / 1000.0;
        let bar = |bar: &DayBar| DailyBar {
            code: *code,
            trade_date: self.sessions.date(bar.session),
            open: price(bar.open),
            high: price(bar.high),
            low: price(bar.low),
            close: price(bar.close),
            pre_close: Some(price(bar.pre_close)),
            volume: bar.volume as i64,
            amount: Some(bar.amount as f64),
            adj_factor: None,
        };
        self.derived_of(code).map_or_else(Vec::new, |one| one.bars.iter().map(bar).collect())
    }

    /// The indices and funds with at least one bar, sorted by code. Computed once, when first asked for.
    pub(crate) fn derived(&self) -> &[Derived] {
        self.derived.get_or_init(|| derive(self))
    }

    pub(crate) fn derived_of(&self, code: &Code) -> Option<&Derived> {
        let all = self.derived();
        all.binary_search_by_key(code, |one| one.code).ok().map(|position| &all[position])
    }
}

/// What the members of one index did in one session.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    members: u32,
    /// Sums of price over reference price.
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: u64,
    amount: u64,
    advancing: u16,
    declining: u16,
}

fn derive(market: &Market) -> Vec<Derived> {
    let sessions = market.sessions.len();
    let mut sums = vec![vec![Sum::default(); sessions]; INDICES.len()];
    for listing in &market.listings {
        let holders: Vec<usize> = (0..INDICES.len()).filter(|index| (INDICES[*index].holds)(listing)).collect();
        for bar in &listing.bars {
            let reference = f64::from(bar.pre_close.max(1));
            let over = |ticks: u32| f64::from(ticks) / reference;
            let (open, high, low, close) = (over(bar.open), over(bar.high), over(bar.low), over(bar.close));
            for index in &holders {
                let sum = &mut sums[*index][usize::from(bar.session)];
                sum.members += 1;
                sum.open += open;
                sum.high += high;
                sum.low += low;
                sum.close += close;
                sum.volume += bar.volume;
                sum.amount += bar.amount;
                sum.advancing = sum.advancing.saturating_add(u16::from(bar.close > bar.pre_close));
                sum.declining = sum.declining.saturating_add(u16::from(bar.close < bar.pre_close));
            }
        }
    }
    let mut all: Vec<Derived> = Vec::with_capacity(INDICES.len() + FUNDS.len());
    for (number, (spec, sums)) in INDICES.iter().zip(&sums).enumerate() {
        all.extend(series(spec.code, spec.name, false, number, index_bars(spec.base, sums)));
    }
    for (number, (code, name, index)) in FUNDS.into_iter().enumerate() {
        let bars = all.iter().find(|one| one.code.as_str() == index).map(|index| fund_bars(&index.bars));
        all.extend(bars.and_then(|bars| series(code, name, true, 100 + number, bars)));
    }
    all.sort_by_key(|one| one.code);
    all
}

fn series(code: &str, name: &'static str, is_fund: bool, number: usize, bars: Vec<DayBar>) -> Option<Derived> {
    let salt = 0x1d_0000 + number as u64;
    code.parse().ok().filter(|_| !bars.is_empty()).map(|code| Derived { code, name, is_fund, bars, salt })
}

/// An index has two decimals, so its thousandths end in a zero.
fn index_bars(base: u32, sums: &[Sum]) -> Vec<DayBar> {
    let mut before = base;
    let mut bars = Vec::with_capacity(sums.len());
    for (session, sum) in sums.iter().enumerate().filter(|(_, sum)| sum.members > 0) {
        let level = |of: f64| {
            let hundredths = (f64::from(before) / 10.0 * of / f64::from(sum.members)).round();
            (hundredths.max(1.0) * 10.0) as u32
        };
        let close = level(sum.close);
        bars.push(DayBar {
            session: session as u16,
            open: level(sum.open),
            high: level(sum.high),
            low: level(sum.low),
            close,
            pre_close: before,
            volume: sum.volume,
            amount: sum.amount,
            advancing: sum.advancing,
            declining: sum.declining,
        });
        before = close;
    }
    bars
}

fn fund_bars(index: &[DayBar]) -> Vec<DayBar> {
    let price = |level: u32| ((level + 500) / 1000).max(1);
    let bar = |bar: &DayBar| {
        let volume = (bar.volume / 20_000).max(1) * 100;
        let (low, high) = (price(bar.low), price(bar.high));
        DayBar {
            session: bar.session,
            open: price(bar.open),
            high,
            low,
            close: price(bar.close),
            pre_close: price(bar.pre_close),
            volume,
            amount: volume * u64::from(low + high) / 2000,
            advancing: 0,
            declining: 0,
        }
    };
    index.iter().map(bar).collect()
}
