//! 0x044E and 0x0450: what is listed today.

use super::View;
use crate::tdx::{
    series::Security,
    wire::{ListEntry, security_count, security_list},
};

fn listed<'a>(view: &View<'a>, market: u16) -> Vec<Security<'a>> {
    let mut all = Security::all(view.market, view.moment.now.date());
    all.retain(|security| security.symbol().is_some_and(|symbol| u16::from(symbol.market) == market));
    all
}

pub(super) fn count(view: &View<'_>, market: u16, body: &mut Vec<u8>) {
    security_count(body, listed(view, market).len() as u16);
}

/// The rows from `start` on, as many as fit on a page.
pub(super) fn page(view: &View<'_>, market: u16, start: u16, body: &mut Vec<u8>) -> usize {
    let listed = listed(view, market);
    let rows = listed.iter().skip(usize::from(start)).take(view.options.list_page);
    let entries: Vec<ListEntry<'_>> = rows.filter_map(|security| entry(view, *security)).collect();
    security_list(body, entries.into_iter())
}

fn entry<'a>(view: &View<'a>, security: Security<'a>) -> Option<ListEntry<'a>> {
    Some(ListEntry {
        digits: security.symbol()?.digits,
        lot: 100,
        name: security.name(view.moment.now.date()),
        decimals: security.decimals(),
        pre_close: (f64::from(pre_close(view.moment.newest(), security)) / 1000.0) as f32,
    })
}

/// The price that the newest session's change is counted from, thousandths.
pub(super) fn pre_close(newest: Option<u16>, security: Security<'_>) -> u32 {
    match security {
        Security::Share(listing) => listing.reference(newest.unwrap_or(0)) * 10,
        Security::Derived(derived) => {
            let begun = derived.bars.partition_point(|bar| Some(bar.session) <= newest);
            derived.bars[..begun].last().or(derived.bars.first()).map_or(0, |bar| bar.pre_close)
        }
    }
}
