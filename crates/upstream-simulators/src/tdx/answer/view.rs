//! What an answer is made from.

use market_model::Code;

use crate::{
    market::Market,
    tdx::{
        faults::Bend,
        options::TdxOptions,
        series::{Days, Moment, Security},
        wire::Stamp,
    },
};

/// The market at one moment, bent for one call.
pub(in crate::tdx) struct View<'a> {
    pub(in crate::tdx) market: &'a Market,
    pub(in crate::tdx) options: &'a TdxOptions,
    pub(in crate::tdx) moment: Moment,
    pub(in crate::tdx) bend: &'a Bend,
    /// The stamps of all sessions.
    pub(in crate::tdx) stamps: &'a [Stamp],
}

impl<'a> View<'a> {
    pub(super) fn security(&self, code: Option<&Code>) -> Option<Security<'a>> {
        Security::of(self.market, code?)
    }

    pub(super) fn days(&self, security: Security<'a>) -> Days<'a> {
        Days {
            market: self.market,
            security,
            moment: self.moment,
            halted: self.options.halted,
            revisions: &self.bend.revisions,
        }
    }

    /// A price as the server tells it: as it is, unless it lies.
    pub(super) fn told(&self, price: u32, tick: i64) -> i64 {
        let price = i64::from(price);
        match self.bend.lie() {
            0 => price,
            per_mille => (price * (1000 + per_mille) / 1000 / tick * tick).max(tick),
        }
    }
}

/// The page of `rows` that is `start` rows away from the newest one and `count` long.
pub(super) fn window<T>(rows: &[T], start: u16, count: usize) -> &[T] {
    let end = rows.len().saturating_sub(usize::from(start));
    &rows[end.saturating_sub(count)..end]
}
