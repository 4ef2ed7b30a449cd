//! Mainland codes in the world, taken from a [`Market`]: what Yahoo and Alpha Vantage have of China.

use market_model::{Code, CorporateAction, DailyBar, Exchange, InstrumentKind};

use super::{
    World,
    listing::{Event, EventKind, Listing, RawBar},
    profile::Kind,
    venue::Venue,
};
use crate::Market;

impl World {
    /// Adds shares, indices and funds of `market`. Rights issues stay out, as they do at both vendors; codes without a bar
    /// are passed over.
    #[must_use]
    pub fn with_mainland(mut self, market: &Market, codes: &[Code]) -> Self {
        for code in codes {
            let mut bars = market.bars(code);
            if bars.is_empty() {
                bars = market.derived_bars(code);
            }
            if let (Some(first), Some(last)) = (bars.first(), bars.last()) {
                self.first_day = self.first_day.min(first.trade_date);
                self.last_day = self.last_day.max(last.trade_date);
                let name = market.instrument(code, last.trade_date).map(|(instrument, _)| instrument.name);
                let listing = listing(*code, name, &bars, &market.actions(code));
                self.listings.insert(*code, listing);
            }
        }
        self
    }
}

fn listing(code: Code, name: Option<String>, bars: &[DailyBar], actions: &[CorporateAction]) -> Listing {
    let kind = match InstrumentKind::of_code(&code) {
        Some(InstrumentKind::Index) => Kind::Index,
        Some(InstrumentKind::Fund) => Kind::Etf,
        _ => Kind::Equity,
    };
    let decimals = if kind == Kind::Equity { 2 } else { 3 };
    let ticks = |price: f64| (price * 10_f64.powi(decimals as i32)).round() as i64;
    let bar = |bar: &DailyBar| RawBar {
        date: bar.trade_date,
        open: ticks(bar.open),
        high: ticks(bar.high),
        low: ticks(bar.low),
        close: ticks(bar.close),
        volume: bar.volume,
    };
    Listing {
        code,
        name: name.unwrap_or_else(|| code.symbol().to_owned()),
        venue: Venue::Mainland,
        kind,
        currency: "CNY".to_owned(),
        exchange: if code.exchange() == Exchange::Sse { ("SHH", "Shanghai") } else { ("SHZ", "Shenzhen") },
        decimals,
        bars: bars.iter().map(bar).collect(),
        events: actions.iter().flat_map(events).collect(),
        holes: Vec::new(),
    }
}

/// Cash as a dividend per share, bonus shares as a split.
fn events(action: &CorporateAction) -> impl Iterator<Item = Event> {
    let ex_date = action.ex_date;
    let dividend = (action.cash_per_10 > 0.0).then(|| EventKind::Dividend { amount: action.cash_per_10 / 10.0 });
    let thousandths = (action.bonus_per_10 * 100.0).round() as u32;
    let split = (thousandths > 0).then(|| {
        let common = gcd(1000 + thousandths, 1000);
        EventKind::Split { numerator: (1000 + thousandths) / common, denominator: 1000 / common }
    });
    dividend.into_iter().chain(split).map(move |kind| Event { ex_date, kind })
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
