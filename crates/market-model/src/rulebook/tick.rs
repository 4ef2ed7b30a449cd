//! The smallest price step by instrument.

use crate::decimal::Tick;
use crate::{Exchange, InstrumentKind};

/// The tick of a mainland instrument; `None` for indices and anything listed elsewhere, which have no rule here.
///
/// Source: SSE Trading Rules 2006 3.4.11 and SZSE 2006 3.3.12, unchanged since. Earlier days use the same steps, for which
/// no text is known.
pub fn tick(kind: InstrumentKind, exchange: Exchange) -> Option<Tick> {
    if !exchange.is_mainland() {
        return None;
    }
    match kind {
        InstrumentKind::AShare => Some(Tick::CENT),
        InstrumentKind::BShare if exchange == Exchange::Sse => Some(Tick::MILL),
        InstrumentKind::BShare => Some(Tick::CENT),
        InstrumentKind::Fund | InstrumentKind::Bond => Some(Tick::MILL),
        InstrumentKind::Index | InstrumentKind::Foreign => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tick_follows_the_kind_and_for_b_shares_the_exchange() {
        for (kind, exchange, expected) in [
            (InstrumentKind::AShare, Exchange::Sse, Some(0.01)),
            (InstrumentKind::AShare, Exchange::Bse, Some(0.01)),
            (InstrumentKind::BShare, Exchange::Sse, Some(0.001)),
            (InstrumentKind::BShare, Exchange::Szse, Some(0.01)),
            (InstrumentKind::Fund, Exchange::Szse, Some(0.001)),
            (InstrumentKind::Bond, Exchange::Sse, Some(0.001)),
            (InstrumentKind::Index, Exchange::Sse, None),
            (InstrumentKind::Foreign, Exchange::Hkex, None),
        ] {
            assert_eq!(tick(kind, exchange).map(Tick::size), expected, "{kind:?} {exchange:?}");
        }
    }
}
