//! 0x000F: corporate actions (category 1), and what they did to the number of shares (2, and 5 for the listing).
//!
//! An announced ex-date is there before its day.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market_model::{Code, CorporateAction};

use super::View;
use crate::{
    market::{Event, Listing, Schedule},
    tdx::{
        series::Security,
        wire::{self, Symbol, XdxrRecord},
    },
};

pub(super) fn records(view: &View<'_>, market: u8, digits: [u8; 6], code: Option<&Code>, body: &mut Vec<u8>) -> usize {
    let mut records = match view.security(code) {
        Some(Security::Share(listing)) => of_share(view, listing),
        _ => Vec::new(),
    };
    if let Some(revised) = code.and_then(|code| view.bend.revisions.actions(code)) {
        apply(&mut records, revised);
    }
    records.sort_by_key(|record| (record.date, record.category));
    wire::xdxr(body, Symbol { market, digits }, &records)
}

fn of_share(view: &View<'_>, listing: &Listing) -> Vec<XdxrRecord> {
    let today = view.moment.now.date();
    let mut records = Vec::with_capacity(2 * listing.events.len() + 1);
    if let Some(first) = listing.shares.first() {
        let values = [0.0, 0.0, ten_thousands(first.float), ten_thousands(first.total)];
        records.push(XdxrRecord { date: listing.id.listed, category: 5, values });
    }
    for event in &listing.events {
        let ex_date = view.market.sessions.date(event.session);
        let schedule = Schedule::of(listing, ex_date, &view.market.sessions);
        if schedule.implementation_announced > today {
            continue;
        }
        records.push(XdxrRecord { date: ex_date, category: 1, values: values_of(event) });
        if ex_date <= today && (event.bonus > 0 || event.rights > 0) {
            let before = listing.share_count(event.session.saturating_sub(1));
            let after = listing.share_count(event.session);
            let values = [before.float, before.total, after.float, after.total].map(ten_thousands);
            records.push(XdxrRecord { date: ex_date, category: 2, values });
        }
    }
    records
}

fn values_of(event: &Event) -> [f32; 4] {
    let per_ten = |thousandths: u32| (f64::from(thousandths) / 1000.0) as f32;
    let rights_price = (f64::from(event.rights_price) / 100.0) as f32;
    [per_ten(event.cash), rights_price, per_ten(event.bonus), per_ten(event.rights)]
}

fn ten_thousands(shares: u64) -> f32 {
    (shares as f64 / 1e4) as f32
}

fn apply(records: &mut Vec<XdxrRecord>, revised: &BTreeMap<NaiveDate, Option<CorporateAction>>) {
    records.retain(|record| record.category != 1 || !revised.contains_key(&record.date));
    for action in revised.values().flatten() {
        let values = [action.cash_per_10, action.rights_price, action.bonus_per_10, action.rights_per_10];
        let values = values.map(|value| value as f32);
        records.push(XdxrRecord { date: action.ex_date, category: 1, values });
    }
}
