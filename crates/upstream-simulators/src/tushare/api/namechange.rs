//! `namechange`: what shares were called. As the real one, it repeats itself: many a name that has ended comes a second
//! time, as it was written when it was new and had no end.

use chrono::NaiveDate;
use market_model::Code;

use crate::{
    json::Json,
    market::{Listing, Named, Regime, noise},
    tushare::{
        refusal::Refusal,
        request::Request,
        table::{Column, Row},
        view::View,
    },
};

pub(super) struct NameRow<'a> {
    code: Code,
    name: &'a str,
    start: NaiveDate,
    end: Option<NaiveDate>,
    announced: Option<NaiveDate>,
    reason: &'static str,
}

/// How many of the names that have ended come twice.
const REPEATED: f64 = 0.6;

impl Row for NameRow<'_> {
    const COLUMNS: &'static [Column] = &[
        ("ts_code", true),
        ("name", true),
        ("start_date", true),
        ("end_date", true),
        ("ann_date", true),
        ("change_reason", true),
    ];

    fn key(&self) -> &str {
        self.code.as_str()
    }

    fn cell(&self, column: &str, out: &mut Json) {
        match column {
            "ts_code" => out.text(self.code.as_str()),
            "name" => out.text(self.name),
            "start_date" => out.date(self.start),
            "end_date" => out.optional_date(self.end),
            "ann_date" => out.optional_date(self.announced),
            "change_reason" => out.text(self.reason),
            _ => out.null(),
        }
    }
}

/// Newest first. A change is known from its announcement on; `start_date` and `end_date` are days of announcement.
pub(super) fn rows<'a>(view: &View<'a>, request: &Request) -> Result<Vec<NameRow<'a>>, Refusal> {
    let dated = request.param("start_date").is_some() || request.param("end_date").is_some();
    let (from, to) = request.date_range()?;
    let market: &'a crate::Market = view.market;
    let wanted = request.param("ts_code");
    let listings = market.listings.iter().filter(|one| wanted.is_none_or(|wanted| wanted == one.id.code.as_str()));
    let mut rows: Vec<NameRow<'a>> =
        listings.flat_map(|listing| of_listing(listing, market.seed, view.today())).collect();
    rows.retain(|row| row.announced.map_or(!dated, |day| (from..=to).contains(&day)));
    rows.sort_by_key(|row| std::cmp::Reverse(row.start));
    Ok(rows)
}

fn of_listing(listing: &Listing, seed: u64, today: NaiveDate) -> Vec<NameRow<'_>> {
    // The first name comes with the listing, the others are announced the day before.
    let announced = |position: usize, named: &Named| if position == 0 { None } else { named.from.pred_opt() };
    let known = |position: usize, named: &Named| announced(position, named).unwrap_or(named.from) <= today;
    let names: Vec<&Named> =
        listing.names.iter().enumerate().filter(|(at, named)| known(*at, named)).map(|(_, named)| named).collect();
    let mut rows = Vec::with_capacity(names.len() * 2);
    for (position, named) in names.iter().enumerate() {
        let end = names.get(position + 1).and_then(|next| next.from.pred_opt());
        let before = position.checked_sub(1).map(|before| names[before]);
        let row = |end| NameRow {
            code: listing.id.code,
            name: &named.name,
            start: named.from,
            end,
            announced: announced(position, named),
            reason: reason(before, named),
        };
        if end.is_some() && noise(seed, listing.salt, 0x5245_5045 + position as u64) < REPEATED {
            rows.push(row(None));
        }
        rows.push(row(end));
    }
    rows
}

/// The vendor's word for a change.
fn reason(before: Option<&Named>, now: &Named) -> &'static str {
    let starred = |named: &Named| named.name.starts_with('*');
    match (before.filter(|before| before.regime == Regime::SpecialTreatment), now.regime) {
        (Some(before), Regime::SpecialTreatment) if starred(before) => "撤消*ST并实行ST",
        (_, Regime::SpecialTreatment) if starred(now) => "*ST",
        (_, Regime::SpecialTreatment) => "ST",
        (Some(before), Regime::Ordinary) => {
            if starred(before) {
                "撤销*ST"
            } else {
                "撤销ST"
            }
        }
        _ => "其他",
    }
}
