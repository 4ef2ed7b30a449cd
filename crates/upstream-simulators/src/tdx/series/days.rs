//! The days of one security, as the vendor has them at one moment.

use chrono::NaiveDate;
use market_model::DailyBar;

use super::{minutes::Minutes, moment::Moment, security::Security};
use crate::{
    market::{DayBar, Listing, Market, PackedBar},
    tdx::{options::Halted, revision::Revisions},
};

/// Days of a security.
pub(in crate::tdx) struct Days<'a> {
    pub(in crate::tdx) market: &'a Market,
    pub(in crate::tdx) security: Security<'a>,
    pub(in crate::tdx) moment: Moment,
    pub(in crate::tdx) halted: Halted,
    pub(in crate::tdx) revisions: &'a Revisions,
}

/// Days that are just those of the market: nothing revised, nothing put in between.
pub(in crate::tdx) enum Plain<'a> {
    Share(&'a [PackedBar]),
    Derived(&'a [DayBar]),
}

impl<'a> Days<'a> {
    /// The market's own days, ascending, where the vendor says nothing else. The last one may be live: see
    /// [`Days::seen`].
    pub(in crate::tdx) fn plain(&self) -> Option<Plain<'a>> {
        if self.revisions.bars(&self.security.code()).is_some() {
            return None;
        }
        match self.security {
            Security::Share(listing) if self.halted == Halted::Skipped || listing.halts.is_empty() => {
                Some(Plain::Share(listing.bars_in(0..self.moment.sessions)))
            }
            Security::Share(_) => None,
            Security::Derived(derived) => {
                let end = derived.bars.partition_point(|bar| usize::from(bar.session) < self.moment.sessions);
                Some(Plain::Derived(&derived.bars[..end]))
            }
        }
    }

    /// A day as far as it has come.
    pub(in crate::tdx) fn seen(&self, bar: DayBar) -> DayBar {
        match self.moment.live {
            Some(live) if live.session == bar.session && bar.volume > 0 => self.minutes(&bar).sum(live.minutes),
            _ => bar,
        }
    }

    /// The minutes of a whole day.
    pub(in crate::tdx) fn minutes(&self, bar: &DayBar) -> Minutes {
        Minutes::of(bar, self.security.salt(), self.security.tick())
    }

    /// Every day, ascending, whole even where it is live: revised, and with flat bars for halts where they are wanted.
    pub(in crate::tdx) fn whole(&self) -> Vec<DayBar> {
        let mut days: Vec<DayBar> = match self.security {
            Security::Share(listing) => self.share(listing),
            Security::Derived(derived) => derived.bars.clone(),
        };
        days.retain(|bar| usize::from(bar.session) < self.moment.sessions);
        if let Some(revised) = self.revisions.bars(&self.security.code()) {
            let date = |bar: &DayBar| self.market.sessions.date(bar.session);
            days.retain(|bar| !matches!(revised.get(&date(bar)), Some(None)));
            for bar in &mut days {
                if let Some(Some(revision)) = revised.get(&date(bar)) {
                    *bar = of_revision(revision, bar);
                }
            }
        }
        days
    }

    /// Every day as far as it has come.
    pub(in crate::tdx) fn all(&self) -> Vec<DayBar> {
        let mut days = self.whole();
        if let Some(last) = days.last_mut() {
            *last = self.seen(*last);
        }
        days
    }

    /// One day, whole; `None` without a bar.
    pub(in crate::tdx) fn day(&self, date: NaiveDate) -> Option<DayBar> {
        let session = self.market.sessions.index(date)?;
        self.whole().into_iter().find(|bar| bar.session == session && bar.volume > 0)
    }

    fn share(&self, listing: &Listing) -> Vec<DayBar> {
        let mut days: Vec<DayBar> = listing.bars.iter().map(DayBar::from).collect();
        if self.halted == Halted::Flat {
            let halted = listing.halts.iter().flat_map(|halt| halt.first..=halt.last);
            days.extend(halted.filter_map(|session| flat(listing, session)));
            days.sort_unstable_by_key(|bar| bar.session);
        }
        days
    }
}

/// The bar of a day without trading; `None` before the first one with it.
fn flat(listing: &Listing, session: u16) -> Option<DayBar> {
    let before = listing.position(session).err()?.checked_sub(1)?;
    let last = DayBar::from(&listing.bars[before]);
    let close = last.close;
    Some(DayBar { session, open: close, high: close, low: close, pre_close: close, volume: 0, amount: 0, ..last })
}

fn of_revision(revision: &DailyBar, before: &DayBar) -> DayBar {
    let thousandths = |price: f64| (price * 1000.0).round() as u32;
    DayBar {
        open: thousandths(revision.open),
        high: thousandths(revision.high),
        low: thousandths(revision.low),
        close: thousandths(revision.close),
        volume: revision.volume.max(0) as u64,
        amount: revision.amount.map_or(0, |amount| amount.round() as u64),
        ..*before
    }
}
