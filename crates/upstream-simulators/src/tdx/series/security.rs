//! Anything a TDX server lists.

use chrono::NaiveDate;
use market_model::{Code, vendor_code};

use crate::{
    market::{Derived, Listing, Market},
    tdx::wire::Symbol,
};

/// A share, or an index or fund derived from the shares.
#[derive(Clone, Copy)]
pub(in crate::tdx) enum Security<'a> {
    Share(&'a Listing),
    Derived(&'a Derived),
}

impl<'a> Security<'a> {
    pub(in crate::tdx) fn of(market: &'a Market, code: &Code) -> Option<Self> {
        let share = market.listing(code).map(Self::Share);
        share.or_else(|| market.derived_of(code).map(Self::Derived))
    }

    /// Everything that is listed on `today`, ascending by code.
    pub(in crate::tdx) fn all(market: &'a Market, today: NaiveDate) -> Vec<Self> {
        let shares = market.listings.iter().filter(|listing| listing.is_listed_on(today)).map(Self::Share);
        let has_begun = |one: &&Derived| one.bars.first().is_some_and(|bar| market.sessions.date(bar.session) <= today);
        let mut all: Vec<Self> = shares.chain(market.derived().iter().filter(has_begun).map(Self::Derived)).collect();
        all.sort_by_key(Self::code);
        all
    }

    pub(in crate::tdx) fn code(&self) -> Code {
        match self {
            Self::Share(listing) => listing.id.code,
            Self::Derived(derived) => derived.code,
        }
    }

    /// How it is asked for; `None` for a code that has no place on a TDX server.
    pub(in crate::tdx) fn symbol(&self) -> Option<Symbol> {
        let (market, digits) = vendor_code::tdx::print(&self.code()).ok()?;
        Some(Symbol { market, digits })
    }

    pub(in crate::tdx) fn name(&self, today: NaiveDate) -> &'a str {
        match self {
            Self::Share(listing) => listing.name_on(today),
            Self::Derived(derived) => derived.name,
        }
    }

    pub(in crate::tdx) fn is_index(&self) -> bool {
        matches!(self, Self::Derived(derived) if !derived.is_fund)
    }

    /// Decimals of its price: 3 for a fund.
    pub(in crate::tdx) fn decimals(&self) -> u8 {
        if matches!(self, Self::Derived(derived) if derived.is_fund) { 3 } else { 2 }
    }

    /// Thousandths of its smallest price step.
    pub(in crate::tdx) fn tick(&self) -> i64 {
        if self.decimals() == 3 { 1 } else { 10 }
    }

    /// Distinguishes its noise.
    pub(in crate::tdx) fn salt(&self) -> u64 {
        match self {
            Self::Share(listing) => listing.salt,
            Self::Derived(derived) => derived.salt,
        }
    }
}
